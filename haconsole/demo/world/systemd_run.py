"""``systemd-run``: a command as a service of its own, at once or later."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.process import Context
from haconsole.demo.system.streams import OpenFile

from .manager import JobError, Manager
from .service import Service
from .transient import Timer
from .unitfile import UnitFile, seconds, span

FOLDER = "/run/systemd/transient"
_MADE = (
    "# This is a transient unit file, created programmatically via the systemd API. Do not edit."
)
_VALUED = {
    "--unit": "unit", "-u": "unit", "--property": "property", "-p": "property", "--description":
    "description", "--on-active": "delay", "--setenv": "env", "-E": "env", "--working-directory":
    "folder", "--uid": "user", "--service-type": "type", "--timer-property": "timer",
    "--slice": "ignored", "--nice": "ignored", "--gid": "ignored", "--on-boot": "delay",
    "--expand-environment": "ignored",
}  # fmt: skip
#: systemd.timer(5): what ``--timer-property=`` may set.
_OF_TIMERS = ("AccuracySec", "RandomizedDelaySec", "WakeSystem", "RemainAfterElapse", "Persistent")
_FLAGS = {
    "--collect": "collect", "-G": "collect", "--remain-after-exit": "remain", "-r": "remain",
    "--wait": "wait", "--pipe": "pipe", "-P": "pipe", "--quiet": "quiet", "-q": "quiet",
    "--no-block": "noblock", "--scope": "scope", "--same-dir": "same", "-d": "same",
    "--no-ask-password": "noask", "--system": "system", "-t": "pty", "--pty": "pty",
}  # fmt: skip


@dataclass
class _Call:
    """What a command line asks for."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    settings: dict[str, list[str]] = field(default_factory=dict)
    timer: dict[str, str] = field(default_factory=dict)
    argv: list[str] = field(default_factory=list)
    problem: str = ""
    #: What systemd itself says of an argument.
    refusal: str = ""

    def read(self, args: list[str]) -> None:
        """Take a command line apart."""
        rest = list(args)
        while rest and rest[0].startswith("-"):
            word = rest.pop(0)
            if word == "--":
                break
            key, equals, value = word.partition("=")
            if word[:1] == "-" and word[:2] != "--" and len(word) > 2 and word[:2] in _VALUED:
                key, equals, value = word[:2], "=", word[2:]
            if key in _VALUED:
                self._set(_VALUED[key], value if equals else rest.pop(0) if rest else "")
            elif word in _FLAGS:
                self.flags.add(_FLAGS[word])
            else:
                self.problem = f"unrecognized option '{word}'"
                return
        self.argv = rest

    def _set(self, key: str, value: str) -> None:
        if key == "property":
            name, _, text = value.partition("=")
            self.settings.setdefault(name, []).append(text)
        elif key == "timer":
            name, equals, text = value.partition("=")
            if not equals:
                self.refusal = f"Not an assignment: {value}"
            elif name not in _OF_TIMERS:
                self.refusal = f"Unknown assignment: {value}"
            self.timer[name] = text
        elif key == "env":
            self.settings.setdefault("Environment", []).append(shlex.quote(value))
        else:
            self.values[key] = value


def systemd_run(manager: Manager) -> Program:
    """Return the program for a machine with this PID 1."""

    async def run(call: Invocation) -> int:
        asked = _Call()
        asked.read(call.args)
        if asked.problem:
            return await call.error(asked.problem)
        if asked.refusal:
            await call.stderr.write(f"{asked.refusal}\n")
            return 1
        if not asked.argv:
            await call.stderr.write("Command line to execute required.\n")
            return 1
        kind = "timer" if "delay" in asked.values else "service"
        if call.uid != 0:
            await call.stderr.write(
                f"Failed to start transient {kind} unit: Interactive authentication required.\n"
            )
            return 1
        try:
            path = _executable(manager, asked.argv[0])
        except OSError as error:
            text = f"Failed to find executable {asked.argv[0]}: {words_of(error)}\n"
            await call.stderr.write(text)
            return 1
        return await _Run(manager, call, asked, path).run(kind)

    return run


def _executable(manager: Manager, name: str) -> str:
    if "/" not in name:
        found = manager.machine.programs.which(name)
        if found is not None:
            return found
    manager.machine.lookup([name], Context())
    return name


