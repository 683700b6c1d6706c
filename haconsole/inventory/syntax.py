"""YAML's own complaints and surprises, in sentences that say what to do."""

from __future__ import annotations

import re

import yaml
from yaml.reader import ReaderError

from haconsole.domain.notes import Note, note
from haconsole.telling import say
from haconsole.words import t

from .problems import WHOLE, Report, cleaned, shown

_TAB_INDENT = re.compile(r"^ *\t[ \t]*[^\s#]")
_SHOWN_NUMBER_LENGTH = 18

#: A part of PyYAML's message → what it mostly means, and what was expected.
_SENTENCES: tuple[tuple[str, Note, Note], ...] = (
    (
        "mapping values are not allowed",
        note("a ':' stands where none can"),
        note("a key at the start of its line, and quotes around text with ': ' in it"),
    ),
    ("could not find expected ':'", note("a key without its ':'"), note("'key: value'")),
    (
        "but found another document",
        note("a second document begins here"),
        note("one inventory in one file, without another '---'"),
    ),
    (
        "unexpected end of stream",
        note("a quote is opened and never closed"),
        note("the closing quote"),
    ),
    (
        "expected ',' or",
        note("a '[' or '{' is opened and not closed, or a comma is missing"),
        note("commas between the values, and the closing bracket"),
    ),
    (
        "but found '-'",
        note("a list item stands where a key is due"),
        note("the same indentation for all items of a list"),
    ),
    (
        "expected <block end>",
        note("the indentation does not fit the lines above"),
        note("the same indentation for all keys of a mapping"),
    ),
    (
        "cannot start any token",
        note("a value begins with a character that has a meaning in YAML"),
        note("quotes around such a value"),
    ),
    (
        "found undefined alias",
        note("an alias without its anchor"),
        note("'&name' before the first '*name'"),
    ),
    (
        "found duplicate anchor",
        note("an anchor of this name exists already"),
        note("each '&name' once"),
    ),
)


def explain(error: Exception, text: str, line: int, report: Report) -> None:
    """Note why ``text`` is not YAML. ``line``: where the reading stopped, if the error is mute."""
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, int(error.position)) + 1
        what = t("there is a control character ({character})", character=_codepoint(error))
        report.refuse(line, WHOLE, what, t("a YAML text file"))
        return
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else line
    tabs = [n for n, row in enumerate(text.splitlines(), 1) if _TAB_INDENT.match(row)]
    if tabs and tabs[0] <= line + 1:
        what = t("this line is indented with a tab, which YAML forbids")
        if len(tabs) > 1:
            what = t("this line is indented with a tab, which YAML forbids ({count} lines are)",
                     count=len(tabs))  # fmt: skip
        report.refuse(tabs[0], WHOLE, what, t("spaces"))
        return
    what, expected = _sentence(error)
    report.refuse(line, WHOLE, what, expected)


def _codepoint(error: ReaderError) -> str:
    character = error.character
    return f"U+{character if isinstance(character, int) else ord(character):04X}"


def _sentence(error: Exception) -> tuple[str, str]:
    if not isinstance(error, yaml.MarkedYAMLError):
        return t("this is not YAML (an escape that stands for no character)"), t("YAML")
    message = f"{error.context or ''} {error.problem or ''}"
    opened = error.context_mark.line + 1 if error.context_mark else None
    for part, what, expected in _SENTENCES:
        if part in message:
            where = t(" (what it belongs to begins on line {line})", line=opened) if opened else ""
            return t("this is not YAML: ") + say(what) + where, say(expected)
    detail = cleaned((error.problem or str(error))[:120])
    return t("this is not YAML ({detail})", detail=detail), t("YAML")


def surprise(text: str, kind: str) -> str:
    """Say what YAML 1.1 makes of an unquoted value that its author may have meant otherwise.

    ``kind``: PyYAML's name for it (``bool``, ``int``, ``float``, ``null``, ``timestamp``).
    """
    value = shown(text)
    match kind:
        case "null" if not text:
            return t("nothing is written here")
        case "null":
            return t("{value} without quotes means 'nothing' in YAML", value=value)
        case "bool":
            truth = "true" if text.lower() in ("yes", "true", "on", "y") else "false"
            return t("{value} without quotes means {truth} in YAML", value=value, truth=truth)
        case "timestamp":
            return t("{value} without quotes is a date in YAML", value=value)
        case "int" if (number := _number(text)) is not None and str(number) != text:
            return t(
                "{value} without quotes is the number {number} in YAML",
                value=value,
                number=number,
            )
        case _:
            return t("{value} is a number in YAML", value=value)


def _number(text: str) -> int | None:
    """Return the number that YAML 1.1 reads (binary, octal, hexadecimal, base 60), if short."""
    if len(text) > _SHOWN_NUMBER_LENGTH:
        return None
    digits = text.replace("_", "").lstrip("+-")
    sign = -1 if text.startswith("-") else 1
    try:
        if ":" in digits:
            total = 0
            for part in digits.split(":"):
                total = total * 60 + int(part)
            return sign * total
        if digits.startswith(("0x", "0b")):
            return sign * int(digits, 0)
        return sign * int(digits, 8 if digits.startswith("0") and len(digits) > 1 else 10)
    except ValueError:
        return None
