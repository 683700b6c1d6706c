"""The parser of the command line: argparse's, whose help breaks and aligns wide characters too."""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterable
from typing import Any

from haconsole.words import t


class Parser(argparse.ArgumentParser):
    """Its subparsers are of this kind as well."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"formatter_class": _Formatter, **options})


class _Formatter(argparse.HelpFormatter):
    """argparse counts characters; a Chinese one takes two cells."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return _wrapped(text, width) if _is_wide(text) else super()._split_lines(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if not _is_wide(text):
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in _wrapped(text, width - len(indent)))

    def _format_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None,
    ) -> str:
        head = t("usage: ") if prefix is None else prefix
        if not _is_wide(head):
            return super()._format_usage(usage, actions, groups, head)
        from rich.cells import cell_len

        # Later lines are moved in by the prefix's characters: as many as it has cells.
        narrow = "?" * cell_len(head)
        return super()._format_usage(usage, actions, groups, narrow).replace(narrow, head, 1)


def _is_wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(character) in "WF" for character in text)


def _wrapped(text: str, width: int) -> list[str]:
    from haconsole.ui.presentation.ink import Ink, plain, wrap

    return [plain(line).rstrip() for line in wrap((Ink(" ".join(text.split())),), width)]
