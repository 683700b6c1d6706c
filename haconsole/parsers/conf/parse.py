"""The text of a keepalived.conf into a :class:`Document`. Never raises; time grows as the text."""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.conf import ConfProblem
from haconsole.domain.notes import note

from . import lexer
from .document import Block, Document, Entry, Head, Node, Text, TextKind, Word, decoded
from .lexer import Kind, Line, Piece

#: Characters of a file that are read; an honest one has a few thousand.
MAX_TEXT = 1 << 20
MAX_PROBLEMS = 100
BYTE_ORDER_MARK = "\ufeff"


def parse(source: str | bytes, file: str = "keepalived.conf") -> Document:
    """Read a file; ``str`` and ``bytes`` of the result are exactly it.

    What goes past 1 MiB is kept, but not read; ``problems`` says so first.
    """
    return _Parser(decoded(source) if isinstance(source, bytes) else source, file).document()


class _Parser:
    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._problems: list[ConfProblem] = []
        self._document = Document(file)
        self._blocks: list[Block] = []
        self._text, self._unread = text, ""
        if len(text) > MAX_TEXT:
            cut = text.rfind("\n", 0, MAX_TEXT) + 1 or MAX_TEXT
            self._text, self._unread = text[:cut], text[cut:]
            self._problem(1, "the file is longer than {n} bytes; the rest is not read", n=MAX_TEXT)

    def document(self) -> Document:
        text = self._text
        if text.startswith(BYTE_ORDER_MARK):
            self._problem(1, "a byte order mark: keepalived takes it for a part of the first word")
            self._level.append(Text(TextKind.MARK, BYTE_ORDER_MARK, 1))
            text = text[1:]
        lines = enumerate(lexer.lines(text), 1)
        for number, raw in lines:
            self._line(raw, number, lines)
        if self._unread:
            number = self._text.count("\n") + 1
            self._level.append(Text(TextKind.UNREAD, self._unread, number))
        for block in reversed(self._blocks):
            self._problem(
                block.line, "the block {name} is never closed", name=block.key[:60] or "{"
            )
        self._document.problems = tuple(self._problems)
        return self._document

    @property
    def _level(self) -> list[Node]:
        return self._blocks[-1].children if self._blocks else self._document.children

    def _problem(self, line: int, template: str, **values: str | int) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(ConfProblem(self._file, line, note(template, **values)))

    def _line(self, raw: str, number: int, following: Iterator[tuple[int, str]]) -> None:
        line = lexer.split_line(raw)
        if "\0" in raw:
            self._problem(number, "a NUL byte: this is no text file")
        if line.unterminated:
            self._problem(number, "a quote is not closed on its line")
        if not line.code:
            kind = TextKind.COMMENT if line.comment else TextKind.BLANK
            self._level.append(Text(kind, raw, number))
            return
        conditional = lexer.condition(line.code)
        condition, gap, code = conditional or (None, "", line.code)
        if lexer.definition(code):
            self._level.append(_definition(raw, line, number, following))
        elif lexer.is_sequence(code):
            self._level.append(Text(TextKind.SEQUENCE, raw, number))
        else:
            start = Entry([], line.indent, condition, gap, "", number)
            self._statements(start, code, line.comment + line.end)

    def _statements(self, entry: Entry, code: str, rest: str) -> None:
        """Take a line's code apart; ``entry`` has what is before it, ``rest`` is what follows."""
        gap = ""
        last: Entry | Text = entry
        for piece in lexer.pieces(code):
            if piece.kind is Kind.SPACE:
                gap = piece.text
                continue
            if piece.kind in lexer.WORDS:
                last = _add(entry, piece, gap)
            elif piece.kind is Kind.OPEN:
                last = self._open(entry, gap)
                entry = Entry([], line=entry.line)
            else:
                if entry.words:
                    self._level.append(entry)
                    entry = Entry([], line=entry.line)
                last = self._close(entry, gap)
                entry = Entry([], line=entry.line)
            gap = ""
        if last is entry:
            self._level.append(entry)
        if isinstance(last, Text):
            last.raw += rest
        elif isinstance(last, Block) and self._blocks and last is self._blocks[-1]:
            last.opening_rest = rest
        else:
            last.rest = rest

    def _open(self, entry: Entry, gap: str) -> Block:
        """Begin a block: its head is in this line, in one above, or there is none."""
        if entry.words:
            block = _block(entry, f"{gap}{{")
            if self._blocks and _exclude(self._blocks[-1], block):
                return _joined(self._blocks[-1], block)
        else:
            block = self._open_below(entry, gap)
        self._level.append(block)
        self._blocks.append(block)
        return block

    def _open_below(self, brace: Entry, gap: str) -> Block:
        level, between = self._level, list[Text]()
        while level and isinstance(text := level[-1], Text) and text.kind in _BETWEEN:
            between.append(text)
            level.pop()
        if level and type(head := level[-1]) is Entry and head.words:
            level.pop()
            blanks = "".join(text.raw for text in reversed(between))
            return _block(head, f"{head.rest}{blanks}{brace.head}{gap}{{")
        level.extend(reversed(between))
        self._problem(brace.line, "a block opens without a name before it")
        return _block(brace, f"{gap}{{")

    def _close(self, brace: Entry, gap: str) -> Block | Text:
        closing = f"{brace.head}{gap}}}"
        if not self._blocks:
            self._problem(brace.line, "a closing brace too many")
            stray = Text(TextKind.STRAY, closing, brace.line)
            self._level.append(stray)
            return stray
        block = self._blocks.pop()
        block.closing = closing
        return block


_BETWEEN = (TextKind.BLANK, TextKind.COMMENT)
#: Lines between two heads of one block.
_MAX_BETWEEN = 16


def _add(entry: Entry, piece: Piece, gap: str) -> Entry:
    if entry.words:
        entry.words.append(Word(gap, piece.kind, piece.text))
    else:
        if entry.condition:
            entry.condition_gap += gap
        else:
            entry.indent += gap
        entry.words.append(Word("", piece.kind, piece.text))
    return entry


def _block(head: Entry, opening: str) -> Block:
    return Block(
        head.words,
        head.indent,
        head.condition,
        head.condition_gap,
        "",
        head.line,
        opening=opening,
        closing="",
    )


def _exclude(one: Block, other: Block) -> bool:
    """Whether two heads in successive lines can never both count, for whatever config id."""
    mine, yours = one.condition, other.condition
    if mine is None or yours is None or len(one.children) > _MAX_BETWEEN:
        return False
    if any(isinstance(child, Entry) for child in one.children):
        return False
    same = mine.config_id == yours.config_id
    if mine.negative or yours.negative:
        return same and mine.negative is not yours.negative
    return not same


def _joined(block: Block, other: Block) -> Block:
    """Make another head a part of a block that was just opened."""
    texts = "".join(child.raw for child in block.children if isinstance(child, Text))
    block.opening += f"{block.opening_rest}{texts}{other.head}{other.opening}"
    block.opening_rest = ""
    block.children.clear()
    if other.condition:
        block.others += (Head(other.condition, tuple(word.value for word in other.words)),)
    return block


def _definition(raw: str, line: Line, number: int, following: Iterator[tuple[int, str]]) -> Text:
    """Gather a definition's lines: a backslash goes on, an empty line ends it (``read_line``)."""
    gathered = [raw]
    while line.continues:
        _, raw = next(following, (0, ""))
        gathered.append(raw)
        if not raw.rstrip("\r\n"):
            break
        after = lexer.split_line(raw)
        if after.code:
            line = after
    return Text(TextKind.DEFINITION, "".join(gathered), number)
