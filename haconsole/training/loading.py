"""From files to lessons, or to everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from haconsole.inventory.nodes import Plain, Scalar, read_tree
from haconsole.inventory.problems import Problem, Report, shown
from haconsole.inventory.shapes import Record
from haconsole.inventory.source import read_text
from haconsole.telling import say
from haconsole.words import t

from . import fields
from .lesson import (
    Check,
    Choice,
    Deed,
    DeedKind,
    Exam,
    ExamFault,
    Lesson,
    Question,
    Start,
    StartState,
    Step,
    Words,
)

SHIPPED = Path(__file__).parent / "lessons"
_WHOLE = "lesson"
_T = TypeVar("_T")


class LessonError(Exception):
    """Lessons cannot be used; ``problems`` has at least one entry, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load_folder(folder: Path, *, proven: bool = False) -> tuple[Lesson, ...]:
    """Return the lessons in a folder (``*.yaml``), in the order of their files' names.

    Raises :class:`LessonError` with all problems of all files; names are known to the code
    (procedures, acts, faults, drills, probes, causes), a lesson's own is there once. ``proven``: as
    for :func:`load_file`.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        reason = error.strerror or str(error)
        what = t("this folder cannot be read ({reason})", reason=reason)
        raise LessonError([Problem(str(folder), 1, _WHOLE, what)]) from error
    if not files:
        what = t("there is no lesson in this folder; expected files called *.yaml")
        raise LessonError([Problem(str(folder), 1, _WHOLE, what)])
    lessons: dict[str, Lesson] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            lesson = load_file(file, proven=proven)
        except LessonError as error:
            problems += error.problems
            continue
        if lesson.id in lessons:
            what = t("the lesson {id} is in {file} already; expected another name",
                     id=shown(lesson.id), file=lessons[lesson.id].file)  # fmt: skip
            problems.append(Problem(str(file), 1, "lesson", what))
        lessons[lesson.id] = lesson
    if problems:
        raise LessonError(problems)
    return tuple(lessons.values())


def load_file(path: Path, *, proven: bool = False) -> Lesson:
    """Return the lesson in a file; raises :class:`LessonError` with all its problems.

    ``proven``: what it names is known to exist, and is not looked up (that takes a second).
    """
    report = Report(str(path))
    text = read_text(path, report)
    ours = path.parent == SHIPPED
    tree = None if text is None else read_tree(text, report, ours=ours)
    empty = tree is None or (isinstance(tree, Scalar) and tree.kind is Plain.NULL)
    if empty and not report:
        report.refuse(1, _WHOLE, t("this file is empty"), say(fields.LESSON.expected))
    record = None if empty or tree is None else fields.LESSON.read(tree, "", report)
    if not isinstance(record, Record):
        raise LessonError(report.problems)
    if not proven:
        from .references import judge

        judge(record, report)
    if report:
        raise LessonError(report.problems)
    return _lesson(record, str(path))


def _lesson(record: Record, file: str) -> Lesson:
    start, exam = record.record("start"), record.record("exam")
    return Lesson(
        id=_text(record, "lesson"),
        title=_words(record.record("title")),
        about=_words(record.record("about")),
        minutes=record.whole("minutes") or 1,
        tutorial=_texts(record, "tutorial"),
        start=_start(start) if start else Start(),
        on=_texts(record, "where") or ("demo", "lab", "hosts"),
        steps=_each(record, "steps", _step),
        exam=_exam(exam) if exam else None,
        file=file,
    )


def _start(record: Record) -> Start:
    return Start(
        state=StartState(_text(record, "state")),
        family=record.text("family") or "apt",
        keepalived=record.text("keepalived") or "",
        then=_each(record, "then", deed_of),
    )


def _step(record: Record) -> Step:
    question = record.record("predict")
    return Step(
        id=_text(record, "step"),
        title=_words(record.record("title")),
        text=_words(record.record("text")),
        predict=_question(question) if question else None,
        setup=_each(record, "setup", deed_of),
        task=_words(record.record("task")),
        solve=_each(record, "solve", deed_of),
        checks=_each(record, "checks", _check),
        hints=_each(record, "hints", _words),
        after=_words(record.record("after")),
        covers=_texts(record, "covers"),
        shell=record.text("shell") or "",
        seen_before=bool(record.get("seen_before")),
        line=record.line,
    )


def _question(record: Record) -> Question:
    return Question(
        ask=_words(record.record("ask")),
        choices=_each(record, "choices", lambda one: Choice(_text(one, "key"), _words(one))),
        answer=_text(record, "answer"),
        because=_words(record.record("because")),
    )


def deed_of(record: Record) -> Deed:
    """Return the deed that a record describes: one of its kinds is there."""
    kind = next(DeedKind(kind) for kind in fields.DEED_KINDS if record.text(kind) is not None)
    return Deed(kind, _text(record, kind.value), _settings(record), record.line)


def _check(record: Record) -> Check:
    return Check(
        probe=_text(record, "probe"),
        settings=_settings(record),
        within_s=_seconds(record, "within", 15.0),
        hold_s=_seconds(record, "hold", 0.0),
        line=record.line,
    )


def _exam(record: Record) -> Exam:
    return Exam(
        pool=_each(record, "pool", _exam_fault),
        rounds=record.whole("rounds") or 3,
        detect_s=_seconds(record, "detect", 60.0),
        mitigate_s=_seconds(record, "mitigate", 180.0),
        give_up_s=_seconds(record, "give_up", 600.0),
    )


def _exam_fault(record: Record) -> ExamFault:
    fault = Deed(DeedKind.FAULT, _text(record, "fault"), _settings(record), record.line)
    return ExamFault(fault, _texts(record, "causes"), _each(record, "solve", deed_of))


def _words(record: Record | None) -> Words:
    if record is None:
        return Words()
    return Words(record.text("en") or "", record.text("zh") or "")


def _settings(record: Record) -> Mapping[str, str]:
    found = record.record("set")
    values = found.values if found else {}
    return MappingProxyType({key: str(value.value) for key, value in values.items()})


def _text(record: Record, key: str) -> str:
    return record.text(key) or ""


def _texts(record: Record, key: str) -> tuple[str, ...]:
    return tuple(str(value.value) for value in record.items(key))


def _seconds(record: Record, key: str, default: float) -> float:
    value = record.get(key)
    return float(value) if isinstance(value, int | float) else default


def _each(record: Record, key: str, make: Callable[[Record], _T]) -> tuple[_T, ...]:
    found = (value.value for value in record.items(key))
    return tuple(make(one) for one in found if isinstance(one, Record))
