"""What the linter found, as text and as the JSON document. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from haconsole.columns import columns
from haconsole.domain.lint.differences import Row, Rule
from haconsole.domain.lint.failover import Answer
from haconsole.domain.lint.findings import Finding, Level, Place
from haconsole.domain.lint.lint import Report
from haconsole.domain.lint.rules import RULES
from haconsole.domain.lint.source import Source
from haconsole.domain.notes import Note, note
from haconsole.telling import say
from haconsole.transport.cleaning import clean_line
from haconsole.words import t, tn

#: Version of the JSON document; it rises when a field changes its meaning or goes.
VERSION = 1
_WIDEST = 32
_RULES = {
    Rule.MUST_DIFFER: note("must differ"),
    Rule.MUST_MATCH: note("must match"),
    Rule.MUST_MIRROR: note("must mirror"),
    Rule.MAY: note("may differ"),
}


def with_more(report: Report, told: Sequence[Finding]) -> Report:
    """Put what reading the files told before all else."""
    return replace(report, findings=(*told, *report.findings))


def catalogue(*, as_json: bool) -> str:
    """Return every kind of finding that there is."""
    if as_json:
        rules = [
            {"id": rule.id, "level": rule.level.value, "text": say(rule.about)}
            for rule in RULES.values()
        ]
        return json.dumps({"version": VERSION, "rules": rules}, indent=2, ensure_ascii=False)
    rows = [(rule.id, _level(rule.level), say(rule.about)) for rule in RULES.values()]
    return "\n".join(columns(rows))


def text(report: Report, sources: Sequence[Source], version: str | None) -> str:
    """Return the report for a human: findings, the files side by side, the answers, a sum."""
    del version
    lines = [_finding(one) for one in report.findings]
    if report.rows:
        lines += ["", t("Side by side:"), *_table(report.rows, [one.name for one in sources])]
    if report.answers:
        lines += ["", t("Will it fail over?"), *(_answer(one) for one in report.answers)]
    if lines:
        lines.append("")
    lines.append(_sum(report))
    return "\n".join(clean_line(line) for line in lines)


def _finding(one: Finding) -> str:
    return f"{one.place}: {_level(one.level)}: {say(one.note)} [{one.rule}]"


def _level(level: Level) -> str:
    return {Level.ERROR: t("error"), Level.WARNING: t("warning"), Level.HINT: t("hint")}[level]


def _answer(one: Answer) -> str:
    mark = {True: t("yes"), False: t("NO"), None: t("it depends")}[one.works]
    vips = ", ".join(one.vips[:2]) + (f" (+{len(one.vips) - 2})" if len(one.vips) > 2 else "")
    return f"  {vips}: {mark}: {say(one.note)}"


def _table(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    head = ["", t("setting"), *names, t("rule")]
    body = [
        [
            "  " if row.holds else "✗ ",
            f"{row.block} {row.setting}".strip(),
            *(_short(_value(row, name)) for name in names),
            say(_RULES[row.rule]),
        ]
        for row in rows
    ]
    return columns([head, *body])


def _value(row: Row, host: str) -> str:
    value = row.shown(host)
    return (say(value) if isinstance(value, Note) else value) or "-"


def _short(value: str) -> str:
    return value if len(value) <= _WIDEST else value[: _WIDEST - 1] + "…"


def _sum(report: Report) -> str:
    counts = Counter(one.level for one in report.findings)
    if not counts:
        return t("Nothing to say against it.")
    return ", ".join(
        (
            tn("{count} error", "{count} errors", counts[Level.ERROR]),
            tn("{count} warning", "{count} warnings", counts[Level.WARNING]),
            tn("{count} hint", "{count} hints", counts[Level.HINT]),
        )
    )


def as_json(report: Report, sources: Sequence[Source], version: str | None) -> str:
    """Return the report as the JSON document."""
    return json.dumps(document(report, sources, version), indent=2, ensure_ascii=False)


def document(report: Report, sources: Sequence[Source], version: str | None) -> dict[str, object]:
    """Return the document that ``lint --json`` prints. ``null`` stands for what is not known."""
    return {
        "version": VERSION,
        "keepalived": version,
        "verdict": report.worst.value if report.worst else "clean",
        "files": [{"host": _clean(one.name), "file": _clean(one.conf.file)} for one in sources],
        "findings": [
            {
                "id": one.rule,
                "level": one.level.value,
                **_place(one.place),
                "text": _clean(say(one.note)),
                "also": [_place(other) for other in one.others],
            }
            for one in report.findings
        ],
        "table": [
            {
                "block": _clean(row.block),
                "setting": row.setting,
                "rule": row.rule.value,
                "holds": row.holds,
                "values": {_clean(name): _clean(value) for name, value in row.values.items()},
                "why": say(row.why),
            }
            for row in report.rows
        ],
        "failover": [
            {
                "vips": list(one.vips),
                "event": one.scenario.value if one.scenario else None,
                "works": one.works,
                "owner": one.owner,
                "takes_over": one.takes_over,
                "takeover_s": list(one.takeover_s) if one.takeover_s else None,
                "text": _clean(say(one.note)),
            }
            for one in report.answers
        ],
    }


def _place(one: Place) -> dict[str, object]:
    return {"file": _clean(one.file), "line": one.line or None}


def _clean(text: str) -> str:
    return clean_line(text)
