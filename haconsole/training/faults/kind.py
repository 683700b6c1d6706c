"""What a fault of a lesson is, and where it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.scene import Scene
from haconsole.procedures.errors import ProcedureError
from haconsole.telling import say
from haconsole.words import t


class Place(StrEnum):
    """Where a fault is made unless a lesson says otherwise. LBs in the order of their priorities.

    ``first``: the LB of the highest priority; ``second``: the next one; ``lbs``: each LB; ``web``:
    the first web node.
    """

    FIRST = "first"
    SECOND = "second"
    LBS = "lbs"
    WEB = "web"


class Among(StrEnum):
    """Where a fault can be made."""

    LBS = "lbs"
    WEBS = "webs"
    SERVING = "lbs and webs"


#: Makes a fault on these hosts, one piece a host, in the order in which they are undone.
Maker = Callable[["Broken"], tuple[Fault, ...]]


@dataclass(frozen=True, slots=True)
class TrainingFault:
    """A fault by name. ``about``: what is done, a sentence with ``{host}``.

    ``causes``: what the diagnosis may call it (``doctor --list``), the likeliest first. ``parts``:
    two LBs may own the VIP meanwhile, so the one that stays says so after the undoing. ``most_s``:
    the longest that it may last, seconds (a host that is cut off can only wait for its own timer).
    """

    name: str
    title: Note
    about: Note
    causes: tuple[str, ...]
    make: Maker
    place: Place = Place.FIRST
    among: Among = Among.LBS
    parts: bool = False
    most_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Broken:
    """What a maker works on: the ground as it was found, the hosts, and the limit in seconds."""

    ground: Ground
    hosts: tuple[str, ...]
    limit_s: float

    def scene(self, host: str, scenario: Scenario = Scenario.SWITCHOVER) -> Scene:
        """Return the ground as drills see it, for one host. Nothing is expected of it.

        Faults that no drill makes are changes, as a switchover is.
        """
        ask = Ask(
            scenario=scenario,
            vip=first_vip(self.ground.cluster),
            target=host,
            limit_s=self.limit_s,
            # In a lesson's cluster whatever else is on an interface is there to be broken too.
            force=True,
        )
        return Scene(self.ground, ask, Prediction(scenario=scenario, target=host, owner=None))


def first_vip(cluster: Cluster) -> str:
    """Return the VIP that lessons are about; ``ProcedureError`` where there is none."""
    if not cluster.vips:
        raise ProcedureError(t("{cluster} has no VIP.", cluster=cluster.name))
    return cluster.vips[0].address


def by_priority(ground: Ground) -> tuple[str, ...]:
    """Return the LBs' names, the highest priority first; those without one in their order, last."""
    names = [host.name for host in ground.cluster.lbs]
    scene = Broken(ground, (), 0.0).scene("")

    def rank(name: str) -> int:
        try:
            return -scene.router(name).base_priority
        except ProcedureError:
            return 0

    return tuple(sorted(names, key=rank))


def hosts_of(fault: TrainingFault, ground: Ground, on: str | None) -> tuple[str, ...]:
    """Return where a fault is made; ``ProcedureError`` where it cannot be made there."""
    cluster = ground.cluster
    lbs, webs = by_priority(ground), tuple(host.name for host in cluster.webs)
    may = {Among.LBS: lbs, Among.WEBS: webs, Among.SERVING: (*lbs, *webs)}[fault.among]
    if on is not None:
        if on in may:
            return (on,)
        raise ProcedureError(
            t(
                "{fault} is for {hosts}, not for {host}.",
                fault=fault.name,
                hosts=", ".join(may) or t("no host of this cluster"),
                host=on,
            )
        )
    usual: dict[Place, Sequence[str]] = {
        Place.FIRST: lbs[:1],
        Place.SECOND: lbs[1:2],
        Place.LBS: lbs,
        Place.WEB: webs[:1],
    }
    if not usual[fault.place]:
        raise ProcedureError(
            t("{cluster} has too few hosts for this: {fault}.", cluster=cluster.name,
              fault=say(fault.title))
        )  # fmt: skip
    return tuple(usual[fault.place])
