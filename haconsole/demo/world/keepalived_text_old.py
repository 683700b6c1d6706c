"""What keepalived 1.3.5 writes on SIGUSR1 (``vrrp_print.c``): no effective priority in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from haconsole.domain.daemon import VrrpState

from .checks import Check
from .spec import InstanceSpec, VipSpec
from .vrrp import Instance

_GARPS = """\
   Gratuitous ARP delay = {delay:.0f}
   Gratuitous ARP repeat = {repeat}
   Gratuitous ARP refresh = 0
   Gratuitous ARP refresh repeat = 1
   Gratuitous ARP lower priority delay = 5
   Gratuitous ARP lower priority repeat = 5
   Send advert after receive lower priority advert = true
   Send advert after receive higher priority advert = false"""


def dump(instances: Sequence[Instance], checks: Sequence[Check]) -> str:
    """Return the text of SIGUSR1."""
    lines = ["------< VRRP Topology >------"]
    for one in instances:
        lines += _instance(one, checks)
    return "".join(f"{line}\n" for line in lines)


def _instance(one: Instance, checks: Sequence[Check]) -> Iterator[str]:
    spec = one.spec
    when = datetime.fromtimestamp(one.last_transition, UTC)
    yield f" VRRP Instance = {spec.name}"
    yield f" VRRP Version = {spec.version}"
    yield f"   State = {one.state}"
    if one.state is VrrpState.BACKUP:
        yield f"   Master router = {one.master_source or '0.0.0.0'}"  # noqa: S104 - what it prints
        yield f"   Master priority = {one.master_priority}"
    stamp = f"{when:%a %b} {when.day:2d} {when:%H:%M:%S %Y}"
    yield f"   Last transition = {one.last_transition:.0f} ({stamp})"
    yield f"   Listening device = {spec.interface}"
    yield f"   Using src_ip = {spec.source}"
    yield _GARPS.format(delay=spec.garp_delay_s, repeat=spec.garp_repeat)
    yield f"   Virtual Router ID = {spec.vrid}"
    yield f"   Priority = {spec.priority}"
    yield "   Advert interval = " + (
        f"{spec.advert_int_s:.0f} sec"
        if spec.version == 2
        else f"{spec.advert_int_s * 1000:.0f} milli-sec"
    )
    yield "   Accept = enabled"
    yield f"   Preempt = {'disabled' if spec.nopreempt else 'enabled'}"
    yield "   Promote_secondaries = disabled"
    if spec.preempt_delay_s:
        yield f"   Preempt delay = {spec.preempt_delay_s:.0f} secs"
    yield from _authentication(spec)
    yield from _scripts(spec, checks)
    for title, vips in (("Virtual IP", spec.vips), ("Virtual IP Excluded", spec.excluded)):
        if vips:
            yield f"   {title} = {len(vips)}"
            yield from map(_vip, vips)


def _authentication(spec: InstanceSpec) -> Iterator[str]:
    names = {0: "none", 1: "SIMPLE_PASSWORD", 2: "IPSEC_AH"}
    yield f"   Authentication type = {names[spec.auth_type]}"
    if spec.auth_type == 1:
        yield f"   Password = {spec.password[:8]}"


def _scripts(spec: InstanceSpec, checks: Sequence[Check]) -> Iterator[str]:
    if not spec.tracks:
        return
    yield f"   Tracked scripts = {len(spec.tracks)}"
    by_name = {check.spec.name: check for check in checks}
    for name, weight in spec.tracks:
        check = by_name.get(name)
        if check is None:
            continue
        of = check.spec
        yield f" VRRP Script = {of.name}"
        yield f"   Command = {of.script}"
        yield f"   Interval = {of.interval_s:.0f} sec"
        yield f"   Weight = {of.weight}"
        yield f"   Rise = {of.rise}"
        # So it is spelled.
        yield f"   Full = {of.fall}"
        yield "   Insecure = no"
        yield f"   Status = {check.status}"
        yield f"   Interface weight {weight}"


def _vip(vip: VipSpec) -> str:
    label = f" label {vip.label}" if vip.label else ""
    return f"     {vip.address}/{vip.prefix} dev {vip.device} scope global{label}"
