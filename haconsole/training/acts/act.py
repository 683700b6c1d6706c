"""What an act is: a small plan with parameters, that only lessons know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers, Field, FieldKind, Form
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.transport.commands import Command
from haconsole.words import t


@dataclass(frozen=True, slots=True)
class Act:
    """An act. ``parameters``: name → whether it must be given. ``lanes`` makes its steps;
    ``ready`` looks first: where one of these fails, nothing is done on any host.

    It can be asked for as a procedure of the catalogue can (``load``, ``form``, ``plan``).
    """

    name: str
    title: Note
    parameters: Mapping[str, bool]
    lanes: Callable[[Ground, Answers], tuple[Lane, ...]]
    ready: Callable[[Ground, Answers], tuple[Lane, ...]] | None = None
    moves_vip: bool = True
    repositories: bool = False
    health: bool = False

    @property
    def about(self) -> Note:
        """What it is, in a sentence."""
        return self.title

    def load(self) -> Act:
        """Return what has ``form`` and ``plan``: itself."""
        return self

    def form(self, ground: Ground) -> Form:
        """Return its parameters as questions. Pure."""
        fields = tuple(
            Field(name, FieldKind.TEXT, self.title, self.title) for name in self.parameters
        )
        return Form(self.title, self.title, fields)

    def plan(self, ground: Ground, answers: Answers) -> Plan:
        """Return the plan. Pure; raises ``ProcedureError`` where it cannot be done there."""
        for name, required in self.parameters.items():
            if required and not answers.get(name):
                raise ProcedureError(
                    t("The act {act} wants {parameter}.", act=self.name, parameter=name)
                )
        given = {key: value for key, value in answers.items() if value}
        phases = [Phase(self.title, self.lanes(ground, given))]
        if self.ready is not None and (first := self.ready(ground, given)):
            phases.insert(0, Phase(note("Ready"), first))
        return Plan(
            procedure=f"act-{self.name}",
            title=self.title,
            cluster=ground.cluster.name,
            phases=tuple(phases),
            answers=tuple(given.items()),
            moves_vip=self.moves_vip,
        )


def host_of(ground: Ground, answers: Answers, key: str = "host") -> str:
    """Return the host that is meant; ``ProcedureError`` names those there are."""
    names = [host.name for host in ground.cluster.hosts]
    host = answers.get(key, "")
    if host not in names:
        raise ProcedureError(
            t("There is no host {host}; there are {names}.", host=host or "?",
              names=", ".join(names))
        )  # fmt: skip
    return host


def one_step(
    host: str,
    title: Note,
    reason: Note,
    do: Command,
    *,
    check: Command | None = None,
    verify: Command | None = None,
    settle_s: float = 10.0,
) -> Lane:
    """Return a lane of one step on a host."""
    return (
        Step(
            id=f"{do.name}@{host}",
            title=title,
            reason=reason,
            host=host,
            do=do,
            check=check,
            verify=verify,
            settle_s=settle_s if verify else 0.0,
        ),
    )
