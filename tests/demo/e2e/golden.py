"""Pictures in words: one file a situation and size, a section for every screen of it."""

from __future__ import annotations

import difflib
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"
_BEGIN, _END = "======== ", " ========"


def path_of(situation: str, size: tuple[int, int]) -> Path:
    """Return the file of a situation."""
    return FOLDER / f"{situation}-{size[0]}x{size[1]}.txt"


def read(path: Path) -> dict[str, list[str]]:
    """Return the sections of a file by name; none of a file that does not exist."""
    sections: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith(_BEGIN) and line.endswith(_END):
            rows = sections.setdefault(line[len(_BEGIN) : -len(_END)], [])
        else:
            rows.append(line)
    return sections


def write(path: Path, sections: dict[str, list[str]]) -> None:
    """Write a file; ``python -m tests.demo.e2e.update`` does."""
    text = "".join(
        "\n".join([f"{_BEGIN}{name}{_END}", *rows]) + "\n" for name, rows in sections.items()
    )
    path.write_text(text, encoding="utf-8")


def difference(name: str, wanted: list[str], seen: list[str]) -> str:
    """Return what differs, a row a line: ``-`` is in the file, ``+`` on the screen."""
    lines = difflib.unified_diff(wanted, seen, "the snapshot", "the screen", lineterm="", n=2)
    return "\n".join([f"{name}:", *lines])
