"""The wizard that installs nginx by the package manager, on LBs and web nodes."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind, Form, Objection
from haconsole.procedures.install.common import (
    answer,
    chosen,
    facts_of,
    hosts_field,
    offered,
    version_check,
    version_word,
    warnings_of,
)
from haconsole.procedures.install.packages import Wanted, install_steps
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.services import enable_and_start

UNIT = "nginx.service"
#: Who listens on port 80, unless it is nginx. ``ss`` shows names to root only.
_PORT = """\
who=$(ss -ltnp 2>/dev/null | grep -e ':80  *[^ ]*:\\*' | grep -v '"nginx"' | head -n 1)
[ -n "$who" ] || exit 0
name=$(printf %s "$who" | sed -n 's/.*users:(("\\([^"]*\\)",pid=\\([0-9]*\\).*/\\1 (process \\2)/p')
echo "Port 80 is in use by ${name:-another program}: stop that, or let it listen elsewhere." >&2
exit 1
"""


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    hosts = ground.cluster.hosts
    known = offered(ground, hosts, "nginx")
    choice = note(" Offered: {versions}.", versions=known) if known else note("")
    return Form(
        note("Install nginx"),
        note("The package manager of each host installs it; it runs, now and after a reboot."),
        (
            hosts_field(hosts),
            Field(
                "version",
                FieldKind.TEXT,
                note("Version"),
                note(
                    "Empty: the newest that the repositories offer; what is there stays.{choice}",
                    choice=choice,
                ),
                check=version_word,
            ),
        ),
        judge=lambda answers: judge(ground, answers),
    )


def judge(ground: Ground, answers: Answers) -> tuple[Objection, ...]:
    """Refuse a version that the repositories of the chosen hosts do not offer."""
    hosts = chosen(ground.cluster.hosts, answers["hosts"])
    wrong = version_check(ground, hosts, "nginx", answer(answers, "version"))
    return (Objection(wrong, ("version",)),) if wrong else ()


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: all hosts side by side. Raises ``ProcedureError``."""
    version = answer(answers, "version")
    found = [facts_of(ground, host) for host in chosen(ground.cluster.hosts, answers["hosts"])]
    return Plan(
        "install-nginx",
        note("Install nginx"),
        ground.cluster.name,
        (Phase(note("Install nginx"), tuple(_lane(facts, version) for facts in found)),),
        answers=tuple(sorted(answers.items())),
        warnings=warnings_of(found, "nginx"),
    )


def _lane(facts: HostFacts, version: str) -> tuple[Step, ...]:
    port = look(
        facts.host,
        note("Port 80 is free, or nginx's"),
        note("nginx does not start where another program has its port."),
        _PORT,
        id="port 80",
        root=True,
        settle_s=0.0,
        way_on=note("Stop what listens there, or take the host out of the plan (hosts=…)."),
    )
    package = facts.packages.get("nginx")
    foreign = facts.nginx_version and not (package and package.installed) and not version
    reason = note("The LBs pass requests on with it, and the web nodes answer with it.")
    installing = () if foreign else install_steps(
        facts, Wanted(("nginx",), "nginx", version), reason=reason
    )  # fmt: skip
    start = enable_and_start(
        facts.host,
        UNIT,
        reason=note("Debian starts a service that it installs, RHEL does not."),
        way_on=note("See nginx -t and journalctl -u nginx on the host."),
    )
    return (port, *installing, start)
