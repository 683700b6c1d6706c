"""keepalived as a program: its options, its parent process, and the log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.process import Process
from haconsole.demo.system.signals import Sig

from .keepalived_child import SIGJSON, Child, script_path
from .keepalived_conftest import FATAL, Verdict, read
from .keepalived_words import build_of, usage, version_text
from .manager import Manager
from .manners import DEBIAN_12, Manners, manners
from .spec import DaemonSpec
from .stack import Stack

CONF = "/etc/keepalived/keepalived.conf"
PID_FILE = "/run/keepalived.pid"
_SIGNALS = {"STOP": 15, "RELOAD": 1, "DATA": 10, "STATS": 12, "JSON": SIGJSON}
#: Lines that are written only with ``--log-detail`` (``LOG_DETAIL_BIT``).
_DETAIL = re.compile(
    r"Assigned address|Deassigned address|VRRP sockpool|.*(?:Receive advertisement timeout"
    r"|gratuitous ARPs? |sent 0 priority|received priority 0|VIPs\.$|preempt delay)"
)


def keepalived(
    manager: Manager,
    stack: Stack,
    how: Manners | None = None,
    running: list[Child] | None = None,
) -> Program:
    """Return the program for a machine; ``running`` gets the VRRP processes, as they run."""
    settled = how or manners(DEBIAN_12)

    async def run(call: Invocation) -> int:
        build = build_of(call)
        options = _Options(call.args, f"{build['sysconfdir']}/keepalived/keepalived.conf")
        text = ""
        if settled.old_election and options.unknown:
            # getopt_long says it, and the program ends as if all were well (1.3.5's main.c).
            text = f"{call.argv[0]}: {options.unknown}\n"
        elif options.version:
            text = version_text(settled, build, call.machine.kernel)
        elif options.help:
            text = usage(settled)
        if text:
            await call.stderr.write(text)
            return 0
        if options.signum is not None:
            return await _signum(call, options.signum)
        if options.test:
            return await _test(call, stack, options.conf)
        if call.uid != 0:
            return await call.error("must be run as root")
        if not options.forks:
            return await _Parent(call, manager, stack, settled, options, running).run()
        return await _daemonize(
            call, lambda inner: _Parent(inner, manager, stack, settled, options, running)
        )

    return run


async def _signum(call: Invocation, name: str) -> int:
    number = _SIGNALS.get(name.upper())
    if number is None:
        await call.stderr.write(f"Unknown sigfunc {name}\n")
        return 1
    await call.print(str(int(number)))
    return 0


async def _daemonize(call: Invocation, parent: Callable[[Invocation], _Parent]) -> int:
    """Leave a daemon behind that goes on, as without ``--dont-fork``."""
    up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def body(process: Process) -> int:
        daemon = parent(Invocation(call.machine, process, call.argv))
        daemon.when_up = lambda: None if up.done() else up.set_result(None)
        return await daemon.run()

    process = call.machine.processes.fork(
        None, body, argv=call.argv, fds={}, context=call.process.context.copy(), new_session=True
    )
    ended: asyncio.Future[int] = asyncio.ensure_future(process.wait())
    waiting: set[asyncio.Future[Any]] = {up, ended}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if up.done():
        ended.cancel()
        return 0
    return process.status or 1


class _Options:
    def __init__(self, args: list[str], conf: str = CONF) -> None:
        self.version = self.help = self.test = self.detail = False
        self.signum: str | None = None
        #: What getopt_long of 1.3.5 says of an option that it does not know.
        self.unknown = ""
        self.conf = conf
        self.forks = True
        rest = list(args)
        while rest:
            word = rest.pop(0)
            key, _, value = word.partition("=")
            match key:
                case "-v" | "--version":
                    self.version = True
                case "-h" | "--help":
                    self.help = True
                case "--signum":
                    self.unknown = f"unrecognized option '{word}'"
                    self.signum = value or (rest.pop(0) if rest else "")
                case "-n" | "--dont-fork" | "-l" | "--log-console":
                    self.forks = False
                case "-t" | "--config-test":
                    long = word.startswith("--")
                    self.unknown = (
                        f"unrecognized option '{word}'" if long else "invalid option -- 't'"
                    )
                    self.test = True
                case "-f" | "--use-file":
                    self.conf = value or (rest.pop(0) if rest else CONF)
                case "-p" | "--pid" | "-r" | "--vrrp_pid" | "-c" | "-S" | "--log-facility":
                    if not value and rest:
                        rest.pop(0)
                case _:
                    bundled = word[:1] == "-" and word[:2] != "--"
                    self.detail |= key == "--log-detail" or (bundled and "D" in word)


async def _test(call: Invocation, stack: Stack, path: str) -> int:
    try:
        verdict = read(call.machine, stack, path)
    except OSError:
        await call.stderr.write(f"Unable to find configuration file {path} (glob returned 3)\n")
        return FATAL
    for line in verdict.lines:
        await call.stderr.write(f"{line}\n")
    return verdict.status


class _Parent:
    """The parent process: it reads the configuration, keeps the VRRP process and its signals."""

    def __init__(
        self,
        call: Invocation,
        manager: Manager,
        stack: Stack,
        how: Manners,
        options: _Options,
        running: list[Child] | None,
    ) -> None:
        self._running = [] if running is None else running
        self._call, self._manager, self._stack, self._how = call, manager, stack, how
        self._machine = call.machine
        self._process = call.process
        self._options = options
        self._unit = manager.unit_of(call.process)
        self._child: Process | None = None
        self._stopping = False
        #: Called when it has read its configuration and goes on.
        self.when_up: Callable[[], None] = lambda: None

    async def run(self) -> int:
        """Be the parent process."""
        machine, process = self._machine, self._process
        if self._is_running_already():
            self._log("daemon is already running")
            return 1
        machine.files.write(PID_FILE, f"{process.pid}\n")
        process.on_signal(Sig.TERM, self._on_term)
        process.on_signal(Sig.INT, self._on_term)
        process.on_signal(Sig.HUP, self._on_hup)
        process.on_signal(Sig.CHLD, lambda _: None)
        for number in (Sig.USR1, Sig.USR2, SIGJSON):
            process.on_signal(number, self._on_print)
        try:
            return await self._serve()
        finally:
            # PR_SET_PDEATHSIG: a child whose parent dies is asked to end.
            if self._child is not None and self._child.alive:
                self._child.signal(Sig.TERM)
            elif process.alive and machine.files.exists(PID_FILE):
                machine.files.unlink(PID_FILE)

    async def _serve(self) -> int:
        self._log(f"Starting {self._how.banner}")
        if not self._how.old_election:
            kernel = self._machine.kernel
            self._log(f"Running on Linux {kernel} #1 SMP PREEMPT_DYNAMIC (built for Linux 5.19.11)")
            words = " ".join(f"'{word}'" for word in self._call.argv)
            self._log(f"Command line: {words}")
        try:
            verdict = self._read()
        except OSError:
            self._log(f"Unable to find configuration file {self._options.conf} (glob returned 3)")
            self._log(f"Stopped {self._how.banner}")
            return 6 if self._options.forks else 1
        if verdict.balances:
            # The checker process ends for good where the kernel has no IPVS: no demo's has.
            self._log("IPVS: Can't initialize ipvs: No such file or directory")
            self._log(f"Stopped {self._how.banner}")
            return 1
        if not self._how.old_election:
            self._log("NOTICE: setting config option max_auto_priority should result in better "
                      "keepalived performance")  # fmt: skip
        self._manager.notify_ready(self._process)
        self.when_up()
        while True:
            status = await self._one_child(verdict)
            if self._stopping or status is not None:
                break
            verdict = self._read()
        self._log("CPU usage (self/children) user: 0.013960/0.022490 system: 0.004653/0.049005")
        self._log(f"Stopped {self._how.banner}")
        return status or 0

    async def _one_child(self, verdict: Verdict) -> int | None:
        """Run a VRRP process to its end; returns a status to end with, ``None``: respawn."""
        child = self._spawn(verdict)
        if verdict.status != FATAL:
            await asyncio.sleep(0)
            if not self._how.old_election:
                self._log("Startup complete")
        status = await child.wait()
        if self._stopping:
            return 0
        if child.killed_by is not None:
            name = "Killed" if child.killed_by == Sig.KILL else f"signal {child.killed_by}"
            self._log(f"pid {child.pid} exited due to signal {child.killed_by} ({name}) - "
                      "has rlimit_rttime been exceeded?")  # fmt: skip
            self._log(f"VRRP child process({child.pid}) died: Respawning")
            return None
        self._log(f"pid {child.pid} exited with permanent error CONFIG. Terminating")
        return status or FATAL

    def _spawn(self, verdict: Verdict) -> Process:
        machine = self._machine
        spec = _without_disabled(verdict)
        log = self._logger("Keepalived_vrrp")

        async def body(process: Process) -> int:
            log("Registering Kernel netlink reflector")
            log("Registering Kernel netlink command channel")
            for line in verdict.lines:
                log(line)
            if verdict.status == FATAL:
                log("Stopped - used 0.003227 user time, 0.000000 system time")
                return FATAL
            child = Child(machine, self._stack, spec, self._how, log, self._reread)
            self._running.append(child)
            try:
                return await child.run(process)
            finally:
                self._running.remove(child)

        child = machine.processes.fork(self._process, body, argv=self._call.argv, new_session=False)
        self._child = child
        self._log(f"Starting VRRP child process, pid={child.pid}")
        return child

    def _read(self) -> Verdict:
        path = self._options.conf
        verdict = read(self._machine, self._stack, path)
        self._log(f"Opening file '{path}'.")
        if not self._how.old_election:
            self._log(f"Configuration file {path}")
        return verdict

    def _reread(self) -> DaemonSpec:
        return _without_disabled(read(self._machine, self._stack, self._options.conf))

    def _is_running_already(self) -> bool:
        try:
            pid = int(self._machine.files.read(PID_FILE))
        except (OSError, ValueError):
            return False
        other = self._machine.processes.get(pid)
        return (
            other is not None
            and other is not self._process
            and other.alive
            and other.comm == "keepalived"
        )

    def _on_term(self, _: int) -> None:
        self._log("Stopping")
        self._stopping = True
        if self._child is not None:
            self._child.signal(Sig.TERM)

    def _on_hup(self, number: int) -> None:
        self._log("Reloading ...")
        if self._child is not None:
            self._child.signal(number)

    def _on_print(self, number: int) -> None:
        if number == Sig.USR1:
            self._log(f"Printing parent data for process({self._process.pid}) on signal")
        if self._child is not None:
            self._child.signal(number)

    def _log(self, line: str) -> None:
        self._write(line, "Keepalived", self._process.pid)

    def _logger(self, identifier: str) -> Callable[[str], None]:
        def log(line: str) -> None:
            self._write(line, identifier, self._child.pid if self._child else 0)

        return log

    def _write(self, line: str, identifier: str, pid: int) -> None:
        if self._options.detail or not _DETAIL.match(line):
            self._manager.journal.write(line, identifier=identifier, pid=pid, unit=self._unit)


def _without_disabled(verdict: Verdict) -> DaemonSpec:
    """Leave out what keepalived disables: scripts that it must not, or cannot, run."""
    said = "\n".join(line for line in verdict.lines if "isabling" in line)
    gone = {
        check.name
        for check in verdict.spec.checks
        if f"track script {check.name} " in said
        or (script_path(check.script) and f"'{script_path(check.script)}'" in said)
    }
    return replace(
        verdict.spec,
        checks=tuple(check for check in verdict.spec.checks if check.name not in gone),
        instances=tuple(
            replace(one, tracks=tuple(track for track in one.tracks if track[0] not in gone))
            for one in verdict.spec.instances
        ),
    )
