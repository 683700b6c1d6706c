"""Changing a keepalived.conf: what is not changed keeps every byte.

A path names a statement by the beginnings of the statements around it: ``"vrrp_instance VI_1 /
track_script / check_web"``, or a sequence of such steps. A step fits every statement that begins
with its words; where a statement stands several times, the last one counts, as for keepalived.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from haconsole.domain.notes import note

from . import lexer
from .document import Block, Document, Entry, Node, Text, TextKind, Word
from .errors import ConfEditError
from .layout import Layout
from .lexer import Kind

Path: TypeAlias = "str | Sequence[str]"
Value: TypeAlias = "str | int | float"

#: A statement and the blocks around it, the outermost first.
_Place: TypeAlias = "tuple[Entry, tuple[Block, ...]]"
_PLAIN = re.compile(r"[^\s\"'#!{}\\\x00-\x1f\x7f]+")
_UNWRITABLE = re.compile(r"[\"\x00-\x1f\x7f]|\\\Z")

_NAME = re.compile(r"\$\{?[A-Za-z_]")
_BREAKING = {Kind.UNCLOSED, Kind.OPEN, Kind.CLOSE}


class Written(str):
    """A word that is to be written just as it is: with its quotes, escapes and definitions."""

    __slots__ = ()


class Editor:
    """Edits a document in place.

    ``config_id`` decides which conditional statements are meant. Without one, a path to which
    conditional statements belong is refused: ``ConfEditError``.
    """

    def __init__(self, document: Document, config_id: str | None = None) -> None:
        if not document.is_whole:
            raise ConfEditError(
                note("{file} is too long to be edited: not all of it was read", file=document.file)
            )
        self.document = document
        self._config_id = config_id
        self._layout = Layout(document)

    def find_all(self, path: Path) -> list[Entry]:
        """Return the statements that a path names, in the file's order."""
        return [entry for entry, _ in self._places(_steps(path))]

    def find(self, path: Path) -> Entry | None:
        """Return the statement that counts, or ``None``."""
        found = self.find_all(path)
        return found[-1] if found else None

    def value(self, path: Path) -> str | None:
        """Return the first word behind the path's: ``"150"`` of ``priority 150``."""
        entry = self.find(path)
        words = len(_steps(path)[-1])
        return entry.words[words].value if entry and len(entry.words) > words else None

    def set(self, path: Path, *values: Value) -> bool:
        """Give a statement these values; it is added where its block has none. True: changed.

        Comments, gaps and the quotes of words that stay are kept. Where other config ids have
        such a statement, the new one is for this id alone. ``ConfEditError`` when the block is
        not there, the statement is a block, or a value cannot be written.
        """
        steps = _steps(path)
        words = [*map(_word, steps[-1]), *map(_word, values)]
        found = self._places(steps)
        if not found:
            above = self._block(steps[:-1], path)
            self._layout.add(self._for_this_id(Entry(_spaced(words)), above, steps[-1]), above)
            return True
        entry, _ = found[-1]
        if isinstance(entry, Block):
            raise ConfEditError(note("{path} is a block and has no value", path=_shown(path)))
        kept = [_kept(entry.words, at, word) for at, word in enumerate(words)]
        changed = kept != entry.words
        entry.words[:] = kept
        return changed

    def ensure_block(self, path: Path) -> Block:
        """Return the block of a path; it, and those around it, are made where they lack."""
        steps = _steps(path)
        above: tuple[Block, ...] = ()
        for depth in range(1, len(steps) + 1):
            found = [p for p in self._places(steps[:depth]) if isinstance(p[0], Block)]
            within = [p for p in found if p[1] == above]
            if within and isinstance(block := within[-1][0], Block):
                above = (*above, block)
                continue
            block = Block(_spaced([_word(word, first=True) for word in steps[depth - 1]]))
            self._layout.add(block, above)
            above = (*above, block)
        return above[-1]

    def append(self, path: Path, *words: Value) -> Entry:
        """Add a statement to a block, behind its others; the path ``""`` is the file itself."""
        steps = _steps(path)
        entry = Entry(_spaced([_word(word, first=not at) for at, word in enumerate(words)]))
        self._layout.add(entry, self._block(steps, path))
        return entry

    def ensure(self, path: Path, *words: Value) -> bool:
        """Add a statement to a block unless it is there, word for word. True: changed."""
        values = [_word(word).value for word in words]
        for entry, _ in self._places([*_steps(path), values]):
            if len(entry.words) == len(values):
                return False
        self.append(path, *words)
        return True

    def add_to_list(self, path: Path, *words: Value) -> bool:
        """Add an entry to a list block (``virtual_ipaddress``, …), which is made if it lacks.

        An entry that begins with the same word gets these words. True: something changed.
        """
        self.ensure_block(path)
        steps = [*map(" ".join, _steps(path)), _word(words[0]).value]
        if self.find(steps) is None:
            self.append(path, *words)
            return True
        return self.set(steps, *words[1:])

    def remove(self, path: Path) -> int:
        """Take out every statement and block that a path names; returns how many."""
        places = self._places(_steps(path))
        for entry, above in places:
            self._layout.drop(entry, above)
        return len(places)

    def set_definition(self, name: str, value: str) -> bool:
        """Give the last ``$NAME=`` of one line another value, or add it as the first line."""
        if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or _UNWRITABLE.search(value):
            raise ConfEditError(note("the definition {name} cannot be written", name=name[:60]))
        for text in reversed([n for n in self.document.walk() if isinstance(n, Text)]):
            if text.kind is TextKind.DEFINITION and self._define(text, name, value):
                return True
        made = Text(TextKind.DEFINITION, f"${name}={value}{self._layout.line_end}")
        self.document.children.insert(self._first_line(), made)
        return True

    def _for_this_id(self, entry: Entry, above: Sequence[Block], step: Sequence[str]) -> Entry:
        """Put a condition on a new statement where others of its kind have one."""
        siblings = above[-1].children if above else self.document.children
        others = (node for node in siblings if isinstance(node, Entry) and node.condition)
        if self._config_id is not None and any(_begins(node, step) for node in others):
            entry.condition = lexer.Condition(
                f"@{self._config_id}", self._config_id, negative=False
            )
            entry.condition_gap = " "
        return entry

    def _define(self, text: Text, name: str, value: str) -> bool:
        line = lexer.split_line(next(lexer.lines(text.raw)))
        conditional = lexer.condition(line.code)
        code = conditional[2] if conditional else line.code
        found = lexer.definition(code)
        if found is None or found[0] != name or not self._counts(conditional and conditional[0]):
            return False
        if line.continues:
            raise ConfEditError(note("the definition {name} has several lines", name=name[:60]))
        head = line.code[: len(line.code) - len(found[1])]
        text.raw = f"{line.indent}{head}{value}{line.comment}{line.end}"
        return True

    def _first_line(self) -> int:
        first = self.document.children[:1]
        return int(bool(first) and isinstance(first[0], Text) and first[0].kind is TextKind.MARK)

    def _block(self, steps: Sequence[Sequence[str]], path: Path) -> tuple[Block, ...]:
        """Return the block of a path and those around it; nothing is the file itself."""
        if not steps:
            return ()
        found = [
            (*above, entry) for entry, above in self._places(steps) if isinstance(entry, Block)
        ]
        if not found:
            raise ConfEditError(note("there is no block for {path}", path=_shown(path)))
        return found[-1]

    def _places(self, steps: Sequence[Sequence[str]]) -> list[_Place]:
        places: list[_Place] = []
        level: list[tuple[Sequence[Node], tuple[Block, ...]]] = [(self.document.children, ())]
        for step in steps:
            places = [
                (node, above)
                for siblings, above in level
                for node in siblings
                if isinstance(node, Entry) and node.words and self._fits(node, step)
            ]
            level = [
                (entry.children, (*above, entry))
                for entry, above in places
                if isinstance(entry, Block)
            ]
        return places

    def _fits(self, entry: Entry, step: Sequence[str]) -> bool:
        """Whether a statement, under the head that counts, begins with a step's words."""
        heads: list[tuple[lexer.Condition | None, Iterator[str] | Sequence[str]]]
        heads = [(entry.condition, [word.value for word in entry.words])]
        if isinstance(entry, Block):
            heads += [(head.condition, head.values) for head in entry.others]
        for condition, words in heads:
            if list(words)[: len(step)] == list(step) and self._counts(condition):
                return True
        return False

    def _counts(self, condition: lexer.Condition | None) -> bool:
        if condition is None:
            return True
        if self._config_id is None:
            raise ConfEditError(
                note(
                    "what {file} says here depends on the config id ({condition}): name it",
                    file=self.document.file,
                    condition=condition.text[:60],
                )
            )
        return condition.holds(self._config_id)


