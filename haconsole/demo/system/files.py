"""The file system of a modelled host: what open(2), rename(2) and their kin do."""

from __future__ import annotations

import errno
import posixpath

from .errors import failure
from .fileio import DirectoryStream, FileStream
from .names import Names
from .nodes import ROOT, Caller, Device, Directory, Node, Regular, Virtual
from .store import encoded
from .streams import Fixed, Null, OpenFile, Sink
from .tree import R, W


class Files(Names):
    """A tree that can be changed. Every method raises ``OSError`` with an errno.

    ``store`` has the switches: ``capacity`` (a full disk) and ``read_only``.
    """

    def open(
        self,
        path: str,
        caller: Caller = ROOT,
        *,
        read: bool = False,
        write: bool = False,
        append: bool = False,
        create: bool = False,
        truncate: bool = False,
        exclusive: bool = False,
        mode: int = 0o666,
    ) -> OpenFile:
        """Open a path (open(2)); the result has no descriptor yet."""
        write = write or append
        spot = self.walk(path, caller)
        node = spot.node
        if node is None:
            if not create:
                raise failure(errno.ENOENT, path)
            node = self._create(spot, path, caller, mode)
        elif exclusive:
            raise failure(errno.EEXIST, path)
        elif isinstance(node, Directory):
            if write:
                raise failure(errno.EISDIR, path)
            return DirectoryStream()
        elif not node.allows(caller, (R if read else 0) | (W if write else 0)):
            raise failure(errno.EACCES, path)
        if not isinstance(node, Regular):
            return _open_special(node, path, caller, write=write)
        if write:
            self.store.may_change(path)
        if truncate and write:
            self.store.set_data(node, b"")
        return FileStream(self.store, node, read=read, write=write, append=append)

    def write(
        self, path: str, data: bytes | str, caller: Caller = ROOT, *, mode: int | None = None
    ) -> None:
        """Make ``data`` the content of a file, which is created where there is none.

        ``mode``: the permissions that it gets, created or not.
        """
        node = self._to_write(path, caller)
        if isinstance(node, Virtual) and node.write is not None:
            node.write(encoded(data))
            return
        if not isinstance(node, Regular):
            raise failure(errno.EINVAL, path)
        self.store.set_data(node, encoded(data))
        if mode is not None:
            node.mode = mode

    def append(self, path: str, data: bytes | str, caller: Caller = ROOT) -> None:
        """Add to the end of a file, which is created where there is none."""
        node = self._to_write(path, caller)
        if not isinstance(node, Regular):
            raise failure(errno.EINVAL, path)
        self.store.put(node, node.size, encoded(data))

    def install(
        self, path: str, data: bytes | str, mode: int = 0o644, *, uid: int = 0, gid: int = 0
    ) -> None:
        """Write a file of that owner and mode, with the directories above it (install -D)."""
        self.mkdir(posixpath.dirname(path) or "/", parents=True)
        self.write(path, data, mode=mode)
        self.chown(path, uid, gid)

    def graft(self, path: str, node: Node) -> None:
        """Put a node of one's own making into the tree, in the place of what was there."""
        self.mkdir(posixpath.dirname(path) or "/", parents=True)
        spot = self.walk(path, follow=False)
        spot.parent.entries[spot.name] = node

    def mkdir(
        self, path: str, caller: Caller = ROOT, *, mode: int = 0o777, parents: bool = False
    ) -> None:
        """Make a directory; with ``parents`` those above it, and none is no error (mkdir -p)."""
        if parents:
            above = posixpath.dirname(path.rstrip("/"))
            if self.is_dir(path, caller):
                return
            if above and not self.is_dir(above, caller):
                self.mkdir(above, caller, mode=mode, parents=True)
        spot = self._free(path.rstrip("/") or "/", caller)
        self._enter(spot, self.store.directory(mode & ~caller.umask, caller))
        spot.parent.links += 1

    def symlink(self, target: str, path: str, caller: Caller = ROOT) -> None:
        """Make a symbolic link at ``path``."""
        self._enter(self._free(path, caller), self.store.link(target, caller))

    def link(self, old: str, new: str, caller: Caller = ROOT) -> None:
        """Give a file a second name (link(2))."""
        node = self.find(old, caller, follow=False)
        if isinstance(node, Directory):
            raise failure(errno.EPERM, old)
        self._enter(self._free(new, caller), node)
        node.links += 1

    def unlink(self, path: str, caller: Caller = ROOT) -> None:
        """Remove a name that is not a directory's."""
        spot = self._removable(path, caller)
        if isinstance(spot.node, Directory):
            raise failure(errno.EISDIR, path)
        self._leave(spot)

    def rmdir(self, path: str, caller: Caller = ROOT) -> None:
        """Remove an empty directory."""
        spot = self._removable(path, caller)
        if not isinstance(spot.node, Directory):
            raise failure(errno.ENOTDIR, path)
        if spot.node.entries:
            raise failure(errno.ENOTEMPTY, path)
        self._leave(spot)
        spot.parent.links -= 1

    def remove_tree(self, path: str, caller: Caller = ROOT) -> None:
        """Remove a path and everything below it."""
        if not isinstance(self.find(path, caller, follow=False), Directory):
            self.unlink(path, caller)
            return
        for name in self.listdir(path, caller):
            self.remove_tree(posixpath.join(path, name), caller)
        self.rmdir(path, caller)

    def rename(self, old: str, new: str, caller: Caller = ROOT) -> None:
        """Move a name atomically over another (rename(2))."""
        source = self._removable(old, caller)
        goal = self.walk(new, caller, follow=False)
        node, there = source.node, goal.node
        if there is node:
            return
        if isinstance(there, Directory) and not isinstance(node, Directory):
            raise failure(errno.EISDIR, new)
        if isinstance(there, Directory) and there.entries:
            raise failure(errno.ENOTEMPTY, new)
        if isinstance(node, Directory) and there is not None and not isinstance(there, Directory):
            raise failure(errno.ENOTDIR, new)
        if isinstance(node, Directory) and f"{goal.path}/".startswith(f"{source.path}/"):
            raise failure(errno.EINVAL, new)
        self._may_write(goal, new, caller)
        assert node is not None  # noqa: S101 - what _removable found
        del source.parent.entries[source.name]
        self.store.dropped(there)
        goal.parent.entries[goal.name] = node
        for parent in (source.parent, goal.parent):
            parent.changed(self.store.now_ns())

    def chmod(self, path: str, mode: int, caller: Caller = ROOT) -> None:
        """Set the permissions."""
        node = self.find(path, caller)
        if caller.uid not in (0, node.uid):
            raise failure(errno.EPERM, path)
        self.store.may_change(path)
        node.mode = mode & 0o7777

    def chown(self, path: str, uid: int, gid: int, caller: Caller = ROOT) -> None:
        """Set owner and group; -1 leaves one as it is."""
        node = self.find(path, caller)
        if caller.uid != 0 and (uid not in (-1, node.uid) or gid not in (-1, caller.gid)):
            raise failure(errno.EPERM, path)
        self.store.may_change(path)
        node.uid = node.uid if uid < 0 else uid
        node.gid = node.gid if gid < 0 else gid

    def touch(self, path: str, mtime_ns: int | None = None, caller: Caller = ROOT) -> None:
        """Set the time of a file, which is created where there is none."""
        spot = self.walk(path, caller)
        node = spot.node or self._create(spot, path, caller, 0o666)
        if caller.uid != node.uid and not node.allows(caller, W):
            raise failure(errno.EACCES, path)
        self.store.may_change(path)
        node.mtime_ns = self.store.now_ns() if mtime_ns is None else mtime_ns


def _open_special(node: Node, path: str, caller: Caller, *, write: bool) -> OpenFile:
    if isinstance(node, Device):
        return Null(node.name)
    if isinstance(node, Virtual):
        if not write:
            return Fixed(node.read(caller))
        if node.write is not None:
            return Sink(node.write)
        raise failure(errno.EACCES, path)
    raise failure(errno.EINVAL, path)
