"""The steps that recoveries are made of. Each has a check, so one that is so already is skipped."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.domain.verdict import KEEPALIVED
from haconsole.procedures.plan import Step
from haconsole.procedures.recover.shell import announce, drop, holds, somebody_else
from haconsole.procedures.recover.standing import Lb
from haconsole.procedures.steps.shell import WHY, changes, quote, reads

#: Beyond the timers: starting, reading the file, the first run of the checks.
_SLACK_S = 8


def quiet(lb: Lb, survivor: Lb) -> Step:
    """Return the step after which an LB neither runs keepalived nor holds the VIP.

    It begins as the first of all: from here on clients reach the survivor alone. A frozen daemon
    gets SIGCONT from systemd, after its SIGTERM, so that it can end (systemd.kill(5)).
    """
    vip = lb.vip.address
    do = (
        "systemctl stop keepalived\n"
        "systemctl -q is-active keepalived && { echo 'keepalived did not stop' >&2; exit 1; }\n"
        f"{drop(vip)}"
        f"{holds(vip)} && {{ echo 'the kernel still has {vip}' >&2; exit 1; }}\nexit 0\n"
    )
    check = (
        "case $(systemctl is-active keepalived) in active|activating|deactivating) exit 1;; esac\n"
        f"{holds(vip)} && exit 1\nexit 0\n"
    )
    return Step(
        id=f"quiet keepalived@{lb.name}",
        title=note("{host} gives the VIP up", host=lb.name),
        reason=note(
            "keepalived there stands still until the cause is gone; {survivor} alone answers for "
            "{vip} meanwhile.",
            survivor=survivor.name,
            vip=vip,
        ),
        host=lb.name,
        do=changes("stop keepalived", do),
        check=reads("is the VIP given up", check),
        undo=changes("start keepalived", "systemctl start keepalived"),
        expected_s=2.0,
        way_on=note("Look there: systemctl status keepalived; ip address show."),
        closed_by=f"let in@{lb.name}" if lb is not survivor else "",
    )


def drop_ghost(lb: Lb) -> Step:
    """Return the step that takes an address away that a dead keepalived left behind."""
    vip = lb.vip.address
    do = (
        "systemctl -q is-active keepalived && exit 0\n"
        f"{drop(vip)}{holds(vip)} && {{ echo 'the kernel still has {vip}' >&2; exit 1; }}\nexit 0\n"
    )
    check = f"systemctl -q is-active keepalived && exit 0\n{holds(vip)} && exit 1\nexit 0\n"
    return Step(
        id=f"drop ghost@{lb.name}",
        title=note("The VIP that is left behind on {host} goes", host=lb.name),
        reason=note(
            "No keepalived runs there that would ever take {vip} away; clients that still send "
            "there are not where the pair thinks they are.",
            vip=vip,
        ),
        host=lb.name,
        do=changes("take the VIP away", do),
        check=reads("is the VIP left behind", check),
        expected_s=1.0,
    )


def link_up(lb: Lb) -> Step | None:
    """Return the step that sets the VIP's interface up; ``None`` where it is not known."""
    if not lb.interface:
        return None
    name = quote(lb.interface)
    return Step(
        id=f"link up@{lb.name}",
        title=note("{interface} on {host} is up", interface=lb.interface, host=lb.name),
        reason=note("keepalived is in FAULT while its interface is down."),
        host=lb.name,
        do=changes("set the link up", f"ip link set {name} up\nsleep 1\n"),
        check=reads("is the link up", f"ip -o link show {name} | grep -q '[<,]UP[,>]' || exit 1"),
        verify=reads("is the link up", f"ip -o link show {name} | grep -q '[<,]UP[,>]'"),
        settle_s=5.0,
        expected_s=1.5,
    )


def nginx_up(host: str, *, restart: bool = False) -> Step:
    """Return the step after which nginx runs; ``restart``: also where it runs already."""
    test = (
        'said=$(nginx -t 2>&1) || { printf "%s\\n" "$said" | grep -m 1 emerg | '
        "sed 's/.*\\[emerg\\] //; s/^[0-9#]*: //' >&2; exit 1; }\n"
    )
    verb = "restart" if restart else "start"
    do = (
        f"{WHY}{test}systemctl reset-failed nginx 2>/dev/null\n"
        f"systemctl {verb} nginx 2>/dev/null || "
        '{ echo "nginx did not start: $(why nginx)" >&2; exit 1; }\n'
    )
    up = "systemctl -q is-active nginx"
    return Step(
        id=f"{verb} nginx@{host}",
        title=note("nginx on {host} runs", host=host),
        reason=note(
            "Its configuration is tested first: a restart with a broken one serves nobody."
        ),
        host=host,
        do=changes(f"{verb} nginx", do),
        check=None if restart else reads("does nginx run", f"{up} || exit 1"),
        verify=reads("does nginx run", up),
        settle_s=5.0,
        expected_s=1.5,
        way_on=note(
            "Mend the line that it names, or put an earlier version of the file back (restore)."
        ),
    )


