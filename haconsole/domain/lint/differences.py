"""What differs between the LBs of a pair, setting by setting, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from haconsole.domain.conf import InstanceConf, KeepalivedConf, ScriptConf
from haconsole.domain.notes import Note, note
from haconsole.domain.vrrp_router import vrrp_version

from .matching import Election, elections

#: The value of what mirrors.
_ALL_OTHERS = note("all others")
_NONE = note("none")


class Rule(StrEnum):
    """What the values of a setting have to do with each other."""

    MUST_DIFFER = "must differ"
    MUST_MATCH = "must match"
    #: Each names the others; what is wrong is told by the value.
    MUST_MIRROR = "must mirror"
    MAY = "may differ"


@dataclass(frozen=True, slots=True)
class Row:
    """A setting on every host, in the order of the texts. ``""``: it is not said there.

    ``block``: the instance or check that it belongs to, ``""`` for the whole file. ``values``
    never show a secret: passwords are told apart by letters. ``worded``: those values that are
    words of ours, and no text of a file. ``holds``: whether the values do what ``rule`` says.
    """

    block: str
    setting: str
    values: Mapping[str, str]
    rule: Rule
    why: Note
    worded: Mapping[str, Note] = field(default_factory=lambda: MappingProxyType({}))

    def shown(self, host: str) -> str | Note:
        """Return a host's value as it is to be shown."""
        return self.worded.get(host) or self.values.get(host, "")

    @property
    def differs(self) -> bool:
        """Whether any two values differ."""
        return len(set(self.values.values())) > 1

    @property
    def holds(self) -> bool:
        """Whether the rule is kept (for one host alone it always is)."""
        values = list(self.values.values())
        match self.rule:
            case Rule.MUST_DIFFER:
                return len(set(values)) == len(values)
            case Rule.MUST_MATCH:
                return not self.differs
            case Rule.MUST_MIRROR:
                return set(values) <= {str(_ALL_OTHERS), ""}
            case Rule.MAY:
                return True


def differences(confs: Mapping[str, KeepalivedConf]) -> tuple[Row, ...]:
    """Compare configurations, host → what it says; one row a setting, election by election."""
    rows = [*_whole(confs)]
    for one in elections(confs):
        rows += rows_of(one, confs)
    scripts = {
        host: {script.name: script for script in reversed(conf.scripts)}
        for host, conf in confs.items()
    }
    for name in _names(conf.scripts for conf in confs.values()):
        rows += _script(name, {host: known.get(name) for host, known in scripts.items()})
    return _said(rows)


def rows_of(one: Election, confs: Mapping[str, KeepalivedConf]) -> tuple[Row, ...]:
    """Return the rows of one election."""
    found = {host: one.members.get(host) for host in confs}
    return _said(list(_instance(one.name, found, confs)))


def _said(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if any(row.values.values()))


def _names(
    lists: Iterator[tuple[InstanceConf, ...]] | Iterator[tuple[ScriptConf, ...]],
) -> list[str]:
    return list(dict.fromkeys(one.name for every in lists for one in every))


def _whole(confs: Mapping[str, KeepalivedConf]) -> Iterator[Row]:
    ids = {host: conf.router_id or "" for host, conf in confs.items()}
    why = note("The name under which an LB tells of itself.")
    yield Row("", "router_id", ids, Rule.MUST_DIFFER, why)


def _instance(
    name: str, found: Mapping[str, InstanceConf | None], confs: Mapping[str, KeepalivedConf]
) -> Iterator[Row]:
    passwords = _letters({host: one.auth_fingerprint or "" for host, one in found.items() if one})
    for setting, value, rule, why in _SETTINGS:
        values = {host: value(one) if one else "" for host, one in found.items()}
        yield Row(name, setting, values, rule, why)
    versions = {
        host: str(vrrp_version(confs[host], one)) if one else "" for host, one in found.items()
    }
    why = note("An LB takes no advert of another VRRP version.")
    yield Row(name, "vrrp_version", versions, Rule.MUST_MATCH, why)
    auth = {
        host: _authentication(one.auth_type, passwords[host]) if one else ""
        for host, one in found.items()
    }
    why = note("An LB takes no advert with another password.")
    yield _row(name, "authentication", auth, Rule.MUST_MATCH, why)
    sources = {host: (one.unicast_source or "") if one else "" for host, one in found.items()}
    if any(sources.values()):
        why = note("Each sends from its own address.")
        yield Row(name, "unicast_src_ip", sources, Rule.MUST_DIFFER, why)
    if any(one.unicast_peers for one in found.values() if one):
        mirrored = {host: _mirrors(host, found) for host in found}
        why = note("Each has all the others as its peers.")
        yield _row(name, "unicast_peer", mirrored, Rule.MUST_MIRROR, why)


