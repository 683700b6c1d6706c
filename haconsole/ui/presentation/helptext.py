"""The help screen: keys from the register of commands, marks, words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from haconsole.words import t

from . import marks
from .drillstrip import FAULT, OWNS, UNDONE
from .ink import BLANK, Ink, Line, Tone, fit, wrap


class Row(Protocol):
    """What help needs of a command."""

    @classmethod
    def shown(cls) -> str:
        """Return the key as it is written."""
        ...

    @classmethod
    def description(cls) -> str:
        """Return what it does."""
        ...


_MARKS = (
    (marks.GOOD, Tone.OK, "good: up, MASTER, active"),
    (marks.IDLE, Tone.TEXT, "waits: BACKUP"),
    (marks.WARN, Tone.WARNING, "warning: look at it; a lost link says nothing about the node"),
    (marks.BAD, Tone.CRITICAL, "bad: known to be broken"),
    (marks.UNKNOWN, Tone.UNKNOWN, "not known: never read, or cannot be seen"),
    (marks.UNKNOWN, Tone.STALE, "stale: the last that was seen, too old to count"),
    (OWNS, Tone.OK, "in a drill: this LB's kernel holds the VIP"),
    (FAULT, Tone.WARNING, "in a drill: the fault was made"),
    (UNDONE, Tone.INFO, "in a drill: the fault was undone"),
)
_WORDS = (
    ("SERVING", "exactly one LB holds the VIP, and a request to it was answered"),
    ("NOT SERVING", "exactly one LB holds the VIP, but requests to it fail"),
    ("SERVING, IN DOUBT", "one LB holds the VIP, but another source contradicts that"),
    ("SPLIT BRAIN", "two LBs or more hold the VIP, and their daemons live"),
    ("GHOST VIP", "an LB holds the VIP, but no keepalived runs there to give it up"),
    ("NO OWNER", "every LB was seen, and none holds the VIP"),
    ("UNKNOWN", "not enough can be seen to say; nothing is guessed"),
    ("JUMP LOST", "the jump host cannot be reached; that says nothing about the nodes"),
    ("daemon, kernel, ARP, answer", "the four sources of the verdict, each with its own mark"),
    ("≥ 12 s", "the change itself was not seen: it has been so at least that long"),
    ("AS PREDICTED", "a drill showed what was said before it, and the pair is as it was"),
    ("VOID", "a drill's measurement proves nothing: the probe was late, or an end was not seen"),
    ("150→90", "priority as configured → as its checks' weights leave it"),
)


def help_lines(groups: Iterable[tuple[str, Iterable[Row]]], width: int) -> list[Line]:
    """Return the help: a section for each group of commands, then marks and words."""
    lines: list[Line] = []
    for title, rows in groups:
        listed = list(rows)
        if not listed:
            continue
        lines.append((Ink(f" {title}", Tone.HEAD),))
        for row in listed:
            lines += _pair(row.shown(), Tone.KEY, row.description(), width, 9)
        lines.append(BLANK)
    lines.append((Ink(f" {t('MARKS')}", Tone.HEAD),))
    for glyph, tone, text in _MARKS:
        lines += _pair(glyph, tone, t(text), width, 9)
    lines += [BLANK, (Ink(f" {t('WORDS')}", Tone.HEAD),)]
    for word, text in _WORDS:
        lines += _pair(t(word), Tone.STRONG, t(text), width, 28)
    return lines


def _pair(left: str, tone: Tone, right: str, width: int, column: int) -> list[Line]:
    line = (Ink("   " + fit(left, column) + " ", tone), Ink(right))
    return wrap(line, width - 1, hang=column + 4)
