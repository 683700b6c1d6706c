"""keepalived.conf of an LB (keepalived.conf(5), 1.3.5 to 2.4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from .header import managed
from .pair import CheckSettings, LbSettings, PairSettings, VipSettings

#: The names of the instances, by address family.
INSTANCES = {4: "VI_1", 6: "VI_6"}
#: The first version that knows ``enable_script_security`` and ``script_user``.
_SCRIPT_SECURITY = (1, 3)


def keepalived_conf(
    pair: PairSettings, host: str, *, running: tuple[int, ...] | None = None
) -> str:
    """Return the keepalived.conf of one LB.

    ``running`` is the version of the keepalived that will read it, ``None`` when nobody knows:
    then it is taken for one of those that are about (1.3.5 and later).
    """
    lb = pair.lb(host)
    blocks = [_globals(pair, lb, running)]
    if pair.check is not None:
        blocks.append(_script(pair.check))
    blocks += [
        _instance(pair, lb, family, vips) for family in (4, 6) if (vips := pair.of_family(family))
    ]
    return managed("\n".join(blocks))


def _globals(pair: PairSettings, lb: LbSettings, running: tuple[int, ...] | None) -> str:
    lines = [f"router_id {lb.name}"]
    if running is None or running >= _SCRIPT_SECURITY:
        lines += ["enable_script_security", f"script_user {pair.script_user}"]
    if pair.garp_refresh_s:
        lines.append(f"vrrp_garp_master_refresh {pair.garp_refresh_s}")
    if pair.version == 3:
        lines.append("vrrp_version 3")
    return _block("global_defs", lines)


def _script(check: CheckSettings) -> str:
    means = (
        "Weight 0: a failed check means FAULT,\n# which hands the address over at once."
        if check.weight == 0
        else "The weight\n# changes the priority: below the other's, the address goes over."
    )
    lines = [
        f'script "{check.script}"',
        f"interval {check.interval_s}",
        f"timeout {check.timeout_s}",
        f"weight {check.weight}",
        f"fall {check.fall}",
        f"rise {check.rise}",
    ]
    comment = f"# One look, then an answer: the daemon asks again by itself. {means}\n"
    return comment + _block(f"vrrp_script {check.name}", lines)


def _instance(
    pair: PairSettings, lb: LbSettings, family: int, vips: tuple[VipSettings, ...]
) -> str:
    lines = [
        f"state {lb.state}",
        f"interface {lb.interface}",
        f"virtual_router_id {pair.vrid}",
        f"priority {lb.priority}",
        f"advert_int {pair.advert_int_s:g}",
    ]
    if family == 6:
        lines.append("version 3")
    if not pair.preempt:
        lines.append("nopreempt")
    elif pair.preempt_delay_s:
        lines.append(f"preempt_delay {pair.preempt_delay_s:g}")
    if pair.password is not None:
        lines += _inner("authentication", ["auth_type PASS", f"auth_pass {pair.password}"])
    if pair.unicast:
        lines += _unicast(pair, lb, family)
    lines += _inner("virtual_ipaddress", [vip.text for vip in vips])
    if pair.check is not None:
        lines += _inner("track_script", [pair.check.name])
    return _block(f"vrrp_instance {INSTANCES[family]}", lines)


def _unicast(pair: PairSettings, lb: LbSettings, family: int) -> Iterator[str]:
    sources = {one.host: one.source if family == 4 else one.source6 for one in pair.lbs}
    yield f"unicast_src_ip {sources.pop(lb.host)}"
    yield from _inner("unicast_peer", list(sources.values()))


def _inner(name: str, lines: list[str]) -> list[str]:
    return _block(name, lines).splitlines()


def _block(name: str, lines: list[str]) -> str:
    return "\n".join([f"{name} {{", *(f"    {line}" for line in lines), "}", ""])
