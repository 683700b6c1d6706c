"""Faults of the network: VRRP not let in, an address left behind, a MAC that is not the owner's."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.faults import link_down
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.scene import KEEPALIVED, Scene
from haconsole.procedures.drill.faults.shell import runs, start, stop
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.steps.shell import quote
from haconsole.words import t

from .drills import mild
from .kind import Broken, by_priority

_RULE = 'rule protocol value="vrrp" accept'
#: As ``firewall-cmd`` has them: what lets VRRP in, as a rich rule or as a protocol.
_ENTRIES = f"'rich-rule={_RULE}' protocol=vrrp"
_LETS_IN = f"""\
systemctl -q is-active firewalld || fail "firewalld does not run here, so there is no rule that \\
could be taken from it: start it first"
lets=; for e in {_ENTRIES}; do
  firewall-cmd -q "--query-$e" 2>/dev/null && lets="$lets $e"
done
[ -n "$lets" ] || fail "firewalld does not let VRRP in here as it is: nothing is to be taken"
"""
_KEEP_RULES = f"""\
for e in {_ENTRIES}; do
  ! firewall-cmd -q "--query-$e" 2>/dev/null || printf '%s\\n' "$e"
done >"$D/rules" || fail "$D cannot be written"
"""
#: At runtime alone: what is written down stays, and is there again after a reload.
_BLOCK = """\
while read -r e; do
  firewall-cmd -q "--remove-$e" || fail "firewalld does not take its rule away"
done <"$D/rules"
"""
_LET_IN = """\
if [ -e "$D/rules" ] && systemctl -q is-active firewalld; then
  while read -r e; do
    firewall-cmd -q "--query-$e" 2>/dev/null || firewall-cmd -q "--add-$e" \\
      || fail "firewalld does not take its rule back"
  done <"$D/rules"
