"""An instance names an interface that is not there, or has no address (keepalived #2602)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case, log_of
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import Side, alive, logged, seen, sides

_WORDS = (
    "Cant find interface",
    "Unknown interface",
    "Non-existent interface",
    "for vrrp_instance",
    "no IPv4 address",
)


def about_interface(evidence: Evidence) -> bool:
    """Whether a log line is about an interface that is not there."""
    return _is_about(str(evidence.note))


def _is_about(text: str) -> bool:
    return any(word in text for word in _WORDS) and "nterface" in text


def _find(case: Case) -> Iterator[Finding]:
    found = {side.name: side for vip in reversed(case.vips) for side in sides(case, vip)}
    names = {side.name: side.interface for side in found.values() if side.interface}
    for node in case.lbs:
        side = found.get(node.name, Side(node))
        takes_part = alive(node) is True and side.live is not None
        lines = () if takes_part else tuple(
            logged(node, line) for line in log_of(node) if _is_about(line[1].text)
        )[-3:]  # fmt: skip
        absent = _absent(side)
        guessed = () if lines or absent else _other_name(side, names)
        if lines or absent or guessed:
            yield _finding(side, lines, absent, guessed)


def _finding(
    side: Side,
    lines: tuple[Evidence, ...],
    absent: tuple[Evidence, ...],
    guessed: tuple[Evidence, ...],
) -> Finding:
    host, named = side.name, side.interface or "?"
    return Finding(
        cause="wrong-interface",
        title=note(
            "keepalived on {host} names another interface ({interface}) than the other LB",
            host=host,
            interface=named,
        )
        if guessed
        else note(
            "keepalived on {host} should speak on {interface}, which is not there",
            host=host,
            interface=named,
        ),
        severity=Level.WARNING if guessed else Level.CRITICAL,
        confidence=0.4 if guessed else 0.96 if lines and absent else 0.93,
        nodes=(host,),
        evidence=(*absent, *lines, *guessed),
        impact=note(
            "{host} does not take part: if the other LB fails, nobody takes over.", host=host
        ),
        fix=Fix(
            note("Name the interface that {host} has in the VIP's network.", host=host),
            "configure-pair",
            _right(side),
        ),
    )


def _absent(side: Side) -> tuple[Evidence, ...]:
    node = side.node
    known = {one.name for one in node.interfaces.value} if node.interfaces else set()
    shown = node.interfaces
    if not known or side.interface is None or side.interface in known or shown is None:
        return ()
    said = note(
        "{host} has {names}, and no {interface}",
        host=node.name,
        names=", ".join(sorted(known - {"lo"})),
        interface=side.interface,
    )
    conf = note("{host}: interface {interface}", host=node.name, interface=side.interface)
    return (seen(node, shown, said), seen(node, node.conf, conf))


def _other_name(side: Side, names: dict[str, str]) -> tuple[Evidence, ...]:
    """Nobody read the interfaces: a name that the other LB does not have may be a slip."""
    others = {name for host, name in names.items() if host != side.name}
    unlikely = side.conf is not None and side.conf.state != "MASTER" and side.state is None
    node = side.node
    if node.interfaces or not unlikely or not others or side.interface in others:
        return ()
    said = note("{host}: interface {interface}", host=side.name, interface=side.interface or "")
    return (seen(node, node.conf, said),)


def _right(side: Side) -> dict[str, str]:
    node = side.node
    own = [a for a in (node.addresses.value if node.addresses else ()) if a.interface != "lo"]
    named = next((a.interface for a in own if a.address == node.address), None)
    return {f"interface.{node.name}": named} if named else {}


RULE = Rule(
    "wrong-interface",
    note("An instance names an interface that the host does not have."),
    _find,
    explains=frozenset(
        {"no-owner", "vip-no-answer", "keepalived-stopped", "keepalived-crashed", "config-error"}
    ),
)