class _Run:
    def __init__(self, manager: Manager, call: Invocation, asked: _Call, path: str) -> None:
        self._manager, self._call, self._asked = manager, call, asked
        self._argv = [path, *asked.argv[1:]]
        unit = asked.values.get("unit") or manager.timers.new_name()
        self._unit = unit.removesuffix(".service").removesuffix(".timer")

    async def run(self, kind: str) -> int:
        manager, call, unit = self._manager, self._call, self._unit
        if kind == "timer" and manager.timers.get(f"{unit}.timer") is not None:
            await call.stderr.write(
                f"Failed to start transient timer unit: Unit {unit}.timer was already loaded or "
                "has a fragment file.\n"
            )
            return 1
        if manager.find(f"{unit}.service") is not None:
            await call.stderr.write(
                f"Failed to start transient {kind} unit: Unit {unit}.service was already loaded "
                "or has a fragment file.\n"
            )
            return 1
        if kind == "timer":
            await self._later()
            return 0
        return await self._now()

    async def _later(self) -> None:
        manager, unit = self._manager, self._unit
        service = self._made({})
        delay = seconds(self._asked.values["delay"], 0.0)
        path = f"{FOLDER}/{unit}.timer"
        settings = {"OnActiveSec": span(delay), **self._asked.timer}
        settings.setdefault("RemainAfterElapse", "no")
        description = service.file.description
        lines = [_MADE, "[Unit]", f"Description={description}", "", "[Timer]"]
        lines += [f"{key}={value}" for key, value in settings.items()]
        manager.machine.files.install(path, "\n".join([*lines, ""]))
        file = UnitFile(f"{unit}.timer", path, (), {"Description": [description]})
        accuracy = seconds(settings.get("AccuracySec", ""), 60.0)
        timer = Timer(file, service, delay, manager.now + delay, accuracy)

        def start() -> None:
            manager.spawn_task(self._start(service))

        # It is punctual: any moment within the accuracy is right.
        manager.timers.add(timer, start, lambda: manager.now)
        await self._say(
            f"Running timer as unit: {unit}.timer\nWill run service as unit: {unit}.service"
        )

    async def _now(self) -> int:
        flags, call = self._asked.flags, self._call
        fds = dict(call.process.fds) if "pipe" in flags or "scope" in flags else {}
        service = self._made(fds)
        waits = bool(flags & {"wait", "pipe", "scope"})
        if not flags & {"pipe", "scope"}:
            await self._say(f"Running as unit: {service.name}")
        started = call.machine.uptime
        job = self._manager.spawn_task(self._start(service))
        if "noblock" in flags and not waits:
            return 0
        error = await job
        if not waits:
            if error:
                await call.stderr.write(f"{error}\n")
            return int(bool(error))
        await self._manager.ended(service)
        took = call.machine.uptime - started
        code, number = ("exited", service.exec_status) if service.exec_code == 1 else (
            "killed", service.exec_status)  # fmt: skip
        if "pipe" not in flags and "scope" not in flags:
            await self._say(
                f"Finished with result: {service.result}\n"
                f"Main processes terminated with: code={code}/status={number}\n"
                f"Service runtime: {took * 1000:.0f}ms"
            )
        return service.exec_status if service.exec_code == 1 else 255

    async def _start(self, service: Service) -> str:
        try:
            await self._manager.start(service.name)
        except JobError as error:
            return str(error)
        return ""

    def _made(self, fds: dict[int, OpenFile]) -> Service:
        """Make the unit, and the file that systemd keeps of it."""
        asked, files = self._asked, self._manager.machine.files
        path = f"{FOLDER}/{self._unit}.service"
        settings = {key: list(values) for key, values in asked.settings.items()}
        settings["Description"] = [asked.values.get("description") or " ".join(self._argv)]
        settings["ExecStart"] = [shlex.join(self._argv)]
        if "remain" in asked.flags:
            settings["RemainAfterExit"] = ["yes"]
        for key, name in (("type", "Type"), ("user", "User"), ("folder", "WorkingDirectory")):
            if key in asked.values:
                settings[name] = [asked.values[key]]
        if "same" in asked.flags or "scope" in asked.flags:
            settings["WorkingDirectory"] = [self._call.cwd]
        if "collect" in asked.flags:
            settings["CollectMode"] = ["inactive-or-failed"]
        own = ("Description", "CollectMode")
        text = f"{_MADE}\n[Unit]\n" + "".join(
            f"{key}={settings[key][0]}\n" for key in own if key in settings
        )
        text += "\n[Service]\n" + "".join(
            f"{key}={value}\n"
            for key, values in settings.items() if key not in own for value in values
        )  # fmt: skip
        files.install(path, text)
        file = UnitFile(f"{self._unit}.service", path, (), settings, argv=tuple(self._argv))
        service = Service(file, transient=True, fds=fds)
        self._manager.services[service.name] = service
        return service

    async def _say(self, text: str) -> None:
        if "quiet" not in self._asked.flags:
            await self._call.stderr.write(f"{text}\n")
