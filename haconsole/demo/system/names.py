"""Names in a modelled file system: entering, leaving, and who may."""

from __future__ import annotations

import errno
from collections.abc import Callable

from .errors import failure
from .nodes import ROOT, Caller, Directory, Node, Regular, Virtual
from .store import Store
from .tree import Spot, Tree, W, X

_STICKY = 0o1000


class Names(Tree):
    """A tree whose names can change; what :class:`Files` is made of."""

    def __init__(self, clock: Callable[[], float], capacity: int = 8 << 30) -> None:
        self.store = Store(clock, capacity)
        super().__init__(self.store.directory(0o755, ROOT))

    def _to_write(self, path: str, caller: Caller) -> Node:
        spot = self.walk(path, caller)
        node = spot.node or self._create(spot, path, caller, 0o666)
        if isinstance(node, Directory):
            raise failure(errno.EISDIR, path)
        if not node.allows(caller, W):
            raise failure(errno.EACCES, path)
        if not isinstance(node, Virtual):
            self.store.may_change(path)
        return node

    def _create(self, spot: Spot, path: str, caller: Caller, mode: int) -> Regular:
        if path.endswith("/"):
            raise failure(errno.EISDIR, path)
        self._may_write(spot, path, caller)
        node = self.store.regular(mode & ~caller.umask, caller)
        self._enter(spot, node)
        return node

    def _may_write(self, spot: Spot, path: str, caller: Caller) -> None:
        if not spot.parent.allows(caller, W | X):
            raise failure(errno.EACCES, path)
        self.store.may_change(path)

    def _free(self, path: str, caller: Caller) -> Spot:
        spot = self.walk(path, caller, follow=False)
        if spot.node is not None:
            raise failure(errno.EEXIST, path)
        self._may_write(spot, path, caller)
        return spot

    def _removable(self, path: str, caller: Caller) -> Spot:
        spot = self.walk(path, caller, follow=False)
        if spot.node is None:
            raise failure(errno.ENOENT, path)
        if spot.node is self.root:
            raise failure(errno.EBUSY, path)
        self._may_write(spot, path, caller)
        if spot.parent.mode & _STICKY and caller.uid not in (0, spot.node.uid, spot.parent.uid):
            raise failure(errno.EPERM, path)
        return spot

    def _enter(self, spot: Spot, node: Node) -> None:
        spot.parent.entries[spot.name] = node
        spot.parent.changed(self.store.now_ns())

    def _leave(self, spot: Spot) -> None:
        del spot.parent.entries[spot.name]
        self.store.dropped(spot.node)
        spot.parent.changed(self.store.now_ns())
