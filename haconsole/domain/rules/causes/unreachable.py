"""A host cannot be entered: its link is down, its sshd is gone, or the way to it is.

A lost jump host is UNKNOWN, as the verdict has it: behind it all may be well, and nobody is
called for what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogFact, LogKind
from ...events import LinkStatus
from ...model import Role, Vip
from ...notes import Note, note
from ...verdict import Level
from ..case import Case, NodeCase, log_of
from ..finding import ActiveCheck, Evidence, Finding, Fix, Rule
from ..looking import claims, out_of_reach, seen, sides

#: A host that announced its end may take so long to come back before that is a finding.
_REBOOT_S = 180.0
#: sshd ends long before the host does, and comes back long after it.
_SSHD_S = 25.0
#: A reading comes every 8.5 s, give or take; a link is given up after more silence than that.
_SILENCE_S = 11.0
_REFUSES = ("refused the connection", "onnection refused", "closed the connection")
_NO_WAY = ("no route", "No route", "no answer in time", "imed out", "timeout", "unreachable")


def _detail(node: NodeCase) -> str:
    return str(node.link_detail) if node.link_detail else ""


def pinged(node: NodeCase) -> bool | None:
    """Whether any third host reaches it on the segment; ``None``: nobody tried."""
    if node.pings is None or not node.pings.value:
        return None
    return any(node.pings.value.values())


def sshd_is_gone(node: NodeCase) -> bool:
    """Whether the host is there and only its sshd is not."""
    if any(word in _detail(node) for word in _REFUSES):
        return True
    return pinged(node) is True


def _lost(node: NodeCase) -> bool:
    return out_of_reach(node) and node.link is not LinkStatus.REFUSED


def hung_up(node: NodeCase) -> bool:
    """Whether the host itself ended the link, as it does before it goes down.

    A link that is cut says nothing: it is given up when nothing was heard for a while.
    """
    return node.heard_at is not None and node.link_since - node.heard_at < _SILENCE_S


def leaving(case: Case, node: NodeCase) -> bool:
    """Whether it went in order a short while ago, as for a reboot."""
    lost = node.link_since
    if node.link is None or case.at - lost > _REBOOT_S:
        return False
    if node.heard_at is not None:
        return hung_up(node)
    # Nobody watched it go: the logs have to tell.
    ends = [at for at, fact in log_of(node) if fact.kind in (LogKind.STOPPED, LogKind.STARTED)]
    own = bool(ends) and lost - 60.0 <= ends[-1] and _last(node) is LogKind.STOPPED
    told = [
        at
        for lb in case.lbs
        if lb is not node and node.role is Role.LB
        for at, fact in log_of(lb)
        if "received priority 0" in fact.text
    ]
    return own or any(lost - 60.0 <= at <= lost + 30.0 for at in told)


def _last(node: NodeCase) -> LogKind | None:
    kinds = [f.kind for _, f in log_of(node) if f.kind in (LogKind.STOPPED, LogKind.STARTED)]
    return kinds[-1] if kinds else None


def _severity(case: Case, node: NodeCase) -> Level:
    """Return how bad it is that a host is off the network.

    Without an LB it is an outage where no other one has the VIP, and nobody knows how bad it is
    while another one that may have it was not read yet.
    """
    if node.role is not Role.LB:
        return Level.WARNING
    others = [lb for lb in case.lbs if lb is not node]
    levels = [_without(others, vip) for vip in case.vips]
    return max(levels, key=lambda level: level.rank, default=Level.WARNING)


def _without(others: list[NodeCase], vip: Vip) -> Level:
    claimed = [claims(lb, vip) for lb in others]
    if any(claimed):
        return Level.WARNING
    known = all(
        one is not None or out_of_reach(lb) for one, lb in zip(claimed, others, strict=True)
    )
    return Level.CRITICAL if known else Level.UNKNOWN


def _impact(node: NodeCase) -> Note:
    match node.role:
        case Role.LB:
            return note("The other LB serves alone: if it fails, nobody takes over.")
        case Role.WEB:
            return note("The other web nodes carry its share.")
        case Role.JUMP:
            return note("Nothing behind {host} can be seen; what clients get is not known.",
                        host=node.name)  # fmt: skip


def _tried(node: NodeCase) -> tuple[Evidence, ...]:
    detail = node.link_detail or note("no link")
    found = [Evidence(note("{why}", why=detail), node.name, node.link_since or None,
                      f"ssh {node.address or node.name}")]  # fmt: skip
    if node.pings is not None:
        for witness, answers in node.pings.value.items():
            said = (
                note("{witness} reaches {host}", witness=witness, host=node.name)
                if answers
                else note("{witness} gets no ARP answer from {host}", witness=witness,
                          host=node.name)
            )  # fmt: skip
            by = f"ping -c 1 {node.address}; ip neigh show {node.address}"
            found.append(Evidence(said, witness, node.pings.at, by))
    return tuple(found)


def _sshd(case: Case) -> Iterator[Finding]:
    for node in case.nodes:
        if _lost(node) and sshd_is_gone(node):
            if hung_up(node) and case.at - node.link_since < _SSHD_S:
                continue
            yield Finding(
                cause="sshd-gone",
                title=note("No sshd answers on {host}; the host itself is there", host=node.name),
                severity=Level.UNKNOWN if node.role is Role.JUMP else Level.WARNING,
                confidence=0.9,
                nodes=(node.name,),
                evidence=_tried(node),
                impact=_impact(node)
                if node.role is Role.JUMP
                else note("Clients are served as before; {host} cannot be watched or mended.",
                          host=node.name),
                fix=Fix(note("Nothing can be done from here: start sshd on {host} from its own "
                             "console.", host=node.name)),
                ruled_out=(note("its link is not down: it refuses instead of staying silent"),),
            )  # fmt: skip


def _refused(case: Case) -> Iterator[Finding]:
    for node in case.nodes:
        if node.link is LinkStatus.REFUSED and out_of_reach(node):
            yield Finding(
                cause="entry-refused",
                title=note("{host} does not let us in", host=node.name),
                severity=Level.WARNING,
                confidence=0.95,
                nodes=(node.name,),
                evidence=_tried(node),
                impact=note("{host} cannot be watched.", host=node.name),
                fix=Fix(note("Check the user, the key and the host key of {host}.",
                             host=node.name)),
            )  # fmt: skip


def _link(case: Case) -> Iterator[Finding]:
    for node in case.nodes:
        if node.role is Role.JUMP:
            continue
        if _lost(node) and not sshd_is_gone(node):
            if leaving(case, node):
                continue
            silent = pinged(node) is False
            yield Finding(
                cause="link-down",
                title=note("{host} is off the network: its link is down, or the host is",
                           host=node.name),
                severity=_severity(case, node),
                confidence=0.9 if silent else 0.6,
                nodes=(node.name,),
                evidence=_tried(node),
                impact=_impact(node),
                fix=Fix(_from_outside(node)),
                ruled_out=(note("its sshd did not refuse: nothing answers at all"),),
                wants=() if silent else (ActiveCheck.ARP,),
            )  # fmt: skip
        elif node.role is Role.LB:
            yield from _seen_down(case, node)


def _from_outside(node: NodeCase) -> Note:
    """No procedure can enter it; what runs on it goes on by itself, and so does its keepalived."""
    if node.role is Role.LB:
        return note(
            "Nothing can be done from here: look at {host} from its own console (cable, switch "
            "port, power). When it is back, its keepalived takes part again by itself.",
            host=node.name,
        )
    return note(
        "Nothing can be done from here: look at {host} from its own console (cable, switch "
        "port, power). When it is back, nginx asks it again by itself.",
        host=node.name,
    )


def _seen_down(case: Case, node: NodeCase) -> Iterator[Finding]:
    wanted = {side.interface for vip in case.vips for side in sides(case, vip)
              if side.node is node and side.interface}  # fmt: skip
    off = [i for i in (node.interfaces.value if node.interfaces else ())
           if i.name in wanted and not i.up]  # fmt: skip
    lines = [(at, fact) for at, fact in log_of(node) if _about_link(fact)][-1:]
    told = [line for line in lines if "down" in line[1].text.lower()] if not node.interfaces else []
    if not off and not told:
        return
    name = off[0].name if off else "?"
    yield Finding(
        cause="link-down",
        title=note("{interface} of {host} is down", interface=name, host=node.name),
        severity=_severity(case, node),
        confidence=0.96 if off else 0.8,
        nodes=(node.name,),
        evidence=(
            *(seen(node, node.interfaces, note("{host}: {interface} has no carrier or is off",
                                               host=node.name, interface=i.name)) for i in off),
            *(Evidence(note("{line}", line=fact.text), node.name, at) for at, fact in told),
        ),
        impact=_impact(node),
        fix=Fix(
            note("Bring {interface} of {host} up: cable, switch port, ip link.",
                 interface=name, host=node.name),
            "recover-no-owner",
            {"vip": case.vips[0].address} if case.vips else {},
        ),
    )  # fmt: skip


def _about_link(fact: LogFact) -> bool:
    return fact.kind is LogKind.INTERFACE and (
        "Netlink reports" in fact.text or "Kernel is reporting" in fact.text
        or "interface down" in fact.text or "interface up" in fact.text.lower()
    )  # fmt: skip


def _jump(case: Case) -> Iterator[Finding]:
    for node in case.jumps:
        if _lost(node) and not sshd_is_gone(node):
            yield Finding(
                cause="jump-lost",
                title=note("The jump host {host} cannot be reached", host=node.name),
                severity=Level.UNKNOWN,
                confidence=0.85,
                nodes=(node.name,),
                evidence=_tried(node),
                impact=_impact(node),
                fix=Fix(note("Look at {host}, and at the network between.", host=node.name)),
            )


_EXPLAINS = frozenset({"no-owner", "vip-no-answer", "stale-arp", "keepalived-stopped", "flapping"})
RULES = (
    Rule("sshd-gone", note("A host is there, and no sshd answers on it."), _sshd),
    Rule("link-down", note("A host's link is down, or the whole host is."), _link,
         explains=_EXPLAINS | {"split-brain", "wrong-interface"}),
    Rule("jump-lost", note("A jump host cannot be reached, so what is behind it is not seen."),
         _jump, explains=frozenset({"link-down"})),
    Rule("entry-refused", note("A host answers, and does not let us in."), _refused),
)  # fmt: skip
