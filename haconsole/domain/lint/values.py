"""Values that keepalived refuses: numbers out of range, words and addresses that are none.

Sources: the handlers of keepalived's ``vrrp_parser.c``, ``global_parser.c``, ``vrrp_track.c`` and
``vrrp_ipaddress.c`` (2.0.4 to 2.4.3, which tell such values; 1.3.5 takes them for others).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from haconsole.domain.notes import Note, note
from haconsole.domain.vrrp import MAX_WEIGHT

from .findings import Finding
from .source import Source, Statement, found, inside, listed, place

#: ``strtoul`` and what goes before it.
_WHOLE = re.compile(r"[ \t]*[-+]?\d{1,18}\Z", re.ASCII)
_DECIMAL = re.compile(r"\d{0,18}(?:\.\d*)?\Z", re.ASCII)
_MOST_UNSIGNED = 2**32 - 1
_MOST_SECONDS = _MOST_UNSIGNED // 1_000_000
#: ``read_decimal…`` took parts of a second in checks from here on.
_DECIMAL_CHECKS = (2, 3, 2)
_INTERFACE = 15


@dataclass(frozen=True, slots=True)
class Number:
    """A range. ``places``: decimal places that are allowed; ``since``: the version for them."""

    least: float
    most: float
    places: int = 0
    since: tuple[int, ...] = ()


_ANY = Number(0, _MOST_UNSIGNED)
_SECONDS = Number(0, _MOST_SECONDS)
_CHECK_TIME = Number(0.001, _MOST_SECONDS, 3, _DECIMAL_CHECKS)
_TIMES = Number(1, 2**31 - 1)
_GARP = {
    "garp_master_delay": _SECONDS,
    "garp_master_repeat": Number(1, _MOST_UNSIGNED),
    "garp_master_refresh": _ANY,
    "garp_master_refresh_repeat": Number(1, _MOST_UNSIGNED),
    "garp_lower_prio_delay": _SECONDS,
    "garp_lower_prio_repeat": Number(0, 2**31 - 1),
    "down_timer_adverts": Number(1, 100),
}
_NUMBERS: dict[str, dict[str, Number]] = {
    "vrrp_instance": {
        "virtual_router_id": Number(1, 255),
        "priority": Number(1, 255),
        "advert_int": Number(0.01, 255, 6),
        "version": Number(2, 3),
        "preempt_delay": Number(0, 1000, 6),
        "unicast_ttl": Number(0, 255),
        "debug": Number(0, 4),
        **_GARP,
    },
    "vrrp_script": {
        "interval": _CHECK_TIME,
        "timeout": _CHECK_TIME,
        "weight": Number(-MAX_WEIGHT, MAX_WEIGHT),
        "rise": _TIMES,
        "fall": _TIMES,
    },
    "global_defs": {
        "vrrp_version": Number(2, 3),
        **{f"vrrp_{key}": value for key, value in _GARP.items()},
    },
}
_STATES = ("MASTER", "BACKUP")
_WORDS = {"state": _STATES, "auth_type": ("PASS", "AH")}
_ADDRESSES = ("unicast_src_ip", "mcast_src_ip", "mcast_dst_ip")
#: What may stand behind a VIP: with a value, and without one.
_VIP_KEYED = frozenset({"dev", "scope", "broadcast", "brd", "label", "peer", "preferred_lft"})
_VIP_BARE = frozenset(
    {"home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track", "use_vmac"}
)


def values(source: Source) -> Iterator[Finding]:
    """Find the values that keepalived would not take."""
    for block in source.blocks(*_NUMBERS):
        for key, number in _NUMBERS[block.key].items():
            for statement in inside(block, key):
                yield from _number(source, statement, number)
    for block in source.blocks("vrrp_instance"):
        yield from _instance(block)


def _wrong(statement: Statement, said: Note) -> Finding:
    return found("bad-value", place(statement), said)


def _number(source: Source, statement: Statement, number: Number) -> Iterator[Finding]:
    if not statement.values:
        yield _missing(statement)
        return
    text, key = statement.values[0], statement.key
    places = number.places if not number.since or source.since(*number.since) else 0
    value = _value(text, places)
    if value is None:
        whole = note("a whole number") if not places else note("a number")
        if not places and number.places and _value(text, number.places) is not None:
            since = ".".join(map(str, number.since))
            whole = note("a whole number before keepalived {since}", since=since)
        yield _wrong(
            statement, note("{key} wants {what}, not {text}", key=key, what=whole, text=text[:60])
        )
        return
    least = max(1, number.least) if number.since and not places else number.least
    if not least <= value <= number.most:
        said = note(
            "{key} has to be between {least} and {most}, and is {text}",
            key=key,
            least=f"{least:g}",
            most=f"{number.most:.0f}",
            text=text[:60],
        )
        yield _wrong(statement, said)


def _value(text: str, places: int) -> float | None:
    if not places:
        return float(text) if _WHOLE.match(text) else None
    if not _DECIMAL.match(text) or text in ("", "."):
        return -1.0 if _WHOLE.match(text) else None
    return float(text) if len(text.partition(".")[2]) <= places else None


def _missing(statement: Statement) -> Finding:
    said = note("{key} wants a value: keepalived ends here", key=statement.key)
    return found("no-value", place(statement), said)


def _instance(block: Statement) -> Iterator[Finding]:
    for auth in inside(block, "authentication"):
        yield from _words(auth, "auth_type")
        for password in inside(auth, "auth_pass"):
            if not password.values:
                yield _missing(password)
    yield from _words(block, "state")
    for statement in inside(block, "interface"):
        yield from _interface(statement)
    yield from _addresses(block)
    for key in ("track_script", "track_interface"):
        for tracked in listed(block, key):
            yield from _track(tracked)


def _addresses(block: Statement) -> Iterator[Finding]:
    families: dict[int, Statement] = {}
    for statement in block.block or ():
        if statement.key in _ADDRESSES:
            yield from _address(statement, statement.values[:1], families)
        elif statement.key == "native_ipv6":
            yield from _same_family(statement, "native_ipv6", 6, families)
        elif statement.key == "unicast_peer":
            for peer in statement.block or ():
                yield from _address(peer, (peer.key,), families)
        elif statement.key == "virtual_ipaddress":
            for vip in statement.block or ():
                yield from _vip(vip, families)
    for vip in listed(block, "virtual_ipaddress_excluded"):
        yield from _vip(vip, {})


def _words(block: Statement, key: str) -> Iterator[Finding]:
    for statement in inside(block, key):
        if not statement.values:
            yield _missing(statement)
        elif statement.values[0] not in _WORDS[key]:
            said = note(
                "{key} knows {words}, not {text}",
                key=key,
                words=", ".join(_WORDS[key]),
                text=statement.values[0][:60],
            )
            yield _wrong(statement, said)


def _interface(statement: Statement) -> Iterator[Finding]:
    if not statement.values:
        yield _missing(statement)
    elif len(statement.values[0].encode("utf-8", "replace")) > _INTERFACE:
        said = note(
            "{text} is no interface: their names have {most} characters at most",
            text=statement.values[0][:60],
            most=_INTERFACE,
        )
        yield _wrong(statement, said)


def _address(
    statement: Statement, texts: tuple[str, ...], families: dict[int, Statement]
) -> Iterator[Finding]:
    """Take an address as ``inet_stosockaddr`` does: up to a ``/`` or ``-``."""
    if not texts:
        yield _missing(statement)
        return
    address = _read(re.split("[/-]", texts[0])[0])
    if address is None:
        yield found("bad-address", place(statement), _no_address(texts[0]))
        return
    yield from _same_family(statement, texts[0], address.version, families)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def _no_address(text: str) -> Note:
    return note("{text} is no address", text=text[:60])


def _same_family(
    statement: Statement, text: str, family: int, families: dict[int, Statement]
) -> Iterator[Finding]:
    """Compare with what said the instance's family first."""
    first = next(iter(families), family)
    families.setdefault(first, statement)
    if first == family:
        return
    said = note(
        "{text} is IPv{family}'s, in an instance for IPv{other} ({first}): keepalived leaves it "
        "out",
        text=text[:60],
        family=family,
        other=first,
        first=str(place(families[first])),
    )
    yield found("mixed-families", place(statement), said, place(families[first]))


