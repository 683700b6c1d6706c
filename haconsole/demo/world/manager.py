"""systemd as far as services go: starting, watching, restarting and stopping them.

The messages are those of systemd 252 (Debian 12), which follows a unit's name with its
description.
"""

from __future__ import annotations

import asyncio
import uuid

from haconsole.demo.system.process import Process
from haconsole.demo.system.signals import Sig

from .conditions import unmet
from .journal import ERROR, INFO, NOTICE, WARNING
from .launcher import Launcher
from .service import CLEAN_SIGNALS, Service, how_it_ended
from .unitfile import full_name, load

#: systemd-system.conf(5): the defaults.
_BURST, _BURST_S = 5, 10.0


class JobError(Exception):
    """A job failed; the text is what systemctl says, ``status`` how it exits."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class Manager(Launcher):
    """PID 1 of one machine."""

    def find(self, name: str) -> Service | None:
        """Return a unit, loaded when it is first asked for."""
        name = full_name(name)
        service = self.services.get(name)
        if service is not None and (service.busy or service.transient):
            return service
        # What nobody uses is not kept in memory: its files are read anew.
        file = load(self.machine.files, name)
        if file is None:
            return self.services.get(name) if service and service.active == "failed" else None
        if service is None:
            service = self.services[name] = Service(file)
        service.file = file
        return service

    async def ended(self, service: Service) -> None:
        """Wait until a service does not run any more."""
        if not service.running:
            return
        over = asyncio.Event()

        def look(changed: Service) -> None:
            if changed is service and service.active in ("inactive", "failed"):
                over.set()

        self.watchers.append(look)
        try:
            await over.wait()
        finally:
            self.watchers.remove(look)

    def need(self, name: str) -> Service:
        """Return a unit; ``JobError`` when there is none."""
        service = self.find(name)
        if service is None:
            raise JobError(f"Unit {full_name(name)} could not be found.", 4)
        return service

    def reload_units(self) -> None:
        """``daemon-reload``: read every unit file anew."""
        for name, service in list(self.services.items()):
            if service.transient:
                continue
            file = load(self.machine.files, name)
            if file is not None:
                service.file = file
            elif not service.busy and service.active != "failed":
                del self.services[name]

    async def start(self, name: str) -> None:
        """Start a service and wait until it is up; ``JobError`` when it fails."""
        service = self.need(name)
        async with self._lock(service):
            if service.active == "active":
                return
            if service.file.masked:
                raise JobError(f"Failed to start {service.name}: Unit {service.name} is masked.")
            service.unmet = unmet(self.machine.files, service.file)
            service.condition_at = self.now
            if service.unmet:
                self.say(service, f"{service.file.title} was skipped because of an unmet "
                         f"condition check ({service.unmet}).")  # fmt: skip
                return
            if not await self._start(service):
                raise JobError(
                    f"Job for {service.name} failed because "
                    f"{_BECAUSE.get(service.result, 'a fatal signal was delivered')}.\n"
                    f'See "systemctl status {service.name}" and '
                    f'"journalctl -xeu {service.name}" for details.'
                )

    async def stop(self, name: str) -> None:
        """Stop a service and wait until it is down; or a transient timer."""
        if self.timers.stop(name):
            return
        service = self.need(name)
        # A stop counts at once, also for a restart that is being waited for.
        service.stopping = True
        async with self._lock(service):
            await self._stop(service)
            service.stopping = False

    async def restart(self, name: str) -> None:
        """Stop and start."""
        await self.stop(name)
        await self.start(name)

    async def reload(self, name: str) -> None:
        """Run ``ExecReload=``; ``JobError`` when there is none or it fails."""
        service = self.need(name)
        if service.active != "active":
            raise JobError(f"{service.name} is not active, cannot reload.")
        commands = service.file.all("ExecReload")
        if not commands:
            raise JobError(
                f"Failed to reload {service.name}: Job type reload is not applicable for unit "
                f"{service.name}."
            )
        self.say(service, f"Reloading {service.file.title}...")
        self._set(service, "reloading", "reload")
        ok = await self._run_all(service, commands)
        if service.active == "reloading":
            self._set(service, "active", "running")
        if not ok:
            self.say(service, f"Reload failed for {service.file.title}.", ERROR)
            raise JobError(
                f"Job for {service.name} failed because the control process exited with error "
                "code.\n"
                f'See "systemctl status {service.name}" and "journalctl -xeu {service.name}" '
                "for details."
            )
        self.say(service, f"Reloaded {service.file.title}.")

    def kill(self, name: str, signal: int, whom: str = "all") -> None:
        """``systemctl kill``: send a signal to a service's processes."""
        service = self.need(name)
        found = list(service.processes(self.machine))
        if whom == "main":
            found = [process for process in found if process is service.main]
        for process in found:
            process.signal(signal)

    def reset_failed(self, name: str) -> None:
        """Forget a failure and how often it was started."""
        service = self.need(name)
        service.starts.clear()
        service.restarts = 0
        if service.active == "failed":
            service.result = "success"
            self._set(service, "inactive", "dead")
            self._forget(service)

    def _lock(self, service: Service) -> asyncio.Lock:
        return self._locks.setdefault(service.name, asyncio.Lock())

    async def _start(self, service: Service) -> bool:
        if not self._within_limit(service):
            return False
        # A simple service is up as soon as it is begun, and only that is told.
        simple = service.kind == "simple" and not service.file.all("ExecStartPre")
        if not simple:
            self.say(service, f"Starting {service.file.title}...")
        service.invocation = uuid.uuid4().hex
        service.result = "success"
        self._set(service, "activating", "start-pre")
        if not await self._run_all(service, service.file.all("ExecStartPre")):
            self._failed_to_start(service, "exit-code")
            return False
        self._set(service, "activating", "start")
        try:
            main = await self._launch(service)
        except TimeoutError:
            self.say(service, f"{service.name}: start operation timed out. Terminating.", WARNING)
            main = None
            service.result = "timeout"
        if main is None:
            await self._end_processes(service)
            self._failed_to_start(service, service.result)
            return False
        service.main = main
        if service.kind == "oneshot":
            self._finish(service)
            return True
        self._set(service, "active", "running")
        self.say(service, f"Started {service.file.title}.")
        self.spawn_task(self._watch(service, main))
        return True

    def _finish(self, service: Service) -> None:
        """A oneshot service has done what it does."""
        service.main = None
        if service.remains:
            self._set(service, "active", "exited")
        else:
            self.say(service, f"{service.name}: Deactivated successfully.")
            self._set(service, "inactive", "dead")
        self.say(service, f"Finished {service.file.title}.")
        self._forget(service)

    def _forget(self, service: Service) -> None:
        """Let go of a transient unit that nobody needs any more."""
        collects = service.file.last("CollectMode") == "inactive-or-failed"
        over = service.active == "inactive" or (service.active == "failed" and collects)
        if service.transient and over and self.services.get(service.name) is service:
            del self.services[service.name]
            if self.machine.files.exists(service.file.path):
                self.machine.files.unlink(service.file.path)

    def _within_limit(self, service: Service) -> bool:
        """Count a start; too many in too short a time are refused (systemd.unit(5))."""
        service.starts = [at for at in service.starts if self.now - at < _BURST_S]
        if len(service.starts) >= _BURST:
            self.say(service, f"{service.name}: Start request repeated too quickly.", WARNING)
            result = "start-limit-hit" if service.result == "success" else service.result
            self._failed_to_start(service, result, again=False)
            return False
        service.starts.append(self.now)
        return True

    def _failed_to_start(self, service: Service, result: str, *, again: bool = True) -> None:
        service.result = result
        service.main = None
        self.say(service, f"{service.name}: Failed with result '{result}'.", WARNING)
        self._set(service, "failed", "failed")
        self.say(service, f"Failed to start {service.file.title}.", ERROR)
        self._forget(service)
        if again and service.wants_restart() and not service.stopping:
            self._schedule(service)

    async def _watch(self, service: Service, main: Process) -> None:
        """Wait for the main process; what happens then depends on why it ended."""
        await main.wait()
        if service.main is not main or service.active == "deactivating" or service.stopping:
            return
        service.ended(main, self.now)
        clean = main.status == 0 or main.killed_by in CLEAN_SIGNALS
        if clean and service.remains:
            service.main = None
            self._set(service, "active", "exited")
            return
        if not clean or main.killed_by:
            text = f"{service.name}: Main process exited, {how_it_ended(main)}"
            self.say(service, text, INFO if clean else NOTICE)
        service.result = "success" if clean else "signal" if main.killed_by else "exit-code"
        service.main = None
        self._set(service, "deactivating", "stop-sigterm")
        await self._end_processes(service)
        if service.result == "success":
            self.say(service, f"{service.name}: Deactivated successfully.")
            self._set(service, "inactive", "dead")
        else:
            text = f"{service.name}: Failed with result '{service.result}'."
            self.say(service, text, WARNING)
            self._set(service, "failed", "failed")
        if service.wants_restart() and not service.stopping:
            self._schedule(service)
        else:
            self._forget(service)

    def _schedule(self, service: Service) -> None:
        self._set(service, "activating", "auto-restart")
        self.spawn_task(self._restart_later(service))

    async def _restart_later(self, service: Service) -> None:
        await asyncio.sleep(service.restart_delay_s)
        if service.stopping or service.sub != "auto-restart":
            return
        async with self._lock(service):
            service.restarts += 1
            self.say(
                service,
                f"{service.name}: Scheduled restart job, restart counter is at {service.restarts}.",
            )
            self.say(service, f"Stopped {service.file.title}.")
            await self._start(service)

    async def _stop(self, service: Service) -> None:
        if not service.running:
            if service.active == "failed":
                return
            service.result = "success"
            return
        if service.sub == "auto-restart":
            self._set(service, "inactive", "dead")
            self.say(service, f"Stopped {service.file.title}.")
            return
        self.say(service, f"Stopping {service.file.title}...")
        self._set(service, "deactivating", "stop")
        await self._run_all(service, service.file.all("ExecStop"))
        self._set(service, "deactivating", "stop-sigterm")
        main = service.main
        await self._end_processes(service, first=main)
        service.main = None
        if main is not None and main.killed_by == Sig.KILL:
            service.result = "timeout"
            self.say(service, f"{service.name}: Failed with result 'timeout'.", WARNING)
            self._set(service, "failed", "failed")
        else:
            service.result = "success"
            self.say(service, f"{service.name}: Deactivated successfully.")
            self._set(service, "inactive", "dead")
        self.say(service, f"Stopped {service.file.title}.")
        self._forget(service)


_BECAUSE = {
    "exit-code": "the control process exited with error code",
    "timeout": "a timeout was exceeded",
    "protocol": "the service did not take the steps required by its unit configuration",
    "start-limit-hit": "start of the service was attempted too often",
}
