"""Leaving a lesson: its faults are undone, hosts of one's own put back, and what stays is said."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.monitor.feed import Feed
from haconsole.training.classroom_setting import Setting
from haconsole.training.deeds import DeedError, Doer
from haconsole.training.faults.plan import LIMIT_S
from haconsole.training.lesson import Lesson
from haconsole.training.stage import StageError
from haconsole.training.tended import Tended
from haconsole.transport.door import Door

#: What undoing the faults may take on the way out, and putting hosts back, seconds.
HEAL_S, BACK_S = 40.0, 300.0


async def left(
    setting: Setting, doer: Doer, now: Callable[[], float], putting_back: Callable[[], None]
) -> Note | None:
    """Undo what was done in a lesson; returns what could not be, ``None``: nothing is left of it.

    On a demo and on the lab that is the faults: whatever else was done there goes with the next
    lesson's beginning. Hosts of one's own are put back (``putting_back`` is called before), where
    anything was done to them since they were last whole.
    """
    stage, why = setting.stage, None
    try:
        async with asyncio.timeout(HEAL_S):
            await doer.heal()
    except DeedError as error:
        why = error.note
    except TimeoutError:
        why = _late(HEAL_S)
    if not isinstance(stage, Tended):
        return _still_broken(doer, why, now())
    back = None
    if stage.own and stage.touched:
        putting_back()
        back = await _put_back(setting)
    problem = _still_broken(doer, why, now())
    if back is not None:
        told = note("The hosts were not put back: {why} What the lesson did to them is still so; "
                    "any lesson that is begun here puts them back first.", why=back)  # fmt: skip
        problem = told if problem is None else note("{one} {two}", one=problem, two=told)
    stage.end(whole=problem is None)
    return problem


async def put_back(
    lesson: Lesson,
    *,
    door: Door,
    feed: Feed,
    cluster: Cluster,
    stage: Tended,
    doing: Callable[[Note], None],
) -> Note | None:
    """Put hosts back to where a lesson began that nobody left; returns why they could not be."""
    doer = Doer(door, feed, cluster, lambda plan, run: None)
    setting = Setting(
        lesson, doer=doer, door=door, feed=feed, cluster=cluster, stage=stage, doing=doing
    )
    problem = await _put_back(setting)
    stage.end(whole=problem is None)
    return problem


async def _put_back(setting: Setting) -> Note | None:
    try:
        async with asyncio.timeout(BACK_S):
            await setting.put_back()
    except (DeedError, StageError) as error:
        return error.note if isinstance(error, DeedError) else note("{why}", why=str(error))
    except TimeoutError:
        return _late(BACK_S)
    return None


def _late(seconds: float) -> Note:
    return note("it takes longer than {seconds} s.", seconds=f"{seconds:g}")


def _still_broken(doer: Doer, why: Note | None, now: float) -> Note | None:
    """Say what is broken still, and when its nodes undo it by themselves."""
    found = None
    for what, host, due in doer.breaking.faults:
        left_s = LIMIT_S if due is None else max(0.0, due - now)
        one = note("Not undone: {what} on {host}; it undoes that by itself within {minutes} min.",
                   what=what, host=host, minutes=max(1, math.ceil(left_s / 60)))  # fmt: skip
        found = one if found is None else note("{one} {two}", one=found, two=one)
    if found is None or why is None:
        return found
    return note("{left} ({why})", left=found, why=why)
