"""Pairs that look well and do not fail over: mistakes of configuration that are often made."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from haconsole.parsers.conf import Editor, parse

_INSTANCE = "vrrp_instance"
_CHECK = "vrrp_script"


class Flaw(StrEnum):
    """What is wrong with a pair's keepalived.conf files."""

    #: A positive weight that is smaller than the gap between the priorities.
    LOW_WEIGHT = "low-weight"
    #: A weighted check, and a peer that never takes over from a lower one.
    NOPREEMPT = "nopreempt"
    #: Nobody asks whether nginx answers.
    NO_CHECK = "no-check"


def flawed(text: str, flaw: Flaw) -> str:
    """Return a ready pair's keepalived.conf with a flaw."""
    editor = Editor(parse(text))
    _FLAWS[flaw](editor)
    return str(editor.document)


def _low_weight(editor: Editor) -> None:
    editor.set([_CHECK, "weight"], "20")


def _nopreempt(editor: Editor) -> None:
    # With state MASTER keepalived does not believe in nopreempt.
    editor.set([_INSTANCE, "state"], "BACKUP")
    editor.set([_INSTANCE, "nopreempt"])
    editor.set([_CHECK, "weight"], "-60")


def _no_check(editor: Editor) -> None:
    editor.remove([_INSTANCE, "track_script"])
    editor.remove([_CHECK])


_FLAWS: dict[Flaw, Callable[[Editor], None]] = {
    Flaw.LOW_WEIGHT: _low_weight,
    Flaw.NOPREEMPT: _nopreempt,
    Flaw.NO_CHECK: _no_check,
}
