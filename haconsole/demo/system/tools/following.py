"""``tail -f`` and ``-F``: waiting for files to grow, to be replaced, to come."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field

from ..fileio import FileStream
from ..invocation import Invocation
from ..nodes import Directory, Node, Regular
from ..streams import OpenFile


@dataclass
class Followed:
    """A file that is followed; ``file`` is ``None`` while there is none of that name."""

    path: str
    file: OpenFile | None
    unwatch: list[Callable[[], None]] = field(default_factory=list)

    @property
    def node(self) -> Node | None:
        """The node that is read."""
        return self.file.node if isinstance(self.file, FileStream) else None

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.release()
            self.file = None


class Follower:
    """Follows files until nobody reads any more, or process ``pid`` is gone.

    The model tells of every change, so nothing is polled; ``pause_s`` (``tail -s``) is how long
    changes are gathered before they are looked at, as a polling ``tail`` would see them.
    """

    def __init__(
        self,
        inv: Invocation,
        followed: list[Followed],
        *,
        by_name: bool,
        pause_s: float,
        pid: int | None,
        headers: bool,
        last: str | None,
    ) -> None:
        self._inv = inv
        self._followed = followed
        self._by_name = by_name
        self._pause_s = pause_s
        self._pid = pid
        self._headers = headers
        self._last = last
        self._changed = asyncio.Event()

    async def run(self) -> int:
        """Follow; returns the status when there is nothing left to follow."""
        try:
            while True:
                self._changed.clear()
                for entry in self._followed:
                    await self._look(entry)
                if not self._by_name and not any(entry.file for entry in self._followed):
                    await self._inv.error("no files remaining")
                    return 1
                if self._pid is not None and not self._lives(self._pid):
                    return 0
                await self._wait()
        finally:
            for entry in self._followed:
                self._unwatch(entry)
                entry.close()

    def _lives(self, pid: int) -> bool:
        # A zombie counts as gone: on a real host its shell has reaped it by then.
        process = self._inv.machine.processes.get(pid)
        return process is not None and process.alive

    async def _wait(self) -> None:
        if self._pid is None:
            await self._changed.wait()
            await asyncio.sleep(min(self._pause_s, 0.1))
            return
        try:
            async with asyncio.timeout(self._pause_s):
                await self._changed.wait()
        except TimeoutError:
            return

    def _unwatch(self, entry: Followed) -> None:
        for stop in entry.unwatch:
            stop()
        entry.unwatch.clear()

    async def _look(self, entry: Followed) -> None:
        if self._by_name:
            await self._check_name(entry)
        self._unwatch(entry)
        node = entry.node
        if node is not None:
            entry.unwatch.append(node.watch(self._changed.set))
        if self._by_name:
            folder = posixpath.dirname(entry.path) or "."
            caller = self._inv.process.caller
            if self._inv.files.is_dir(folder, caller):
                found = self._inv.files.find(folder, caller)
                if isinstance(found, Directory):
                    entry.unwatch.append(found.watch(self._changed.set))
        await self._copy(entry)

    async def _check_name(self, entry: Followed) -> None:
        files, caller = self._inv.files, self._inv.process.caller
        try:
            node = files.find(entry.path, caller)
        except OSError:
            node = None
        if node is entry.node:
            return
        await self._copy(entry)
        had = entry.file is not None
        entry.close()
        if not isinstance(node, Regular):
            if had:
                await self._inv.error(
                    f"'{entry.path}' has become inaccessible: No such file or directory"
                )
            return
        verb = "been replaced" if had else "appeared"
        await self._inv.error(f"'{entry.path}' has {verb};  following new file")
        entry.file = files.open(entry.path, caller, read=True).share()

    async def _copy(self, entry: Followed) -> None:
        file = entry.file
        if file is None:
            return
        if isinstance(file, FileStream) and file.offset > file.node.size:
            await self._inv.error(f"{entry.path}: file truncated")
            file.offset = 0
        while data := await file.read():
            if self._headers and self._last != entry.path:
                await self._inv.stdout.write(f"\n==> {entry.path} <==\n")
            self._last = entry.path
            await self._inv.stdout.write(data)
        if not isinstance(file, FileStream):
            entry.close()
