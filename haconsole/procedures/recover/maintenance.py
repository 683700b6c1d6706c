"""Taking a host out for maintenance, and bringing it back: ``drain`` and ``bring-back``.

An LB gives the VIP up gracefully and stays out over a reboot; a web node is marked ``down`` in
every LB's upstream, which nginx takes in with a reload: requests under way are finished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from haconsole.domain.model import Host, Role
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.live import facts_of, service_address
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import FoundFile, HostFacts
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form
from haconsole.procedures.paths import STATE_DIR
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.recover.proof import SETTLE_S, held_field, proof
from haconsole.procedures.recover.shell import holds
from haconsole.procedures.recover.standing import Lb, lbs_of, owner_afterwards
from haconsole.procedures.steps.files import NGINX_TEST, place_file
from haconsole.procedures.steps.shell import WHY, changes, reads
from haconsole.procedures.survey.answers import sum_of
from haconsole.words import t

#: On an LB: that this tool took it out, and whether keepalived started at boot before.
_KEPT = f"{STATE_DIR}/maintenance"
_RELOAD = "if systemctl -q is-active nginx; then systemctl reload nginx; fi"
_UP = "systemctl -q is-failed nginx && return 1; :"


def plan_drain(ground: Ground, answers: Answers) -> Plan:
    """Return the plan that takes a host out; ``ProcedureError`` where nobody could replace it."""
    host = _host(ground, answers["host"])
    phases = (
        _lb_out(ground, host, answers)
        if host.role is Role.LB
        else (_marked(ground, host, down=True),)
    )
    return _plan("drain", note("Take {host} out", host=host.name), ground, answers, phases)


def plan_bring_back(ground: Ground, answers: Answers) -> Plan:
    """Return the plan that brings a host back."""
    host = _host(ground, answers["host"])
    phases = (
        _lb_in(ground, host, answers)
        if host.role is Role.LB
        else (_marked(ground, host, down=False),)
    )
    return _plan("bring-back", note("Bring {host} back", host=host.name), ground, answers, phases)


def form_of(ground: Ground, title: Note, about: Note) -> Form:
    """Return the question which host."""
    names = [host.name for host in ground.cluster.hosts]
    choices = tuple(Choice(name, note("{host}", host=name)) for name in names)
    field = Field("host", FieldKind.CHOICE, note("Host"), note("An LB or a web node."),
                  names[0], choices)  # fmt: skip
    return Form(title, about, (field, held_field()))


def _plan(
    name: str, title: Note, ground: Ground, answers: Answers, phases: tuple[Phase, ...]
) -> Plan:
    return Plan(
        procedure=name,
        title=title,
        cluster=ground.cluster.name,
        phases=phases,
        answers=tuple(answers.items()),
        moves_vip=any(step.id.startswith("keepalived ") for p in phases for step in p.steps),
    )


def _host(ground: Ground, name: str) -> Host:
    return next(host for host in ground.cluster.hosts if host.name == name)


def _lb_out(ground: Ground, host: Host, answers: Answers) -> tuple[Phase, ...]:
    lbs = lbs_of(ground, ground.cluster.vips[0])
    gone = next(lb for lb in lbs if lb.name == host.name)
    able = [lb for lb in lbs if lb is not gone and lb.runs and lb.nginx]
    if not able:
        raise ProcedureError(
            t(
                "No other LB can take the VIP now (keepalived and nginx have to run there), so "
                "{host} stays in.",
                host=host.name,
            )
        )
    owner = next((lb for lb in able if lb.holds), max(able, key=lambda lb: lb.priority))
    settle_s = SETTLE_S + max(lb.waits_s for lb in lbs)
    return (
        Phase(note("{host} gives the VIP up and stays out", host=host.name), ((_out(gone),),)),
        Phase(
            note("One owner, proven from four sides"),
            proof(ground, [owner, gone], owner, settle_s=settle_s, answers=answers),
            parallel=False,
        ),
    )


def _lb_in(ground: Ground, host: Host, answers: Answers) -> tuple[Phase, ...]:
    lbs = lbs_of(ground, ground.cluster.vips[0])
    back = next(lb for lb in lbs if lb.name == host.name)
    now = next((lb for lb in lbs if lb.holds), back)
    owner = owner_afterwards(lbs, now)
    settle_s = SETTLE_S + max(lb.waits_s for lb in lbs)
    return (
        Phase(note("{host} takes part again", host=host.name), ((_in(back),),)),
        Phase(
            note("One owner, proven from four sides"),
            proof(ground, lbs, owner, settle_s=settle_s, answers=answers),
            parallel=False,
        ),
    )


def _out(lb: Lb) -> Step:
    vip = lb.vip.address
    do = (
        f"umask 077; mkdir -p {STATE_DIR}\n"
        f"[ -e {_KEPT} ] || systemctl is-enabled keepalived >{_KEPT} 2>/dev/null || :\n"
        "systemctl -q disable keepalived 2>/dev/null\nsystemctl stop keepalived\n"
        f"{holds(vip)} && {{ echo '{lb.name} still has {vip}' >&2; exit 1; }}\nexit 0\n"
    )
    is_so = (
        "systemctl -q is-active keepalived && exit 1\n"
        "systemctl -q is-enabled keepalived 2>/dev/null && exit 1\nexit 0\n"
    )
    return Step(
        id=f"keepalived out@{lb.name}",
        title=note("keepalived on {host} stops, also at boot", host=lb.name),
        reason=note(
            "It says so to the others (priority 0), so the VIP moves within a second; a reboot "
            "in the middle of the work does not bring it back."
        ),
        host=lb.name,
        do=changes("take keepalived out", do),
        check=reads("is keepalived out", is_so),
        undo=changes("bring keepalived back", _IN),
        expected_s=2.0,
    )


_IN = (
    f"{WHY}[ ! -e {_KEPT} ] || case $(cat {_KEPT}) in enabled*|'') "
    "systemctl -q enable keepalived;; esac\n"
    f"[ -e {_KEPT} ] || systemctl -q enable keepalived\n"
    "systemctl reset-failed keepalived 2>/dev/null\n"
    'systemctl start keepalived || { echo "keepalived did not start: $(why keepalived)" >&2; '
    f"exit 1; }}\nrm -f {_KEPT}\n"
)


def _in(lb: Lb) -> Step:
    return Step(
        id=f"keepalived in@{lb.name}",
        title=note("keepalived on {host} runs, now and after a reboot", host=lb.name),
        reason=note("The pair has its spare again."),
        host=lb.name,
        do=changes("bring keepalived back", _IN),
        check=reads(
            "does keepalived run",
            f"[ ! -e {_KEPT} ] && systemctl -q is-active keepalived && "
            "systemctl -q is-enabled keepalived || exit 1",
            root=True,
        ),
        expected_s=2.0,
    )


def _marked(ground: Ground, host: Host, *, down: bool) -> Phase:
    """Return the phase that marks a web node in every LB's upstream, one LB after the other."""
    address = service_address(ground, host)
    if address is None:
        raise ProcedureError(t("At which address {host} serves is not known.", host=host.name))
    lanes: list[Lane] = []
    for lb in ground.cluster.lbs:
        facts = facts_of(ground, lb.name)
        steps = list(_marks(facts, host, address, down=down))
        if not steps:
            raise ProcedureError(
                t(
                    "No upstream of {lb} names {address} ({host}) in a file that this tool reads.",
                    lb=lb.name,
                    address=address,
                    host=host.name,
                )
            )
        lanes.append(tuple(steps))
    title = (
        note("The LBs send {host} nothing more", host=host.name)
        if down
        else note("The LBs send {host} requests again", host=host.name)
    )
    return Phase(title, tuple(lanes), parallel=False)


