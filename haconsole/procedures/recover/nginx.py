"""``restart-nginx``: tested, restarted, answering."""

from __future__ import annotations

from haconsole.domain.model import Role
from haconsole.domain.notes import note
from haconsole.domain.verdict import NGINX
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.live import facts_of
from haconsole.procedures.configure.looks import ASK
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.recover.steps import nginx_up
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import quote

TITLE = note("Restart nginx")


def form(ground: Ground) -> Form:
    """Return the question on which host; one whose nginx does not run is offered first. Pure."""
    names = [host.name for host in ground.cluster.hosts]
    dead = [name for name in names if not _runs(ground, name)]
    choices = tuple(
        Choice(name, note("{host}: does not run", host=name) if name in dead
               else note("{host}", host=name))
        for name in names
    )  # fmt: skip
    about = note("Its configuration is tested before anything stops; where it is broken, the line "
                 "is named and nothing is done.")  # fmt: skip
    default = [*dead, *names][0]
    return Form(TITLE, about, (
        Field("host", FieldKind.CHOICE, note("Host"), note("Where."), default, choices),
    ))  # fmt: skip


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan."""
    host = answers["host"]
    facts_of(ground, host)
    runs = _runs(ground, host)
    role = next(one.role for one in ground.cluster.hosts if one.name == host)
    lane = [nginx_up(host, restart=runs)]
    if role is Role.LB:
        vip = ground.cluster.vips[0]
        local = "[::1]" if vip.ip.version == 6 else "127.0.0.1"
        url = f"{'https' if vip.check_tls else 'http'}://{local}:{vip.check_port}{vip.check_path}"
        lane.append(
            look(
                host,
                note("nginx on {host} answers", host=host),
                note("A request to itself: what came back is below 500."),
                f"{ASK}ask {quote(url)}\n",
                id="nginx answers",
                settle_s=10.0,
                way_on=note("A status of 502 to 504 is a backend's: look at the web nodes."),
            )
        )
    return Plan(
        procedure="restart-nginx",
        title=TITLE,
        cluster=ground.cluster.name,
        phases=(Phase(TITLE, (tuple(lane),)),),
        answers=tuple(answers.items()),
        warnings=(
            (note("Connections that {host} serves now are cut.", host=host),) if runs else ()
        ),
    )


def _runs(ground: Ground, host: str) -> bool:
    facts = ground.facts.hosts.get(host)
    unit = facts.unit(NGINX) if facts else None
    return unit is not None and unit.running
