"""Starting and ending the processes of services, for :mod:`manager`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.process import Process
from haconsole.demo.system.signals import Sig
from haconsole.demo.system.streams import Null, OpenFile, Sink

from .journal import ERROR, INFO, NOTICE, Journal
from .service import MARK, Service, how_it_ended
from .transient import Timer, TransientTimers
from .unitfile import environment, seconds, words

#: systemd-system.conf(5): the defaults.
_START_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 90.0


class Launcher:
    """What PID 1 does with processes."""

    def __init__(self, machine: Machine, journal: Journal) -> None:
        self.machine = machine
        self.journal = journal
        self.services: dict[str, Service] = {}
        self.timers = TransientTimers(self._timer_gone)
        self._ready: dict[str, asyncio.Future[None]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        #: What ``systemctl reboot`` asks for.
        self.reboot: Callable[[], None] = lambda: None
        #: Called after every change of state of a service.
        self.watchers: list[Callable[[Service], None]] = []

    @property
    def now(self) -> float:
        """Seconds since boot."""
        return self.machine.uptime

    def units(self) -> list[Service | Timer]:
        """Return every unit that is loaded, by name."""
        found: list[Service | Timer] = [*self.services.values(), *self.timers.all()]
        return sorted(found, key=lambda unit: unit.name)

    def say(self, service: Service, text: str, priority: int = INFO) -> None:
        """Write a message of systemd about a unit."""
        self.journal.write(text, identifier="systemd", about=service.name, priority=priority)

    def unit_of(self, process: Process) -> str:
        """Return the service that a process belongs to, or ``""``."""
        mark = process.context.env.get(MARK)
        for service in self.services.values() if mark else ():
            if service.invocation == mark:
                return service.name
        return ""

    def notify_ready(self, process: Process) -> None:
        """``sd_notify(READY=1)`` from a process of a service."""
        future = self._ready.get(process.context.env.get(MARK, ""))
        if future is not None and not future.done():
            future.set_result(None)

    def power_off(self) -> None:
        """Lose everything at once: units, timers, and what is being waited for."""
        self.timers.close()
        for task in list(self._tasks):
            task.cancel()
        self.services.clear()
        self._ready.clear()
        self._locks.clear()

    async def close(self) -> None:
        """Forget about everything; nothing of the manager runs afterwards."""
        self.timers.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def spawn_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something on behalf of the manager."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _set(self, service: Service, active: str, sub: str) -> None:
        service.set(active, sub, self.now)
        self.timers.service_changed(service)
        for watcher in list(self.watchers):
            watcher(service)

    def _timer_gone(self, timer: Timer) -> None:
        """Forget a timer's file, and a service of it that never ran."""
        service = timer.service
        unused = service.active == "inactive" and self.services.get(service.name) is service
        if unused:
            del self.services[service.name]
        for path in (timer.file.path, service.file.path if unused else ""):
            if path and self.machine.files.exists(path):
                self.machine.files.unlink(path)

    async def _launch(self, service: Service) -> Process | None:
        """Start the main process and wait for what its type asks for; ``None``: it failed."""
        main: Process | None = None
        for command in service.file.all("ExecStart"):
            service.exec_code = service.exec_status = 0
            service.exec_start, service.exec_exit = self.now, 0.0
            main = self._spawn(service, command)
            service.main = main
            if service.kind == "oneshot" and await self._judge(service, main):
                return None
        if main is None or service.kind in ("simple", "exec", "idle", "oneshot"):
            return main
        timeout = seconds(service.file.last("TimeoutStartSec"), _START_TIMEOUT_S)
        async with asyncio.timeout(timeout):
            if service.kind == "forking":
                return None if await self._judge(service, main) else self._by_pid_file(service)
            return main if await self._wait_ready(service, main) else None

    def _spawn(self, service: Service, command: str) -> Process:
        files = self.machine.files
        variables = environment(files, service.file)
        main = service.main.pid if service.main else 0
        argv, _ = words(command, {**variables, "MAINPID": str(main)})
        argv = list(service.file.argv) or argv
        env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            MARK: service.invocation,
            **variables,
        }
        if service.kind == "notify":
            env["NOTIFY_SOCKET"] = "/run/systemd/notify"
        user = self.machine.users.get(service.file.last("User", "root"))
        try:
            return self.machine.spawn(
                argv,
                env=env,
                cwd=service.file.last("WorkingDirectory", "/"),
                uid=user.uid if user else 0,
                fds=service.fds or self._streams(service, argv[0]),
                new_session=True,
            )
        except OSError as error:
            text = f"{service.name}: Failed to locate executable {argv[0]}: {error.strerror}"
            self.say(service, text, ERROR)
            return self.machine.spawn(["(exec)"], program=_not_executable, env=env)

    def _streams(self, service: Service, program: str) -> dict[int, OpenFile]:
        """Return what a service's process reads and writes: nothing, and the journal."""
        name = program.rpartition("/")[2]

        def take(data: bytes) -> None:
            pid = service.main.pid if service.main else self.machine.processes.last_pid
            for line in data.decode("utf-8", "replace").splitlines():
                self.journal.write(line, identifier=name, pid=pid, unit=service.name)

        journal = Sink(take)
        return {0: Null(), 1: journal, 2: journal}

    async def _judge(self, service: Service, process: Process) -> bool:
        """Wait for a process; returns whether it failed, and says so."""
        await process.wait()
        if service.kind == "oneshot":
            service.ended(process, self.now)
        if process.status == 0:
            return False
        word = "Control process" if service.kind == "forking" else "Main process"
        self.say(service, f"{service.name}: {word} exited, {how_it_ended(process)}", NOTICE)
        service.result = "signal" if process.killed_by else "exit-code"
        return True

    def _by_pid_file(self, service: Service) -> Process | None:
        path = service.file.last("PIDFile")
        with contextlib.suppress(OSError, ValueError):
            pid = int(self.machine.files.read(path)) if path else 0
            return self.machine.processes.get(pid)
        return next(service.processes(self.machine), None)

    async def _wait_ready(self, service: Service, main: Process) -> bool:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready[service.invocation] = future
        ended: asyncio.Future[Any] = asyncio.ensure_future(main.wait())
        try:
            waiting: set[asyncio.Future[Any]] = {future, ended}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ready.pop(service.invocation, None)
            if not ended.done():
                ended.cancel()
        if future.done():
            return True
        await self._judge(service, main)
        if service.result == "success":
            service.result = "protocol"
        return False

    async def _run_all(self, service: Service, commands: list[str]) -> bool:
        for command in commands:
            process = self._spawn(service, command)
            if await process.wait() and not command.startswith("-"):
                text = f"{service.name}: Control process exited, {how_it_ended(process)}"
                self.say(service, text, NOTICE)
                return False
        return True

    async def _end_processes(self, service: Service, first: Process | None = None) -> None:
        """End what runs of a service: SIGTERM and SIGCONT, after a while SIGKILL."""
        mode = service.file.last("KillMode", "control-group")
        everyone = list(service.processes(self.machine))
        targets = everyone if mode in ("control-group", "mixed") else [first] if first else []
        ends = [process for process in targets if process is not None and process.alive]
        number = _signal(service.file.last("KillSignal", "SIGTERM"))
        for process in ends:
            process.signal(number)
            process.signal(Sig.CONT)
        timeout = seconds(service.file.last("TimeoutStopSec"), _STOP_TIMEOUT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                for process in ends:
                    await process.wait()
        for process in (p for p in ends if p.alive):
            text = f"{service.name}: Killing process {process.pid} ({process.comm}) with signal"
            self.say(service, f"{text} SIGKILL.", NOTICE)
            process.signal(Sig.KILL)


def _signal(name: str) -> int:
    return int(Sig[name.removeprefix("SIG")])


async def _not_executable(_: object) -> int:
    # systemd.exec(5): EXIT_EXEC.
    return 203
