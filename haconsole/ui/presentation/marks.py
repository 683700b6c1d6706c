"""Glyph and tone of every state: the same mark for the same meaning on every screen."""

from __future__ import annotations

from haconsole.domain.daemon import CheckStatus, VrrpState
from haconsole.domain.events import LinkStatus
from haconsole.domain.ownership import VipVerdict
from haconsole.domain.state import Severity
from haconsole.domain.verdict import Level

from .ink import Tone

GOOD = "●"
IDLE = "○"
UNKNOWN = "◌"
BAD = "✖"
WARN = "▲"
YES = "✓"

LEVEL = {
    Level.OK: (GOOD, Tone.OK),
    Level.WARNING: (WARN, Tone.WARNING),
    Level.CRITICAL: (BAD, Tone.CRITICAL),
    Level.UNKNOWN: (UNKNOWN, Tone.UNKNOWN),
}
SEVERITY = {
    Severity.INFO: ("·", Tone.TEXT),
    Severity.GOOD: (GOOD, Tone.OK),
    Severity.WARNING: (WARN, Tone.WARNING),
    Severity.ERROR: (BAD, Tone.CRITICAL),
}
VRRP = {
    VrrpState.MASTER: (GOOD, Tone.OK),
    VrrpState.BACKUP: (IDLE, Tone.TEXT),
    VrrpState.FAULT: (BAD, Tone.CRITICAL),
    VrrpState.INIT: (UNKNOWN, Tone.WARNING),
}
#: A lost link says nothing about the host, so it is never painted as "down".
LINK = {
    LinkStatus.IDLE: (UNKNOWN, "waiting", Tone.UNKNOWN),
    LinkStatus.CONNECTING: (UNKNOWN, "trying", Tone.UNKNOWN),
    LinkStatus.UP: (GOOD, "up", Tone.OK),
    LinkStatus.LOST: (WARN, "lost", Tone.WARNING),
    LinkStatus.JUMP_LOST: (UNKNOWN, "jump lost", Tone.UNKNOWN),
    LinkStatus.REFUSED: (BAD, "refused", Tone.CRITICAL),
}
CHECK = {
    CheckStatus.GOOD: (YES, Tone.OK),
    CheckStatus.BAD: (BAD, Tone.CRITICAL),
    CheckStatus.INIT: (UNKNOWN, Tone.WARNING),
    CheckStatus.DISABLED: ("–", Tone.MUTED),
    None: (UNKNOWN, Tone.UNKNOWN),
}
VERDICT = {
    VipVerdict.OWNED: (GOOD, "OWNED", Tone.OK),
    VipVerdict.UNOWNED: (BAD, "NO OWNER", Tone.CRITICAL),
    VipVerdict.SPLIT_BRAIN: (BAD, "SPLIT BRAIN", Tone.CRITICAL),
    VipVerdict.GHOST: (BAD, "GHOST VIP", Tone.CRITICAL),
    VipVerdict.UNKNOWN: (UNKNOWN, "UNKNOWN", Tone.UNKNOWN),
}
