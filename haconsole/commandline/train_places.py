"""Where lessons are done: a demo of their own, the lab, hosts whose inventory allows it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.training.school import School, SchoolError
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.demo.keeper import DemoKeeper, DemoOptions
    from haconsole.domain.model import Site
    from haconsole.training.lesson import Lesson, Start
    from haconsole.training.progress import Record
    from haconsole.training.stage import Stage


def demo_options(start: Start, rate: float = 3.0) -> DemoOptions:
    """Return what a demo's hosts are for a lesson's beginning."""
    from dataclasses import replace

    from haconsole.demo.keeper import DemoOptions

    options = DemoOptions(state=start.state.value, family=start.family, rate=rate)
    return replace(options, keepalived=start.keepalived) if start.keepalived else options


def demo_school(
    keeper: DemoKeeper, lessons: Sequence[Lesson], record: Record | None = None
) -> School:
    """Return the school of a demo that was just begun."""
    from haconsole.demo.keeper import DemoOptions
    from haconsole.demo.stage import DemoStage
    from haconsole.training.lesson import Start, StartState

    options = keeper.options
    whole = options.flaw is None and options.scenario is None
    usual = options.keepalived == DemoOptions().keepalived
    clean = Start(StartState(options.state), options.family, "" if usual else options.keepalived)
    return School(lessons, DemoStage(keeper), record, clean=clean if whole else None)


def inventory_school(
    inventory: Path, lessons: Sequence[Lesson], record: Record | None = None
) -> School:
    """Return the school of a site; raises ``SchoolError`` where it is none for lessons."""
    may_train(inventory)
    return School(lessons, stage_of(inventory), record)


def may_train(inventory: Path) -> Site:
    """Return the site of an inventory; ``SchoolError`` where it does not say ``lab: true``."""
    from haconsole.inventory import load

    site = load(inventory)
    if not site.lab:
        raise SchoolError(
            t("{file} does not say lab: true, and lessons break things on purpose: learn on a demo "
              "(haconsole train LESSON) or on hosts of which you can say that.", file=inventory)
        )  # fmt: skip
    if site.read_only:
        raise SchoolError(t("{file} says read_only: true: there is no learning there.",
                            file=inventory))  # fmt: skip
    return site


def stage_of(inventory: Path) -> Stage:
    """Return the lab that runs under this inventory, or else the site's own hosts."""
    if sys.platform == "linux":
        from haconsole.lab.stage import stage_of as lab_stage

        lab = lab_stage(inventory)
        if lab is not None:
            return lab
    from haconsole.training.hosts_stage import HostsStage

    return HostsStage()
