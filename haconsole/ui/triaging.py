"""What the screens need of a diagnosis, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from haconsole.domain.model import Cluster
from haconsole.domain.rules.case import Missing
from haconsole.domain.rules.finding import ActiveCheck, Diagnosis, Finding
from haconsole.domain.verdict import Level
from haconsole.journal.recording import Recorder
from haconsole.journal.replay import Replay
from haconsole.monitor.feed import Feed
from haconsole.transport.door import Door


class Consulting(Protocol):
    """Diagnoses one cluster (``monitor.casework.consult.Consultation``). Changes nothing."""

    def passive(self) -> Diagnosis:
        """Judge what is known now, asking nobody."""
        ...

    def mood(self) -> tuple[object, ...]:
        """Return what, when it changes, makes old readings and old evidence worth taking anew."""
        ...

    async def read(self) -> None:
        """Read what a diagnosis wants beside what is watched."""
        ...

    async def examine(self) -> Diagnosis:
        """Read, and take the evidence that decides."""
        ...

    def forget(self) -> None:
        """Let go of the evidence that was taken."""
        ...


class Clinic(Protocol):
    """Where diagnoses come from."""

    def consult(self, feed: Feed, door: Door | None, cluster: Cluster) -> Consulting:
        """Return what diagnoses a cluster; ``door`` ``None``: nobody can be asked."""
        ...


class OwnClinic:
    """The product's own: ``monitor.casework``, imported when used.

    ``recorder``: writes down what diagnoses learn.
    """

    def __init__(self, recorder: Recorder | None = None) -> None:
        self._recorder = recorder

    def consult(self, feed: Feed, door: Door | None, cluster: Cluster) -> Consulting:
        """Return a consultation, or one that only judges what is seen."""
        if door is None:
            return _Watching(feed, cluster)
        from haconsole.monitor.casework.consult import Consultation

        if self._recorder is None:
            return Consultation(feed, door, cluster)
        return Consultation(feed, door, cluster, told=self._recorder.beside)


class _Watching:
    """Judges what the feed shows: a recording, or a console without hosts."""

    def __init__(self, feed: Feed, cluster: Cluster) -> None:
        self._feed = feed
        self._cluster = cluster

    def passive(self) -> Diagnosis:
        from haconsole.domain.rules.diagnosis import diagnose
        from haconsole.monitor.casework.build import case_of

        feed, cluster = self._feed, self._cluster
        if not isinstance(feed, Replay):
            return diagnose(case_of(feed.state, cluster, feed.now()))
        known = feed.beside(cluster.name)
        return diagnose(case_of(feed.state, cluster, feed.now(), known.extras, known.active))

    def mood(self) -> tuple[object, ...]:
        return ()

    async def read(self) -> None:
        """Nobody can be asked."""

    async def examine(self) -> Diagnosis:
        return self.passive()

    def forget(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True, slots=True)
class Row:
    """A finding in the list: the cluster that it is of, and what tells it from the others."""

    cluster: str
    finding: Finding

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """What it is known by, while its evidence changes."""
        return self.cluster, self.finding.cause, self.finding.nodes


@dataclass(frozen=True, slots=True)
class Chart:
    """What is known of what is wrong, for the screen. Times: the feed's clock, epoch seconds.

    ``judged_at`` ``None``: not judged yet. ``since``: a closer look goes on since then, at
    ``taking``. ``looked_at``: when the last one ended. ``can_look``: there are hosts to ask.
    ``recording``: it is of a moment of a recording.
    ``whole``: every cluster on show was judged.
    """

    rows: tuple[Row, ...] = ()
    missing: tuple[Missing, ...] = ()
    level: Level = Level.UNKNOWN
    judged_at: float | None = None
    settling: bool = False
    wants: tuple[ActiveCheck, ...] = ()
    taking: tuple[ActiveCheck, ...] = ()
    since: float | None = None
    looked_at: float | None = None
    can_look: bool = False
    recording: bool = False
    whole: bool = False
    problem: str = ""


def worst(levels: Sequence[Level]) -> Level:
    """Return the worst of some levels; ``UNKNOWN`` where there are none."""
    return max(levels, key=lambda level: level.rank, default=Level.UNKNOWN)
