"""Hearing of changes to what is at a path, whichever node that is."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from .tree import Tree


def watch_path(files: Tree, path: str, watcher: Callable[[], None]) -> Callable[[], None]:
    """Call ``watcher`` when a file at ``path`` changes, is replaced, comes or goes.

    It may be called for changes of its directory that do not concern it. The directory must
    exist. Returns what ends the watching.
    """
    folder = files.find(posixpath.dirname(path) or "/")
    stops: list[Callable[[], None]] = []

    def arm() -> None:
        while stops:
            stops.pop()()
        stops.append(folder.watch(changed))
        node = files.walk(path).node
        if node is not None:
            stops.append(node.watch(changed))

    def changed() -> None:
        arm()
        watcher()

    def stop() -> None:
        while stops:
            stops.pop()()

    arm()
    return stop
