"""What the classroom has broken: known before it is made, so that it can always be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.monitor.feed import Feed
from haconsole.procedures.catalogue import Entry
from haconsole.procedures.plan import Plan
from haconsole.procedures.prepare import prepare
from haconsole.procedures.progress import RunProgress
from haconsole.training.faults.plan import Made, due, plan_make, plan_undo, prepare_fault
from haconsole.training.faults.registry import fault
from haconsole.training.lesson import Deed
from haconsole.transport.door import Door


class Breaking:
    """The faults that are made now, each with the step that it belongs to."""

    def __init__(self, door: Door, feed: Feed, cluster: Cluster) -> None:
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._made: list[tuple[str, Made]] = []
        self._dues: dict[str, Mapping[str, float]] = {}

    @property
    def faults(self) -> tuple[tuple[Note, str, float | None], ...]:
        """What is broken: (what, host, when its node undoes it by itself, by the feed's clock)."""
        return tuple(
            (made.title, host, self._due_at(made, host))
            for _, made in self._made
            for host in made.hosts
        )

    def _due_at(self, made: Made, host: str) -> float | None:
        at = self._dues.get(made.fault_id, {}).get(host)
        return None if at is None else at - self._feed.state.host(host).offset_s

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
        kind = fault(deed.name)
        reads = Entry(f"fault-{kind.name}", kind.title, kind.title, "")
        ground = await prepare(self._door, self._cluster, reads)
        made = prepare_fault(ground, deed.name, deed.settings.get("host"))
        return plan_make(made, self._cluster), made

    def add(self, made: Made, owner: str) -> None:
        """Know a fault that is about to be made."""
        self._made.append((owner, made))

    def armed(self, made: Made, progress: RunProgress) -> None:
        """Take from the run that makes a fault when its nodes undo it."""
        self._dues[made.fault_id] = due(made, progress)

    def undoing(self, owner: str | None = None) -> Sequence[tuple[Made, Plan]]:
        """Return what undoes the faults of a step (of all of them), newest first.

        Those on hosts that cannot be reached now come last: nothing waits for them but what was
        made before them on the same hosts.
        """
        now, later = list[Made](), list[Made]()
        held = set[str]()
        for made in self.of(owner):
            if all(self._up(host) and host not in held for host in made.hosts):
                now.append(made)
            else:
                later.append(made)
                held.update(made.hosts)
        return [(made, plan_undo(made, self._cluster)) for made in (*now, *later)]

    def _up(self, host: str) -> bool:
        return self._feed.state.host(host).link.status is LinkStatus.UP

    def healed(self, made: Made) -> None:
        """Forget a fault: it is undone."""
        self._made = [one for one in self._made if one[1] is not made]

    def forget(self) -> None:
        """Forget all of them: the whole cluster was put back."""
        self._made.clear()