def _marks(facts: HostFacts, host: Host, address: str, *, down: bool) -> Iterator[Step]:
    for found in facts.files.values():
        if not found.path.startswith("/etc/nginx/") or found.text is None:
            continue
        if not _server(address).search(found.text):
            continue
        _must_be_text(facts, found)
        text, others = _rewritten(found.text, address, down=down)
        if down and not others:
            raise ProcedureError(
                t(
                    "{host} is the only web node in use in {file} on {lb}: nobody would be left.",
                    host=host.name,
                    file=found.path,
                    lb=facts.host,
                )
            )
        yield place_file(
            facts.host,
            found,
            text,
            title=note("{file} of {lb}", file=found.path, lb=facts.host),
            reason=note("“down” takes a server out of an upstream (ngx_http_upstream_module); "
                        "requests under way are finished by the old workers."),
            mode=found.mode,
            owner=found.owner,
            validate=NGINX_TEST,
            apply=_RELOAD,
            healthy=_UP,
        )  # fmt: skip


def _server(address: str) -> re.Pattern[str]:
    """Return what finds an upstream's line: ``server ADDRESS[:PORT] [parameters];``."""
    host = f"\\[{re.escape(address)}\\]" if ":" in address else re.escape(address)
    return re.compile(rf"^(\s*server\s+{host}(?::\d+)?)((?:\s+[\w.=-]+)*)(\s*;)", re.MULTILINE)


_ANY_SERVER = re.compile(r"^\s*server\s+[\w.\[\]:-]+((?:\s+[\w.=-]+)*)\s*;", re.MULTILINE)


def _rewritten(text: str, address: str, *, down: bool) -> tuple[str, int]:
    """Return the text with the mark set or taken away, and how many other servers are in use."""

    def mark(match: re.Match[str]) -> str:
        words = [word for word in match[2].split() if word != "down"]
        words += ["down"] if down else []
        return match[1] + "".join(f" {word}" for word in words) + match[3]

    new = _server(address).sub(mark, text)
    used = sum("down" not in found[1].split() for found in _ANY_SERVER.finditer(new))
    return new, used


def _must_be_text(facts: HostFacts, found: FoundFile) -> None:
    if found.text is not None and found.sum and sum_of(found.text) != found.sum:
        raise ProcedureError(
            t("{file} of {host} has signs that are no text, so it is not edited.",
              file=found.path, host=facts.host)
        )  # fmt: skip
