"""``nginx-broken`` and ``check-fail``: files that the drills break, mended by the learner first."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.faults import check_fail
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.scene import NGINX
from haconsole.procedures.drill.faults.shell import OTHER, runs, start, stop

from .drills import mild
from .exchange import EXCHANGE
from .kind import Broken

#: nginx(8): ``-t`` names the file that it read. Links are followed: the file itself is exchanged.
_FIND = """\
said=$(nginx -t 2>&1) || fail "nginx -t: $(printf '%s\\n' "$said" | head -n 1)"
C=$(printf '%s\\n' "$said" | sed -n 's/.*configuration file \\(.*\\) test is successful.*/\\1/p')
C=$(readlink -f "$C") && [ -f "$C" ] || fail "nginx does not say which configuration it reads"
"""
_STAGE = f"""\
{_FIND}cp -a "$C" "$C{OTHER}" && printf '}}\\n' >>"$C{OTHER}" \\
  || fail "$C cannot be copied beside itself"
printf '%s\\n' "$C" >"$D/conf.path"
"""
_MAKE = f"""\
{EXCHANGE}read -r C <"$D/conf.path"; put "$C" conf || fail "$C could not be exchanged"
"""
_UNDO = f"""\
{EXCHANGE}give_back conf || fail "nginx's configuration could not be put back"
rm -f "$D/given"
"""
#: A script is exchanged as a file; which ones the drill found is in ``$D/scripts``.
_MAKE_CHECKS = f"""\
{EXCHANGE}n=0
while read -r p; do
  n=$((n+1)); put "$p" "script$n" || fail "$p could not be exchanged"
done <"$D/scripts"
"""
_UNDO_CHECKS = f"""\
{EXCHANGE}n=0
[ ! -e "$D/scripts" ] || while read -r p; do
  n=$((n+1)); give_back "script$n" || fail "$p could not be put back"
  rm -f "$p{OTHER}"
done <"$D/scripts"
rm -f "$D/given"
"""


def break_nginx(broken: Broken) -> tuple[Fault, ...]:
    """Return what stops nginx and gives it a configuration with a brace too many."""
    made = []
    for host in broken.hosts:
        unit = broken.scene(host).need_unit(host, NGINX)
        fault = Fault(
            host=host,
            title=note("Break nginx"),
            can=runs(unit) + _FIND,
            capture=runs(unit) + _FIND,
            stage=_STAGE,
            make=_MAKE + stop(unit),
            undo=_UNDO + start(unit),
            limit_s=broken.limit_s,
        )
        made.append(mild(fault, broken.limit_s))
    return tuple(made)


def fail_checks(broken: Broken) -> tuple[Fault, ...]:
    """Return what lets every check of the VIP say no."""
    return tuple(
        replace(
            mild(fault, broken.limit_s),
            make=_MAKE_CHECKS,
            undo=_UNDO_CHECKS,
            left="",
        )
        for host in broken.hosts
        for fault in check_fail.faults(broken.scene(host, Scenario.CHECK_FAIL))
    )
