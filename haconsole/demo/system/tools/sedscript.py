"""Parsing ``sed`` scripts (POSIX.1-2017, "sed", with GNU's additions in use)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .regexes import compile_posix


class SedError(Exception):
    """A script that cannot be parsed; the text is GNU sed's."""


@dataclass(frozen=True, slots=True)
class Address:
    """A line: by number, as the last one, or by expression; ``plus``: so many lines on."""

    line: int = 0
    last: bool = False
    pattern: re.Pattern[str] | None = None
    plus: int = -1
    step: int = 0


@dataclass(slots=True)
class Step:
    """One command with its addresses; ``active``: between the two of a range."""

    name: str
    first: Address | None = None
    second: Address | None = None
    negate: bool = False
    text: str = ""
    pattern: re.Pattern[str] | None = None
    replacement: str = ""
    everywhere: bool = False
    number: int = 1
    prints: bool = False
    writes: str = ""
    block: list[Step] = field(default_factory=list)
    active: bool = False
    until: int = 0


class SedParser:
    """Reads one script."""

    def __init__(self, text: str, *, extended: bool) -> None:
        self._text, self._i, self._extended = text, 0, extended
        self._last_pattern: re.Pattern[str] | None = None

    def parse(self) -> list[Step]:
        """Return the steps; raises ``SedError``."""
        steps = self._steps(inside=False)
        if self._i < len(self._text):
            raise self._wrong("unexpected `}'")
        return steps

    def _wrong(self, problem: str) -> SedError:
        return SedError(f"-e expression #1, char {self._i}: {problem}")

    def _peek(self) -> str:
        return self._text[self._i : self._i + 1]

    def _blanks(self, more: str = "") -> None:
        while self._peek() and self._peek() in " \t" + more:
            self._i += 1

    def _steps(self, *, inside: bool) -> list[Step]:
        steps: list[Step] = []
        while True:
            self._blanks(";\n")
            c = self._peek()
            if not c:
                if inside:
                    raise self._wrong("unmatched `{'")
                return steps
            if c == "}":
                return steps
            if c == "#":
                end = self._text.find("\n", self._i)
                self._i = len(self._text) if end < 0 else end
                continue
            steps.append(self._step())

    def _step(self) -> Step:
        first = self._address()
        second = None
        self._blanks()
        if first is not None and self._peek() == ",":
            self._i += 1
            self._blanks()
            second = self._address()
            if second is None:
                raise self._wrong("unexpected `,'")
        self._blanks()
        negate = False
        while self._peek() == "!":
            negate = True
            self._i += 1
            self._blanks()
        name = self._peek()
        self._i += 1
        step = Step(name, first, second, negate)
        if name == "{":
            step.block = self._steps(inside=True)
            self._i += 1
        elif name == "s":
            self._substitution(step)
        elif name == "y":
            step.text, step.replacement = self._delimited(), self._delimited_rest()
            if len(step.text) != len(step.replacement):
                raise self._wrong("strings for `y' command are different lengths")
        elif name in "aic":
            step.text = self._text_argument()
        elif name and name in "rw":
            step.text = self._to_line_end()
        elif name == "q":
            self._blanks()
            match = re.compile(r"\d*").match(self._text, self._i)
            step.number = int(match[0] or 0) if match else 0
            self._i = match.end() if match else self._i
        elif not name or name not in "pdPDnNgGhHx=":
            raise self._wrong(f"unknown command: `{name}'" if name else "missing command")
        self._end_of_step(name)
        return step

    def _end_of_step(self, name: str) -> None:
        if name in "aicrw":
            return
        self._blanks()
        if self._peek() and self._peek() not in ";\n}#":
            raise self._wrong("extra characters after command")

    def _to_line_end(self) -> str:
        end = self._text.find("\n", self._i)
        end = len(self._text) if end < 0 else end
        text, self._i = self._text[self._i : end].strip(), end
        return text

    def _text_argument(self) -> str:
        self._blanks()
        if self._text.startswith("\\", self._i):
            self._i += 1
            self._blanks()
            if self._peek() == "\n":
                self._i += 1
        out: list[str] = []
        while self._peek() and self._peek() != "\n":
            if self._peek() == "\\":
                self._i += 1
            out.append(self._peek())
            self._i += 1
        return "".join(out)

    def _address(self) -> Address | None:
        c = self._peek()
        if match := re.compile(r"(\d+)(?:~(\d+))?").match(self._text, self._i):
            self._i = match.end()
            return Address(line=int(match[1]), step=int(match[2] or 0))
        if match := re.compile(r"\+(\d+)").match(self._text, self._i):
            self._i = match.end()
            return Address(plus=int(match[1]))
        if c == "$":
            self._i += 1
            return Address(last=True)
        if c not in ("/", "\\") or not c:
            return None
        if c == "\\":
            self._i += 1
        source = self._delimited()
        ignore = self._peek() == "I"
        self._i += ignore
        return Address(pattern=self._compile(source, ignore_case=ignore))

    def _compile(self, source: str, *, ignore_case: bool) -> re.Pattern[str]:
        if not source:
            if self._last_pattern is None:
                raise self._wrong("no previous regular expression")
            return self._last_pattern
        try:
            found = compile_posix(source, extended=self._extended, ignore_case=ignore_case)
        except ValueError as error:
            raise self._wrong(str(error)) from None
        self._last_pattern = found
        return found

    def _delimited(self) -> str:
        """Read from one delimiter to the next; the next one is left standing."""
        self._delimiter = self._peek()
        return self._delimited_rest()

    def _delimited_rest(self) -> str:
        self._i += 0 if self._peek() != self._delimiter else 1
        out: list[str] = []
        in_bracket = False
        while True:
            c = self._peek()
            if not c:
                raise self._wrong("unterminated `s' command")
            if c == "\\":
                following = self._text[self._i + 1 : self._i + 2]
                out.append(following if following == self._delimiter else c + following)
                self._i += 2
                continue
            in_bracket = (in_bracket or c == "[") and c != "]"
            if c == self._delimiter and not (in_bracket and c not in "/,|#;:@%!"):
                self._i += 1
                return "".join(out)
            out.append(c)
            self._i += 1

    def _substitution(self, step: Step) -> None:
        source = self._delimited()
        self._i -= 1
        step.replacement = self._delimited_rest()
        ignore = False
        while (c := self._peek()) and c not in " \t;\n}#":
            self._i += 1
            if c == "g":
                step.everywhere = True
            elif c == "p":
                step.prints = True
            elif c in "iI":
                ignore = True
            elif c.isdigit():
                step.number = int(c)
            elif c == "w":
                step.writes = self._to_line_end()
            else:
                raise self._wrong("unknown option to `s'")
        step.pattern = self._compile(source, ignore_case=ignore)
