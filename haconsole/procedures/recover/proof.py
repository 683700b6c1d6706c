"""One owner, proven from four sides and held for a time.

keepalived's own word, the kernels, the MAC that a third host sends to, and answers through the VIP
(DESIGN: ownership is a verdict over sources, not one reading).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.looks import ASK
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind
from haconsole.procedures.plan import Lane, Step
from haconsole.procedures.recover.shell import holds, state_of
from haconsole.procedures.recover.standing import Lb
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import quote

#: For how long one owner has to stay the only one, seconds, unless another time is asked for.
HELD_S = 10
_LONGEST_S = 600
#: How long what was mended may take to show.
SETTLE_S = 20.0


def held_field() -> Field:
    """Return the question how long one owner has to last."""
    return Field("hold", FieldKind.INTEGER, note("Seconds that one owner has to last"), note(
        "The last of the proofs: a pair that flaps looks well now and then."
    ), str(HELD_S), (), ask.whole(1, _LONGEST_S))  # fmt: skip


def proof(
    ground: Ground, lbs: Sequence[Lb], owner: Lb, *, settle_s: float, answers: Answers
) -> tuple[Lane, ...]:
    """Return the looks that prove that ``owner`` alone has the VIP, one after the other.

    ``answers``: those of a form that asks :func:`held_field`.
    """
    others = [lb for lb in lbs if lb is not owner]
    lanes: list[Lane] = [(_daemon(owner, "MASTER", settle_s),)]
    lanes += [(_lets_go(lb, owner, settle_s),) for lb in others]
    witness = _witness(ground, owner)
    if witness is not None:
        if owner.mac and ":" not in owner.vip.address:
            lanes.append((_arp(witness, owner, settle_s),))
        lanes.append((_answers(witness, owner, settle_s),))
    lanes.append((_held(owner, int(answers["hold"])),))
    lanes += [(_stays_away(lb),) for lb in others]
    return tuple(lanes)


def _daemon(lb: Lb, wanted: str, settle_s: float) -> Step:
    script = (
        f"{state_of(lb.instance.name)}"
        f'now=$(state); [ "$now" = {wanted} ] && {holds(lb.vip.address)} && exit 0\n'
        f'echo "keepalived on {lb.name} says ${{now:-nothing}}" >&2; exit 1\n'
    )
    return look(
        lb.name,
        note("keepalived and the kernel of {host}: {state}", host=lb.name, state=wanted),
        note("Its own word (the dump that SIGUSR1 makes it write), and the address beside it."),
        script,
        id="proof by daemon",
        root=True,
        settle_s=settle_s,
    )


def _lets_go(lb: Lb, owner: Lb, settle_s: float) -> Step:
    vip = lb.vip.address
    return look(
        lb.name,
        note("The kernel of {host} does not have the VIP", host=lb.name),
        note("One owner: two would answer for the same address."),
        f"{holds(vip)} || exit 0\necho '{lb.name} holds {vip} as well' >&2; exit 1\n",
        id="proof by kernel",
        settle_s=settle_s,
        way_on=note("It does not hear {owner}: see the diagnosis for why.", owner=owner.name),
    )


def _witness(ground: Ground, owner: Lb) -> HostFacts | None:
    """Return a third host that speaks the VIP's IP version, else another LB."""
    family = ip_address(owner.vip.address).version
    for host in (*ground.cluster.webs, *ground.cluster.lbs):
        facts = ground.facts.hosts.get(host.name)
        if facts is None or host.name == owner.name:
            continue
        own = [ip_address(one.address) for one in facts.addresses]
        if any(ip.version == family and not (ip.is_loopback or ip.is_link_local) for ip in own):
            return facts
    return None


def _arp(witness: HostFacts, owner: Lb, settle_s: float) -> Step:
    vip = owner.vip.address
    # It has to ask first: a neighbour that was never used is in nobody's table. Where the VIP is
    # behind a router there is no entry, and nothing to be stale.
    script = (
        f"ping -c 1 -W 1 {vip} >/dev/null 2>&1\n"
        f"said=$(ip neigh show {vip} | sed -n 's/.* lladdr \\([^ ]*\\).*/\\1/p' | head -n 1)\n"
        f'[ -z "$said" ] || [ "$said" = {quote((owner.mac or "").lower())} ] && exit 0\n'
        f'echo "{witness.host} sends to $said, which is not {owner.name}" >&2; exit 1\n'
    )
    return look(
        witness.host,
        note("{witness} sends the VIP's traffic to {owner}", witness=witness.host,
             owner=owner.name),
        note("What a third host has learnt: its neighbour table, after it asked."),
        script,
        id="proof by ARP",
        settle_s=settle_s,
        way_on=note("Run recover-stale-arp; a router or switch may keep what it learnt longer."),
    )  # fmt: skip


def _answers(witness: HostFacts, owner: Lb, settle_s: float) -> Step:
    url = owner.vip.url
    return look(
        witness.host,
        note("{url} answers {host}, five times in a row", url=url, host=witness.host),
        note("Clients are served, seen from another host."),
        f"{ASK}i=0; while [ $i -lt 5 ]; do ask {quote(url)} || exit 1; i=$((i+1)); done\n",
        id=f"proof by answers {owner.vip.address}",
        settle_s=settle_s,
    )


def _held(owner: Lb, held_s: int) -> Step:
    script = (
        f"i=0; while [ $i -lt {held_s * 2} ]; do\n  {holds(owner.vip.address)} || "
        f"{{ echo '{owner.name} lost the VIP again' >&2; exit 1; }}\n"
        "  sleep 0.5; i=$((i+1))\ndone\n"
    )
    step = look(
        owner.name,
        note("{host} keeps the VIP for {s} s", host=owner.name, s=held_s),
        note("A pair that flaps looks well now and then."),
        script,
        id="proof that it holds",
        settle_s=0.0,
    )
    assert step.verify is not None  # noqa: S101 - a look has one
    return replace(step, verify=replace(step.verify, timeout_s=held_s * 1.5 + 20))


def _stays_away(lb: Lb) -> Step:
    vip = lb.vip.address
    return look(
        lb.name,
        note("{host} stays without the VIP", host=lb.name),
        note("Asked again after that time."),
        f"{holds(vip)} || exit 0\necho '{lb.name} took {vip} again' >&2; exit 1\n",
        id="proof that it stays away",
        settle_s=0.0,
    )
