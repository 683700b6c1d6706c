"""The states of a VRRP instance and the moves between them, in keepalived's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from haconsole.domain.daemon import VrrpState
from haconsole.domain.stats import VrrpStats
from haconsole.domain.vrrp import STOP, master_down_s, skew_s

from .adverts import Advert
from .counters import Counters
from .manners import Manners, manners
from .spec import InstanceSpec
from .timers import Handle, Timers


class Actions(Protocol):
    """What an instance does to the world."""

    def send(self, advert: Advert) -> str | None:
        """Put an advert on the wire; returns the reason when the kernel refuses it."""

    def set_vips(self, *, present: bool) -> None:
        """Add the addresses to the interfaces, or take them away."""

    def announce(self, *, repeat: int) -> None:
        """Send gratuitous ARPs for every address."""

    def log(self, line: str) -> None:
        """Write a line to the log."""

    def wall(self) -> float:
        """Return the time of day, epoch seconds."""


class Transitions:
    """The state of one instance, its timer, and its moves."""

    def __init__(
        self, spec: InstanceSpec, timers: Timers, actions: Actions, how: Manners | None = None
    ) -> None:
        self.spec = spec
        self.state = VrrpState.INIT
        self.wants = VrrpState.MASTER if spec.wants_master else VrrpState.BACKUP
        self.total_priority = spec.priority
        self.effective_priority = spec.priority
        self.master_source = ""
        self.master_priority = 0
        self.last_transition = 0.0
        #: Checks without weight, and interfaces, that fail; and checks that have not run yet.
        self.faults = 0
        self.checks_to_come = 0
        self.counters = Counters()
        self.vips_set = False
        self._timers = timers
        self._act = actions
        self._how = how or manners()
        self._master_advert_int_s = spec.advert_int_s
        #: Seconds that the backup's timer was last set to.
        self.down_timer_s = self.master_down_s
        self._due = 0.0
        self._timer: Handle | None = None
        self._garps: list[Handle] = []
        self._refresh_at = 0.0
        self._preempt_at: float | None = None
        self._electing = False
        #: Before 2.0: the next lower advert makes it master (after FAULT).
        self._claims = False
        #: Before 2.0: any advert does (it begins with ``state MASTER``: ``GOTO_MASTER``).
        self._claims_all = False
        #: Before 2.0: counts the weights anew, once an interval.
        self._recounting: Handle | None = None

    @property
    def _timed_priority(self) -> int:
        """The priority that the timers are made from (``VRRP_TIMER_SKEW``): before 2.0 the base."""
        return self.spec.priority if self._how.old_election else self.effective_priority

    @property
    def skew_s(self) -> float:
        """The time by which a lower priority waits longer, in seconds."""
        return skew_s(self._timed_priority, self._master_advert_int_s, self.spec.version)

    @property
    def master_down_s(self) -> float:
        """Seconds without an advert after which the master counts as dead."""
        return master_down_s(self._timed_priority, self._master_advert_int_s, self.spec.version)

    @property
    def due(self) -> float | None:
        """When the timer ends, on its clock; ``None`` while there is none."""
        return None if self._timer is None else self._due

    @property
    def stats(self) -> VrrpStats:
        """The counters, as SIGUSR2 prints them."""
        return self.counters.stats(self.spec.name)

    def _say(self, line: str, *, colon: bool = False) -> None:
        head = f"({self.spec.name}):" if colon else self._how.prefix(self.spec.name)
        self._act.log(f"{head} {line}")

    def _log_removing(self) -> None:
        self._say("removing protocol VIPs." if self._how.old_election else "removing VIPs.")

    def _enter(self, state: VrrpState) -> None:
        self.state = state
        self.last_transition = self._act.wall()

    def _set_timer(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = self._timers.time() + max(0.0, delay)
        self._timer = self._timers.call_later(max(0.0, delay), self._expired)

    def _cancel(self) -> None:
        for handle in (self._timer, *self._garps):
            if handle is not None:
                handle.cancel()
        self._timer = None
        self._garps.clear()

    def _end(self) -> None:
        """Let nothing happen any more."""
        self._cancel()
        if self._recounting is not None:
            self._recounting.cancel()

    def _expired(self) -> None:
        self._timer = None
        if self._how.old_election and self.faults:
            self._see_faults()
        elif self.state is VrrpState.MASTER:
            self._transmit()
            self._set_timer(self.spec.advert_int_s)
        elif self._how.old_election and not self._electing:
            self._electing, self._claims, self._claims_all = True, False, False
            self._say("Transition to MASTER STATE")
            self._send(self.effective_priority)
            self._set_timer(self.spec.advert_int_s)
        elif self.state is VrrpState.BACKUP:
            if not self._how.old_election:
                self._say("Receive advertisement timeout")
            self._go_to_master()

    def _see_faults(self) -> None:
        """Before 2.0 a failure is only seen when a timer ends or an advert comes (``VRRP_ISUP``).

        ``vrrp_master``, ``vrrp_goto_master`` and ``vrrp_backup`` of 1.3.5.
        """
        self._electing = False
        if self.state is VrrpState.MASTER:
            self._leave_master(VrrpState.FAULT)
        elif self.state is not VrrpState.FAULT:
            self._enter(VrrpState.FAULT)
        self._say("Now in FAULT state")
        self._cancel()

    def _go_to_master(self) -> None:
        self._electing = False
        self.wants = VrrpState.MASTER
        self.state = VrrpState.MASTER
        self._transmit()
        self._set_timer(self.spec.advert_int_s)

    def _transmit(self) -> None:
        if not self._how.old_election:
            # The old master must take its addresses away before anyone hears of the new one's.
            self._send(self.effective_priority)
        if not self.vips_set:
            self._say("Entering MASTER STATE")
            self.counters.add("become_master")
            self._master_advert_int_s = self.spec.advert_int_s
            self._say("setting protocol VIPs." if self._how.old_election else "setting VIPs.")
            self._act.set_vips(present=True)
            self.vips_set = True
            self._announce()
            self._refresh_at = self._timers.time() + self.spec.garp_refresh_s
            self.last_transition = self._act.wall()
            self._later(self.spec.garp_delay_s, self._announce)
        elif self.spec.garp_refresh_s and self._timers.time() > self._refresh_at:
            self._act.announce(repeat=1)
            self._refresh_at = self._timers.time() + self.spec.garp_refresh_s
        if self._how.old_election:
            self._send(self.effective_priority)

    def _announce(self) -> None:
        if self.vips_set:
            self._act.announce(repeat=self.spec.garp_repeat)

    def _later(self, delay: float, action: Callable[[], None]) -> None:
        if delay:
            self._garps = [*self._garps[-4:], self._timers.call_later(delay, action)]

    def _send(self, priority: int) -> None:
        spec = self.spec
        advert = Advert(
            source=spec.source,
            vrid=spec.vrid,
            priority=priority,
            advert_int_s=spec.advert_int_s,
            vips=tuple(vip.address for vip in spec.vips),
            version=spec.version,
            auth_type=spec.auth_type,
            password=spec.password,
            group=not spec.peers,
        )
        if error := self._act.send(advert):
            peers = " ".join(spec.peers)
            line = f"Cant send advert to {peers} ({error})" if peers else error
            self._say(line, colon=not peers)
        self.counters.add("advert_sent")

    def _rearm(self) -> None:
        self._electing = False
        self.down_timer_s = self.master_down_s
        self._set_timer(self.down_timer_s)

    def _leave_master(self, state: VrrpState) -> None:
        self.wants = state
        self._say(f"Entering {state} STATE")
        if state is VrrpState.BACKUP:
            self._preempt_at = None
        elif not self._how.old_election:
            self._send(STOP)
            self._send(STOP)
            self.counters.add("pri_zero_sent")
            self._say("sent 0 priority")
        self._remove_vips()
        if self._how.old_election and state is VrrpState.FAULT:
            self._send(STOP)
        self._enter(state)
        self.counters.add("release_master")
        self._cancel()
        if state is VrrpState.BACKUP:
            self._rearm()

    def _remove_vips(self) -> None:
        if self.vips_set:
            self._log_removing()
            self._act.set_vips(present=False)
            self.vips_set = False

    def _leave_fault(self, state: VrrpState) -> None:
        if self.state is not state:
            self._say(f"Entering {state} STATE")
        self._cancel()
        self._electing = False
        self._preempt_at = None
        self._enter(state)
        self._master_advert_int_s = self.spec.advert_int_s
        self.down_timer_s = self.master_down_s
        if state is VrrpState.BACKUP:
            self._set_timer(self.down_timer_s)
