"""Leaving a lesson or an exam: nothing goes on in it, own hosts are whole again, what stays is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from haconsole.domain.model import Site
from haconsole.domain.notes import Note, note
from haconsole.domain.state import State
from haconsole.training import classroom_leaving, verify, verify_exam
from haconsole.training.begun import Begun, Unended, place_of
from haconsole.training.classroom import Classroom
from haconsole.training.classroom_leaving import left
from haconsole.training.classroom_setting import Setting
from haconsole.training.classroom_work import Work
from haconsole.training.deeds import DeedError
from haconsole.training.exam import Examination
from haconsole.training.exam_standing import ExamPhase
from haconsole.training.lesson import Exam, ExamFault, Lesson, Start, Words
from haconsole.training.progress import Record
from haconsole.training.stage import StageError
from haconsole.training.standing import LessonProgress, Phase
from haconsole.training.tended import Tended
from haconsole.transport.commands import Effect, LedgerEntry
from tests.support.waiting import until

from .lessons import FAILOVER, STOP, fault, lesson, words
from .test_deeds import PAIR, Feed

OTHER = replace(PAIR, name="other")
SITE = Site("site", (PAIR, OTHER), lab=True)


class Stage:
    """Hosts of one's own, without any."""

    kind = "hosts"

    def __init__(self, kind: str = "hosts") -> None:
        self.kind = kind
        self.fails = ""
        self.resets = 0

    def missing(self, start: Start) -> Note | None:
        return None

    async def reset(self, start: Start) -> None:
        self.resets += 1
        if self.fails:
            raise StageError(self.fails)


def tended(tmp_path: Path, kind: str = "hosts") -> Tended:
    stage = Tended(Stage(kind), begun=Begun(tmp_path / "hosts.json", lambda: 1000.0))
    stage.take(SITE, PAIR)
    return stage


def inner(stage: Tended) -> Stage:
    assert isinstance(stage.stage, Stage)
    return stage.stage


def change(stage: Tended, host: str = "lb01") -> None:
    stage.heard(LedgerEntry(0.0, host, "a deed", "", Effect.CHANGES, True, "done", 0, 0.1))


class Faults:
    """What a lesson broke: ``left`` are faults that stay."""

    def __init__(self, why: str = "", *names: str) -> None:
        self.why = why
        self.breaking = SimpleNamespace(
            faults=tuple((note("{name}", name=name), "web01", None) for name in names)
        )

    async def heal(self) -> None:
        if self.why:
            raise DeedError(note("{why}", why=self.why))


async def leave(stage: Tended, faults: Faults, told: list[str]) -> str:
    """Leave a lesson whose faults are these; returns what stays."""

    async def put_back() -> None:
        await stage.reset(Start())
        faults.breaking.faults = ()

    setting: Any = SimpleNamespace(stage=stage, put_back=put_back)
    problem = await left(setting, faults, lambda: 0.0, lambda: told.append("back"))  # type: ignore[arg-type]
    return "" if problem is None else str(problem)


async def test_own_hosts_are_put_back_where_anything_was_done_to_them(tmp_path: Path) -> None:
    stage, told = tended(tmp_path), list[str]()
    stage.begin(FAILOVER)
    assert stage.unended(SITE, PAIR) == Unended("failover", 1000.0)
    change(stage)
    assert await leave(stage, Faults(), told) == ""
    assert (inner(stage).resets, told) == (1, ["back"])
    assert stage.unended(SITE, PAIR) is None
    assert await leave(stage, Faults(), told) == ""
    assert inner(stage).resets == 1, "they are whole"


@pytest.mark.parametrize("kind", ["hosts", "demo"])
async def test_nothing_is_put_back_for_nothing(tmp_path: Path, kind: str) -> None:
    stage, told = tended(tmp_path, kind), list[str]()
    change(stage)  # before the lesson: somebody's own doing
    stage.begin(FAILOVER)
    change(stage, "elsewhere")
    if kind == "demo":
        change(stage)
    assert await leave(stage, Faults(), told) == ""
    assert (inner(stage).resets, told) == (0, [])


async def test_what_could_not_be_put_back_is_said_and_still_known(tmp_path: Path) -> None:
    stage = tended(tmp_path)
    stage.begin(FAILOVER)
    change(stage)
    inner(stage).fails = "lb02 does not come back."
    said = await leave(stage, Faults("no link", "A dead web node"), [])
    assert said.startswith("Not undone: A dead web node on web01; it undoes that by itself within "
                           "30 min. (no link) The hosts were not put back: lb02 does not come")  # fmt: skip
    assert stage.unended(SITE, PAIR) is not None
    inner(stage).fails = ""
    assert await leave(stage, Faults(), []) == ""
    assert stage.unended(SITE, PAIR) is None


