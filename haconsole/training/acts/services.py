"""Services and the firewall, as one types it on a node."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers
from haconsole.procedures.plan import Lane
from haconsole.procedures.steps.shell import WHY, changes, quote, reads
from haconsole.words import t

from .act import Act, host_of, one_step
from .kept import KEEP, NOTE_FIREWALLD, VRRP_RULE
from .wayin import still_in

_DOES = ("start", "stop", "restart", "reload", "enable", "disable")
_UNITS = ("keepalived", "nginx", "firewalld")
_PROOF = {
    "start": "systemctl -q is-active {unit} || exit 1",
    "restart": "systemctl -q is-active {unit} || exit 1",
    "reload": "systemctl -q is-active {unit} || exit 1",
    "stop": "! systemctl -q is-active {unit} || exit 1",
    "enable": "systemctl -q is-enabled {unit} || exit 1",
    "disable": "! systemctl -q is-enabled {unit} || exit 1",
}


def _service(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    host, unit, does = host_of(ground, answers), answers["unit"], answers["do"]
    if unit not in _UNITS or does not in _DOES:
        raise ProcedureError(
            t("service: unit is one of {units}, do is one of {does}.", units=", ".join(_UNITS),
              does=", ".join(_DOES))
        )  # fmt: skip
    name = quote(unit)
    script = (
        f"{NOTE_FIREWALLD if unit == 'firewalld' else ''}"
        f"{WHY}systemctl reset-failed {name} 2>/dev/null\n"
        f"said=$(systemctl {does} {name} 2>&1) && exit 0\n"
        f'why=$(why {name}); echo "{unit}: ${{why:-$said}}" >&2; exit 1\n'
    )
    proof = reads(f"is it so: {does} {unit}", _PROOF[does].format(unit=name))
    again = does in ("restart", "reload")
    return (
        one_step(
            host,
            note("systemctl {does} {unit}", does=does, unit=unit),
            note("What one types on the node."),
            changes(f"{does} {unit}", script, timeout_s=60.0),
            check=None if again else proof,
            verify=proof,
        ),
    )


def _may_serve(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    """Look whether a firewalld that starts, or reads its rules anew, keeps nobody out."""
    if answers["unit"] != "firewalld" or answers["do"] in ("stop", "disable"):
        return ()
    return ((still_in(host_of(ground, answers), runs_may=answers["do"] == "start"),),)


_START = f"""\
command -v firewall-cmd >/dev/null || {{ echo "firewalld is not installed here" >&2; exit 1; }}
{NOTE_FIREWALLD}systemctl -q is-active firewalld || systemctl start firewalld || exit 1
"""
#: firewalld as the tutorial leaves it: its zone's default lets no VRRP in.
_NO_VRRP = f"""\
{_START}firewall-cmd -q --remove-protocol=vrrp 2>/dev/null
firewall-cmd --list-rich-rules | grep -i vrrp | while read -r rule; do
  firewall-cmd -q --remove-rich-rule="$rule"
done
exit 0
"""
_WITH_VRRP = f"""\
{_START}{KEEP}rule='{VRRP_RULE}'
firewall-cmd -q --permanent --query-rich-rule="$rule" || {{
  zone=$(firewall-cmd --get-default-zone) || fail "firewalld does not answer"
  zone=/etc/firewalld/zones/$zone.xml
  keep "$zone"; keep "$zone.old"
  firewall-cmd -q --permanent --add-rich-rule="$rule" || fail "firewalld does not take its rule"
  wrote "$zone"; wrote "$zone.old"
}}
firewall-cmd -q --add-rich-rule="$rule"
"""


def _firewalld(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    allowed = answers.get("vrrp", "no") in ("yes", "true")
    title = (
        note("firewalld runs, and lets VRRP in")
        if allowed
        else note("firewalld runs, and nobody told it of VRRP")
    )
    command = changes("start firewalld", _WITH_VRRP if allowed else _NO_VRRP, timeout_s=60.0)
    reason = note("As `systemctl start firewalld` leaves it where no rule names VRRP.")
    return tuple(one_step(host, title, reason, command) for host in _where(ground, answers))


def _may_start(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    return tuple((still_in(host, runs_may=True),) for host in _where(ground, answers))


def _where(ground: Ground, answers: Answers) -> list[str]:
    if answers.get("host", "both") == "both":
        return [lb.name for lb in ground.cluster.lbs]
    return [host_of(ground, answers)]


ACTS = (
    Act("service", note("A service, by hand"), {"host": True, "unit": True, "do": True}, _service,
        _may_serve),
    Act("firewalld", note("Start firewalld"), {"host": False, "vrrp": False}, _firewalld,
        _may_start),
)  # fmt: skip
