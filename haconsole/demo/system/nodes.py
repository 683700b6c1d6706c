"""What a modelled file system is made of: nodes with an owner, a mode and a time."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Watcher = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what a system call knows of its process."""

    uid: int = 0
    gid: int = 0
    cwd: str = "/"
    umask: int = 0o022
    pid: int = 1


#: The kernel's own view, and that of the code that builds a host.
ROOT = Caller()


class Node:
    """An inode. ``mode`` holds permissions alone; times are nanoseconds since the epoch."""

    kind = 0

    def __init__(self, inode: int, mode: int, uid: int, gid: int, mtime_ns: int) -> None:
        self.inode = inode
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.mtime_ns = mtime_ns
        self.links = 1
        self._watchers: set[Watcher] | None = None

    @property
    def size(self) -> int:
        """Bytes that ``stat`` reports."""
        return 0

    def allows(self, caller: Caller, wanted: int) -> bool:
        """Whether the caller has the rights ``wanted``: a sum of 4 (read), 2 (write), 1 (exec)."""
        if caller.uid == 0:
            return not wanted & 1 or self.kind == stat.S_IFDIR or bool(self.mode & 0o111)
        shift = 6 if caller.uid == self.uid else 3 if caller.gid == self.gid else 0
        return (self.mode >> shift) & wanted == wanted

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` at every change of the content; returns what ends that."""
        if self._watchers is None:
            self._watchers = set()
        watchers = self._watchers
        watchers.add(watcher)
        return lambda: watchers.discard(watcher)

    def changed(self, now_ns: int) -> None:
        """Note a change of the content."""
        self.mtime_ns = now_ns
        if self._watchers:
            for watcher in tuple(self._watchers):
                watcher()


class Regular(Node):
    """A file with bytes in it."""

    kind = stat.S_IFREG

    def __init__(self, inode: int, mode: int, uid: int, gid: int, mtime_ns: int) -> None:
        super().__init__(inode, mode, uid, gid, mtime_ns)
        self.data: bytes | bytearray = b""

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return len(self.data)

    def writable(self) -> bytearray:
        """Return the content such that it can be changed in place."""
        if not isinstance(self.data, bytearray):
            self.data = bytearray(self.data)
        return self.data


class Directory(Node):
    """A directory; ``entries`` maps names to nodes."""

    kind = stat.S_IFDIR

    def __init__(self, inode: int, mode: int, uid: int, gid: int, mtime_ns: int) -> None:
        super().__init__(inode, mode, uid, gid, mtime_ns)
        self.entries: dict[str, Node] = {}

    @property
    def size(self) -> int:
        """What ext4 reports for a small directory."""
        return 4096

    def find(self, name: str, caller: Caller) -> Node | None:
        """Return the node of that name, or ``None``."""
        return self.entries.get(name)

    def names(self, caller: Caller) -> Iterable[str]:
        """Return the names, in no order."""
        return self.entries


class Link(Node):
    """A symbolic link."""

    kind = stat.S_IFLNK

    def __init__(self, inode: int, uid: int, gid: int, mtime_ns: int, target: str) -> None:
        super().__init__(inode, 0o777, uid, gid, mtime_ns)
        self.target = target

    @property
    def size(self) -> int:
        """Characters of the target."""
        return len(self.target.encode())


class Device(Node):
    """``/dev/null``, ``zero`` or ``full``."""

    kind = stat.S_IFCHR

    def __init__(self, inode: int, mtime_ns: int, name: str) -> None:
        super().__init__(inode, 0o666, 0, 0, mtime_ns)
        self.name = name


class Virtual(Node):
    """A file whose content is made when it is opened, as in ``/proc``.

    ``write``: what is done with what is written to it; without one it cannot be written.
    """

    kind = stat.S_IFREG

    def __init__(
        self,
        read: Callable[[Caller], bytes],
        *,
        mode: int = 0o444,
        write: Callable[[bytes], None] | None = None,
        uid: int = 0,
    ) -> None:
        super().__init__(4026531840, mode if write is None else mode | 0o200, uid, uid, 0)
        self.read = read
        self.write = write


class VirtualLink(Node):
    """A symbolic link whose target depends on who looks, as ``/proc/self``."""

    kind = stat.S_IFLNK

    def __init__(self, target: Callable[[Caller], str]) -> None:
        super().__init__(4026531841, 0o777, 0, 0, 0)
        self.target = target


class VirtualDirectory(Directory):
    """A directory whose entries are made when they are looked up."""

    def __init__(
        self,
        find: Callable[[str, Caller], Node | None],
        names: Callable[[Caller], Iterable[str]],
    ) -> None:
        super().__init__(4026531842, 0o555, 0, 0, 0)
        self._find = find
        self._names = names

    def find(self, name: str, caller: Caller) -> Node | None:
        """Ask the maker."""
        return self._find(name, caller)

    def names(self, caller: Caller) -> Iterable[str]:
        """Ask the maker."""
        return self._names(caller)
