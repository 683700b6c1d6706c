"""A tiny real procedure: a text of one's own in a file on every LB, and a look at it."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures import paths
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.form import Answers, Field, FieldKind, Form
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.steps.files import place_file
from haconsole.procedures.steps.looks import look

#: One that every survey reads, and that nothing in the demo does.
PATH = paths.IPTABLES_RULES


def form(ground: Ground) -> Form:
    """Ask for the text."""
    text = Field(
        "text",
        FieldKind.TEXT,
        note("text"),
        note("What stands in {path} on every LB.", path=PATH),
        "in service",
        check=lambda value: None if value else note("say something"),
    )
    return Form(note("Leave a note"), note("A file on every LB."), (text,))


def plan(ground: Ground, answers: Answers) -> Plan:
    """The backup first, then the master."""
    lanes = tuple(
        (_place(ground, host.name, answers["text"]), _look(host.name, answers["text"]))
        for host in reversed(ground.cluster.lbs)
    )
    phase = Phase(note("The note"), lanes, parallel=False)
    return Plan("note", note("Leave a note"), ground.cluster.name, (phase,), tuple(answers.items()))


def _place(ground: Ground, host: str, text: str) -> Step:
    return place_file(
        host,
        ground.facts.host(host).file(PATH),
        f"{text}\n",
        title=note("place {name}", name="the note"),
        reason=note("So that whoever comes next knows."),
    )


def _look(host: str, text: str) -> Step:
    return look(
        host,
        note("read it back"),
        note("What was written is what is there."),
        f"grep -qxF '{text}' {PATH} || {{ echo 'another text is there' >&2; exit 1; }}",
        id="read the note",
        settle_s=2.0,
    )
