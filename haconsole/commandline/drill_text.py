"""A drill in lines of text: what is foreseen, what goes on, what came of it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from haconsole.columns import columns
from haconsole.domain.drill_verdict import between
from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.domain.vrrp_terms import Span
from haconsole.procedures.drill.report_text import measured_text, outage_text, summary_row
from haconsole.procedures.drill.session import Way
from haconsole.procedures.drill.situation import Situation
from haconsole.procedures.drill.standing import DrillProgress, Row, Stage
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.procedures.render import as_text
from haconsole.telling import say
from haconsole.words import t

_STAGES = {
    Stage.ARMING: note("arming the undo; the probe begins"),
    Stage.BREAKING: note("breaking"),
    Stage.OBSERVING: note("watching clients"),
    Stage.WAITING: note("a node is cut off; it undoes the fault by itself"),
    Stage.UNDOING: note("undoing"),
    Stage.SETTLING: note("watching the pair settle"),
}
#: How often a wait says for how long it still is, seconds.
_COUNT_S = 10.0


def listing(ways: Sequence[Way], here: Situation) -> str:
    """Return every drill with its prediction for this pair."""
    owner = here.owner or t("nobody")
    lines = [t("{vip} is on {owner}. What can be drilled, and what it would do:",
               vip=here.vip.address, owner=owner), ""]  # fmt: skip
    lines += [f"! {say(problem)}" for problem in here.problems]
    rows = [(one.scenario.value, one.target, *_foreseen(one.prediction)) for one in ways]
    head = (t("scenario"), t("target"), t("takes over"), t("clients wait"), t("afterwards"))
    lines += columns([head, *rows])
    whys = {say(why) for one in ways for why in one.prediction.why_not}
    lines += [f"  {why}" for why in sorted(whys)]
    return "\n".join(lines) + "\n"


def _foreseen(prediction: Prediction) -> tuple[str, str, str]:
    wait = t("until undone")
    if prediction.outage is not None:
        wait = _seconds(prediction.outage)
    after = ""
    if prediction.fails_back:
        after = t("fails back")
    elif prediction.takes_over:
        after = t("stays there")
    return prediction.takes_over or t("nobody"), wait, after


def _seconds(span: Span) -> str:
    return t("{span} s", span=between(span.min_s, span.max_s))


def outlook_lines(progress: DrillProgress, *, read_only: bool) -> list[str]:
    """Return the prediction, and what speaks against the drill.

    ``read_only``: whether that changes are locked is among it.
    """
    lines = list(_prediction(progress))
    if progress.refusals:
        lines += [
            f"! {say(one.note)}"
            for one in progress.refusals
            if read_only or one.name != "read-only"
        ]
    return lines


def _prediction(progress: DrillProgress) -> Iterator[str]:
    foreseen = progress.prediction
    yield t("Drill {scenario} on {target}", scenario=progress.ask.scenario.value,
            target=progress.ask.target or t("nobody"))  # fmt: skip
    if foreseen is None:
        return
    if foreseen.takes_over and foreseen.takeover is not None:
        yield t("  {host} takes over after {time}", host=foreseen.takes_over,
                time=_terms(foreseen.takeover))  # fmt: skip
    else:
        yield t("  nobody takes over")
    yield from (f"    {say(why)}" for why in foreseen.why_not)
    if foreseen.outage is None:
        yield t("  clients get no answer until the fault is undone")
    else:
        yield t("  clients wait {time}", time=_terms(foreseen.outage))
    if foreseen.two_owners:
        yield t("  two LBs hold the VIP meanwhile")
    if foreseen.fails_back and foreseen.failback is not None:
        yield t("  it fails back after {time}", time=_terms(foreseen.failback))
        yield t("  clients then wait {time}", time=_terms(foreseen.failback_outage))
    yield from (f"  {say(one)}" for one in foreseen.notes)
    yield t("  the node undoes it by itself after {limit} s at the latest",
            limit=f"{progress.ask.limit_s:g}")  # fmt: skip


def _terms(span: Span) -> str:
    return f"{_seconds(span)} ({say(span.note)})" if span.terms else _seconds(span)


def plan_lines(plan: Plan) -> list[str]:
    """Return every step with its commands."""
    return as_text(plan, RunProgress()).rstrip("\n").splitlines()


def result_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Return what came of a drill, or of its repeats."""
    yield t(
        "{scenario} {target}: {verdict}: measured {measured}, predicted {predicted}, "
        "{failed} of {sent} requests failed",
        scenario=document["scenario"],
        target=document["target"],
        verdict=document["verdict"],
        measured=measured_text(document["measured"]),
        predicted=outage_text(document["predicted"]),
        failed=document["failed"],
        sent=document["sent"],
    )
    runs = document.get("runs", [document])
    if len(runs) > 1:
        for number, one in enumerate(runs, 1):
            yield f"  {number}. {one['verdict']}: {measured_text(one['measured'])}"
    for reason in dict.fromkeys(reason for one in runs for reason in one["reasons"]):
        yield f"  - {reason}"
    for problem in dict.fromkeys(one["problem"] for one in runs if one["problem"]):
        yield f"  ! {problem}"
    if not document["healthy"]:
        yield t("  ! the pair is not as before")


def table(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the table at the end of several drills."""
    head = (t("drill"), t("target"), t("predicted"), t("measured"), t("verdict"))
    return columns([head, *(summary_row(one) for one in documents)])


class DrillTeller:
    """Prints each thing of a drill once, as it becomes known; times count from the fault."""

    def __init__(self, out: TextIO, number: int, count: int) -> None:
        self._out = out
        self._run = f"[{number}/{count}] " if count > 1 else ""
        self._stage: Stage | None = None
        self._told: set[tuple[str, str, int]] = set()
        self._count_at = -math.inf

    def hear(self, progress: DrillProgress) -> None:
        """Take a snapshot."""
        if progress.stage is not self._stage:
            self._stage = progress.stage
            if progress.stage in _STAGES:
                self._say(say(_STAGES[progress.stage]))
        for row in progress.rows:
            self._tell(row, progress)
        self._countdown(progress)

    def close(self, progress: DrillProgress) -> None:
        """Say why it did not get to its end, and where it is written down."""
        if progress.problem is not None:
            print(f"haconsole: {say(progress.problem)}", file=self._out)
        if progress.report:
            self._say(t("report: {file}", file=progress.report))
        self._out.flush()

    def _tell(self, row: Row, progress: DrillProgress) -> None:
        # A stamp may still be made more exact by some milliseconds.
        key = (row.host, say(row.note), round(row.at))
        near = {(key[0], key[1], key[2] + step) for step in (-1, 0, 1)}
        if near & self._told:
            return
        self._told.add(key)
        when = ""
        if progress.fault_at is not None:
            when = f"{row.at - progress.fault_at[0]:+8.3f} s  "
        self._say(f"{when}{row.host + ': ' if row.host else ''}{say(row.note)}")

    def _countdown(self, progress: DrillProgress) -> None:
        dues = [node.undo_due_at for node in progress.nodes.values() if node.undo_due_at]
        now = time.time()
        if progress.stage is not Stage.WAITING or not dues or now - self._count_at < _COUNT_S:
            return
        self._count_at = now
        left = max(dues) - now
        if left > 0:
            self._say(t("the node undoes it by itself in {seconds} s", seconds=round(left)))

    def _say(self, text: str) -> None:
        print(f"{self._run}{text}", file=self._out, flush=True)
