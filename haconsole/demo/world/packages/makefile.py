"""Reading a Makefile (POSIX.1-2017, make; with GNU's pattern rules): variables and rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_ASSIGN = re.compile(r"([A-Za-z_][\w.]*)\s*([:?+]?)=\s*(.*)")
_VARIABLE = re.compile(r"\$(?:\$|\(([^()]*)\)|\{([^{}]*)\}|(.))")


class MakeError(Exception):
    """The text is what stands behind ``make: ***``."""


@dataclass
class Rule:
    """How a target is made. ``stem``: what the ``%`` of a pattern stood for."""

    target: str
    needs: list[str] = field(default_factory=list)
    recipe: list[str] = field(default_factory=list)


class Makefile:
    """What a Makefile says; ``given``: the variables of the command line, which count most."""

    def __init__(self, text: str, given: dict[str, str]) -> None:
        self.variables: dict[str, str] = {"MAKE": "make", "CC": "cc", "RM": "rm -f"}
        self.rules: dict[str, Rule] = {}
        self.patterns: list[Rule] = []
        self.phony: set[str] = set()
        self.first = ""
        self._given = given
        self._read(text)

    def _read(self, text: str) -> None:
        current: list[Rule] = []
        for raw in text.replace("\\\n", " ").splitlines():
            if raw.startswith("\t"):
                for rule in current:
                    rule.recipe.append(raw[1:])
                continue
            line = raw.partition("#")[0].rstrip()
            if not line.strip():
                continue
            if match := _ASSIGN.match(line):
                self._assign(match[1], match[2], match[3])
                continue
            targets, colon, needs = line.partition(":")
            if not colon:
                raise MakeError("missing separator.  Stop.")
            current = [self._rule(name, self.expand(needs).split())
                       for name in self.expand(targets).split()]  # fmt: skip

    def _rule(self, name: str, needs: list[str]) -> Rule:
        if name == ".PHONY":
            self.phony.update(needs)
            return Rule(name)
        if "%" in name:
            self.patterns.append(Rule(name, needs))
            return self.patterns[-1]
        rule = self.rules.setdefault(name, Rule(name))
        rule.needs += needs
        if not self.first and not name.startswith("."):
            self.first = name
        return rule

    def _assign(self, name: str, kind: str, value: str) -> None:
        if kind == "?" and name in self.variables:
            return
        if kind == "+":
            value = f"{self.variables.get(name, '')} {value}".strip()
        self.variables[name] = self.expand(value) if kind == ":" else value

    def expand(self, text: str, automatic: dict[str, str] | None = None) -> str:
        """Put in variables; ``automatic``: ``@``, ``<`` and ``^``."""
        known = automatic or {}

        def value(match: re.Match[str]) -> str:
            if match[0] == "$$":
                return "$"
            name = match[1] or match[2] or match[3] or ""
            if name in known:
                return known[name]
            if name[:1] in known and name[1:] in ("F", "D"):
                folder, _, last = known[name[:1]].rpartition("/")
                return last if name[1:] == "F" else folder or "."
            return self.expand(self._given.get(name, self.variables.get(name, "")), known)

        return _VARIABLE.sub(value, text)

    def rule_for(self, target: str, exists: Callable[[str], bool]) -> Rule | None:
        """Return how to make a target; ``None``: nothing says how."""
        rule = self.rules.get(target)
        if rule is not None and rule.recipe:
            return rule
        for pattern in self.patterns:
            before, _, after = pattern.target.partition("%")
            stem = target.removeprefix(before).removesuffix(after)
            if before + stem + after != target or not stem:
                continue
            needs = [need.replace("%", stem) for need in pattern.needs]
            if all(exists(need) or need in self.rules for need in needs):
                return Rule(target, [*needs, *(rule.needs if rule else [])], pattern.recipe)
        return rule
