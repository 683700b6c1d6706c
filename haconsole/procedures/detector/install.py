"""``install-detector``: a program on the LBs and a third host that sees two owners, or none."""

from __future__ import annotations

import re

from haconsole.domain.model import Host
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.live import known_lbs
from haconsole.procedures.detector import shipping
from haconsole.procedures.detector.shipping import PROGRAM, SETTINGS, STATE, UNIT, UNIT_FILE
from haconsole.procedures.detector.watchers import has_detector, third_now, watchers
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form, Objection
from haconsole.procedures.paths import STATE_DIR
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.steps.files import place_file, put_back_origin
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.services import enable_and_start, stop_and_disable

_TITLE = note("Install the detector")
#: keepalived.conf(5): every owner answers with the same MAC then.
_VMAC = re.compile(r"^\s*use_vmac\b", re.MULTILINE)
#: The folder of its settings goes with them; what was noted of the service, with its unit.
_FORGET = f"""\
systemctl daemon-reload
rmdir {SETTINGS.rpartition("/")[0]} 2>/dev/null
rm -f {STATE_DIR}/units/{UNIT}"""
_AGAIN = f"systemctl -q is-active {UNIT} || return 0\nsystemctl restart {UNIT}"


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    now = _now(ground)
    webs = tuple(Choice(web.name, note("{host}", host=web.name)) for web in ground.cluster.webs)
    fields = (
        Field("watch", FieldKind.SWITCH, note("Watch"), note(
            "No: the detectors that are there are taken away again, and nothing else is."
        ), "yes"),
        Field("third", FieldKind.CHOICE, note("The third host"), note(
            "A host that never owns the VIP, on the same segment: it hears every owner that "
            "clients hear, and is not one of those who disagree."
        ), third_now(ground), webs, shown=_watches),
        Field("interval", FieldKind.SECONDS, note("Seconds between looks"), note(
            "A look takes a second. What is wrong is said once two looks in a row have seen it, "
            "within two of these intervals; that nobody owns it, once that has stood for five "
            "seconds more, since a crash may leave nobody for four."
        ), now.get("interval", "5"), (), ask.seconds(2, 300), shown=_watches),
        Field("repeat", FieldKind.INTEGER, note("Minutes until it is said again"), note(
            "What is wrong is written into the journal (priority crit) when it begins and when it "
            "ends, and again after so long while it lasts."
        ), now.get("repeat", "15"), (), ask.whole(1, 1440), shown=_watches),
        Field("hook", FieldKind.TEXT, note("Command at a change"), note(
            "Optional. Run as root, without capabilities, with three words: the verdict, the VIP, "
            "the sentence. Only root may be able to write it, and every folder above it, or it is "
            "not run."
        ), now.get("hook", ""), (), _hook, shown=_watches),
    )  # fmt: skip
    about = note(
        "The tutorial's loop pings the other LB and looks for its own VIP with grep: what fails "
        "there counts as well, every failover is an alarm, 10.0.0.10 is found in 10.0.0.100, and "
        "two of its names are swapped. This one asks the segment by ARP, on both LBs and on a "
        "third host: two MACs that answer are two owners, none is no owner, and each host says "
        "what it saw itself. Its question (an ARP probe, RFC 5227) changes no other host's table, "
        "and it never changes anything by itself."
    )
    return Form(_TITLE, about, fields, lambda answers: _objections(ground, answers))


def _watches(answers: Answers) -> bool:
    return answers.get("watch") != "no"


def _now(ground: Ground) -> dict[str, str]:
    """Return what the settings of a detector that is there say."""
    for facts in ground.facts.hosts.values():
        text = facts.file(SETTINGS).text
        if text is not None and facts.file(SETTINGS).managed:
            rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
            return {row[0]: row[1] for row in rows if len(row) == 2}
    return {}


def _hook(value: str) -> Note | None:
    return ask.absolute_path(value) if value else None


def _objections(ground: Ground, answers: Answers) -> tuple[Objection, ...]:
    if not _watches(answers):
        return ()
    return (*_of_vips(ground), *_of_places(ground, answers))


def _of_vips(ground: Ground) -> tuple[Objection, ...]:
    found = []
    if any(_VMAC.search(lb.text) for lb in known_lbs(ground).values()):
        said = note(
            "keepalived.conf says use_vmac: every owner answers with the same MAC then, so two "
            "of them look like one, and only a missing owner is found."
        )
        found.append(Objection(said, refuses=False))
    sixes = [vip.address for vip in ground.cluster.vips if vip.ip.version == 6]
    if len(sixes) == len(ground.cluster.vips):
        said = note("All VIPs are IPv6 addresses, which this detector does not cover.")
        found.append(Objection(said))
    elif sixes:
        said = note(
            "IPv6 is not covered: nobody watches {vips}.", vips=", ".join(sixes)
        )  # fmt: skip
        found.append(Objection(said, refuses=False))
    return tuple(found)


