"""The proof of an exam: each fault of its pool is found by its cause, and mended by its deeds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.monitor.casework.consult import Consultation
from haconsole.monitor.feed import Feed
from haconsole.training.classroom_leaving import left
from haconsole.training.classroom_names import names_for, renamed
from haconsole.training.classroom_seeing import until, well
from haconsole.training.classroom_setting import Setting
from haconsole.training.deeds import DeedError, Doer
from haconsole.training.lesson import ExamFault, Lesson
from haconsole.training.probes.registry import PROBES
from haconsole.training.probes.sight import Sight
from haconsole.training.stage import Stage, StageError
from haconsole.training.verify import Proof
from haconsole.transport.door import Door

#: Seconds that a cause may take to be found, and a pair to be well after it was mended.
FOUND_S, WELL_S = 60.0, 90.0
_HOLD_S = 3.0
#: What setting up and putting back may take, seconds.
_BROUGHT_S = 240.0
#: After which a pair that is not well is put back before the next fault, seconds.
_SETTLED_S = 15.0
_OWNER = "exam"


async def prove_exam(
    lesson: Lesson,
    *,
    door: Door,
    feed: Feed,
    cluster: Cluster,
    stage: Stage,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[Note], None] = lambda said: None,
) -> AsyncGenerator[Proof, None]:
    """Make and mend every fault of an exam's pool; yields what came of each.

    Where one is not as it should be, the cluster is put back before the next; where that cannot be
    done the proof ends. ``tell`` hears what is done on the way out, and what could not be undone.
    """
    own = renamed(lesson, names_for(cluster, feed.state))
    doer = Doer(door, feed, cluster, lambda plan, run: None)
    leaving = False

    def doing(said: Note) -> None:
        if leaving:
            tell(said)

    setting = Setting(
        own,
        doer=doer,
        door=door,
        feed=feed,
        cluster=cluster,
        stage=stage,
        doing=doing,
    )
    try:
        began = clock()
        if (wrong := await _told(setting.bring(0, anew=False))) is not None:
            yield Proof(own.id, "", clock() - began, 0.0, wrong)
            return
        for one in own.exam.pool if own.exam is not None else ():
            began = clock()
            problem: Note | None = None
            took_s = 0.0
            try:
                took_s = await _mended(one, doer, Sight(feed, door, cluster, feed.now()), clock)
            except DeedError as error:
                problem = error.note
            except StageError as error:
                problem = note("{why}", why=str(error))
            yield Proof(own.id, one.fault.name, clock() - began, took_s, problem)
            if not await until(feed, lambda: well(feed, cluster), _SETTLED_S):
                began = clock()
                if (wrong := await _told(setting.put_back())) is not None:
                    yield Proof(own.id, "reset", clock() - began, 0.0, wrong)
                    return
        began = clock()
        wrong = await _told(setting.put_back())
        yield Proof(own.id, "reset", clock() - began, 0.0, wrong)
    finally:
        leaving = True
        if (stays := await left(setting, doer, feed.now, lambda: None)) is not None:
            tell(stays)


async def _told(doing: Awaitable[None]) -> Note | None:
    """Bring a cluster somewhere, within a time; returns why it could not be."""
    try:
        async with asyncio.timeout(_BROUGHT_S):
            await doing
    except DeedError as error:
        return error.note
    except StageError as error:
        return note("{why}", why=str(error))
    except TimeoutError:
        return note("it was not set up within {seconds} s", seconds=f"{_BROUGHT_S:g}")
    return None


async def _mended(one: ExamFault, doer: Doer, sight: Sight, clock: Callable[[], float]) -> float:
    """Make a fault, see its cause found, mend it; returns how long mending took, seconds.

    Raises ``DeedError`` saying what is not as it should be.
    """
    await doer.do([one.fault], owner=_OWNER)
    found = await _found(one.causes, Consultation(sight.feed, sight.door, sight.cluster), sight)
    if found is not None:
        raise DeedError(found)
    began = clock()
    await doer.do(one.solve, owner=_OWNER)
    await _well(sight)
    took_s = clock() - began
    await doer.heal(_OWNER)
    return took_s


async def _found(causes: Sequence[str], consultation: Consultation, sight: Sight) -> Note | None:
    """Look as a learner's triage does until one of the causes is found.

    Returns what is found instead, where none of them is.
    """
    names: list[str] = []
    deadline = sight.now + FOUND_S
    while sight.now < deadline:
        names = [one.cause for one in (await consultation.examine()).findings]
        if any(cause in names for cause in causes):
            return None
        await until(sight.feed, lambda: False, 0.5)
    return note("its cause ({causes}) is not found within {seconds} s, but {found}",
                causes=", ".join(causes), seconds=f"{FOUND_S:g}",
                found=", ".join(names) or note("nothing"))  # fmt: skip


async def _well(sight: Sight) -> None:
    """Wait until nothing has been wrong for a while; raises ``DeedError`` saying what is."""
    deadline, since = sight.now + WELL_S, None
    while sight.now < deadline:
        seen = await PROBES["healthy"].look(sight, {})
        since = (since or sight.now) if seen.ok else None
        if since is not None and sight.now - since >= _HOLD_S:
            return
        await until(sight.feed, lambda: False, 0.3)
    raise DeedError(
        note("it is not mended within {seconds} s: {seen}", seconds=f"{WELL_S:g}", seen=seen.note)
    )
