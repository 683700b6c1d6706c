"""As much of Python as haconsole's detector needs: its own judgement, on the model's wire.

What it decides, says and writes is the program's own code; only the raw socket, the journal and
the files are the model's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from haconsole.demo.system.files import Files
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.nodes import ROOT
from haconsole.procedures.detector.program.judging import (
    TWICE_S,
    WARNING,
    Detector,
    Look,
    Once,
    Settings,
    line_of,
)
from haconsole.procedures.detector.program.wire import AGAIN_S, LISTEN_S
from haconsole.procedures.detector.shipping import PROGRAM, SETTINGS, STATE

from .journal import Journal
from .manager import Manager
from .stack import Stack


def python3(stack: Stack, manager: Manager, journal: Journal) -> Program:
    """Return a ``python3`` that runs the detector, and nothing else."""

    async def run(call: Invocation) -> int:
        if not call.args or call.args[0] != PROGRAM:
            return await call.error("this model runs nothing but haconsole-detector", 1)
        return await _Process(call, stack, manager, journal).run(call.args[1:])

    return run


class _Process:
    """One run of the program."""

    def __init__(
        self, call: Invocation, stack: Stack, manager: Manager, journal: Journal
    ) -> None:  # fmt: skip
        self._call = call
        self._stack = stack
        self._journal = journal
        self._unit = manager.unit_of(call.process)

    async def run(self, words: list[str]) -> int:
        """Do what the words say, with the program's own exit statuses."""
        if words == ["--state"]:
            try:
                text = self._call.files.read(STATE).decode()
            except OSError as error:
                text = error.strerror or ""
            return await self._tell(line_of(text, STATE, self._call.machine.clock()))
        path = words[1] if len(words) == 2 and words[0] == "--check" else SETTINGS
        if words and words[0] not in ("--once", "--check"):
            return await self._call.error("[--once | --state | --check [FILE]]", 3)
        try:
            settings = Settings(self._call.files.read(path).decode(), path)
        except (OSError, ValueError) as error:
            return await self._call.error(str(error), 3)
        if words[:1] == ["--check"]:
            return await self._check(settings)
        if words:
            return await self._once(settings)
        return await self._watch(settings)

    async def _tell(self, said: tuple[int, str]) -> int:
        await self._call.print(said[1])
        return said[0]

    async def _check(self, settings: Settings) -> int:
        whys = [self._out_of_order(interface) for vip, interface in settings.vips if ":" not in vip]
        whys += [trusted(self._call.files, settings.hook)] if settings.hook else []
        for why in filter(None, whys):
            await self._call.stderr.write(f"{why}\n")
            return 1
        return 0

    async def _once(self, settings: Settings) -> int:
        asked = Once(settings)
        while asked.take(await self._look(settings), self._stack.now):
            await self._call.sleep(TWICE_S)
        return await self._tell(asked.line())

    async def _watch(self, settings: Settings) -> int:
        def tell(level: int, text: str) -> None:
            self._journal.write(
                text,
                identifier="haconsole-detector",
                pid=self._call.process.pid,
                unit=self._unit,
                priority=level,
            )

        def hook(word: str, vip: str, text: str) -> None:
            if not settings.hook:
                return
            if why := trusted(self._call.files, settings.hook):
                tell(WARNING, f"the hook is not run: {why}")
                return
            self._call.spawn([settings.hook, word, vip, text])

        detector = Detector(settings, tell, hook)
        files = self._call.files
        files.mkdir(STATE.rpartition("/")[0], parents=True)
        try:
            while True:
                looks = await self._look(settings)
                now, epoch = self._stack.now, self._call.machine.clock()
                files.install(f"{STATE}.new", detector.take(looks, now, epoch), 0o644)
                files.rename(f"{STATE}.new", STATE)
                await self._call.sleep(detector.pause())
        finally:
            for take, path in ((files.unlink, STATE), (files.rmdir, STATE.rpartition("/")[0])):
                with contextlib.suppress(OSError):
                    take(path)

    async def _look(self, settings: Settings) -> list[Look]:
        """Ask twice, listen for a second, as :mod:`wire` does."""
        heard: dict[str, set[str]] = {}
        for pause in (AGAIN_S, LISTEN_S - AGAIN_S):
            for address in self._asked(settings):
                heard.setdefault(address, set()).update(self._answering(address))
            await self._call.sleep(pause)
        return [self._of(settings, vip, interface, heard) for vip, interface in settings.vips]

    def _answering(self, address: str) -> Iterator[str]:
        wire = self._stack.wire
        for other in wire.hearers(self._stack):
            if other.owns(address) and wire.carries(other, self._stack):
                yield other.nic.mac

    def _asked(self, settings: Settings) -> list[str]:
        vips = [vip for vip, _ in settings.vips if ":" not in vip]
        return [*vips, *(place[0] for name, place in settings.hosts.items() if name != settings.me)]

    def _of(
        self, settings: Settings, vip: str, interface: str, heard: dict[str, set[str]]
    ) -> Look:  # fmt: skip
        if ":" in vip:
            return Look()
        if problem := self._out_of_order(interface):
            return Look(problem=problem)
        mac = self._stack.nic.mac
        names = {mac: settings.me}
        for name, (address, _) in settings.hosts.items():
            names |= dict.fromkeys(heard.get(address, ()), name)
        own = mac if settings.is_lb and self._stack.owns(vip) else ""
        return Look(own, heard.get(vip, ()), names)

    def _out_of_order(self, interface: str) -> str:
        nic = self._stack.nic_named(interface)
        if nic is None:
            return f"there is no interface {interface}"
        return "" if nic.running else f"{interface} is down or has no carrier"


def trusted(files: Files, path: str) -> str:
    """Return why a command is not run as root; empty where only root could have written it."""
    if not path.startswith("/"):
        return f"{path} is no absolute path"
    part = path
    while part:
        try:
            node = files.find(part, ROOT)
        except OSError as error:
            return f"{part}: {error.strerror}"
        if node.uid != 0 or node.mode & 0o022:
            return f"{part} can be written by others than root"
        part = part.rpartition("/")[0]
    return ""
