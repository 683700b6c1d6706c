"""Putting nodes into a tree and taking them out, in the manner of the text around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from haconsole.domain.notes import note

from .document import Block, Document, Entry, Node, Text, TextKind
from .errors import ConfEditError
from .lexer import BLANKS

_DEFAULT_UNIT = "    "


class Layout:
    """How a document is laid out: line ends and indentation; and changes that follow it.

    ``above`` is everywhere the blocks around a place, the outermost first.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._unit: str | None = None
        self._line_end: str | None = None

    @property
    def line_end(self) -> str:
        """The end of the first line."""
        if self._line_end is None:
            text = next(iter(str(self._document).splitlines(keepends=True)), "")
            self._line_end = "\r\n" if text.endswith("\r\n") else "\n"
        return self._line_end

    @property
    def unit(self) -> str:
        """What a block's content is indented by: as in most blocks, else four blanks."""
        if self._unit is None:
            common = Counter(self._units()).most_common(1)
            self._unit = common[0][0] if common else _DEFAULT_UNIT
        return self._unit

    def _units(self) -> Iterator[str]:
        for node in self._document.walk():
            if isinstance(node, Block) and (child := self._own_line(node)):
                unit = child.indent.removeprefix(node.indent)
                if unit and child.indent.startswith(node.indent):
                    yield unit

    def add(self, entry: Entry, above: Sequence[Block]) -> None:
        """Put a statement behind the others of a block (or of the file), on a line of its own."""
        siblings = above[-1].children if above else self._document.children
        at = _after_last_statement(siblings) if above else len(siblings)
        last = siblings[at - 1] if at else None
        if isinstance(last, Block) and not last.closing:
            raise ConfEditError(
                note(
                    "{file}:{line}: the block {name} is never closed: nothing can stand behind it",
                    file=self._document.file,
                    line=last.line,
                    name=last.key[:60],
                )
            )
        entry.indent = self.indent(above)
        entry.rest = self.line_end
        if isinstance(entry, Block):
            entry.opening_rest = self.line_end
            entry.closing = f"{entry.indent}}}"
        crammed = not self._begins_line(at, above)
        if crammed:
            self._append(at, above, self.line_end)
        if above and crammed and at == len(siblings) and above[-1].closing:
            closing = above[-1].closing.lstrip(BLANKS)
            above[-1].closing = f"{self._indent_of(above)}{closing}"
        if not above and siblings and isinstance(entry, Block) and not _is_blank(siblings[-1]):
            siblings.append(Text(TextKind.BLANK, self.line_end))
            at += 1
        siblings.insert(at, entry)

    def drop(self, entry: Entry, above: Sequence[Block]) -> None:
        """Take a statement out, with its line where it has one of its own."""
        siblings = above[-1].children if above else self._document.children
        at = siblings.index(entry)
        begins = self._begins_line(at, above)
        following = siblings[at + 1] if at + 1 < len(siblings) else None
        del siblings[at]
        if not begins:
            self._append(at, above, entry.rest)
        elif "\n" not in entry.rest and isinstance(following, Entry):
            following.indent = entry.indent

    def indent(self, above: Sequence[Block]) -> str:
        """Return the indentation of a new line in a block."""
        if not above:
            return ""
        if child := self._own_line(above[-1]):
            return child.indent
        return self._indent_of(above) + self.unit

    def _indent_of(self, above: Sequence[Block]) -> str:
        """Return the indentation of the line in which the innermost block begins."""
        indent = ""
        for depth, block in enumerate(above):
            siblings = above[depth - 1].children if depth else self._document.children
            at = siblings.index(block)
            indent = block.indent if self._begins_line(at, above[:depth]) else indent
        return indent

    def _own_line(self, block: Block) -> Entry | None:
        """Return the last statement of a block that has a line of its own."""
        for at in range(len(block.children) - 1, -1, -1):
            child = block.children[at]
            if isinstance(child, Entry) and self._begins_line(at, [block]):
                return child
        return None

    def _before(self, at: int, above: Sequence[Block]) -> str | None:
        """Return the text just before a place; ``None`` at the beginning of the file."""
        siblings = above[-1].children if above else self._document.children
        if at:
            node = siblings[at - 1]
            return node.raw if isinstance(node, Text) else node.rest or node.head
        return (above[-1].opening_rest or "{") if above else None

    def _begins_line(self, at: int, above: Sequence[Block]) -> bool:
        before = self._before(at, above)
        return before is None or before.endswith("\n")

    def _append(self, at: int, above: Sequence[Block], text: str) -> None:
        """Put text behind what stands before a place."""
        siblings = above[-1].children if above else self._document.children
        if at:
            node = siblings[at - 1]
            if isinstance(node, Text):
                node.raw += text
            else:
                node.rest += text
        elif above:
            above[-1].opening_rest += text
        else:
            siblings.insert(0, Text(TextKind.BLANK, text))


def _after_last_statement(siblings: Sequence[Node]) -> int:
    for at in range(len(siblings), 0, -1):
        if isinstance(siblings[at - 1], Entry):
            return at
    return len(siblings)


def _is_blank(node: Node) -> bool:
    return isinstance(node, Text) and node.kind is TextKind.BLANK