def _begins(entry: Entry, step: Sequence[str]) -> bool:
    return [word.value for word in entry.words[: len(step)]] == list(step)


def _steps(path: Path) -> list[list[str]]:
    parts = path.split(" / ") if isinstance(path, str) else path
    if isinstance(path, str) and not path.strip():
        return []
    return [part.split() for part in parts]


def _shown(path: Path) -> str:
    return (path if isinstance(path, str) else " / ".join(path))[:200]


def _word(value: Value, *, first: bool = False) -> Word:
    """Write a value as one word, in quotes where it needs them."""
    text = value if isinstance(value, str) else f"{value:.15g}"
    if isinstance(text, Written):
        return _written(text)
    if _NAME.search(text):
        raise ConfEditError(note("a value with a definition in it has to be given as Written"))
    if _PLAIN.fullmatch(text) and not (first and text[0] in "$@~"):
        return Word("", Kind.WORD, text)
    if _UNWRITABLE.search(text) or (first and text[:1] in ("$", "@", "~")):
        raise ConfEditError(note("a value cannot be written in a keepalived.conf"))
    return Word("", Kind.QUOTED, f'"{text}"')


def _written(text: Written) -> Word:
    pieces, line = list(lexer.pieces(text)), lexer.split_line(text)
    kinds = {piece.kind for piece in pieces}
    if line.code != text or not pieces or kinds & _BREAKING or set(text) & set("\n\r\0"):
        raise ConfEditError(note("a word cannot be written: it would end its line or block"))
    return Word("", pieces[0].kind if len(pieces) == 1 else Kind.WORD, str(text))


def _spaced(words: Sequence[Word]) -> list[Word]:
    return [word._replace(gap=" " if at else "") for at, word in enumerate(words)]


def _kept(old: Sequence[Word], at: int, new: Word) -> Word:
    """Return the old word where it says the same, else the new one in its place."""
    if at >= len(old):
        return new._replace(gap=" ")
    return old[at] if old[at].value == new.value else new._replace(gap=old[at].gap)