async def test_what_takes_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom_leaving, "BACK_S", 0.01)
    stage = tended(tmp_path)
    stage.begin(FAILOVER)
    change(stage)

    async def for_ever(start: Start) -> None:
        await asyncio.Event().wait()

    inner(stage).reset = for_ever  # type: ignore[method-assign]
    assert "it takes longer than 0.01 s." in await leave(stage, Faults(), [])


async def test_on_a_demo_faults_that_stay_are_said(tmp_path: Path) -> None:
    said = await leave(tended(tmp_path, "demo"), Faults("no link", "A dead web node"), [])
    assert said.endswith("within 30 min. (no link)")


async def test_another_cluster_of_one_s_own_is_not_known_to_be_clean(tmp_path: Path) -> None:
    stage = tended(tmp_path)
    await stage.reset(Start())
    assert stage.clean(Start())
    stage.take(SITE, PAIR)
    assert stage.clean(Start())
    stage.take(SITE, OTHER)
    assert not stage.clean(Start())


async def test_hosts_that_a_lost_console_left_are_not_taken_for_clean(tmp_path: Path) -> None:
    Begun(tmp_path / "hosts.json").begin(place_of(SITE, PAIR), "recover")
    stage = tended(tmp_path)
    await stage.reset(Start())
    stage.begin(FAILOVER)
    assert not stage.clean(Start())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"version": 2}', '{"version": 1, "begun": [1]}'])