def _row(block: str, setting: str, values: Mapping[str, str | Note], rule: Rule, why: Note) -> Row:
    worded = {host: value for host, value in values.items() if isinstance(value, Note)}
    texts = {host: str(value) for host, value in values.items()}
    return Row(block, setting, texts, rule, why, MappingProxyType(worded))


def _authentication(kind: str | None, letter: str) -> str | Note:
    if not letter:
        return kind or _NONE
    if not kind:
        return note("(password {letter})", letter=letter)
    return note("{kind} (password {letter})", kind=kind, letter=letter)


def _mirrors(host: str, found: Mapping[str, InstanceConf | None]) -> str | Note:
    """Say whether an LB's peers are the sources of all others, as far as their files say them."""
    one = found[host]
    if one is None:
        return ""
    others = [o.unicast_source for name, o in found.items() if o and name != host]
    peers = {peer.partition("/")[0] for peer in one.unicast_peers}
    if {source for source in others if source} <= peers and len(peers) == len(others):
        return _ALL_OTHERS
    return ", ".join(one.unicast_peers) or _NONE


def _letters(fingerprints: Mapping[str, str]) -> dict[str, str]:
    """Name passwords A, B, …, so that equal ones can be seen and none can be read."""
    order = list(dict.fromkeys(value for value in fingerprints.values() if value))
    return {
        host: chr(ord("A") + order.index(value) % 26) if value else ""
        for host, value in fingerprints.items()
    }


def _script(name: str, found: Mapping[str, ScriptConf | None]) -> Iterator[Row]:
    for setting, value in _SCRIPT_SETTINGS:
        values = {host: value(one) if one else "" for host, one in found.items()}
        yield Row(name, setting, values, Rule.MAY, note("The check of each LB is its own."))
    weights = {host: _number(one.weight or 0) if one else "" for host, one in found.items()}
    why = note("What a failed check costs is counted against the other's priority.")
    yield Row(name, "weight", weights, Rule.MUST_MATCH, why)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


_SETTINGS: tuple[tuple[str, Callable[[InstanceConf], str], Rule, Note], ...] = (
    ("state", lambda one: one.state or "BACKUP", Rule.MAY,
     note("What an LB takes itself for until it has heard of others.")),
    ("interface", lambda one: one.interface or "", Rule.MAY,
     note("Each host's own name for its network.")),
    ("virtual_router_id", lambda one: _number(one.vrid), Rule.MUST_MATCH,
     note("An LB does not hear adverts of another VRID.")),
    ("priority", lambda one: _number(100 if one.priority is None else one.priority),
     Rule.MUST_DIFFER, note("The highest owns the VIP.")),
    ("advert_int", lambda one: _number(one.advert_int_s or 1), Rule.MUST_MATCH,
     note("A VRRPv2 backup takes no advert with another interval.")),
    ("preempt", lambda one: "nopreempt" if one.nopreempt else "preempt", Rule.MUST_MATCH,
     note("Whether an LB that comes back takes the VIP back.")),
    ("virtual_ipaddress", lambda one: ", ".join(sorted(vip.address for vip in one.vips)),
     Rule.MUST_MATCH, note("The addresses that move; adverts tell how many there are.")),
)  # fmt: skip
_SCRIPT_SETTINGS: tuple[tuple[str, Callable[[ScriptConf], str]], ...] = (
    ("script", lambda one: one.script or ""),
    ("interval", lambda one: _number(one.interval_s or 1)),
    ("timeout", lambda one: _number(one.timeout_s)),
    ("fall", lambda one: _number(one.fall or 1)),
    ("rise", lambda one: _number(one.rise or 1)),
)
