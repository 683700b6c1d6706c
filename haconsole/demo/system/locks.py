"""Locks on files: those of fcntl(2), which belong to processes, and those of flock(2)."""

from __future__ import annotations

from collections.abc import Callable

from .process import Process
from .streams import OpenFile


class Locks:
    """The locks of one host, by the inode of the file."""

    def __init__(self) -> None:
        self._owned: dict[int, Process] = {}
        self._open: dict[int, dict[OpenFile, bool]] = {}
        self._waiting: list[Callable[[], None]] = []

    def holder(self, inode: int) -> Process | None:
        """Return which living process has a lock of fcntl(2)."""
        process = self._owned.get(inode)
        return process if process is not None and process.alive else None

    def take(self, inode: int, process: Process) -> Process | None:
        """Lock for a process until it ends; returns who has it instead, ``None``: taken."""
        holder = self.holder(inode)
        if holder is not None and holder is not process:
            return holder
        self._owned[inode] = process
        return None

    def give(self, inode: int, process: Process) -> None:
        """Let go of a process's lock."""
        if self._owned.get(inode) is process:
            del self._owned[inode]

    def flock(self, inode: int, file: OpenFile, *, shared: bool = False) -> bool:
        """Lock for an open file, until its last descriptor is closed; ``False``: others have it."""
        held = self._open.setdefault(inode, {})
        others = [exclusive for other, exclusive in held.items() if other is not file]
        if any(others) or (others and not shared):
            return False
        if file not in held:
            file.at_close(lambda: self.unlock(inode, file))
        held[file] = not shared
        return True

    def unlock(self, inode: int, file: OpenFile) -> None:
        """Let go of an open file's lock."""
        if self._open.get(inode, {}).pop(file, None) is not None:
            waiting, self._waiting = self._waiting, []
            for wake in waiting:
                wake()

    def when_free(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` once, when some lock of flock(2) becomes free."""
        self._waiting.append(wake)
