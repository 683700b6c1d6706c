"""The lines that keepalived acts on: conditions decided, definitions put in, files included.

What ``read_line`` of ``lib/parser.c`` does (1.3.5 to 2.4.3), in bounded time and memory, and
with a problem where keepalived would go wrong in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from haconsole.domain.conf import ConfProblem
from haconsole.domain.notes import Note, NoteValue, note

from . import lexer, sequences
from .definitions import MAX_LINE, Definitions, undefined
from .includes import Includes, Opened
from .lexer import Piece
from .parse import BYTE_ORDER_MARK, MAX_PROBLEMS, MAX_TEXT
from .reading import Reading

#: Characters and lines of everything that is read: a file, what it includes and what it makes.
MAX_EXPANDED = 4 * MAX_TEXT
MAX_LINES = 60_000
#: Rounds of condition, definition and replacement that a line may need.
_MAX_ROUNDS = 32
_INCLUDE = re.compile(r"include(?P<check>[rmwba]?)[ \t]+(?P<name>.*)", re.DOTALL)


class LogicalLine(NamedTuple):
    """A line as keepalived gets it, and where it comes from (lines count from 1).

    ``column`` is where its text begins; where definitions were put in, the words' columns are
    those of the text after that. ``unterminated``: a quote is open at its end.
    """

    file: str
    number: int
    text: str
    column: int = 1
    unterminated: bool = False

    def pieces(self) -> Iterator[Piece]:
        """Yield words and braces."""
        return (p for p in lexer.pieces(self.text) if p.kind is not lexer.Kind.SPACE)


class _Source(NamedTuple):
    """Lines to act on: a file's, or those that a definition or a sequence makes of one line.

    ``physical``: what is left of the file, for a definition of several lines.
    """

    lines: Iterator[LogicalLine]
    file: Opened
    physical: Iterator[tuple[int, str]] = iter(())


class Expander:
    """Reads a file once; then it has the ``problems`` and the ``includes``."""

    def __init__(self, text: str, file: str, reading: Reading) -> None:
        self.problems: list[ConfProblem] = []
        self._reading = reading
        self._definitions = Definitions(reading)
        self.includes = Includes(reading, self._problem)
        self._told: set[str] = set()
        self._characters, self._count = 0, 0
        self._sources: list[_Source] = []
        self._push_file(Opened(file), text)

    def lines(self) -> Iterator[LogicalLine]:
        """Yield the lines that count, in keepalived's order."""
        while self._sources:
            source = self._sources[-1]
            line = next(source.lines, None)
            if line is None:
                self._sources.pop()
                continue
            if not self._is_within_bounds(line):
                return
            resolved = self._resolve(line, source)
            if resolved is not None and not self._is_include(resolved, line, source.file):
                self._warn(resolved)
                yield resolved

    def _problem(self, file: str, line: int, template: str, /, **values: NoteValue) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(ConfProblem(file, line, note(template, **values)))

    def _once(self, key: str, line: LogicalLine, template: str, /, **values: NoteValue) -> None:
        if key not in self._told:
            self._told.add(key)
            self._problem(line.file, line.number, template, **values)

    def _push_file(self, file: Opened, text: str) -> None:
        path = file.path
        if len(text) > MAX_TEXT:
            template = "the file is longer than {n} bytes; the rest is not read"
            self._problem(path, 1, template, n=MAX_TEXT)
            text = text[:MAX_TEXT]
        if text.startswith(BYTE_ORDER_MARK):
            template = "a byte order mark: keepalived takes it for a part of the first word"
            self._problem(path, 1, template)
            text = text[1:]
        physical = enumerate(lexer.lines(text), 1)
        every = (self._physical(path, number, raw) for number, raw in physical)
        self._sources.append(_Source((line for line in every if line), file, physical))

    def _physical(self, path: str, number: int, raw: str) -> LogicalLine | None:
        """Take comment and white space off a line; ``None`` when nothing is left."""
        if "\0" in raw:
            self._problem(path, number, "a NUL byte: this is no text file")
            if self._reading.since(2, 4):
                return None
            raw = raw.partition("\0")[0]
        if len(raw) * 4 >= MAX_LINE and len(raw.encode("utf-8", "replace")) >= MAX_LINE:
            template = "the line is longer than the {n} bytes that keepalived reads"
            self._problem(path, number, template, n=MAX_LINE - 2)
            return None
        escapes = self._reading.since(2, 0, 9)
        parts = lexer.split_line(raw, escapes=escapes)
        code = lexer.plain(parts.code) if escapes else parts.code
        if (
            parts.comment
            and lexer.ends_in_backslash(parts.comment)
            and not self._reading.since(2, 4)
        ):
            code += "\\"  # a comment's last one counts
        if code != parts.code and self._reading.since(2, 2):
            # The daemon's processes read the parent's copy, which has no escapes any more.
            copy = lexer.split_line(code)
            if copy.comment:
                template = "an escaped comment sign is one from 2.2.0 on: put it into quotes"
                self._problem(path, number, template)
            code = copy.code
        if not code:
            return None
        return LogicalLine(path, number, code, len(parts.indent) + 1, parts.unterminated)

    def _is_within_bounds(self, line: LogicalLine) -> bool:
        self._characters += len(line.text)
        self._count += 1
        if self._characters <= MAX_EXPANDED and self._count <= MAX_LINES:
            return True
        template = "definitions, sequences and includes make too many lines; the rest is not read"
        self.problems.append(ConfProblem(line.file, line.number, note(template)))
        return False

    def _resolve(self, line: LogicalLine, source: _Source) -> LogicalLine | None:
        """Return what is left of a line once conditions and definitions are dealt with."""
        code, column = line.text, line.column
        for _ in range(_MAX_ROUNDS):
            if code.startswith("@") and self._has(line, (1, 3, 5), note("a condition")):
                before = len(code)
                code = self._if_it_counts(code, line)
                column += before - len(code)
            if (found := lexer.definition(code)) and self._has(
                line, (1, 4, 0), note("a definition")
            ):
                self._define(*found, source)
                return None
            if lexer.is_sequence(code):
                self._repeat(code, line, source)
                return None
            replaced = self._definitions.replace(code, line.file) if "$" in code else None
            if replaced is None or not replaced.changed:
                break
            if replaced.endless:
                template = "definitions make this line longer than keepalived reads, or endless"
                self._problem(line.file, line.number, template)
                return None
            for more in replaced.more:
                self._push_lines(iter(more), line, source.file)
            code = lexer.split_line(replaced.text).code
        if not code:
            return None
        return line if code is line.text else line._replace(text=code, column=column)

    def _has(self, line: LogicalLine, version: tuple[int, int, int], what: str | Note) -> bool:
        if self._reading.since(*version):
            return True
        text = ".".join(map(str, version))
        self._once(str(what), line, "{what} needs keepalived {version}", what=what, version=text)
        return False

    def _if_it_counts(self, code: str, line: LogicalLine) -> str:
        """Return what stands behind a condition that holds, otherwise nothing."""
        found = lexer.condition(code)
        if found is None or not found[2]:
            return ""
        if line.column > 1 and not self._has(line, (1, 4, 0), note("a condition that is indented")):
            return ""
        condition, _, rest = found
        if condition.negative and not self._has(line, (1, 3, 7), note("a condition with @^")):
            return ""
        config_id = self._reading.config_id
        if config_id is None:
            template = "whether {condition} holds depends on the config id, which is not known here"
            self._once("id", line, template, condition=condition.text[:60])
            return ""
        return rest if condition.holds(config_id) else ""

    def _define(self, name: str, value: str, source: _Source) -> None:
        if not value.endswith("\\"):
            self._definitions.set(name, value)
            return
        lines, last = [value.removesuffix("\\").rstrip(" \t")], ""
        for number, raw in source.physical:
            if not raw.rstrip("\r\n"):
                break
            line = self._physical(source.file.path, number, raw)
            if line is None:
                continue
            self._characters += len(line.text)
            if not line.text.endswith("\\"):
                last = line.text
                break
            lines.append(line.text.removesuffix("\\").rstrip(" \t"))
        self._definitions.set(name, *filter(None, lines), last)

    def _repeat(self, code: str, line: LogicalLine, source: _Source) -> None:
        needed = (2, 1, 0) if code.startswith(("~LST", "~SEQx")) else (2, 0, 9)
        if not self._has(line, needed, code[:4]):
            return
        arguments = sequences.arguments_of(code)
        if arguments is not None and "$" in arguments:
            arguments = self._definitions.replace(arguments, line.file).text
        found = sequences.sequence(code, arguments)
        if found is None:
            template = "{what} is not written as keepalived wants it"
            self._problem(line.file, line.number, template, what=code[:4])
            return

        def rounds() -> Iterator[str]:
            for values in found.rounds:
                for name, value in values.items():
                    self._definitions.set(name, value)
                yield found.text

        self._push_lines(rounds(), line, source.file)

    def _push_lines(self, texts: Iterator[str], line: LogicalLine, file: Opened) -> None:
        lines = (LogicalLine(line.file, line.number, text, line.column) for text in texts)
        self._sources.append(_Source(lines, file))

    def _is_include(self, line: LogicalLine, original: LogicalLine, within: Opened) -> bool:
        """Take an include line; its files are read next."""
        match = _INCLUDE.match(line.text)
        if match is None or (match["check"] and not self._reading.since(2, 2)):
            if line.text.startswith("include_check") and self._reading.since(2, 2):
                self.includes.note_check(line.text.split()[1:], within)
            return False
        if line.text != original.text and self._reading.since(2, 2):
            template = "an include with a condition or a definition is read twice from 2.2.0 on"
            self._problem(line.file, line.number, template)
        files = self.includes.open(match["name"], match["check"], within, line.number)
        for file, text in reversed(files):
            self._push_file(file, text)
        return True

    def _warn(self, line: LogicalLine) -> None:
        if line.unterminated:
            self._problem(line.file, line.number, "a quote is not closed on its line")
        if not self._reading.since(1, 4, 2) and _is_crammed(line):
            template = "before keepalived 1.4.2 nothing may stand behind a brace in its line"
            self._problem(line.file, line.number, template)
        if line.text.endswith("\\"):
            template = "a backslash at the end of a line joins nothing outside a definition"
            self._problem(line.file, line.number, template)
        if "${" in line.text and (name := undefined(line.text)):
            template = "{name} is not defined here: keepalived reads its braces as a block"
            self._problem(line.file, line.number, template, name=name[:60])


def _is_crammed(line: LogicalLine) -> bool:
    """Whether a brace is not the last word of its line, or a closing one not the only."""
    kinds = [piece.kind for piece in line.pieces()]
    return lexer.Kind.OPEN in kinds[:-1] or (len(kinds) > 1 and lexer.Kind.CLOSE in kinds)
