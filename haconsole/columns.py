"""Text in columns, counted in a terminal's cells: a Chinese character takes two of them."""

from __future__ import annotations

from collections.abc import Sequence


def cells(text: str) -> int:
    """Return how many cells a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # not for what is English

    return cell_len(text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it, ``width`` cells wide or wider."""
    return text + " " * (width - cells(text))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a line for each row, with the columns aligned and two spaces between them."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in rows]
