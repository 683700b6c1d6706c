"""The configuration files of the nodes, as they were read for the node screen."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass

from haconsole.domain.model import Host, Role
from haconsole.journal.recording import Recorder
from haconsole.monitor.feed import Feed, FeedError
from haconsole.ui.presentation.config import config_lines
from haconsole.ui.presentation.ink import Line

KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
NGINX_CONF = "/etc/nginx/nginx.conf"


@dataclass(frozen=True, slots=True)
class File:
    """A file in ink, when it was read, or why it could not be. All ``None``: it is on its way."""

    lines: tuple[Line, ...] = ()
    at: float | None = None
    problem: str | None = None


class Shelf:
    """Files that were read, and which ones a node has."""

    def __init__(self, feed: Feed, recorder: Recorder | None = None) -> None:
        self._feed = feed
        self._recorder = recorder
        self._files: dict[tuple[str, str], File] = {}
        self._asked: dict[str, list[str]] = {}

    def paths(self, node: Host) -> list[str]:
        """Return the files that a node of this role has, and those that were asked for."""
        paths = [KEEPALIVED_CONF] if node.role is Role.LB else []
        if node.role is not Role.JUMP:
            paths.append(NGINX_CONF)
        return paths + self._asked.get(node.name, [])

    def ask(self, node: Host, path: str) -> None:
        """Have a file beside the usual ones."""
        if path not in self.paths(node):
            self._asked.setdefault(node.name, []).append(path)

    def get(self, node: Host, path: str) -> File | None:
        """Return a file, as far as it was read; ``None``: nobody has begun to."""
        return self._files.get((node.name, path))

    def forget(self, node: Host) -> None:
        """Have the files of a node read again when they are shown next."""
        self._files = {key: file for key, file in self._files.items() if key[0] != node.name}

    def begin(self, node: Host, path: str) -> Coroutine[None, None, None]:
        """Put an empty file on the shelf, and return what reads it."""
        self._files[node.name, path] = File()
        return self._read(node, path)

    async def _read(self, node: Host, path: str) -> None:
        key = (node.name, path)
        try:
            text = await self._feed.read_file(node.name, path)
        except FeedError as error:
            self._files[key] = File(problem=str(error))
        else:
            self._files[key] = File(tuple(config_lines(text)), self._feed.now())
            if self._recorder is not None:
                self._recorder.file(self._feed.now(), node.name, path, text)
