"""What the mismatches of a pair have in common: two sides, their values, what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..conf import InstanceConf
from ..daemon import Instance, VrrpState
from ..model import Vip
from ..notes import Note, note
from ..verdict import Level
from .case import Case
from .finding import Evidence, Fix
from .looking import Side, alive, claimants, read_since_the_move

#: What a pair whose adverts are refused or lost shows, beside the cause itself.
SPLITS = frozenset(
    {"split-brain", "no-owner", "both-backup", "stale-arp", "vip-no-answer", "flapping"}
    | {"vip-missing", "boot-race"}
)


def is_split(case: Case, vip: Vip) -> bool:
    """Whether two LBs stand for the VIP, both with a daemon that lives.

    Each has to have been read since an owner last changed: of one whose link was just cut nobody
    knows yet that it cannot be heard, and what it held before the other took over says nothing.
    """
    found = [node for node in claimants(case, vip) if alive(node) is not False]
    return len([node for node in found if read_since_the_move(case, node)]) > 1


def severity(case: Case, vip: Vip) -> Level:
    """Return how bad a mismatch is now: a split brain, or one that waits."""
    return Level.CRITICAL if is_split(case, vip) else Level.WARNING


def impact(case: Case, vip: Vip) -> Note:
    """Return what clients notice of LBs that do not take each other's adverts."""
    if is_split(case, vip):
        return note(
            "Both LBs answer for {vip}: clients reach the one or the other by chance, and "
            "connections break whenever that changes.",
            vip=vip.address,
        )
    return note(
        "Clients are served now; at the next failover both LBs may take {vip}, or none.",
        vip=vip.address,
    )


def values(
    one: Side,
    other: Side,
    setting: str,
    value: Callable[[Side], object],
    in_dump: Callable[[Instance], object],
) -> Iterator[Evidence]:
    """Yield what each side's setting is, and what shows it."""
    for side in (one, other):
        shown = side.shows(in_dump)
        said = note(
            "{host}: {setting} {value}", host=side.name, setting=setting, value=str(value(side))
        )
        yield Evidence(said, side.name, shown.at, shown.shown_by)


def same_elsewhere(one: Side, other: Side, but: str) -> tuple[Note, ...]:
    """Return what else would split a pair and is equal on both sides."""
    found = []
    if but != "vrid" and one.vrid is not None and one.vrid == other.vrid:
        found.append(note("the VRIDs are equal ({vrid})", vrid=one.vrid))
    if but != "advert_int" and one.advert_int_s and one.advert_int_s == other.advert_int_s:
        found.append(note("the advert intervals are equal"))
    if but != "vips" and one.vips and one.vips == other.vips:
        found.append(note("the lists of VIPs are equal"))
    if but != "auth" and both(one, other, lambda conf: (conf.auth_type, conf.auth_fingerprint)):
        found.append(note("the authentication is equal"))
    return tuple(found)


def both(one: Side, other: Side, value: Callable[[InstanceConf], object]) -> bool:
    """Whether both files are known and say the same."""
    if one.conf is None or other.conf is None:
        return False
    return value(one.conf) == value(other.conf)


def same_again(said: Note, vip: Vip, model: Side) -> Fix:
    """Return the fix that gives the others what ``model`` has.

    It names no setting: a pair that differs in two of them is split until both are mended.
    """
    return Fix(said, "fix-mismatch", {"vip": vip.address, "model": model.name})


def owner_first(one: Side, other: Side) -> tuple[Side, Side]:
    """Return the two with the one in front whose setting should stand: the owner, the higher."""
    rank = [
        (side.state is VrrpState.MASTER, side.priority or 0, side.node.name)
        for side in (one, other)
    ]
    return (other, one) if rank[1][:2] > rank[0][:2] else (one, other)
