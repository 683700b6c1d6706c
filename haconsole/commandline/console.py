"""``haconsole INVENTORY``: the console."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.words import set_language, t

if TYPE_CHECKING:
    from haconsole.domain.model import Site
    from haconsole.journal.recording import Recorder
    from haconsole.monitor.faults import FaultMaker
    from haconsole.monitor.monitor import Monitor
    from haconsole.training.school import School


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the console understands."""
    parser.add_argument("inventory", type=Path, help=t("the site's inventory (YAML)"))
    parser.add_argument("--write", action="store_true", help=t("unlock changes"))
    parser.add_argument("--theme", metavar="NAME", help=t("theme to use"))
    parser.add_argument("--lang", metavar="LANG", help=t("language of the console"))
    parser.add_argument("--ascii", action="store_true", help=t("use ASCII characters only"))
    parser.add_argument(
        "--no-record",
        action="store_true",
        help=t("do not record the session (see `haconsole replay`)"),
    )


def run(args: argparse.Namespace) -> int:
    """Open the console; returns its exit status."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from haconsole.inventory import load

        load(args.inventory)
        print(
            t("haconsole: the console needs a terminal; use `haconsole status {file}`",
              file=args.inventory),
            file=sys.stderr,
        )  # fmt: skip
        return 2
    return open_console(
        args.inventory,
        write=args.write,
        theme=args.theme,
        language=args.lang,
        ascii_only=args.ascii,
        record=not args.no_record,
    )


def open_console(
    inventory: Path,
    *,
    write: bool,
    theme: str | None,
    language: str | None,
    ascii_only: bool,
    faults: FaultMaker | None = None,
    record: bool = True,
    training: School | None = None,
) -> int:
    """Show the console on a site until the operator leaves; raises ``InventoryError``.

    ``faults``: what breaks the site on purpose; by default a lab's, where it is one's inventory.
    ``record``: write down what the session learns. ``training``: lessons on this site; by default
    they are offered where its inventory says ``lab: true`` and changes are unlocked.
    """
    from haconsole.inventory import load

    # What is told in ASCII alone is told in English, whatever the locale says.
    set_language("en" if ascii_only else language)
    site = load(inventory)

    from haconsole.journal.ledger import Ledger
    from haconsole.monitor.monitor import Monitor
    from haconsole.transport.transport import Transport
    from haconsole.ui.prompter import ScreenPrompter
    from haconsole.ui.run import run_console

    ledger = Ledger()
    prompter = ScreenPrompter()
    school = training or (_school(inventory, site) if write else None)

    heard = ledger.record if school is None else school.hearing(ledger.record)
    door = Transport(site, prompter=prompter, writable=write, ledger=heard)
    monitor = Monitor(door)
    if school is not None:
        school.attach(door, monitor)
    try:
        with _recording(site, monitor, wanted=record) as recorder:
            return run_console(
                monitor,
                prompter=prompter,
                theme=theme,
                ascii=ascii_only,
                faults=faults or (_lab_faults(inventory, site) if write else None),
                door=door,
                recorder=recorder,
                training=school,
            )
    finally:
        ledger.close()


@contextlib.contextmanager
def _recording(site: Site, monitor: Monitor, *, wanted: bool) -> Iterator[Recorder | None]:
    """Write down what the session learns, where that is wanted."""
    from haconsole.journal.recording import Recorder

    if not wanted:
        yield None
        return
    recorder = Recorder(site, monitor.state.at).begin()
    monitor.subscribe(recorder.take)
    try:
        yield recorder
    finally:
        recorder.close(monitor.now())


def _lab_faults(inventory: Path, site: Site) -> FaultMaker | None:
    """Return what breaks the lab that runs here under this inventory. Never for another site."""
    if not site.lab or sys.platform != "linux":
        return None
    from haconsole.lab.console import faults_of

    return faults_of(inventory)


def _school(inventory: Path, site: Site) -> School | None:
    """Return the lessons of a site that may be broken; ``None`` for every other."""
    if not site.lab or site.read_only:
        return None
    from haconsole.training.loading import LessonError
    from haconsole.training.school import SchoolError, every_lesson

    from .train_places import inventory_school

    try:
        return inventory_school(inventory, every_lesson())
    except (LessonError, SchoolError):
        return None  # the console is for more than lessons; `haconsole train` says what it is
