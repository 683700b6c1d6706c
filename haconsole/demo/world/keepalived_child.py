"""keepalived's VRRP process: instances, checks and addresses, on one event loop."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import PurePosixPath

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.process import Process
from haconsole.demo.system.signals import RTMIN, Sig
from haconsole.domain.vrrp import counts

from . import keepalived_text, keepalived_text_old
from .adverts import Advert
from .checks import Check
from .manners import Manners
from .net import Change, LinkChange
from .scheduler import Scheduler
from .spec import DaemonSpec, InstanceSpec
from .stack import Stack
from .vrrp import Instance

SIGJSON = RTMIN + 2
#: The VRRP process gives its last advert a second to get through (``vrrp_terminate_phase1``).
_STOP_S = 1.0
#: Seconds that a script has after SIGTERM, before SIGKILL.
_TERM_S = 2.0


class _Hands:
    """What one instance does to the machine (:class:`vrrp.Actions`)."""

    def __init__(self, child: Child, spec: InstanceSpec) -> None:
        self._child = child
        self.spec = spec

    def send(self, advert: Advert) -> str | None:
        return self._child.stack.send_advert(advert, self.spec.peers)

    def set_vips(self, *, present: bool) -> None:
        stack = self._child.stack
        for vip in (*self.spec.vips, *self.spec.excluded):
            text = f"{vip.address}/{vip.prefix}"
            if present:
                stack.add_address(text, vip.device, label=vip.label)
            else:
                stack.del_address(text, vip.device)

    def announce(self, *, repeat: int) -> None:
        vips = (*self.spec.vips, *self.spec.excluded)
        for vip in vips:
            self.log(
                f"{self._child.how.prefix(self.spec.name)} "
                f"Sending/queueing gratuitous ARPs on {vip.device} "
                f"for {vip.address}"
            )
        for _ in range(repeat):
            for vip in vips:
                self.log(f"Sending gratuitous ARP on {vip.device} for {vip.address}")
                self._child.stack.announce(vip.address)

    def log(self, line: str) -> None:
        self._child.log(line)

    def wall(self) -> float:
        return self._child.machine.clock()


class Child:
    """The VRRP process. ``read`` gives the configuration as it is now, for a reload."""

    def __init__(
        self,
        machine: Machine,
        stack: Stack,
        spec: DaemonSpec,
        how: Manners,
        log: Callable[[str], None],
        read: Callable[[], DaemonSpec],
    ) -> None:
        self.machine, self.stack, self.spec, self.how = machine, stack, spec, how
        self.log = log
        self._read = read
        self.scheduler = Scheduler(self._late)
        self.instances: list[Instance] = []
        self.checks: list[Check] = []
        self._hands: dict[str, _Hands] = {}
        self._down: set[str] = set()
        self._process: Process | None = None

    async def run(self, process: Process) -> int:
        """Be the process: start everything, go on until told to stop."""
        self._process = process
        stack = self.stack
        events: dict[int, Callable[[], None]] = {
            Sig.TERM: self._stop,
            Sig.HUP: self._reload,
            Sig.USR1: self._dump,
            Sig.USR2: self._stats,
        }
        if not self.how.old_election:
            events[SIGJSON] = self._json
        for number in events:
            process.on_signal(number, lambda heard: self.scheduler.post(events[heard]))
        unwatch = stack.watch(lambda change: self.scheduler.post(lambda: self._changed(change)))
        stack.vrrp_listeners.append(self._heard)
        try:
            self._start()
            return await self.scheduler.run()
        finally:
            stack.vrrp_listeners.remove(self._heard)
            unwatch()

    def hasten(self) -> None:
        """Let the backups' timers end now: for a pair that is to begin as one long settled."""
        for instance in self.instances:
            instance.hasten()

    def _start(self) -> None:
        log, spec = self.log, self.spec
        interfaces = dict.fromkeys(instance.interface for instance in spec.instances)
        for own in () if self.how.old_election else self.stack.addresses:
            if own.interface in interfaces and own.scope != "host":
                log(f"Assigned address {own.address} for interface {own.interface}")
        log("Registering gratuitous ARP shared channel")
        self.checks = [Check(check, log, self.how) for check in spec.checks]
        for one in spec.instances:
            self._add(one)
        for number, name in enumerate(interfaces, 1):
            log(self.how.sockpool(number + 1))
            if self._is_down(name):
                self._down.add(name)
        for check in self.checks:
            self._run_check(check)

    def _add(self, spec: InstanceSpec) -> None:
        hands = self._hands[spec.name] = _Hands(self, spec)
        # What a predecessor left behind.
        hands.set_vips(present=False)
        instance = Instance(spec, self.scheduler, hands, self.how)
        self.instances.append(instance)
        waited = 0
        for check in self.checks:
            weights = [weight for name, weight in spec.tracks if name == check.spec.name]
            check.tracking += [(instance, weight) for weight in weights]
            waited += weights.count(0)
        faults = 1 if self._is_down(spec.interface) else 0
        instance.start(faults=faults, checks_to_come=waited)

    def _is_down(self, interface: str) -> bool:
        nic = self.stack.nic_named(interface)
        return nic is None or not nic.running

    def _heard(self, advert: Advert) -> None:
        def handle() -> None:
            for instance in self.instances:
                if instance.spec.vrid == advert.vrid:
                    instance.receive(advert)

        self.scheduler.post(handle)

    def _changed(self, change: Change) -> None:
        if not isinstance(change, LinkChange):
            return
        name, down = change.nic.name, self._is_down(change.nic.name)
        if down is (name in self._down):
            return
        self.log(f"Netlink reports {name} {'down' if down else 'up'}")
        (self._down.add if down else self._down.discard)(name)
        for instance in self.instances:
            if instance.spec.interface == name:
                instance.fail() if down else instance.recover()

    def _late(self, seconds: float) -> None:
        self.log(f"A thread timer expired {seconds:.6f} seconds ago")

    def _stop(self) -> None:
        for instance in self.instances:
            instance.stop()

        def finish() -> None:
            self.log("Stopped - used (self/children) 0.003055/0.016055 user time, "
                     "0.042576/0.001608 system time")  # fmt: skip
            self.scheduler.finish(0)

        self.checks.clear()
        self.scheduler.call_later(_STOP_S, finish)

    def _reload(self) -> None:
        self.log("Reloading")
        self.spec = self._read()
        wanted = {spec.name: spec for spec in self.spec.instances}
        for instance in list(self.instances):
            spec = wanted.get(instance.spec.name)
            if spec is None or spec.interface != instance.spec.interface:
                instance.stop()
                self.instances.remove(instance)
                continue
            gone = {v.address for v in instance.spec.vips} - {v.address for v in spec.vips}
            for vip in (v for v in instance.spec.vips if v.address in gone and instance.vips_set):
                self.stack.del_address(f"{vip.address}/{vip.prefix}", vip.device)
            self._hands[spec.name].spec = spec
            instance.adopt(spec)
        known = {instance.spec.name: instance for instance in self.instances}
        before = {check.spec.name: check for check in self.checks}
        self.checks = []
        for script in self.spec.checks:
            check = before.get(script.name) or Check(script, self.log, self.how)
            started = script.name in before
            check.spec, check.tracking = script, []
            for name, instance in known.items():
                for tracked, weight in wanted[name].tracks:
                    if tracked == script.name:
                        check.tracking.append((instance, weight))
            self.checks.append(check)
            if not started:
                self._run_check(check)
        for instance in known.values():
            self._count_anew(instance)
        for name, spec in wanted.items():
            if name not in known:
                self._add(spec)
        self.log("Reload complete")

    def _count_anew(self, instance: Instance) -> None:
        if self.how.old_election:
            return
        tracked = [
            (check, weight)
            for check in self.checks
            for one, weight in check.tracking
            if one is instance
        ]
        failed = [check for check, weight in tracked if not weight and not check.well]
        instance.count_anew(
            faults=len(failed) + self._is_down(instance.spec.interface),
            weights=sum(
                counts(weight, passes=check.good) for check, weight in tracked if not check.fresh
            ),
            checks_to_come=sum(check.fresh and not weight for check, weight in tracked),
        )

    def _dump(self) -> None:
        self._say_printing("data")
        if self.how.old_election:
            text = keepalived_text_old.dump(self.instances, self.checks)
            self._write("/tmp/keepalived.data", text)  # noqa: S108 - keepalived's own choice
            return
        text = keepalived_text.dump(
            self.spec,
            self.instances,
            self.checks,
            self.stack,
            self.how,
            wall_minus_loop=self.machine.clock() - self.scheduler.time(),
            script_uid=self._uid(self.spec.script_user),
        )
        self._write("/tmp/keepalived.data", text)  # noqa: S108 - keepalived's own choice

    def _stats(self) -> None:
        self._say_printing("stats")
        self._write("/tmp/keepalived.stats", keepalived_text.stats(self.instances))  # noqa: S108

    def _json(self) -> None:
        if self._process is not None:
            self.log(f"Printing VRRP as json for process({self._process.pid}) on signal")
        text = keepalived_text.as_json(self.instances, self.checks, self.how)
        self._write("/tmp/keepalived.json", text)  # noqa: S108 - keepalived's own choice

    def _say_printing(self, what: str) -> None:
        if self._process is not None:
            self.log(f"Printing VRRP {what} for process({self._process.pid}) on signal")

    def _write(self, path: str, text: str) -> None:
        try:
            self.machine.files.write(path, text, mode=0o600)
        except OSError as error:
            self.log(f"Can't open {path} ({error.errno}: {error.strerror})")

    def _uid(self, name: str | None) -> int:
        user = self.machine.users.get(name or "keepalived_script")
        return user.uid if user else 0

    def _run_check(self, check: Check) -> None:
        """Run a script now, and again after its interval."""
        if check not in self.checks or self._process is None:
            return
        again = lambda: self._run_check(check)  # noqa: E731 - said once, where it is used
        self.scheduler.call_later(check.spec.interval_s, again)
        if check.running:
            self.log(f"Track script {check.spec.name} is already running, expect idle - "
                     "skipping run")  # fmt: skip
            return
        check.running = True
        self._process.start(self._judge(check, self._process))

    async def _judge(self, check: Check, parent: Process) -> None:
        argv = shlex.split(check.spec.script)
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        environment |= {k: v for k, v in parent.context.env.items() if k == "INVOCATION_ID"}
        try:
            script = self.machine.spawn(
                argv, parent=parent, uid=self._uid(check.spec.user), env=environment, cwd="/"
            )
        except OSError:
            check.running = False
            self.scheduler.post(lambda: check.exited(126))
            return
        script.pgid = script.pid
        asked: list[int] = []

        def end(number: int) -> None:
            if script.alive:
                asked.append(number)
                for process in self.machine.processes.group(script.pgid):
                    process.signal(number)
                self.scheduler.call_later(_TERM_S, lambda: end(Sig.KILL))

        limit = check.spec.timeout_s or check.spec.interval_s
        timer = self.scheduler.call_later(limit, lambda: end(Sig.TERM))
        status = await script.wait()
        timer.cancel()
        check.running = False
        if asked and script.killed_by is not None:
            self.scheduler.post(check.timed_out)
        elif script.killed_by is not None:
            number = script.killed_by
            self.scheduler.post(lambda: check.killed(number))
        else:
            self.scheduler.post(lambda: check.exited(status))


def script_path(command: str) -> str:
    """Return the file that a script's command runs."""
    words = shlex.split(command) if command else []
    return str(PurePosixPath(words[0])) if words else ""