def _vip(statement: Statement, families: dict[int, Statement]) -> Iterator[Finding]:
    text, slash, prefix = statement.key.partition("/")
    address = _read(text)
    if address is None:
        yield found("bad-address", place(statement), _no_address(statement.key))
        return
    length = _value(prefix, 0)
    if slash and (length is None or not 0 <= length <= address.max_prefixlen):
        said = note(
            "/{prefix} is no prefix length: keepalived takes /{most}",
            prefix=prefix[:60],
            most=address.max_prefixlen,
        )
        yield _wrong(statement, said)
    yield from _options(statement)
    yield from _same_family(statement, statement.key, address.version, families)


def _options(statement: Statement) -> Iterator[Finding]:
    words = iter(statement.values)
    for word in words:
        if word in _VIP_KEYED:
            if next(words, None) is None:
                said = note(
                    "{word} behind {vip} wants a value: keepalived leaves the address out",
                    word=word,
                    vip=statement.key[:60],
                )
                yield _wrong(statement, said)
        elif word not in _VIP_BARE:
            said = note("{word} cannot stand behind an address", word=word[:60])
            if _read(word.partition("/")[0]):
                said = note("{word} cannot stand behind an address (each has a line of its own)",
                            word=word[:60])  # fmt: skip
            yield _wrong(statement, said)


def _track(statement: Statement) -> Iterator[Finding]:
    values = statement.values
    if not values:
        return
    if values[0] != "weight":
        said = note(
            "only weight may stand behind {name}, not {text}",
            name=statement.key[:60],
            text=values[0][:60],
        )
        yield _wrong(statement, said)
        return
    weight = _value(values[1], 0) if len(values) > 1 else None
    if weight is None or abs(weight) > MAX_WEIGHT:
        said = note(
            "the weight of {name} has to be between {least} and {most}",
            name=statement.key[:60],
            least=-MAX_WEIGHT,
            most=MAX_WEIGHT,
        )
        yield _wrong(statement, said)
