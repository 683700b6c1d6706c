"""The keywords table asked: what may stand where, and from which version on."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from .keywords import KEYWORDS

#: No keyword is longer than this.
_LONGEST = 40
#: Settings whose value is a block; without its brace keepalived reads on to the next ``}``.
BLOCKS = frozenset({
    "virtual_ipaddress", "virtual_ipaddress_excluded", "virtual_routes", "virtual_rules",
    "unicast_peer", "track_interface", "track_script", "track_file", "track_process", "track_bfd",
    "authentication", "group", "static_ipaddress", "static_routes", "static_rules",
    "notification_email", "linkbeat_interfaces", "interface_up_down_delays",
})  # fmt: skip


@cache
def keywords(block: str) -> dict[str, tuple[int, ...]] | None:
    """Return the keywords of a block and their first versions; ``None``: it holds values."""
    versions = KEYWORDS.get(block)
    if versions is None:
        return None
    return {
        word: tuple(map(int, version.split(".")))
        for version, words in versions.items()
        for word in words.split()
    }


def homes(keyword: str) -> tuple[str, ...]:
    """Return the blocks that know a keyword, the outer ones first."""
    return tuple(block for block in KEYWORDS if keyword in (keywords(block) or ()))


def alike(keyword: str, block: str) -> str | None:
    """Return what somebody may have meant who wrote a keyword that a block does not know."""
    if len(keyword) > _LONGEST:
        return None
    close = get_close_matches(keyword, keywords(block) or (), n=1, cutoff=0.75)
    return close[0] if close else None
