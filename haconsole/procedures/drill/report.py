"""A drill as JSON, for machines and the journal; ``report_text`` makes a page of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from haconsole.domain.drill_verdict import Kind
from haconsole.domain.outage import Measurement, Outage
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.domain.vrrp_terms import Span
from haconsole.procedures.drill.report_text import markdown
from haconsole.procedures.drill.result import Result
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.telling import say

#: Version of the JSON's shape; it rises when a field changes its meaning or goes.
JSON_VERSION = 1
#: Verdicts from the best to the worst: that of several drills is the worst of them.
_RANK = (Kind.AS_PREDICTED, Kind.VOID, Kind.ABORTED, Kind.DIFFERENT, Kind.OPPOSITE)


def as_json(result: Result) -> dict[str, Any]:
    """Return a drill as JSON-ready data.

    Times are seconds: ``…_s`` are durations, ``at`` and ``…_at`` epoch seconds of the console's
    clock. ``predicted.min_s`` and ``.max_s`` are ``null`` where the outage is predicted to last
    until the fault is undone; ``measured`` is ``null`` where nothing was measured, and
    ``measured.upper_s`` where an end of the outage was not seen. ``sent`` and ``failed`` count the
    requests from the baseline until the fault was undone. ``timeline[].error_s``: by how much its
    ``at`` may be off.
    """
    told = result.seen.measurement
    return {
        "version": JSON_VERSION,
        "id": result.drill_id,
        "scenario": result.ask.scenario.value,
        "site": result.site,
        "cluster": result.cluster,
        "lab": result.lab,
        "vip": result.ask.vip,
        "target": result.prediction.target,
        "at": round(result.began, 3),
        "ended_at": round(result.ended, 3),
        "who": result.who,
        "limit_s": result.ask.limit_s,
        "forced": [say(one) for one in result.forced],
        "predicted": predicted(result.prediction),
        "measured": None if told is None else _measured(told, result),
        "return": _return(result),
        "sent": told.sent if told else 0,
        "failed": sum(told.failed.values()) if told else 0,
        "failures": {kind.value: count for kind, count in told.failed.items()} if told else {},
        "verdict": result.verdict.kind.value,
        "healthy": result.verdict.healthy,
        "good": result.good,
        "reasons": [say(one) for one in result.verdict.reasons],
        "problem": say(result.problem) or None,
        "fault_at": list(result.fault_at) if result.fault_at else None,
        "undone_at": result.undone_at,
        **_means(result),
        "timeline": [
            {
                "at": round(row.at, 6),
                "error_s": _r(row.error_s),
                "host": row.host or None,
                "severity": row.severity.value,
                "text": say(row.note),
            }
            for row in result.rows
        ],
        "steps": steps(result.plan, result.run),
    }


def _means(result: Result) -> dict[str, Any]:
    """Return how it was measured, and on what."""
    return {
        "probe": {
            "place": say(result.probe.place),
            "rate_hz": result.probe.rate_hz,
            "lag_s": _r(result.probe.lag_s),
            "cpu": _r(result.probe.cpu),
            "keep_alive_stalled_s": _r(result.probe.stalled_s),
        },
        "clocks": {
            name or "console": {"offset_s": _r(offset_s), "error_s": _r(error_s)}
            for name, (offset_s, error_s) in result.clocks.items()
        },
        "topology": [
            {
                "host": row.name,
                "role": row.role,
                "address": row.address,
                "system": row.system,
                "keepalived": row.keepalived or None,
                "nginx": row.nginx or None,
            }
            for row in result.topology
        ],
        "fingerprints": {name: dict(files) for name, files in result.fingerprints.items()},
    }


def outlook(progress: DrillProgress, plan: Plan | None) -> dict[str, Any]:
    """Return what is foreseen of a drill that was not run: prediction, refusals, steps."""
    foreseen = progress.prediction
    return {
        "version": JSON_VERSION,
        "scenario": progress.ask.scenario.value,
        "vip": progress.ask.vip,
        "target": progress.ask.target,
        "limit_s": progress.ask.limit_s,
        "ready": progress.stage is Stage.READY,
        "predicted": None if foreseen is None else predicted(foreseen),
        "refusals": [
            {"name": one.name, "text": say(one.note), "forcible": one.forcible}
            for one in progress.refusals
        ],
        "steps": [] if plan is None else steps(plan, RunProgress()),
    }


def predicted(foreseen: Prediction) -> dict[str, Any]:
    """Return a prediction: who, how long, of which terms, and why not."""
    return {
        "min_s": _r(foreseen.min_s),
        "max_s": _r(foreseen.max_s),
        "owner": foreseen.owner,
        "takes_over": foreseen.takes_over,
        "takeover": _span(foreseen.takeover),
        "outage": _span(foreseen.outage),
        "two_owners": foreseen.two_owners,
        "fails_back": foreseen.fails_back,
        "failback": _span(foreseen.failback),
        "failback_outage": _span(foreseen.failback_outage),
        "why_not": [say(one) for one in foreseen.why_not],
        "notes": [say(one) for one in foreseen.notes],
    }


def _span(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {
        "min_s": _r(span.min_s),
        "max_s": _r(span.max_s),
        "terms": [
            {"text": say(term.note), "min_s": _r(term.bounds.min_s), "max_s": _r(term.bounds.max_s)}
            for term in span.terms
        ],
    }


def _measured(told: Measurement, result: Result) -> dict[str, Any]:
    upper_s = told.upper_s
    detect = told.detect_s
    known = not result.seen.unseen
    return {
        "lower_s": _r(told.lower_s),
        "upper_s": _r(upper_s),
        "width_s": _r(None if upper_s is None else upper_s - told.lower_s),
        "longest_gap_s": _r(told.longest_gap_s),
        "lasted_until_undone": result.seen.lasted,
        "taken_by": result.seen.taken_by,
        "detect_s": None if detect is None else {"min": _r(detect[0]), "max": _r(detect[1])},
        "two_owners_s": _r(told.owned.two_s) if known else None,
        "no_owner_s": _r(told.owned.none_s) if known else None,
        "owners_error_s": _r(told.owned.error_s),
        "not_seen": list(result.seen.unseen),
        "first_node": told.first_node or None,
        "interval_s": _r(told.interval_s),
        "lag_s": _r(told.lag_s),
        "hits": {
            part: {name or "unknown": count for name, count in hits.items()}
            for part, hits in (
                ("before", told.hits.before),
                ("during", told.hits.during),
                ("after", told.hits.after),
            )
        },
        "outages": [_outage(one) for one in told.outages],
        "void": [say(one) for one in told.void],
    }


def _outage(one: Outage) -> dict[str, Any]:
    return {
        "lower_s": _r(one.lower_s),
        "upper_s": _r(one.upper_s),
        "last_good_at": one.last_good_at,
        "first_failed_at": one.first_failed_at,
        "last_failed_at": one.last_failed_at,
        "first_good_at": one.first_good_at,
        "sent": one.sent,
        "failed": {kind.value: count for kind, count in one.failed.items()},
    }


def _return(result: Result) -> dict[str, Any] | None:
    back = result.seen.back
    if back is None:
        return None
    took = result.seen.returned_s
    return {
        "lower_s": _r(back.lower_s),
        "upper_s": _r(back.upper_s),
        "sent": back.sent,
        "failed": sum(back.failed.values()),
        "failures": {kind.value: count for kind, count in back.failed.items()},
        "outages": [_outage(one) for one in back.outages],
        "took_s": None if took is None else {"min": _r(took[0]), "max": _r(took[1])},
        "owners": list(result.seen.end_owners or ()),
        "void": [say(one) for one in back.void],
    }


def steps(plan: Plan, run: RunProgress) -> list[dict[str, Any]]:
    """Return what was done, in the plan's order, with every command as it was sent."""
    return [
        {
            "id": step.id,
            "host": step.host,
            "title": say(step.title),
            "status": run.of(step.id).status.value,
            "problem": say(run.of(step.id).problem) or None,
            "seconds": run.of(step.id).seconds,
            "commands": [
                {"for": word, "script": command.script, "root": command.root}
                for word, command in (
                    ("check", step.check),
                    ("do", step.do),
                    ("verify", step.verify),
                )
                if command is not None
            ],
        }
        for step in plan.steps
    ]


