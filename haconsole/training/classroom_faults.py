"""What the classroom has broken: known before it is made, so that it can always be undone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Plan
from haconsole.training.lesson import Deed
from haconsole.transport.door import Door
from haconsole.words import t

#: Seconds after which a node undoes a lesson's fault by itself.
LIMIT_S = 1800.0


@dataclass(frozen=True, slots=True)
class Made:
    """A fault of a lesson. ``fault_id`` names its folder and its timer on the nodes."""

    fault_id: str
    title: Note
    hosts: tuple[str, ...]


class Breaking:
    """The faults that are made now, each with the step that it belongs to."""

    def __init__(self, door: Door, cluster: Cluster) -> None:
        self._door = door
        self._cluster = cluster
        self._made: list[tuple[str, Made]] = []

    @property
    def faults(self) -> tuple[tuple[Note, str, float | None], ...]:
        """What is broken: (what, host, when its node undoes it by itself)."""
        return tuple((made.title, host, None) for _, made in self._made for host in made.hosts)

    @property
    def ids(self) -> frozenset[str]:
        """The names that these faults have on the nodes."""
        return frozenset(made.fault_id for _, made in self._made)

    def of(self, owner: str | None) -> tuple[Made, ...]:
        """Return the faults of a step (of all of them), newest first."""
        found = [made for whose, made in self._made if owner is None or whose == owner]
        return tuple(reversed(found))

    async def plan(self, deed: Deed) -> tuple[Plan, Made]:
        """Return what makes a fault; raises ``ProcedureError`` where it cannot be made."""
        raise ProcedureError(t("There is no fault {name}.", name=deed.name))

    def add(self, made: Made, owner: str) -> None:
        """Know a fault that is about to be made."""
        self._made.append((owner, made))

    async def undo_plans(self, owner: str | None = None) -> Sequence[Plan]:
        """Return what undoes the faults of a step (of all of them), newest first."""
        return []

    def healed(self, owner: str | None = None) -> None:
        """Forget the faults of a step (of all of them): they are undone."""
        self._made = [one for one in self._made if owner is not None and one[0] != owner]

    def forget(self) -> None:
        """Forget all of them: the whole cluster was put back."""
        self._made.clear()

    def _new_id(self, name: str) -> str:
        return f"train-{name}-{secrets.token_hex(3)}"
