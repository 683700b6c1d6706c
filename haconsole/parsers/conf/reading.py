"""What a configuration means depends on more than its text: that is said here."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Protocol

from haconsole.parsers.keepalived_version import Version

from .document import decoded

_WILD = re.compile(r"[*?\[]")
_MAX_ALTERNATIVES = 256


class Files(Protocol):
    """Where included files come from. Paths are absolute, or as the main file's path is."""

    def match(self, pattern: str) -> Sequence[str]:
        """Return the files that a name or a glob pattern without braces stands for, sorted."""

    def read(self, path: str) -> str | None:
        """Return a file's text; ``None`` where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read. Everything may stay unknown; what depends on it is then a problem.

    ``config_id``: that of ``keepalived -i``, or else the first part of the host's name (1.3.5).
    ``version``: the daemon's; unknown is the newest. ``files``: included files; without it they
    are listed and not followed. ``environment``: the daemon's, for ``${_ENV NAME}`` (2.4.0).
    """

    config_id: str | None = None
    version: Version | None = None
    files: Files | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def since(self, major: int, minor: int, patch: int = 0) -> bool:
        """Whether the daemon is of this version or a later one."""
        return self.version is None or self.version >= (major, minor, patch)


class MemoryFiles:
    """Files that were fetched already, by their paths."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {posixpath.normpath(path): content for path, content in files.items()}

    def match(self, pattern: str) -> Sequence[str]:
        """Return the files whose paths match, folder by folder as a shell does."""
        pattern = posixpath.normpath(pattern)
        if not _WILD.search(pattern):
            return [pattern] if pattern in self._files else []
        parts = [_part(part) for part in pattern.split("/")]
        return sorted(path for path in self._files if _fits(path.split("/"), parts))

    def read(self, path: str) -> str | None:
        """Return a file's text."""
        content = self._files.get(posixpath.normpath(path))
        return decoded(content) if isinstance(content, bytes) else content


def _part(part: str) -> Callable[[str], object]:
    match = re.compile(translate(part)).match
    # glob(7): a wildcard matches no dot at the beginning.
    return match if part.startswith(".") else lambda name: not name.startswith(".") and match(name)


def _fits(names: Sequence[str], parts: Sequence[Callable[[str], object]]) -> bool:
    return len(names) == len(parts) and all(
        part(name) for part, name in zip(parts, names, strict=True)
    )


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern may well match nothing."""
    return _WILD.search(pattern) is not None


def alternatives(pattern: str) -> list[str]:
    """Return what ``{a,b}`` in a pattern stands for, in order (``GLOB_BRACE``); at most 256."""
    done: list[str] = []
    waiting = [pattern]
    while waiting and len(done) < _MAX_ALTERNATIVES:
        current = waiting.pop()
        found = re.search(r"\{([^{}]*,[^{}]*)\}", current)
        if found is None:
            done.append(current)
            continue
        choices = found[1].split(",")[:_MAX_ALTERNATIVES]
        waiting += [current[: found.start()] + c + current[found.end() :] for c in choices[::-1]]
    return list(dict.fromkeys(done))