def repeated(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return repeats of one drill as one document: the run in the middle, and the spread.

    ``predicted`` is the first run's; ``measured.lower_s`` and ``.upper_s`` are the medians of the
    runs that are not void, ``spread`` their least, median and most; ``sent`` and ``failed`` are
    sums; ``verdict`` is the worst. ``runs`` are whole documents.
    """
    first = runs[0]
    sure = [one["measured"] for one in runs if one["measured"] and not one["measured"]["void"]]
    spread = {key: _spread([one[key] for one in sure]) for key in ("lower_s", "upper_s")}
    return {
        "version": JSON_VERSION,
        **{
            key: first[key] for key in ("scenario", "site", "cluster", "vip", "target", "predicted")
        },
        "at": first["at"],
        "ended_at": runs[-1]["ended_at"],
        "forced": first["forced"],
        "measured": {key: one["median"] for key, one in spread.items() if one} or None,
        "spread": spread,
        "sent": sum(one["sent"] for one in runs),
        "failed": sum(one["failed"] for one in runs),
        "verdict": worst(one["verdict"] for one in runs).value,
        "healthy": all(one["healthy"] for one in runs),
        "good": all(one["good"] for one in runs),
        "runs": list(runs),
    }


def worst(kinds: Any) -> Kind:
    """Return the worst of several verdicts."""
    return max((Kind(one) for one in kinds), key=_RANK.index)


def _spread(values: Sequence[float | None]) -> dict[str, float] | None:
    known = [one for one in values if one is not None]
    if not known:
        return None
    return {"min": min(known), "median": round(median(known), 6), "max": max(known)}


def as_markdown(*results: Result) -> str:
    """Return a drill, or repeats of it, as a page for people."""
    documents = [as_json(one) for one in results]
    return markdown(documents[0] if len(documents) == 1 else repeated(documents))


def _r(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
