"""``partition``: no LB hears the others any more, although each goes on.

Dropped before connection tracking (priority ``raw``, -300): a rule after it would be passed by
where replies are let in, as with unicast. A table of its own stands beside firewalld's and is not
touched by ``firewall-cmd --reload``. Where nft is missing, iptables' table ``raw`` takes the rule;
the table itself stays there empty, as after anybody's look at it (tried with iptables 1.8.9, both
its kinds).
"""

from __future__ import annotations

from haconsole.domain.notes import note

from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import runs

_TABLE = "inet haconsole_drill"
_RULE = "PREROUTING -p 112 -m comment --comment haconsole-drill -j DROP"
_CAN = """\
command -v nft >/dev/null || command -v iptables >/dev/null \\
  || fail "neither nft nor iptables is here: nothing can drop VRRP"
"""
_STAGE = f"""\
if command -v nft >/dev/null && {{ nft add table {_TABLE} && nft add chain {_TABLE} pre \\
    '{{ type filter hook prerouting priority -300 ; policy accept ; }}'; }} 2>"$D/said"
then echo nft >"$D/tool"
elif command -v iptables >/dev/null && iptables -w -t raw -S PREROUTING >/dev/null 2>"$D/said"
then nft delete table {_TABLE} 2>/dev/null; echo iptables >"$D/tool"
else fail "no table can be made that drops VRRP: $(tail -n 1 "$D/said")"; fi
"""
_MAKE = f"""\
if [ "$(cat "$D/tool")" = nft ]
then nft add rule {_TABLE} pre meta l4proto 112 counter drop
else
  ! command -v ip6tables >/dev/null || ip6tables -w -t raw -I {_RULE} 2>/dev/null
  iptables -w -t raw -I {_RULE}
fi || fail "the rule that drops VRRP could not be made"
"""
_UNDO = f"""\
nft delete table {_TABLE} 2>/dev/null
! nft list table {_TABLE} >/dev/null 2>&1 || fail "the table {_TABLE} could not be deleted"
if [ "$(cat "$D/tool" 2>/dev/null)" = iptables ]; then
  for x in iptables ip6tables; do
    while $x -w -t raw -D {_RULE} 2>/dev/null; do :; done
    ! $x-save -t raw 2>/dev/null | grep -q haconsole-drill || fail "$x still drops VRRP"
  done
fi
"""
_LEFT = f"""\
! nft list table {_TABLE} >/dev/null 2>&1 || fail "the table {_TABLE} is still there"
for x in iptables ip6tables; do
  ! $x-save 2>/dev/null | grep -q haconsole-drill || fail "$x still drops VRRP"
done
"""
#: How much more than an advert the second LB is deaf.
_LATER_S = 1.0


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on every LB.

    Where the prediction wants one of them to hear first, the others follow more than an advert
    later: by pause in the orderly undo, by their own limits where the nodes do it.
    """
    made = []
    later = scene.advert_s() + _LATER_S
    first = scene.prediction.undo_first
    for host in scene.lbs:
        unit = scene.need_unit(host, KEEPALIVED)
        waits = later if first is not None and host != first else 0.0
        made.append(
            Fault(
                host=host,
                title=note("Drop VRRP on {host}", host=host),
                can=runs(unit) + _CAN,
                capture=runs(unit) + _CAN,
                stage=_STAGE,
                make=_MAKE,
                undo=_UNDO,
                left=_LEFT,
                limit_s=scene.ask.limit_s + waits,
                pause_s=waits,
            )
        )
    return tuple(made)
