"""The school: what is to be had where, how far the learner is, whether the cluster is untouched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.notes import Note, note
from haconsole.training.lesson import Lesson, Start, StartState
from haconsole.training.progress import Record
from haconsole.training.school import School, SchoolError, Tended, lesson_of
from haconsole.training.score import Tally
from haconsole.training.stage import StageError
from haconsole.transport.commands import Effect, LedgerEntry

from .lessons import FAILOVER, START, STOP, lesson


class Stage:
    kind = "lab"

    def __init__(self) -> None:
        self.fails = False

    def missing(self, start: Start) -> Note | None:
        return note("There is no {family} here.", family=start.family) if start.keepalived else None

    async def reset(self, start: Start) -> None:
        if self.fails:
            raise StageError("lb01 does not come back.")


OTHER = lesson("other", START)
OLD = replace(lesson("old", STOP), start=Start(keepalived="1.3.5"))
DEMO = replace(lesson("demo", STOP), on=("demo",))


def school(tmp_path: Path, *lessons: Lesson) -> School:
    return School(lessons, Stage(), Record(tmp_path / "training.json"))


def entry(name: str, effect: Effect) -> LedgerEntry:
    return LedgerEntry(0.0, "lb01", name, "", effect, True, "done", 0, 0.1)


def test_the_shelf_says_how_far_the_learner_is(tmp_path: Path) -> None:
    here = school(tmp_path, FAILOVER, OTHER)
    here.record.finished("other", 90)
    here.record.stands("failover", "start", {"stop": Tally()}, ("stop",))
    begun, done = here.shelf()
    assert (begun.at, begun.begun, begun.done, begun.best) == (1, True, False, None)
    assert (done.at, done.begun, done.done, done.best) == (0, False, True, 90)


def test_a_step_that_the_lesson_has_no_more_is_its_first(tmp_path: Path) -> None:
    here = school(tmp_path, FAILOVER)
    here.record.stands("failover", "gone", {}, ())
    assert here.shelf()[0].at == 0


def test_what_cannot_be_had_here_says_why(tmp_path: Path) -> None:
    whole, old, demo = school(tmp_path, FAILOVER, OLD, DEMO).shelf()
    assert whole.cannot is None
    assert "There is no apt here." in str(old.cannot)
    assert "it is for demo." in str(demo.cannot)


def test_nothing_is_taught_without_a_session(tmp_path: Path) -> None:
    here = school(tmp_path, FAILOVER)
    with pytest.raises(SchoolError, match="no session"):
        here.classroom(FAILOVER, None)  # type: ignore[arg-type]  # not looked at before that


@pytest.mark.parametrize("name", ["other", "2"])
def test_a_lesson_is_found_by_name_and_number(name: str) -> None:
    assert lesson_of((FAILOVER, OTHER), name) is OTHER


@pytest.mark.parametrize("name", ["0", "3", "-1", "²", "others"])
def test_what_is_no_lesson_is_said(name: str) -> None:
    with pytest.raises(SchoolError, match=f"There is no lesson {name}\\."):
        lesson_of((FAILOVER, OTHER), name)


async def test_a_cluster_is_clean_until_something_is_changed() -> None:
    stage = Tended(Stage())
    ready = Start()
    assert not stage.clean(ready), "nobody knows what it is"
    await stage.reset(ready)
    assert stage.clean(ready)
    assert stage.clean(replace(ready, then=FAILOVER.steps[0].solve)), "that is done afterwards"
    assert not stage.clean(Start(StartState.FRESH))
    stage.heard(entry("read a file", Effect.READS))
    stage.heard(entry("hold the lock", Effect.CHANGES))
    assert stage.clean(ready)
    stage.heard(entry("a terminal", Effect.CHANGES))
    assert not stage.clean(ready)


async def test_a_cluster_that_did_not_come_back_is_not_clean() -> None:
    inner = Stage()
    stage = Tended(inner, clean=Start())
    assert stage.clean(Start())
    inner.fails = True
    with pytest.raises(StageError):
        await stage.reset(Start())
    assert not stage.clean(Start())
