"""Where a modelled file system keeps its nodes: inode numbers, room, and content."""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable

from .errors import failure
from .nodes import Caller, Directory, Link, Regular


def encoded(data: bytes | str) -> bytes:
    """Return bytes as they are, and text as UTF-8 with surrogates for other bytes."""
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)


class Store:
    """Makes nodes and changes their content. Every change raises ``OSError`` as a disk would.

    ``capacity`` and ``used``: bytes of all files; ``read_only`` refuses every change.
    """

    def __init__(self, clock: Callable[[], float], capacity: int = 8 << 30) -> None:
        self._clock = clock
        self._inodes = itertools.count(2)
        self.capacity = capacity
        self.used = 0
        self.read_only = False

    def now_ns(self) -> int:
        """Return the time that changes are stamped with, in nanoseconds since the epoch."""
        return int(self._clock() * 1e9)

    def directory(self, mode: int, caller: Caller) -> Directory:
        """Return a new, empty directory."""
        return Directory(next(self._inodes), mode, caller.uid, caller.gid, self.now_ns())

    def regular(self, mode: int, caller: Caller) -> Regular:
        """Return a new, empty file."""
        return Regular(next(self._inodes), mode, caller.uid, caller.gid, self.now_ns())

    def link(self, target: str, caller: Caller) -> Link:
        """Return a new symbolic link."""
        return Link(next(self._inodes), caller.uid, caller.gid, self.now_ns(), target)

    def may_change(self, path: str | None = None) -> None:
        """Raise where the file system is read-only."""
        if self.read_only:
            raise failure(errno.EROFS, path)

    def set_data(self, node: Regular, data: bytes) -> None:
        """Make ``data`` the content of a file."""
        self._grow(len(data) - node.size)
        node.data = data
        node.changed(self.now_ns())

    def put(self, node: Regular, at: int, data: bytes) -> None:
        """Write over a file's content from byte ``at`` on; a gap before it is zeroes."""
        end = at + len(data)
        self._grow(max(0, end - node.size))
        content = node.writable()
        if at > len(content):
            content.extend(bytes(at - len(content)))
        content[at:end] = data
        node.changed(self.now_ns())

    def dropped(self, node: object) -> None:
        """A node lost a name; without any its bytes are free again."""
        if isinstance(node, Regular):
            node.links -= 1
            if node.links == 0:
                self.used -= node.size

    def reserve(self, size: int) -> None:
        """Take room for bytes that are not kept (a large archive's); negative: give it back."""
        if size > 0:
            self.may_change()
        self._grow(size)

    def _grow(self, more: int) -> None:
        if more > 0 and self.used + more > self.capacity:
            raise failure(errno.ENOSPC)
        self.used += more
