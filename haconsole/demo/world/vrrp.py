"""The VRRP state machine (RFC 3768, 6.4; RFC 5798, 6.4) with keepalived's manners.

Pure: it is told of packets, timers and checks, and acts through :class:`Actions`. States and
the words of the log are those of keepalived's ``vrrp.c`` and ``vrrp_scheduler.c``, 2.2.7 where
no older version's manners are asked for.
"""

from __future__ import annotations

from ipaddress import ip_address

from haconsole.domain.daemon import VrrpState
from haconsole.domain.vrrp import OWNER, STOP, clamp

from .adverts import Advert, Verdict, judge
from .spec import InstanceSpec
from .vrrp_states import Actions, Transitions

__all__ = ["Actions", "Advert", "Instance"]


class Instance(Transitions):
    """One ``vrrp_instance`` of a running daemon."""

    def start(self, *, faults: int = 0, checks_to_come: int = 0) -> None:
        """Leave INIT. ``faults``: what is wrong already; ``checks_to_come``: not run yet."""
        self.faults, self.checks_to_come = faults, checks_to_come
        if self._how.old_election:
            # 1.3.5 waits for no check, and counts weights once an interval.
            self.checks_to_come = checks_to_come = 0
            self._recounting = self._timers.call_later(self.spec.advert_int_s, self._recount)
        if faults or checks_to_come:
            # Not a word yet: a check without weight may end this at once.
            self.wants = VrrpState.FAULT if faults else self.wants
            self._log_removing()
            if faults:
                self._say("Entering FAULT STATE (init)")
            self._enter(VrrpState.FAULT)
            return
        self._log_removing()
        if self._how.old_election and self.wants is VrrpState.MASTER:
            self._enter(VrrpState.BACKUP)
            self._claims_all = True
            self.down_timer_s = self.spec.advert_int_s
            self._set_timer(self.down_timer_s)
            return
        if self._how.old_election:
            self._say("Entering BACKUP STATE")
        else:
            self._say("Entering BACKUP STATE (init)")
        self._enter(VrrpState.BACKUP)
        self.down_timer_s = 1e-6 if self.spec.priority == OWNER else self.master_down_s
        self._set_timer(self.down_timer_s)

    def stop(self) -> None:
        """End in good order: a master says so with priority 0 and takes its addresses away."""
        self._end()
        if self.vips_set or self.state is VrrpState.MASTER:
            self._send(STOP)
            self.counters.add("pri_zero_sent")
            if not self._how.old_election:
                self._say("sent 0 priority")
            self._remove_vips()
        # What is still heard while the process ends is nobody's business any more.
        self.state = VrrpState.INIT

    def drop(self) -> None:
        """End without a word (SIGKILL): the addresses stay where they are."""
        self._end()

    def receive(self, advert: Advert) -> None:
        """Hear an advert with this instance's VRID."""
        if self.state in (VrrpState.FAULT, VrrpState.INIT):
            return
        if self._how.old_election and self.faults and self.state is VrrpState.BACKUP:
            self._see_faults()
            return
        judged = judge(self.spec, self._how, advert)
        if judged.line:
            self._say(judged.line, colon=self._how.old_election)
        if judged.counter:
            self.counters.add(judged.counter)
        if judged.received:
            self.counters.add("advert_rcvd")
        if judged.verdict is not Verdict.OK:
            self._refused(judged.verdict)
            return
        if advert.priority == STOP:
            self.counters.add("pri_zero_rcvd")
        if self.state is VrrpState.MASTER:
            self._heard_as_master(advert)
        else:
            self._heard_as_backup(advert)

    def fail(self) -> None:
        """Something without weight failed: a check, an interface."""
        self.faults += 1
        if self._how.old_election or (self.faults > 1 and self.state is not VrrpState.INIT):
            return
        self.wants = VrrpState.FAULT
        if self.state is VrrpState.MASTER:
            self._leave_master(VrrpState.FAULT)
        elif self.state is not VrrpState.FAULT or self.checks_to_come == 0:
            self._leave_fault(VrrpState.FAULT)

    def recover(self, *, leaving_init: bool = False) -> None:
        """What had failed is well again; ``leaving_init``: it was only waited for."""
        if not leaving_init:
            self.faults = max(0, self.faults - 1)
        if self.faults or self.checks_to_come:
            return
        if self._how.old_election and self.state is not VrrpState.FAULT:
            return
        self.wants = VrrpState.BACKUP
        self._leave_fault(VrrpState.BACKUP)
        self._claims = self._how.old_election

    def first_result(self, *, ok: bool) -> None:
        """A check without weight that was waited for has run."""
        if self._how.old_election:
            self.checks_to_come = 0
            if not ok:
                self.fail()
            return
        if not self.checks_to_come:  # it came with a reload: nothing waits for it
            if not ok:
                self.fail()
            return
        self.checks_to_come -= 1
        if not ok:
            self._first_failure()
        elif self.checks_to_come == 0:
            self.recover(leaving_init=True)

    def hasten(self) -> None:
        """Let a backup's timer end now, as if it had heard nobody for long enough."""
        if self.state is VrrpState.BACKUP:
            self._set_timer(0.0)

    def weigh(self, change: int) -> None:
        """Add a check's weight to the priority, or take it away."""
        self.total_priority += change
        if not self._how.old_election:
            self._count_priority()

    def _recount(self) -> None:
        """``vrrp_update_priority`` of 1.3.5."""
        self._recounting = self._timers.call_later(self._master_advert_int_s, self._recount)
        self._count_priority()

    def _count_priority(self) -> None:
        new = clamp(self.total_priority)
        if self.spec.priority == OWNER or new == self.effective_priority:
            return
        self._say(f"Changing effective priority from {self.effective_priority} to {new}")
        self.effective_priority = new
        if self._how.old_election:
            return  # its timers go by the base priority
        before, self.down_timer_s = self.down_timer_s, self.master_down_s
        if self.state is VrrpState.BACKUP and self._timer is not None:
            self._set_timer(self._due - self._timers.time() + self.down_timer_s - before)

    def adopt(self, spec: InstanceSpec) -> None:
        """Go on with a changed configuration (SIGHUP); state and addresses stay."""
        self.total_priority += spec.priority - self.spec.priority
        self.spec = spec
        self._master_advert_int_s = spec.advert_int_s
        self.effective_priority = clamp(self.total_priority)
        if self.state is VrrpState.MASTER:
            self._act.set_vips(present=True)
            self._set_timer(0.0)
        elif self.state is VrrpState.BACKUP:
            self.down_timer_s = self.master_down_s
            self._set_timer(self.down_timer_s)

    def count_anew(self, *, faults: int, weights: int, checks_to_come: int) -> None:
        """Count what the checks of a changed configuration say now.

        ``initialise_tracking_priorities`` (2.x), at the end of a reload: what was counted for
        checks that are gone, or weigh something else now, is forgotten.
        """
        self.total_priority = self.spec.priority + weights
        self._count_priority()
        if self.checks_to_come:
            self.checks_to_come = checks_to_come
        before, self.faults = self.faults, faults
        if faults and not before:
            self.faults -= 1
            self.fail()
        elif before and not faults and self.state is VrrpState.FAULT:
            self.recover(leaving_init=True)

    def _refused(self, verdict: Verdict) -> None:
        """A refused advert leaves the backup's timer running; before 2.0 it starts it anew."""
        if self.state is not VrrpState.BACKUP:
            return
        if self._how.rejected_resets and verdict is Verdict.REJECTED:
            self._act.log(f"bogus VRRP packet received on {self.spec.interface} !!!")
            self._say("ignoring received advertisment...")
            self._rearm()

    def _heard_as_backup(self, advert: Advert) -> None:
        if advert.priority == STOP:
            if not self._how.old_election:
                self._say("Backup received priority 0 advertisement")
            self.down_timer_s = self.skew_s
            self._set_timer(self.down_timer_s)
        elif self._claims_all:
            # vrrp_become_master of 1.3.5.
            self._set_timer(0.0)
        elif self._accepts(advert):
            self._claims = False
            if self.spec.version == 3:
                self._master_advert_int_s = advert.advert_int_s
            self.master_source, self.master_priority = advert.source, advert.priority
            self._delay_preemption(advert)
            self.wants = VrrpState.BACKUP
            self._rearm()
        elif self._claims:
            # vrrp_leave_fault of 1.3.5.
            self._set_timer(0.0)
        elif self._how.old_election:
            self._say("forcing a new MASTER election")
            self._send(self.effective_priority)
            if not self._electing:
                self._set_timer(self.spec.advert_int_s)
        else:
            self.master_source = advert.source
            self._say(
                f"received lower priority ({advert.priority}) advert from {advert.source} "
                "- discarding"
            )

    def _accepts(self, advert: Advert) -> bool:
        """Whether a backup takes the sender for its master."""
        if self.spec.nopreempt or advert.priority >= self.effective_priority:
            return True
        delay = self.spec.preempt_delay_s
        return bool(delay) and (self._preempt_at is None or self._preempt_at > self._timers.time())

    def _delay_preemption(self, advert: Advert) -> None:
        if not self.spec.preempt_delay_s:
            return
        if advert.priority >= self.effective_priority:
            if self._preempt_at is not None:
                self._say("stop preempt delay")
                self._preempt_at = None
        elif self._preempt_at is None:
            self._say(f"start preempt delay ({self.spec.preempt_delay_s:.6f})")
            self._preempt_at = self._timers.time() + self.spec.preempt_delay_s

    def _heard_as_master(self, advert: Advert) -> None:
        if advert.priority == STOP:
            self._send(self.effective_priority)
            if not self._how.old_election:
                self._say("Master received priority 0 message")
            return
        ours, theirs = self.effective_priority, advert.priority
        mine, sender = _order(self.spec.source), _order(advert.source)
        if theirs < ours or (theirs == ours and sender < mine):
            line = f"from {advert.source} with lower priority {theirs}, ours {ours}"
            self._say(f"Received advert {line}, forcing new election")
            self._send(ours)
            self._announce()
            self._later(self.spec.garp_delay_s, self._announce)
        elif theirs == ours and sender == mine:
            self._say(
                "WARNING - equal priority advert received from remote host with our IP address."
            )
        else:
            self._yield_to(advert)

    def _yield_to(self, advert: Advert) -> None:
        ours, theirs = self.effective_priority, advert.priority
        if self._how.old_election:
            self._say(f"Received advert with higher priority {theirs}, ours {ours}")
        elif theirs > ours:
            self._say(
                f"Master received advert from {advert.source} with higher priority {theirs}, "
                f"ours {ours}"
            )
        else:
            self._say(
                f"Master received advert from {advert.source} with same priority {theirs} "
                "but higher IP address than ours"
            )
        if self.spec.version == 3:
            self._master_advert_int_s = advert.advert_int_s
        self.master_source, self.master_priority = advert.source, theirs
        self._leave_master(VrrpState.BACKUP)

    def _first_failure(self) -> None:
        """A check failed the first time that it ran: FAULT becomes official."""
        self.faults += 1
        if self.faults == 1:
            self.wants = VrrpState.FAULT
            self._cancel()
            self._enter(VrrpState.FAULT)


def _order(address: str) -> tuple[int, ...]:
    """Return what orders addresses as their numbers do."""
    packed = ip_address(address).packed if address else b""
    return tuple(packed)