def test_a_file_that_is_not_understood_says_nothing_and_is_written_anew(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "hosts.json"
    file.write_text(text)
    known = Begun(file)
    assert known.of("here") is None
    known.begin("here", "vrrp")
    assert Begun(file).of("here") is not None
    assert file.stat().st_mode & 0o777 == 0o600
    known.end("here")
    assert Begun(file).of("here") is None


# The room that was left


class Watched(Feed):
    """A feed of a site."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.state = State.begin(site, 0.0)  # type: ignore[assignment]


def means(tmp_path: Path) -> dict[str, Any]:
    return {
        "door": None,
        "feed": Watched(SITE),
        "cluster": PAIR,
        "stage": tended(tmp_path, "demo"),
        "record": Record(tmp_path / "training.json"),
    }


async def test_in_a_room_that_was_left_nothing_is_done(tmp_path: Path) -> None:
    room = Classroom(FAILOVER, **means(tmp_path), probes={})
    await room.leave()
    done: list[str] = []

    async def begun(doing: Callable[[], Any]) -> bool:
        done.append("something")
        return True

    room._work.do = begun  # type: ignore[method-assign]
    room._work.begin = lambda doing: done.append("something")  # type: ignore[method-assign]
    for phase in (Phase.SETTING_UP, Phase.WORKING, Phase.PASSED, Phase.ASKING, Phase.BROKEN):
        room._tell(phase=phase)
        await room.enter()
        room.guess("lb02")
        await room.do_it()
        await room.next()
        await room.reset()
        await room.put_back()
    assert done == []


async def test_a_reset_that_is_overtaken_by_leaving_ends(tmp_path: Path) -> None:
    room = Classroom(FAILOVER, **means(tmp_path), probes={})
    gate, ended, entered = asyncio.Event(), asyncio.Event(), list[bool]()

    async def end(patience_s: float) -> None:
        ended.set()
        await gate.wait()

    async def enter(at: int, *, anew: bool) -> None:
        entered.append(anew)

    room._work.end, room._enter = end, enter  # type: ignore[method-assign]
    reset = asyncio.create_task(room.reset())
    await ended.wait()
    leaving = asyncio.create_task(room.leave())
    await until(lambda: room._left)
    gate.set()
    await asyncio.gather(reset, leaving)
    assert entered == []


EXAM = Lesson(
    "exam", words("E"), Words(), 5, exam=Exam((ExamFault(fault("stop"), ("x",), ()),), rounds=1)
)


@pytest.mark.parametrize("how", ["leave", "reset"])
async def test_an_exam_that_is_ended_while_it_is_set_up_has_no_round_without_an_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    gate, rounds = asyncio.Event(), list[bool]()
    brings: list[bool] = []

    async def bring(self: Setting, at: int, *, anew: bool) -> None:
        brings.append(anew)
        if not anew:
            await gate.wait()

    async def round_(self: Examination) -> None:
        rounds.append(gate.is_set())
        self._tell(phase=ExamPhase.WATCHING)

    monkeypatch.setattr(Setting, "bring", bring)
    monkeypatch.setattr(Examination, "_round", round_)
    exam = Examination(EXAM, **means(tmp_path), seed=1)
    entering = asyncio.create_task(exam.enter())
    await until(lambda: brings)
    await (exam.leave() if how == "leave" else exam.reset())
    await entering
    await exam._work.end(1.0)
    # Begun once by the reset that came to its end, never by the setting up that did not.
    assert len(rounds) == (how == "reset")
    if how == "leave":
        await exam.enter()
        await exam.reset()
        assert (len(brings), rounds) == (1, [])


async def test_work_says_whether_it_came_to_its_end() -> None:
    async def quick() -> None: ...

    async def slow() -> None:
        await asyncio.Event().wait()

    work = Work(lambda problem: None)
    assert await work.do(quick)
    doing = asyncio.create_task(work.do(slow))
    await until(lambda: work.going_on)
    await work.end(0.0)
    assert not await doing


# The proof


class SlowRoom:
    """A room in which something takes for ever."""

    def __init__(self, slow: str, stays: Note | None = None) -> None:
        self.lesson = lesson("slow", replace(STOP, predict=None, seen_before=True))
        self.progress = LessonProgress(self.lesson, Phase.WORKING)
        self.slow, self.stays = slow, stays
        self.calls: list[str] = []
        self.begun = asyncio.Event()
        self.listeners: list[Callable[[LessonProgress], None]] = []

    def subscribe(self, listener: Callable[[LessonProgress], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def enter(self, at: int = 0) -> None:
        await self._do("enter")

    async def do_it(self) -> None:
        await self._do("do")
        self.progress = replace(self.progress, phase=Phase.PASSED)

    async def next(self) -> None:
        await self._do("next")

    async def put_back(self) -> None:
        self.calls.append("put back")

    async def leave(self) -> Note | None:
        self.calls.append("leave")
        doing = note("The cluster is put back to where this lesson begins.")
        for listener in self.listeners:
            listener(replace(self.progress, phase=Phase.RESETTING, doing=doing))
        return self.stays

    async def _do(self, what: str) -> None:
        if what == self.slow:
            self.begun.set()
            await asyncio.Event().wait()


@pytest.mark.parametrize("slow", ["do", "next"])
async def test_a_deed_that_takes_too_long_is_a_flaw_and_the_way_back_is_tried(
    monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    monkeypatch.setattr(verify, "_DEED_S", 0.01)
    room: Any = SlowRoom(slow)
    found = [proof async for proof in verify.prove(room)]
    assert [(proof.step, proof.good) for proof in found] == [
        ("", True),
        ("stop", False),
        ("reset", True),
    ]
    assert str(found[1].problem) == "it was not done within 0.01 s"
    assert room.calls == ["put back", "leave"]


async def test_a_proof_that_is_cut_off_says_what_it_does_on_the_way_out_and_what_stays() -> None:
    room: Any = SlowRoom("do", note("The hosts were not put back."))
    told: list[str] = []

    async def proving() -> None:
        async for _ in verify.prove(room, tell=lambda said: told.append(str(said))):
            pass

    task = asyncio.create_task(proving())
    await room.begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert told == [
        "The cluster is put back to where this lesson begins.",
        "The hosts were not put back.",
    ]
    assert room.calls == ["leave"]


@pytest.mark.parametrize(("fails", "steps"), [("bring", [""]), ("put_back", ["stop", "reset"])])
async def test_an_exam_s_proof_says_where_it_could_not_be_set_up_or_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, steps: list[str]
) -> None:
    async def good(*args: Any, **kwargs: Any) -> Any:
        return 0.0

    async def bad(*args: Any, **kwargs: Any) -> None:
        raise StageError("lb02 does not come back.")

    monkeypatch.setattr(Setting, "bring", good)
    monkeypatch.setattr(Setting, fails, bad)
    monkeypatch.setattr(verify_exam, "_mended", good)
    monkeypatch.setattr(verify_exam, "well", lambda feed, cluster: True)
    monkeypatch.setattr(verify_exam, "until", good)
    given = means(tmp_path)
    given.pop("record")
    found = [proof async for proof in verify_exam.prove_exam(EXAM, **given)]
    assert [proof.step for proof in found] == steps
    assert str(found[-1].problem) == "lb02 does not come back."
