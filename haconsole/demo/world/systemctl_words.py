"""The words of a call of ``systemctl``: options, verb and units."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from . import unitfile

_WITH_VALUE = ("-p", "--property", "-s", "--signal", "-n", "--lines", "-o", "--output", "-t",
               "--type", "--kill-whom", "--kill-who", "--state", "-H", "--job-mode")  # fmt: skip
_FLAGS = {"-q": "quiet", "--quiet": "quiet", "--now": "now", "--value": "value", "--all": "all",
          "-a": "all", "--no-legend": "no-legend", "--plain": "plain", "-f": "force",
          "--force": "force"}  # fmt: skip


class Words:
    """The words of one call, sorted."""

    def __init__(self, args: list[str]) -> None:
        self.flags: set[str] = set()
        self.options: dict[str, list[str]] = {}
        self.names: list[str] = []
        rest = list(args)
        while rest:
            word = rest.pop(0)
            key, equals, text = word.partition("=")
            if word in _WITH_VALUE and rest:
                self.options.setdefault(word.lstrip("-"), []).append(rest.pop(0))
            elif word.startswith("--") and equals:
                self.options.setdefault(key.lstrip("-"), []).append(text)
            elif word in _FLAGS:
                self.flags.add(_FLAGS[word])
            elif len(word) > 2 and word[:2] in ("-p", "-s", "-n", "-o", "-t"):
                self.options.setdefault(word[1], []).append(word[2:])
            elif not word.startswith("-"):
                self.names.append(word)

    def get(self, *keys: str) -> str:
        """Return the last value of an option, ``""`` without one."""
        for key in keys:
            if key in self.options:
                return self.options[key][-1]
        return ""

    @property
    def quiet(self) -> bool:
        """``-q``."""
        return "quiet" in self.flags

    @property
    def now(self) -> bool:
        """``--now``."""
        return "now" in self.flags

    @property
    def value(self) -> bool:
        """``--value``."""
        return "value" in self.flags

    def matching(self, loaded: Iterable[str]) -> list[str]:
        """Return the named units; a pattern stands for what is loaded (systemctl(1))."""
        known = list(loaded)
        found: list[str] = []
        for name in self.names:
            if any(char in name for char in "*?["):
                pattern = unitfile.full_name(name) if not name.endswith("*") else name
                found += [unit for unit in known if fnmatchcase(unit, pattern)]
            else:
                found.append(name)
        return found