def _of_places(ground: Ground, answers: Answers) -> tuple[Objection, ...]:
    if not ground.cluster.webs:
        said = note("There is no web node that could be the third host.")
        return (Objection(said, ("third",)),)
    try:
        list(watchers(ground, answers))
    except (ProcedureError, ValueError, KeyError) as error:
        return (Objection(note("{why}", why=str(error)), ("third",)),)
    return ()


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; the hosts do not depend on one another, so all at the same time."""
    found = list(watchers(ground, answers)) if _watches(answers) else []
    watching = {facts.host for facts, _ in found}
    gone = [
        facts
        for host in ground.cluster.hosts
        if host.name not in watching and has_detector(facts := _facts(ground, host))
    ]
    phases = [Phase(_TITLE, tuple(_lane(facts, one) for facts, one in found))] if found else []
    if gone:
        title = note("Hosts that watch no more")
        phases.append(Phase(title, tuple(map(take_away, gone))))
    return Plan(
        procedure="install-detector",
        title=_TITLE,
        cluster=ground.cluster.name,
        phases=tuple(phases),
        answers=tuple(answers.items()),
    )


def _facts(ground: Ground, host: Host) -> HostFacts:
    return ground.facts.hosts.get(host.name) or HostFacts(host.name, 0.0)


def _lane(facts: HostFacts, one: shipping.Watcher) -> Lane:
    host = facts.host
    return (
        look(
            host,
            note("{host} has a Python", host=host),
            note("The program runs on whichever there is, 2.7 or newer; nothing is installed."),
            f"for p in {shipping.PYTHONS}; do\n"
            '  command -v "$p" >/dev/null 2>&1 && exit 0\ndone\n'
            'echo "there is no Python on this host" >&2; exit 1\n',
            id="has a python",
            settle_s=0.0,
            way_on=note("Install python3 on {host} by its package manager.", host=host),
        ),
        place_file(
            host,
            facts.file(PROGRAM),
            shipping.program(),
            title=note("The detector on {host}", host=host),
            reason=note("It asks by ARP, tells the journal and {file}, and changes nothing.",
                        file=STATE),
            mode=0o755,
            apply=_AGAIN,
        ),
        place_file(
            host,
            facts.file(SETTINGS),
            shipping.settings(one),
            title=note("What it watches from {host}", host=host),
            reason=note("The VIPs, and the hosts by whose answers it knows that it is not cut "
                        "off itself."),
            validate=f'said=$({PROGRAM} --check "$NEW" 2>&1) || fail "the detector could not run: '
            '$(printf "%s\\n" "$said" | tail -n 1)"',
            apply=_AGAIN,
        ),
        place_file(
            host,
            facts.file(UNIT_FILE),
            shipping.unit(),
            title=note("Its service on {host}", host=host),
            reason=note("It goes on by itself: a timer would write two lines into the journal at "
                        "every look, and start Python each time."),
            apply="systemctl daemon-reload",
        ),
        enable_and_start(
            host,
            UNIT,
            reason=note("It watches now, and after every boot."),
            healthy=f"[ -s {STATE} ]",
            way_on=note("See journalctl -u {unit} on {host}.", unit=UNIT, host=host),
        ),
        _first_word(host),
    )  # fmt: skip


def _first_word(host: str) -> Step:
    return look(
        host,
        note("{host} sees one owner", host=host),
        note("What the detector says of the VIPs now: one MAC answers for each."),
        f"said=$({PROGRAM} --state) && exit 0\n"
        'case $said in CRITICAL*|WARNING*) echo "$said" >&2; exit 1;; esac\n'
        'echo "it has not told yet: $said" >&2; exit 1\n',
        id="sees one owner",
        settle_s=15.0,
        way_on=note("The detector runs, and this is what it found: haconsole doctor tells more."),
    )


def take_away(facts: HostFacts) -> Lane:
    """Return the steps that take a detector away."""
    host = facts.host
    files = [path for path in shipping.FILES if facts.file(path).origin]
    return (
        stop_and_disable(host, UNIT, reason=note("It is not to watch from here any more.")),
        *(put_back_origin(host, path, apply=_FORGET) for path in files),
    )
