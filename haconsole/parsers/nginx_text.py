"""The text of an nginx configuration as directives, through crossplane's lexer.

crossplane's own ``parse`` reads files and includes from this machine's disk and follows blocks
by recursion; here texts come from memory, and depth, size and number are bounded.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import crossplane
from crossplane.errors import NgxParserBaseException
from crossplane.lexer import _lex_file_object

MAX_TEXT = 1 << 20
MAX_DEPTH = 48
#: Stands behind the text: where it does not come back, something swallowed the text's end.
_END = "\ufdd0end"

#: White space to Python, and so to crossplane, but a part of a word to nginx (ngx_conf_file.c).
_NO_BLANKS = [c for c in range(0x3001) if chr(c).isspace() and chr(c) not in " \t\r\n"]
_HIDDEN = {c: 0xFDD1 + at for at, c in enumerate(_NO_BLANKS)}
_SHOWN = {hidden: c for c, hidden in _HIDDEN.items()}

#: Takes a line, a template and its values.
Report = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive: its words, without quotes, and the directives in its block.

    ``line`` counts from 1; 0 for one that was made to be built.
    """

    name: str
    args: tuple[str, ...] = ()
    block: tuple[Directive, ...] | None = None
    file: str = ""
    line: int = 0

    def __repr__(self) -> str:
        """Return its name and place; its words may be secrets."""
        return f"Directive({self.name!r}, {self.file}:{self.line})"


class NginxBuildError(ValueError):
    """Directives that cannot be written so that they are read back."""


def read_directives(text: str, file: str, report: Report) -> tuple[Directive, ...]:
    """Read a file. Never raises: ``report(line, template, **values)`` gets what is wrong."""
    if len(text) > MAX_TEXT:
        report(1, "the file is longer than {n} bytes; the rest is not read", n=MAX_TEXT)
        text = text[: text.rfind("\n", 0, MAX_TEXT) + 1]
    return _Builder(file, report).read(text)


def build(directives: tuple[Directive, ...], indent: int = 4) -> str:
    """Return the text of directives; ``NginxBuildError`` where it would not be read back."""
    text = str(crossplane.build([_statement(one) for one in directives], indent=indent)) + "\n"
    said: list[str] = []
    again = read_directives(text, "", lambda line, template, **values: said.append(template))
    controls = any(not c.isprintable() and c not in "\t\n" for c in text)
    if said or controls or list(map(_shape, again)) != list(map(_shape, directives)):
        raise NginxBuildError(
            "a word in the directives cannot be written in an nginx configuration"
        )
    return text


def _statement(one: Directive) -> dict[str, object]:
    statement: dict[str, object] = {"directive": one.name, "line": 0, "args": list(one.args)}
    if one.block is not None:
        statement["block"] = [_statement(inner) for inner in one.block]
    return statement


def _shape(one: Directive) -> object:
    block = None if one.block is None else list(map(_shape, one.block))
    return one.name, one.args, block


def _tokens(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield words, braces and semicolons, each with its line and whether it was quoted."""
    # The public ``lex`` opens a path; this is what it hands the opened file to.
    hidden = text.translate(_HIDDEN)
    for word, line, quoted in _lex_file_object(io.StringIO(f"{hidden}\n{_END};\n")):
        yield (word if word.isascii() else word.translate(_SHOWN)), line, quoted


class _Builder:
    def __init__(self, file: str, report: Report) -> None:
        self._file = file
        self._report = report
        self._levels: list[list[Directive]] = [[]]
        self._heads: list[Directive] = []
        self._words: list[str] = []
        self._line = 1
        self._too_deep = 0

    def read(self, text: str) -> tuple[Directive, ...]:
        last = 1
        try:
            for word, line, quoted in _tokens(text):
                if word == _END and not quoted:
                    return self._finish(min(line, text.count("\n") + 1))
                last = line
                self._take(word, line, quoted)
            self._report(last, "a quote or brace that opens here or later is never closed")
        except NgxParserBaseException as error:
            self._report(error.lineno or last, "the Lua block is not closed as it should be")
        return self._finish(last)

    def _take(self, word: str, line: int, quoted: bool) -> None:
        if not quoted and word.startswith("#"):
            return
        if quoted or word not in ("{", "}", ";"):
            self._line = self._line if self._words else line
            self._words.append(word)
        elif word == "{":
            self._open(line)
        elif word == "}":
            self._close(line)
        elif self._words:
            self._add(None)
        else:
            self._report(line, "a semicolon ends nothing")

    def _add(self, block: tuple[Directive, ...] | None) -> None:
        if not self._too_deep:
            self._levels[-1].append(self._directive(block))
        self._words.clear()

    def _directive(self, block: tuple[Directive, ...] | None) -> Directive:
        name, *args = self._words or [""]
        if name == "if" and args:
            args = _without_parentheses(args)
        return Directive(name, tuple(args), block, self._file, self._line)

    def _open(self, line: int) -> None:
        if self._too_deep or len(self._levels) > MAX_DEPTH:
            if not self._too_deep:
                self._report(line, "blocks are nested deeper than {n} levels", n=MAX_DEPTH)
            self._too_deep += 1
        else:
            if not self._words:
                self._report(line, "a block opens without a name before it")
                self._line = line
            self._heads.append(self._directive(()))
            self._levels.append([])
        self._words.clear()

    def _close(self, line: int) -> None:
        if self._words:
            self._unfinished()
        if self._too_deep:
            self._too_deep -= 1
        elif not self._heads:
            self._report(line, "a closing brace too many")
        else:
            self._close_block()

    def _close_block(self) -> None:
        head, block = self._heads.pop(), tuple(self._levels.pop())
        self._levels[-1].append(Directive(head.name, head.args, block, head.file, head.line))

    def _unfinished(self) -> None:
        name = self._words[0][:60]
        self._report(self._line, "{name} is not ended by a semicolon", name=name)
        self._add(None)

    def _finish(self, line: int) -> tuple[Directive, ...]:
        if self._words:
            self._unfinished()
        while self._heads:
            head = self._heads[-1]
            self._report(head.line, "the block {name} is never closed", name=head.name[:60])
            self._close_block()
        return tuple(self._levels[0])


def _without_parentheses(args: list[str]) -> list[str]:
    """Return an ``if``'s condition as crossplane keeps it, which puts them back when building."""
    if not (args[0].startswith("(") and args[-1].endswith(")")):
        return args
    args = [args[0][1:].lstrip(), *args[1:]]
    args[-1] = args[-1][:-1].rstrip()
    return [arg for at, arg in enumerate(args) if arg or 0 < at < len(args) - 1]
