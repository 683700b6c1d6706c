"""``include`` and its variants: which files are read, and what keepalived says of those missing."""

from __future__ import annotations

import posixpath
from typing import Protocol

from .reading import Reading, alternatives, has_wildcard

#: Files in a whole reading, and files that are open at once.
MAX_FILES = 1000
MAX_DEPTH = 32
_READABLE, _MATCH, _WILDCARD, _BRACE = "readable", "match", "wildcard_match", "brace_match"
#: What each variant makes an error (keepalived.conf(5), 2.2.0).
_CHECKS = {
    "": frozenset[str](),
    "r": frozenset({_READABLE}),
    "m": frozenset({_READABLE, _MATCH}),
    "w": frozenset({_READABLE, _MATCH, _WILDCARD}),
    "b": frozenset({_READABLE, _BRACE}),
    "a": frozenset({_READABLE, _MATCH, _WILDCARD, _BRACE}),
}
_OPTIONS = {
    _READABLE: _CHECKS["r"],
    _MATCH: _CHECKS["m"],
    _WILDCARD: _CHECKS["w"],
    _BRACE: _CHECKS["b"],
}


class Report(Protocol):
    """Takes a problem at a file's line."""

    def __call__(self, file: str, line: int, template: str, /, **values: str | int) -> None:
        """Keep it."""


class Opened:
    """A file that is being read, and those that led to it. ``check``: what is an error in it."""

    def __init__(
        self, path: str, chain: tuple[str, ...] = (), check: frozenset[str] = frozenset()
    ) -> None:
        self.path = path
        self.chain = (*chain, posixpath.normpath(path))
        self.check = check


class Includes:
    """Finds included files.

    ``patterns`` are the names as the configuration has them; ``missing`` are the paths and
    patterns that had no file, for a caller who can fetch them and read again.
    """

    def __init__(self, reading: Reading, report: Report) -> None:
        self.patterns: list[str] = []
        self.missing: list[str] = []
        self._reading = reading
        self._report = report
        self._opened = 0

    def open(self, words: str, variant: str, within: Opened, line: int) -> list[tuple[Opened, str]]:
        """Return the files that an include names, and their texts, in keepalived's order.

        A relative name is looked for in the folder of the file that includes (keepalived.conf(5)).
        """
        name = words.replace('"', "")
        self.patterns.append(name)
        files = self._reading.files
        if files is None:
            return []
        if name != words and self._reading.since(2, 2):
            template = "keepalived takes quotes for a part of the file's name from 2.2.0 on"
            self._report(within.path, line, template)
            return []
        check = within.check | _CHECKS[variant]
        found: list[str] = []
        absent: list[str] = []
        for pattern in alternatives(name):
            path = posixpath.join(posixpath.dirname(within.path), pattern)
            matches = files.match(path)
            found += matches
            if not matches:
                absent.append(pattern)
                self.missing.append(path)
        if absent and (not found or _BRACE in check):
            self._say_absent(name, absent, check, (within.path, line))
            found = [] if _BRACE in check else found
        return [read for path in found if (read := self._read(path, within, check, line))]

    def _say_absent(
        self, name: str, absent: list[str], check: frozenset[str], where: tuple[str, int]
    ) -> None:
        shown = name[:200]
        if all(has_wildcard(pattern) for pattern in absent):
            if _WILDCARD in check:
                self._report(
                    *where, "no file matches {name}: keepalived takes an error", name=shown
                )
        elif check & {_MATCH, _BRACE}:
            self._report(*where, "there is no file {name}: keepalived takes an error", name=shown)
        else:
            self._report(*where, "there is no file {name}: keepalived reads on", name=shown)

    def _read(
        self, path: str, within: Opened, check: frozenset[str], line: int
    ) -> tuple[Opened, str] | None:
        file = Opened(path, within.chain, check)
        shown = path[:200]
        if file.chain[-1] in within.chain:
            self._report(within.path, line, "{name} includes itself", name=shown)
            return None
        self._opened += 1
        if self._opened > MAX_FILES or len(file.chain) > MAX_DEPTH:
            if self._opened <= MAX_FILES + 1:
                template = "too many files are included, or too deeply: {name} is not read"
                self._report(within.path, line, template, name=shown)
            return None
        text = self._reading.files.read(path) if self._reading.files else None
        if text is None:
            self._report(within.path, line, "{name} cannot be read", name=shown)
            return None
        return file, text

    def note_check(self, options: list[str], within: Opened) -> None:
        """Take ``include_check`` of ``global_defs`` (2.2.0): what is an error from now on."""
        if not options:
            within.check = _CHECKS["a"]
        elif not options[0].startswith(("+", "-")):
            within.check = frozenset()
        for option in options:
            chosen = _OPTIONS.get(option.lstrip("+-"), frozenset[str]())
            if option.startswith("-"):
                within.check -= {option[1:]}
            else:
                within.check |= chosen
