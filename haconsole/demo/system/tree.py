"""Finding one's way in a modelled file system: paths, links, permissions."""

from __future__ import annotations

import errno
import posixpath
from dataclasses import dataclass

from .errors import failure
from .nodes import ROOT, Caller, Directory, Link, Node, Regular, Virtual, VirtualLink

_MOST_LINKS = 40
#: Rights, as access(2) has them.
R, W, X = 4, 2, 1


@dataclass(frozen=True, slots=True)
class Stat:
    """What stat(2) tells. ``kind``: S_IFMT part of the mode; ``mtime_ns``: since the epoch."""

    inode: int
    kind: int
    mode: int
    uid: int
    gid: int
    size: int
    mtime_ns: int
    links: int


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a path leads: ``node`` is ``None`` where ``name`` is free in ``parent``."""

    parent: Directory
    name: str
    node: Node | None
    path: str


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")][::-1]


class Tree:
    """A tree of nodes to look at. Every method raises ``OSError`` with an errno."""

    def __init__(self, root: Directory) -> None:
        self.root = root

    def walk(self, path: str, caller: Caller = ROOT, *, follow: bool = True) -> Spot:
        """Return where a path leads; ``follow``: through a link at its end as well."""
        if not path:
            raise failure(errno.ENOENT, path)
        slashed = path.endswith("/") and bool(path.strip("/"))
        todo = _parts(posixpath.join(caller.cwd, path))
        trail: list[Directory] = [self.root]
        names: list[str] = []
        name, links = "/", 0
        node: Node | None = self.root
        while todo:
            part = todo.pop()
            directory = trail[-1]
            if node is not directory:
                raise failure(errno.ENOENT if node is None else errno.ENOTDIR, path)
            if part == "..":
                if names:
                    trail.pop()
                    names.pop()
                node = trail[-1]
                continue
            if not directory.allows(caller, X):
                raise failure(errno.EACCES, path)
            found = directory.find(part, caller)
            if isinstance(found, Link | VirtualLink) and (follow or todo or slashed):
                links += 1
                if links > _MOST_LINKS:
                    raise failure(errno.ELOOP, path)
                target = target_of(found, caller)
                if target.startswith("/"):
                    trail, names = [self.root], []
                node = trail[-1]
                todo.extend(_parts(target))
                continue
            name, node = part, found
            if isinstance(found, Directory):
                trail.append(found)
                names.append(part)
        return _spot(path, trail, names, name, node, slashed=slashed)

    def find(self, path: str, caller: Caller = ROOT, *, follow: bool = True) -> Node:
        """Return the node at a path."""
        node = self.walk(path, caller, follow=follow).node
        if node is None:
            raise failure(errno.ENOENT, path)
        return node

    def exists(self, path: str, caller: Caller = ROOT, *, follow: bool = True) -> bool:
        """Whether there is something at a path that the caller can reach."""
        try:
            return self.walk(path, caller, follow=follow).node is not None
        except OSError:
            return False

    def is_dir(self, path: str, caller: Caller = ROOT) -> bool:
        """Whether there is a directory."""
        return self.exists(path, caller) and isinstance(self.find(path, caller), Directory)

    def is_file(self, path: str, caller: Caller = ROOT) -> bool:
        """Whether there is a regular file."""
        if not self.exists(path, caller):
            return False
        return isinstance(self.find(path, caller), Regular | Virtual)

    def allows(self, path: str, wanted: int, caller: Caller = ROOT) -> bool:
        """Whether the caller has rights there, as access(2) says: ``R``, ``W``, ``X`` added."""
        return self.exists(path, caller) and self.find(path, caller).allows(caller, wanted)

    def stat(self, path: str, caller: Caller = ROOT, *, follow: bool = True) -> Stat:
        """Return the facts of a node; without ``follow`` those of a link itself."""
        node = self.find(path, caller, follow=follow)
        return Stat(
            node.inode, node.kind, node.mode, node.uid, node.gid, node.size, node.mtime_ns,
            node.links,
        )  # fmt: skip

    def listdir(self, path: str, caller: Caller = ROOT) -> list[str]:
        """Return a directory's names, sorted."""
        node = self.find(path, caller)
        if not isinstance(node, Directory):
            raise failure(errno.ENOTDIR, path)
        if not node.allows(caller, R):
            raise failure(errno.EACCES, path)
        return sorted(node.names(caller))

    def readlink(self, path: str, caller: Caller = ROOT) -> str:
        """Return a symbolic link's target."""
        node = self.find(path, caller, follow=False)
        if isinstance(node, Link | VirtualLink):
            return target_of(node, caller)
        raise failure(errno.EINVAL, path)

    def realpath(self, path: str, caller: Caller = ROOT) -> str:
        """Return the path without links, ``.`` and ``..``; its last part need not exist."""
        return self.walk(path, caller).path

    def read(self, path: str, caller: Caller = ROOT) -> bytes:
        """Return a file's content."""
        node = self.find(path, caller)
        if isinstance(node, Directory):
            raise failure(errno.EISDIR, path)
        if not node.allows(caller, R):
            raise failure(errno.EACCES, path)
        if isinstance(node, Virtual):
            return node.read(caller)
        return bytes(node.data) if isinstance(node, Regular) else b""

    def read_text(self, path: str, caller: Caller = ROOT) -> str:
        """Return a file's content as UTF-8; bytes that are none become surrogates."""
        return self.read(path, caller).decode("utf-8", "surrogateescape")


def target_of(node: Link | VirtualLink, caller: Caller) -> str:
    """Return where a link points for this caller."""
    return node.target if isinstance(node, Link) else node.target(caller)


def _spot(
    path: str,
    trail: list[Directory],
    names: list[str],
    name: str,
    node: Node | None,
    *,
    slashed: bool,
) -> Spot:
    if isinstance(node, Directory):
        parent = trail[-2] if len(trail) > 1 else node
        return Spot(parent, names[-1] if names else "/", node, "/" + "/".join(names))
    if slashed and node is not None:
        raise failure(errno.ENOTDIR, path)
    return Spot(trail[-1], name, node, "/" + "/".join([*names, name]))
