"""What happened between two moments of a recording: verdicts, findings, moments, commands."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from haconsole.domain.model import Site
from haconsole.domain.reduce import reduce
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Finding
from haconsole.domain.state import Moment, MomentKind, State
from haconsole.domain.verdict import Level, SiteVerdict, judge
from haconsole.monitor.casework.build import case_of
from haconsole.monitor.once import is_whole
from haconsole.telling import say

from .ledger import default_path
from .recording_beside import beside_at
from .recording_reading import Mark, Recording
from .replay_reel import MOVE_S, Reel

#: Moments at which all causes are looked for; the time line holds every change anyway.
_MOST_DIAGNOSED = 400
#: Seconds after a change at which causes are looked for: what follows from it is there then.
_AFTER_S = (0.0, 1.5, 4.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict that held from ``at`` on."""

    at: float
    level: Level
    headline: str


@dataclass(slots=True)
class Found:
    """A cause as it was found over time. ``best``: when it was surest."""

    cluster: str
    first: float
    last: float
    best: Finding


@dataclass(slots=True)
class Story:
    """An incident. Times: epoch seconds, the console's clock of then.

    ``before``: the first state of it in which every host had been read or had failed to be.
    """

    recording: Recording
    first: float
    last: float
    before: State
    before_at: float
    after: State
    #: The state at the worst moment, and when that was.
    worst: State
    worst_at: float
    verdicts: list[Verdict]
    found: list[Found]
    moments: list[Moment]
    marks: list[Mark]
    commands: list[dict[str, Any]] = field(default_factory=list)

    @property
    def site(self) -> Site:
        """What was watched."""
        return self.recording.site

    def seconds_of(self, level: Level) -> float:
        """Return for how many seconds in all a verdict of this level held."""
        ends = [*(one.at for one in self.verdicts[1:]), self.last]
        pairs = zip(self.verdicts, ends, strict=True)
        return sum(end - one.at for one, end in pairs if one.level is level)


def tell(reel: Reel, first: float, last: float, ledger: Path | None = None) -> Story:
    """Return what happened from ``first`` to ``last`` (within the recording)."""
    first, last = max(first, reel.first), min(max(last, first), reel.last)
    state = reel.state_at(reel.upto(first))
    before_at, before = _whole(reel, first, last, state)
    verdicts = [_verdict(first, judge(state, first))]
    verdicts += [_verdict(one.at, one.verdict) for one in reel.turns if first < one.at <= last]
    verdicts = _settled(verdicts)
    ending = judge(after := reel.state_at(reel.upto(last)), last)
    if (verdicts[-1].level, verdicts[-1].headline) != (ending.level, str(ending.headline)):
        # Time alone has changed it: what is known has grown old.
        verdicts.append(_verdict(last, ending))
    worst = max(verdicts, key=lambda one: one.level.rank)
    end = next((one.at for one in verdicts if one.at > worst.at), last)
    worst_at = worst.at + min(_AFTER_S[1], (end - worst.at) / 2)
    marks = [one for one in reel.recording.marks if first <= one.at <= last]
    return Story(
        recording=reel.recording,
        first=first,
        last=last,
        before=before,
        before_at=before_at,
        after=after,
        worst=reel.state_at(reel.upto(worst_at)),
        worst_at=worst_at,
        verdicts=verdicts,
        found=_found(reel, verdicts, before_at, last),
        moments=[
            one
            for one in after.timeline
            if first <= one.at <= last and one.kind is not MomentKind.JOURNAL
        ],
        marks=marks,
        commands=list(_commands(ledger or default_path(), reel.recording.site, first, last)),
    )


def _whole(reel: Reel, first: float, last: float, state: State) -> tuple[float, State]:
    """Return when the picture was whole for the first time, and what it was.

    While a console connects it knows nothing, which is no finding.
    """
    for index in range(reel.upto(first), reel.upto(last)):
        if is_whole(state):
            break
        first, state = reel.times[index], reduce(state, reel.recording.events[index])
    return first, state


def _verdict(at: float, verdict: SiteVerdict) -> Verdict:
    return Verdict(at, verdict.level, say(verdict.headline))


def _settled(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Leave out what held only while the events of one move came in."""
    kept: list[Verdict] = []
    for one in verdicts:
        if len(kept) > 1 and one.at - kept[-1].at <= MOVE_S:
            kept.pop()
        if not kept or (kept[-1].level, kept[-1].headline) != (one.level, one.headline):
            kept.append(one)
    return kept


def _found(reel: Reel, verdicts: Iterable[Verdict], first: float, last: float) -> list[Found]:
    """Look for causes wherever a verdict changed, and a little after it."""
    times = {min(last, one.at + after) for one in verdicts for after in _AFTER_S} | {first, last}
    times = {at for at in times if at >= first}
    known: dict[tuple[str, str, tuple[str, ...]], Found] = {}
    near: tuple[int, State] | None = None
    for at in sorted(times)[:_MOST_DIAGNOSED]:
        index = reel.upto(at)
        state = reel.state_at(index, near)
        near = (index, state)
        for cluster in state.site.clusters:
            beside = beside_at(reel.recording.besides, cluster.name, at)
            case = case_of(state, cluster, at, beside.extras, beside.active)
            for one in diagnose(case).findings:
                key = (cluster.name, one.cause, one.nodes)
                old = known.get(key)
                if old is None:
                    known[key] = Found(cluster.name, at, at, one)
                    continue
                old.last = at
                if one.confidence > old.best.confidence:
                    old.best = one
    found = list(known.values())
    found.sort(key=lambda one: (-one.best.severity.rank, one.first))
    return found


def _commands(path: Path, site: Site, first: float, last: float) -> Iterator[dict[str, Any]]:
    """Yield the ledger's rows of these hosts and this time, oldest first."""
    names = {host.name for host in site.every_host}
    rows: list[dict[str, Any]] = []
    for file in (path.with_suffix(".old.jsonl"), path):
        with contextlib.suppress(OSError), file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with contextlib.suppress(ValueError, RecursionError):
                    row = json.loads(line)
                    if _is_of(row, names, first, last):
                        rows.append(row)
    yield from sorted(rows, key=lambda row: float(row["at"]))


def _is_of(row: Any, names: set[str], first: float, last: float) -> bool:
    if not isinstance(row, dict) or not isinstance(at := row.get("at"), int | float):
        return False
    return first <= at <= last and row.get("host") in names


def joined(parts: Sequence[Recording]) -> Recording:
    """Return the files of one session as one recording; ``parts`` in their order."""
    whole = replace(parts[0], events=[*parts[0].events], fresh=[*parts[0].fresh])
    for one in parts[1:]:
        # Each file begins with what was known: here it is known already.
        whole.events += one.events[one.known :]
        whole.fresh += one.fresh[one.known :]
        whole.marks = [*whole.marks, *one.marks]
        whole.files = [*whole.files, *one.files]
        whole.besides = [*whole.besides, *one.besides]
        whole.last, whole.ended, whole.cut = max(whole.last, one.last), one.ended, one.cut
    return whole
