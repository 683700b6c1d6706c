"""Firewall rules as nftables.conf and iptables-save's files have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HOOK = re.compile(r"(?m)^(?P<indent>[ \t]*)type filter hook input[^\n]*$")
_INPUT = re.compile(r"(?m)^-A INPUT\b")
_FILTER = re.compile(r"(?ms)^\*filter\s*$.*?^COMMIT\s*$")


@dataclass(frozen=True, slots=True)
class Need:
    """What has to come in: ``vrrp``, or a TCP port."""

    name: str
    port: int | None = None

    @property
    def comment(self) -> str:
        """The comment by which a rule of ours is known."""
        return f"haconsole {self.name}"

    @property
    def nft(self) -> str:
        """The rule in nft's words (112 is VRRP, and needs no /etc/protocols)."""
        match = "meta l4proto 112" if self.port is None else f"tcp dport {self.port}"
        return f'{match} accept comment "{self.comment}"'

    @property
    def iptables(self) -> str:
        """The rule in iptables's words, without chain."""
        match = "-p 112" if self.port is None else f"-p tcp --dport {self.port}"
        return f"{match} -j ACCEPT"

    @property
    def saved(self) -> str:
        """The rule as iptables-save writes it."""
        match = "-p 112" if self.port is None else f"-p tcp -m tcp --dport {self.port}"
        return f"-A INPUT {match} -j ACCEPT"


def has_input_hook(text: str) -> bool:
    """Whether an nftables.conf filters what comes in."""
    return _HOOK.search(text) is not None


def nftables_with(text: str, needs: Sequence[Need]) -> str:
    """Return an nftables.conf whose input chains let things in, before anything else they say.

    Rules that are there already are not added again; without an input chain nothing changes.
    """
    missing = [need for need in needs if f'"{need.comment}"' not in text]

    def add(match: re.Match[str]) -> str:
        return "\n".join([match[0], *(f"{match['indent']}{need.nft}" for need in missing)])

    return _HOOK.sub(add, text)


def iptables_with(text: str, needs: Sequence[Need]) -> str:
    """Return an iptables-save file whose INPUT chain lets things in, first of all."""
    there = set(text.splitlines())
    missing = "".join(f"{need.saved}\n" for need in needs if need.saved not in there)
    table = _FILTER.search(text)
    if table is None or not missing:
        return text
    first = _INPUT.search(text, table.start(), table.end())
    at = first.start() if first else text.rindex("COMMIT", table.start(), table.end())
    return text[:at] + missing + text[at:]
