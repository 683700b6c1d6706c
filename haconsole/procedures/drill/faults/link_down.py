"""``link-down``: the VIP's interface is set down; what the kernel forgets then is put back.

Setting an interface down loses its routes, and its IPv6 addresses (ip-sysctl, keep_addr_on_down);
IPv4 addresses stay. What the kernel, a router's advertisement or keepalived itself puts there
comes back by itself. The console may be cut off: then the timer on the node is the way back.

VLANs on the interface go down and come up with it (net/8021q/vlan.c, NETDEV_DOWN), and lose what
nobody here puts back: a default route, perhaps. So where there are any, it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.notes import note
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.steps.shell import quote
from haconsole.words import t

from .fault import Fault
from .scene import KEEPALIVED, Scene, every_vip
from .shell import runs

#: Seconds beyond the limit that a link may take to be found again (retries come up to 15 s apart).
_BEYOND_S = 120.0
_CAN = """\
ip -o link show dev {interface} 2>/dev/null | grep -q '[<,]UP[,>]' || fail "{interface} is not up"
"""
#: Those that are bound loosely stay up; keepalived's own (use_vmac) are no VLANs.
_NO_VLANS = """\
vlans=$(ip -o -d link show | while read -r n name rest; do
  case $name in *@{interface}:) ;; *) continue ;; esac
  case " $rest " in
  *LOOSE_BINDING*) ;;
  *" vlan protocol "*|*" vlan id "*) printf '%s ' "${{name%@*}}" ;;
  esac
done)
[ -z "$vlans" ] || fail "{interface} carries the VLANs ${{vlans% }} too: they would lose their \
routes, which nobody puts back (--force does it all the same)"
"""
_CAPTURE = """\
ip -o -6 address show dev {interface} | while read -r n dev family address rest; do
  case " $rest " in *" dynamic "*|*" temporary "*) continue ;; esac
  case " {vips} " in *" ${{address%/*}} "*) continue ;; esac
  flags=
  for flag in nodad noprefixroute; do
    case " $rest " in *" $flag "*) flags="$flags $flag" ;; esac
  done
  echo "$address$flags"
done >"$D/addresses" || fail "$D cannot be written"
for family in 4 6; do
  ip -o -$family route show table all dev {interface} | while read -r route; do
    case " $route " in *" proto kernel "*|*" proto ra "*|*" proto keepalived "*|*" proto 18 "*)
      continue ;; *" expires "*|*" nexthop "*|*" cache "*) continue ;; esac
    said=
    for word in $route; do
      case $word in linkdown|dead) ;; *) said="$said $word" ;; esac
    done
    echo "$family$said"
  done
done >"$D/routes" || fail "$D cannot be written"
"""
_UNDO = """\
[ -e "$D/broken" ] || return 0
ip link set dev {interface} up || fail "{interface} could not be set up"
# sh splits what was kept into words on purpose.
while read -r address flags; do
  ip -o -6 address show dev {interface} | grep -q -F " $address " \\
    || ip -6 address add "$address" dev {interface} $flags || fail "$address could not be put back"
done <"$D/addresses"
# Twice: a route may lead over another one.
for again in 1 2; do
  missing=
  while read -r family route; do
    ip -$family route replace $route dev {interface} 2>"$D/said" || missing="$route"
  done <"$D/routes"
done
[ -z "$missing" ] || fail "the route $missing could not be put back: $(tail -n 1 "$D/said")"
"""


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit."""
    host = scene.lb()
    unit = scene.need_unit(host, KEEPALIVED)
    interface = scene.interface(host)
    others = sorted(set(_others(scene, host, interface)))
    if others and not scene.ask.force:
        raise ProcedureError(
            t(
                "{interface} on {host} carries {others} too, which this drill is not about: they "
                "would go as well (--force does it all the same).",
                interface=interface,
                host=host,
                others=", ".join(others),
            )
        )
    can = _CAN if scene.ask.force else _CAN + _NO_VLANS
    words = {"interface": quote(interface), "vips": " ".join(scene.all_vips(host))}
    return (
        Fault(
            host=host,
            title=note("Set {interface} down", interface=interface),
            can=runs(unit) + can.format(**words),
            capture=runs(unit) + can.format(**words) + _CAPTURE.format(**words),
            make=f'ip link set dev {words["interface"]} down || fail "{interface} stays up"\n',
            undo=_UNDO.format(**words),
            left=_CAN.format(**words),
            limit_s=scene.ask.limit_s,
            patience_s=scene.ask.limit_s + _BEYOND_S,
        ),
    )


def _others(scene: Scene, host: str, interface: str) -> Iterator[str]:
    """Yield the VIPs on the interface that are not this cluster's."""
    own = {vip.address for vip in scene.ground.cluster.vips}
    here = {a.address for a in scene.facts(host).addresses if a.interface == interface}
    for cluster in scene.ground.site.clusters:
        yield from (vip.address for vip in cluster.vips if vip.address in here - own)
    for instance in scene.conf(host).instances:
        for vip in every_vip(instance):
            if (vip.interface or instance.interface) == interface and vip.address not in own:
                yield vip.address
