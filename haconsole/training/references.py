"""What a lesson file names must exist, and what belongs together must be there together."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

from haconsole.domain.rules.registry import BY_CAUSE
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.inventory.problems import Report, shown
from haconsole.inventory.shapes import Record, Value
from haconsole.procedures.catalogue import ENTRIES
from haconsole.telling import say
from haconsole.words import t

from .acts.registry import ACTS
from .fields import DEED_KINDS
from .probes.registry import PROBES


def judge(lesson: Record, report: Report) -> None:
    """Note everything that does not fit."""
    if ("steps" in lesson.values) == ("exam" in lesson.values) and not (
        {"steps", "exam"} & lesson.refused
    ):
        expected = t("steps or exam, one of them")
        both = "steps" in lesson.values
        what = t("both steps and exam are there") if both else t("there is nothing to do")
        report.refuse(lesson.line, lesson.at, what, expected)
    if (start := lesson.record("start")) is not None:
        _deeds(start, "then", report)
    seen: set[str] = set()
    for value in lesson.items("steps"):
        if isinstance(value.value, Record):
            _step(value.value, seen, report)
    if (exam := lesson.record("exam")) is not None:
        _exam(exam, report)


def _step(step: Record, seen: set[str], report: Report) -> None:
    name = step.text("step") or ""
    if name in seen:
        _refuse(step, "step", t("there is a step {name} already", name=shown(name)),
                t("another name"), report)  # fmt: skip
    seen.add(name)
    for key in ("setup", "solve"):
        _deeds(step, key, report)
    for check in _records(step, "checks"):
        _check(check, report)
    question = step.record("predict")
    if question is not None:
        _question(question, report)
    has = step.values.keys() | step.refused
    if not {"checks", "predict"} & has:
        report.refuse(step.line, step.at, t("there is nothing to pass"), t("checks, or predict"))
    if "task" in has and not {"checks", "solve"} <= has:
        expected = t("checks that it must meet, and solve, which does it")
        report.refuse(step.line, step.at, t("a task stands alone"), expected)


def _question(question: Record, report: Report) -> None:
    keys = [choice.text("key") or "" for choice in _records(question, "choices")]
    answer = question.text("answer")
    if answer is not None and answer not in keys:
        _refuse(question, "answer", t("{key} is no choice", key=shown(answer)),
                t("one of {names}", names=", ".join(keys)), report)  # fmt: skip
    if len(set(keys)) < len(keys):
        _refuse(question, "choices", t("two choices have the same key"), t("a key each"), report)


def _deeds(record: Record, key: str, report: Report) -> None:
    for deed in _records(record, key):
        _deed(deed, report)


def _deed(deed: Record, report: Report) -> None:
    named = [kind for kind in DEED_KINDS if kind in deed.values]
    if len(named) != 1:
        if not deed.refused:
            what = t("{count} deeds stand in one place", count=len(named))
            expected = t("one of {names}", names=", ".join(DEED_KINDS))
            report.refuse(deed.line, deed.at, what, expected)
        return
    kind = named[0]
    name = deed.text(kind) or ""
    match kind:
        case "procedure":
            _known(deed, kind, name, ENTRIES, report)
        case "act":
            if _known(deed, kind, name, ACTS, report):
                _settings(deed, ACTS[name].parameters, report)
        case "fault":
            _fault(deed, kind, name, report)
        case "drill":
            _known(deed, kind, name, [one.value for one in Scenario], report)


def _fault(record: Record, key: str, name: str, report: Report) -> None:
    from .faults.registry import FAULTS

    if _known(record, key, name, FAULTS, report):
        _settings(record, {"host": False}, report)


def _check(check: Record, report: Report) -> None:
    name = check.text("probe")
    if name is None or not _known(check, "probe", name, PROBES, report):
        return
    parameters = PROBES[name].parameters
    _settings(check, {key: one.required for key, one in parameters.items()}, report)
    for key, value in _given(check).items():
        if key in parameters and not parameters[key].accepts(str(value.value)):
            what = t("{value} is not that", value=shown(str(value.value)))
            report.refuse(value.line, value.at, what, say(parameters[key].expected))


def _exam(exam: Record, report: Report) -> None:
    pool = list(_records(exam, "pool"))
    for one in pool:
        _fault(one, "fault", one.text("fault") or "", report)
        _deeds(one, "solve", report)
        for value in one.items("causes"):
            if value.value not in BY_CAUSE:
                _unknown(value, str(value.value), BY_CAUSE, report)
    rounds = exam.whole("rounds")
    if rounds is not None and rounds > len(pool):
        what = t("{rounds} rounds, and {count} faults", rounds=rounds, count=len(pool))
        _refuse(exam, "rounds", what, t("as many faults as rounds, or more"), report)


def _settings(record: Record, parameters: Mapping[str, bool], report: Report) -> None:
    """Note unknown parameters, and required ones (true) that are not there."""
    given = _given(record)
    for key, value in given.items():
        if key not in parameters:
            _unknown(value, key, parameters, report)
    for key in (key for key, required in parameters.items() if required and key not in given):
        what = t("the parameter {key} is missing", key=shown(key))
        report.refuse(record.line, record.at, what, t("set: {{{key}: …}}", key=key))


def _given(record: Record) -> Mapping[str, Value]:
    found = record.record("set")
    return found.values if found else {}


def _known(record: Record, key: str, name: str, names: Collection[str], report: Report) -> bool:
    if name in names or key not in record.values:
        return name in names
    _unknown(record.values[key], name, names, report)
    return False


def _unknown(value: Value, name: str, names: Iterable[str], report: Report) -> None:
    known = list(names)
    near = difflib.get_close_matches(name, known, 1, 0.5)
    expected = (
        t("a known one; the nearest is {name}", name=shown(near[0]))
        if near
        else t("one of {names}", names=", ".join(known) or t("none"))
    )
    report.refuse(value.line, value.at, t("there is no {name}", name=shown(name)), expected)


def _refuse(record: Record, key: str, what: str, expected: str, report: Report) -> None:
    value = record.values.get(key)
    at = value.at if value else record.at
    report.refuse(value.line if value else record.line, at, what, expected)


def _records(record: Record, key: str) -> Iterator[Record]:
    for value in record.items(key):
        if isinstance(value.value, Record):
            yield value.value
