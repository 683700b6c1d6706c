"""Diagnoses as ``doctor`` prints them: JSON or text. Pure: diagnoses in, text out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from haconsole.domain.notes import note
from haconsole.domain.rules.finding import ActiveCheck, Diagnosis, Evidence, Finding
from haconsole.domain.verdict import Level
from haconsole.telling import say
from haconsole.words import t

from .printing import cleaned, cleaned_document

#: Version of the JSON document; it rises when a field changes its meaning or goes.
VERSION = 1


_WANTS = {
    ActiveCheck.WIRE: note("a capture of VRRP on every LB"),
    ActiveCheck.COUNTERS: note("the counters of adverts, twice"),
    ActiveCheck.ARP: note("ARP from a third host"),
    ActiveCheck.REQUESTS: note("requests through the VIP and to each host"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A diagnosis and what it is of: a cluster's name, or a bundle's moment.

    ``cluster``: what commands have to name, where a site has several.
    """

    of: str
    diagnosis: Diagnosis
    cluster: str = ""


def worst(told: Iterable[Told]) -> Level:
    """Return the worst level of all."""
    levels = [one.diagnosis.level for one in told]
    return max(levels, key=lambda level: level.rank, default=Level.UNKNOWN)


def document(source: str, told: Sequence[Told]) -> dict[str, object]:
    """Return the JSON document: everything found, worst first, then each diagnosis.

    ``findings[].of`` names the diagnosis (``diagnoses[].of``) that it belongs to: a cluster, or
    the moment of a bundle. Times are epoch seconds, ``null`` where a file has none.
    """
    flat = [(one, finding) for one in told for finding in one.diagnosis.findings]
    flat.sort(key=lambda pair: -pair[1].severity.rank)
    return {
        "version": VERSION,
        "source": source,
        "verdict": worst(told).value,
        "findings": [{"of": one.of, **_finding(finding, one.cluster)} for one, finding in flat],
        "diagnoses": [_diagnosis(one) for one in told],
    }


def as_json(source: str, told: Sequence[Told]) -> str:
    """Return :func:`document` as text."""
    return json.dumps(cleaned_document(document(source, told)), indent=2, ensure_ascii=False)


def _diagnosis(told: Told) -> dict[str, object]:
    one = told.diagnosis
    return {
        "of": told.of,
        "at": round(one.at, 3),
        "verdict": one.level.value,
        "settling": one.settling,
        "causes": [finding.cause for finding in one.findings],
        "explained": [{"cause": f.cause, "nodes": list(f.nodes), "by": by}
                      for f, by in one.explained],
        "missing": [{"what": m.what, "node": m.node, "text": say(m.note)} for m in one.missing],
        "wants": [want.value for want in one.wants],
    }  # fmt: skip


def _finding(one: Finding, cluster: str) -> dict[str, object]:
    return {
        "cause": one.cause,
        "title": say(one.title),
        "severity": one.severity.value,
        "confidence": round(one.confidence, 2),
        "sureness": say(one.sureness),
        "nodes": list(one.nodes),
        "vip": one.vip,
        "evidence": [_evidence(evidence) for evidence in one.evidence],
        "ruled_out": [say(said) for said in one.ruled_out],
        "impact": say(one.impact),
        "fix": {
            "text": say(one.fix.note),
            "procedure": one.fix.procedure,
            "settings": dict(one.fix.settings),
            "command": one.fix.shell(cluster),
        },
        "wants": [want.value for want in one.wants],
    }


def _evidence(one: Evidence) -> dict[str, object]:
    return {
        "text": say(one.note),
        "node": one.node,
        "at": None if one.at is None else round(one.at, 3),
        "shown_by": one.command,
    }


def text(told: Sequence[Told]) -> str:
    """Return diagnoses for a human, worst finding first in each."""
    lines: list[str] = []
    for one in told:
        lines += _section(one, named=len(told) > 1 or bool(one.of))
    return cleaned("\n".join(lines))


def _section(told: Told, *, named: bool) -> list[str]:
    one = told.diagnosis
    head = f"{told.of}: " if named and told.of else ""
    if not one.findings:
        said = t("nothing wrong was found") if one.level is Level.OK else t(
            "nothing wrong was found, and not everything could be seen"
        )  # fmt: skip
        lines = [f"{head}{one.level.value}: {said}"]
    else:
        lines = [f"{head}{one.level.value}: {say(one.findings[0].title)}"]
    for finding in one.findings:
        lines += _lines(finding, told.cluster)
    if one.settling:
        lines.append(t("  An owner is changing now: who owns what is not judged yet."))
    lines += [t("  not known: {what}", what=say(missing.note)) for missing in one.missing]
    return lines


def _lines(one: Finding, cluster: str) -> list[str]:
    sure = f"{say(one.sureness)}, {one.confidence:.2f}"
    lines = [
        "",
        f"  {one.severity.value}  {one.cause}  ({sure})",
        f"    {say(one.title)}",
        t("    impact: {text}", text=say(one.impact)),
    ]
    for evidence in one.evidence:
        when = f"{_clock(evidence.at)} " if evidence.at else ""
        by = f"   [{evidence.command}]" if evidence.command else ""
        lines.append(f"    - {when}{say(evidence.note)}{by}")
    lines += [t("    ruled out: {text}", text=say(said)) for said in one.ruled_out]
    if one.wants:
        wanted = ", ".join(say(_WANTS[want]) for want in one.wants)
        lines.append(t("    would tell more: {what}", what=wanted))
    lines.append(t("    fix: {text}", text=say(one.fix.note)))
    lines += [f"    $ {shell}"] if (shell := one.fix.shell(cluster)) else []
    return lines


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]
