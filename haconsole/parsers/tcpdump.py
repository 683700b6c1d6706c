"""``tcpdump -nn [-v]`` of IP protocol 112: adverts on the wire (tcpdump 4.9 to 4.99).

Without ``-v`` a packet is one line, ``IP 10.0.0.10 > 224.0.0.18: VRRPv2, Advertisement, vrid 50,
prio 150, authtype simple, intvl 1s, length 20``; with it the IP header stands on the line before,
and the addresses and the password (which is never read into a value) behind.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from haconsole.domain.rules.pieces import Advert

_MAX_LINE = 2000
_ADVERT = re.compile(
    r"(?P<source>\d{1,3}(?:\.\d{1,3}){3}) > (?P<to>\S{1,50}?): (?:vrrp \S+ > \S+: )?"
    r"VRRPv(?P<version>[23]), Advertisement, (?:\(ttl \d+\), )?vrid (?P<vrid>\d{1,3}), "
    r"prio (?P<prio>\d{1,3})(?:, authtype (?P<auth>[\w-]{1,20}))?"
    r"(?:, intvl (?P<interval>\d{1,5})(?P<unit>cs|s))?"
)
_ADDRESSES = re.compile(r"addrs(?:\(\d+\))?: (?P<list>[0-9a-fA-F.:, ]{1,400})")
_TTL = re.compile(r"\bttl (?P<ttl>\d{1,3})\b")
_UNREACHABLE = re.compile(
    r"(?P<source>\d{1,3}(?:\.\d{1,3}){3}) > \S+: ICMP \S+ protocol 112 unreachable"
)


def parse_adverts(text: str) -> tuple[Advert, ...]:
    """Return the adverts in the order in which they were seen; other lines are left out."""
    found: list[Advert] = []
    ttl: int | None = None
    for raw in text.splitlines():
        line = raw[:_MAX_LINE]
        match = _ADVERT.search(line)
        if (said := _TTL.search(line)) and "proto" in line:
            ttl = int(said["ttl"])
        if match is None:
            continue
        interval = match["interval"]
        seconds = (
            None if interval is None else int(interval) / (100 if match["unit"] == "cs" else 1)
        )
        listed = _ADDRESSES.search(line, match.end())
        words = listed["list"].replace(",", " ").split() if listed else []
        found.append(
            Advert(
                source=match["source"],
                vrid=int(match["vrid"]),
                priority=int(match["prio"]),
                version=int(match["version"]),
                auth=match["auth"],
                interval_s=seconds,
                addresses=tuple(filter(_is_address, words)),
                destination=match["to"],
                ttl=ttl,
            )
        )
        ttl = None
    return tuple(found)


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def parse_unreachable(text: str) -> tuple[str, ...]:
    """Return who answered an advert with ICMP "protocol 112 unreachable" (keepalived #1487)."""
    found = (_UNREACHABLE.search(line[:_MAX_LINE]) for line in text.splitlines())
    return tuple(dict.fromkeys(match["source"] for match in found if match))