def serve(lb: Lb) -> Step:
    """Return the step after which the survivor runs keepalived and holds the VIP."""
    vip = lb.vip.address
    is_so = f"systemctl -q is-active keepalived && {holds(vip)}"
    do = (
        f"{WHY}systemctl kill --signal=CONT keepalived 2>/dev/null\n"
        "systemctl reset-failed keepalived 2>/dev/null\n"
        "systemctl -q is-active keepalived || systemctl start keepalived || "
        '{ echo "keepalived did not start: $(why keepalived)" >&2; exit 1; }\n'
    )
    return Step(
        id=f"serve@{lb.name}",
        title=note("{host} owns {vip}", host=lb.name, vip=vip),
        reason=note("Its keepalived runs, and its kernel has the address."),
        host=lb.name,
        do=changes("start keepalived", do),
        check=reads("does it own the VIP", f"{is_so} || exit 1"),
        verify=reads(
            "does it own the VIP",
            f"{is_so} && exit 0\n"
            f"echo '{lb.name} does not hold {vip}: '\"$(systemctl is-active keepalived)\" >&2\n"
            "exit 1\n",
        ),
        settle_s=lb.waits_s + _checks_s(lb) + _SLACK_S,
        expected_s=lb.waits_s + 1,
        way_on=note(
            "A check that fails keeps it in FAULT: see its journal (journalctl -u keepalived), and "
            "whether nginx answers there."
        ),
    )


def thaw(lb: Lb) -> Step:
    """Return the step after which a keepalived that was frozen goes on."""
    stopped = (
        "for p in $(pgrep -x keepalived); do\n"
        "  case $(sed 's/.*) //' /proc/$p/stat 2>/dev/null) in [Tt]*) exit 1;; esac\ndone\nexit 0\n"
    )
    return Step(
        id=f"thaw@{lb.name}",
        title=note("keepalived on {host} is not frozen", host=lb.name),
        reason=note("A frozen one sends no adverts and keeps the VIP in its kernel."),
        host=lb.name,
        do=changes("let keepalived go on", "systemctl kill --signal=CONT keepalived"),
        check=reads("is keepalived frozen", stopped),
        verify=reads("is keepalived frozen", stopped),
        settle_s=3.0,
        expected_s=1.0,
    )


def tell_everybody(lb: Lb, *, id_: str = "announce") -> Step:
    """Return the step in which the VIP's owner says its MAC anew to everybody."""
    vip = lb.vip.address
    do = (
        f"{holds(vip)} || {{ echo '{lb.name} does not hold {vip}, so it tells nobody' >&2; "
        f"exit 1; }}\n{announce(vip, lb.interface)}"
    )
    return Step(
        id=f"{id_}@{lb.name}",
        title=note("{host} tells everybody that it has {vip}", host=lb.name, vip=vip),
        reason=note(
            "Hosts that learnt another MAC would send their traffic there until they ask again, "
            "which can take minutes (keepalived #160)."
        ),
        host=lb.name,
        do=changes("announce the VIP", do),
        expected_s=3.0,
    )


def let_in(lb: Lb, survivor: Lb, *, takes: bool) -> Step:
    """Return the step that starts an LB again, and stops it again if the pair is still split.

    ``takes``: it is meant to take the VIP from the survivor (a higher priority). Else holding it
    means that it does not hear the survivor. Either way another host that answers for the VIP as
    well is seen by duplicate address detection, where the host has iputils' ``arping``.
    """
    vip = lb.vip.address
    wait = round(lb.waits_s + _checks_s(lb) + 2)
    other = somebody_else(vip, lb.interface)
    split = f"{holds(vip)} && {other}" if takes else holds(vip)
    do = f"""\
{WHY}systemctl reset-failed keepalived 2>/dev/null
systemctl start keepalived || {{ echo "keepalived did not start: $(why keepalived)" >&2; exit 1; }}
i=0
while [ $i -lt {wait} ]; do
  sleep 1; i=$((i+1))
  systemctl -q is-active keepalived || {{ echo "keepalived ended: $(why keepalived)" >&2; exit 1; }}
  {holds(vip)} || continue
  {"sleep 2" if takes else ":"}
  if {split}; then
    systemctl stop keepalived
    echo "{lb.name} took {vip} although {survivor.name} has it: they still do not hear one \
another, so keepalived was stopped here again" >&2
    exit 1
  fi
  break
done
exit 0
"""
    return Step(
        id=f"let in@{lb.name}",
        title=note("{host} takes part in the pair again", host=lb.name),
        reason=note(
            "It is stopped again at once if it still does not hear {other}: better no spare "
            "than two owners.",
            other=survivor.name,
        ),
        host=lb.name,
        do=changes("let it in", do, timeout_s=wait + 60.0),
        check=reads("does keepalived run", "systemctl -q is-active keepalived || exit 1"),
        undo=changes("stop keepalived", "systemctl stop keepalived"),
        expected_s=float(wait),
        way_on=note(
            "Something between the hosts loses the adverts: a switch (IGMP snooping), a "
            "hypervisor, another firewall. Unicast adverts (configure-pair) need no multicast; "
            "the diagnosis says what is on the wire."
        ),
    )


def enabled_at_boot(lb: Lb) -> Step:
    """Return the step after which keepalived starts at boot, too."""
    return Step(
        id=f"enable keepalived@{lb.name}",
        title=note("keepalived on {host} starts at boot", host=lb.name),
        reason=note("Else the pair is one LB short after the next reboot."),
        host=lb.name,
        do=changes("enable keepalived", f"systemctl -q enable {KEEPALIVED}"),
        check=reads(
            "is keepalived enabled", f"systemctl -q is-enabled {KEEPALIVED} 2>/dev/null || exit 1"
        ),
        undo=changes("disable keepalived", f"systemctl -q disable {KEEPALIVED}"),
        expected_s=1.0,
    )


def _checks_s(lb: Lb) -> float:
    check = lb.known.check
    if check is None:
        return 0.0
    return (check.interval_s or 1.0) * (check.rise or 1) + (check.timeout_s or 1.0)