fi
"""
#: An address of a keepalived that does not run is nobody's; of one that runs, its own.
_DROP = """\
if ! systemctl -q is-active {unit}; then
  ip -o address show | while read -r n dev family address rest; do
    case $address in {vip}/*) ip address del "$address" dev "$dev" ;; esac
  done
fi
"""
_HAS_OTHER = "ip -o neighbour show {vip} dev {dev} | grep -q -i {mac}"
#: Seconds after which a new owner has announced the VIP for the second time and is silent
#: (keepalived.conf(5): vrrp_garp_master_delay is 5); until then it may be corrected.
_ANNOUNCED_S = 6
#: Without the fault's folder ($1) there is no undo any more, and nobody would set it up again.
DOWN = '[ ! -e "$1/broken" ] || [ -e "$1/undone" ] || ip link set dev "$2" down'
#: Seconds until a link goes down: whoever ordered it hears first that it is done.
_SOON_S = 2
#: How long a link stays down: nobody can mend what nobody can reach.
LINK_DOWN_S = 90.0
#: How much more than an advert the other LBs are deaf.
_LATER_S = 1.0


def block_vrrp(broken: Broken) -> tuple[Fault, ...]:
    """Return what takes VRRP from firewalld's rules; the highest priority hears again first."""
    made = []
    for number, host in enumerate(broken.hosts):
        scene = broken.scene(host)
        unit = scene.need_unit(host, KEEPALIVED)
        waits = (scene.advert_s() + _LATER_S) if number else 0.0
        made.append(
            Fault(
                host=host,
                title=note("Let no VRRP in on {host}", host=host),
                can=runs(unit) + _LETS_IN,
                capture=runs(unit) + _LETS_IN + _KEEP_RULES,
                make=_BLOCK,
                undo=_LET_IN,
                limit_s=broken.limit_s + waits,
                pause_s=waits,
            )
        )
    return tuple(made)


def leave_ghost(broken: Broken) -> tuple[Fault, ...]:
    """Return what stops keepalived and leaves the VIP in the kernel."""
    made = []
    for host in broken.hosts:
        scene = broken.scene(host)
        unit = scene.need_unit(host, KEEPALIVED)
        interface, vip = quote(scene.interface(host)), scene.ask.vip
        drop = _DROP.format(unit=unit, vip=vip)
        bits = _bits(scene, host)
        fault = Fault(
            host=host,
            title=note("Leave {vip} on {host} without its keepalived", vip=vip, host=host),
            can=runs(unit),
            capture=runs(unit),
            make=stop(unit) + f"ip address replace {vip}/{bits} dev {interface} || "
            f'fail "{vip} could not be left here"\n',
            undo=drop + start(unit),
            limit_s=broken.limit_s,
        )
        made.append(mild(fault, broken.limit_s))
    return tuple(made)


def _bits(scene: Scene, host: str) -> int:
    """Return the prefix length with which keepalived has the VIP."""
    listed = next(
        (v.prefix for v in scene.router(host).instance.vips if v.address == scene.ask.vip), None
    )
    return listed or scene.vip.prefix or (128 if ":" in scene.ask.vip else 32)


def stale_arp(broken: Broken) -> tuple[Fault, ...]:
    """Return what lets third hosts know the VIP by the MAC of an LB that does not have it."""
    ground, vip = broken.ground, broken.scene("").ask.vip
    order = by_priority(ground)
    holders = [
        lb for lb in order if any(a.address == vip for a in broken.scene("").facts(lb).addresses)
    ]
    other = next((lb for lb in order if lb not in holders), None)
    if len(holders) != 1 or other is None:
        raise ProcedureError(
            t("{vip} is on {hosts}: a stale entry is about one owner, and an LB that is not.",
              vip=vip, hosts=", ".join(holders) or t("no LB"))
        )  # fmt: skip
    scene = broken.scene(other)
    interface = scene.interface(other)
    mac = next((i.mac for i in scene.facts(other).interfaces if i.name == interface), None)
    if not mac:
        raise ProcedureError(
            t("{interface} of {host} has no MAC.", interface=interface, host=other)
        )
    return tuple(_stale(broken, host, vip, mac, other) for host in broken.hosts)


def _stale(broken: Broken, host: str, vip: str, mac: str, other: str) -> Fault:
    # Whichever interface leads there from here.
    find = (
        f"dev=$(ip -o route get {vip} 2>/dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')\n"
        f'[ -n "$dev" ] || fail "no way leads to {vip} from here"\n'
    )
    has = _HAS_OTHER.format(vip=vip, dev='"$dev"', mac=mac)
    return Fault(
        host=host,
        title=note("{host} takes {vip} to be at {other}", host=host, vip=vip, other=other),
        can=find,
        capture=find,
        make=f"""\
{find}i=0
while [ $i -lt {_ANNOUNCED_S} ]; do
  {has} || ip neighbour replace {vip} lladdr {mac} dev "$dev" nud stale \\
    || fail "the neighbour table does not take it"
  sleep 1; i=$((i+1))
done
""",
        # Whoever was told better by the owner keeps that.
        undo=f'{find}! {has} || ip neighbour del {vip} dev "$dev"\n',
        left=f'{find}! {has} || fail "{vip} is still taken to be at {mac}"\n',
        limit_s=broken.limit_s,
    )


def pull_link(broken: Broken) -> tuple[Fault, ...]:
    """Return the drill's ``link-down``, a moment later: the console hears first that it is so."""
    made = []
    for host in broken.hosts:
        scene = broken.scene(host, Scenario.LINK_DOWN)
        interface = quote(scene.interface(host))
        (fault,) = link_down.faults(scene)
        later = (
            f"systemd-run -q --on-active={_SOON_S}s --timer-property=AccuracySec=100ms "
            f'/bin/sh -c {quote(DOWN)} sh "$D" {interface} '
            f'|| fail "{interface} stays up"\n'
        )
        made.append(replace(mild(fault, broken.limit_s), make=later))
    return tuple(made)
