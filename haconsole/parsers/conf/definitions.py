"""``$NAME=VALUE`` (1.4.0): what stands for what, and putting it into a line."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from .reading import Reading

#: keepalived's line buffer (``parser.h``: ``MAXBUF``); a line may be two bytes shorter.
MAX_LINE = 1024
#: Replacements in a whole reading: 65,000 instances, the manual's largest example, need fewer.
MAX_REPLACEMENTS = 500_000
_MAX_IN_LINE = 600
_REFERENCE = re.compile(
    r"\$(?:\{(?P<braced>[A-Za-z_]\w*)(?P<parameters>(?:[ \t]+\w+){0,3})\}"
    r"|(?P<bare>[A-Za-z_]\w*)(?=[ \t,)]|\Z))",
    re.ASCII,
)
_UNDEFINED = re.compile(r"\$\{(\w+)[^}]*\}", re.ASCII)


@dataclass(slots=True)
class Replaced:
    """A line after replacement: ``more`` are the lines that a definition of several adds."""

    text: str
    more: list[tuple[str, ...]] = field(default_factory=list)
    changed: bool = False
    #: Replacing did not come to an end, or made the line longer than keepalived reads.
    endless: bool = False


class Definitions:
    """The definitions in force at a line; a later one of a name takes an earlier one's place."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._values: dict[str, tuple[str, ...]] = {}
        self._left = MAX_REPLACEMENTS

    def set(self, name: str, *lines: str) -> None:
        """Define a name. Several lines are put in only where the name ends a line."""
        self._values[name] = lines

    def replace(self, text: str, file: str) -> Replaced:
        """Put values in for names, also for the names in these values."""
        done = Replaced(text)
        pos = 0
        for _ in range(_MAX_IN_LINE):
            match = _REFERENCE.search(done.text, pos)
            if match is None:
                return done
            value = self._value(match, file, ends_line=match.end() == len(done.text))
            if value is None:
                pos = match.start() + 1
                continue
            self._left -= 1
            if self._left < 0:
                break
            done.text = done.text[: match.start()] + value[0] + done.text[match.end() :]
            done.changed = True
            if len(value) > 1:
                done.more.append(value[1:])
            if value[0].startswith("~"):  # to be repeated first, with other values
                return done
            if len(done.text) >= MAX_LINE:
                break
            pos = match.start()
        done.endless = True
        return done

    def _value(self, match: re.Match[str], file: str, *, ends_line: bool) -> tuple[str, ...] | None:
        name = match["braced"] or match["bare"]
        lines = self._values.get(name)
        if lines is None:
            predefined = self._predefined(name, (match["parameters"] or "").split(), file)
            return None if predefined is None else (predefined,)
        if match["parameters"] or (len(lines) > 1 and not ends_line):
            return None
        return lines

    def _predefined(self, name: str, parameters: list[str], file: str) -> str | None:
        """Return a value of keepalived's own; ``${_RANDOM}`` is known to the daemon alone."""
        since = self._reading.since
        match name:
            case "_PWD" if since(1, 4, 3) and not parameters:
                return posixpath.dirname(file) or None
            case "_INSTANCE" if since(2, 0, 1) and not parameters:
                return self._reading.config_id
            case "_HASH" if since(2, 1, 4) and not parameters:
                return "#"
            case "_BANG" if since(2, 1, 4) and not parameters:
                return "!"
            case "_ENV" if since(2, 4) and len(parameters) == 1:
                return self._reading.environment.get(parameters[0])
            case _:
                return None


def undefined(text: str) -> str | None:
    """Return the first name in ``${…}`` outside quotes; keepalived reads a block there."""
    parts = text.split('"')
    for outside in parts[::2]:
        if match := _UNDEFINED.search(outside):
            return match[1]
    return None
