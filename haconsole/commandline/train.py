"""``haconsole train``: the walkthrough, on a demo of its own or on an inventory's hosts."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.words import set_language, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haconsole.training.lesson import Lesson
    from haconsole.training.progress import Record

#: Goes on with the lesson that was left in the middle last.
CONTINUE = "continue"
#: Exit statuses: good; a lesson is not as it should be; refused or misused.
GOOD, BAD, REFUSED = 0, 1, 2


class TrainError(Exception):
    """The lesson cannot be begun; the message is the sentence to show."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``train`` to the command line."""
    parser = subparsers.add_parser(
        "train",
        help=t("the walkthrough: learn it by doing it, on hosts that may be broken"),
        description=t(
            "Without a lesson the lessons are listed. A lesson is opened in the console, on a demo "
            "of its own unless --on names an inventory that says lab: true. Exit status of "
            "--verify: 0 every lesson is as it should be, 1 not, 2 refused."
        ),
    )
    parser.add_argument(
        "lessons",
        nargs="*",
        metavar="LESSON",
        help=t("its name or number, or continue; several with --verify (default there: all)"),
    )
    parser.add_argument("--at", metavar="STEP", help=t("begin at this step (its name or number)"))
    parser.add_argument(
        "--on", type=Path, metavar="INVENTORY", help=t("hosts to learn on: a lab's, or your own")
    )
    parser.add_argument("--cluster", metavar="NAME", help=t("which cluster, if there are several"))
    parser.add_argument(
        "--lessons",
        dest="folder",
        type=Path,
        metavar="DIR",
        help=t("a folder with lessons of your own, beside those that come with the console"),
    )
    parser.add_argument("--json", action="store_true", help=t("print the list as JSON"))
    _add_proof(parser)
    parser.add_argument("--theme", metavar="NAME", help=t("theme to use"))
    parser.add_argument("--lang", metavar="LANG", help=t("language of the console"))
    parser.add_argument("--ascii", action="store_true", help=t("use ASCII characters only"))
    parser.add_argument("--no-record", action="store_true", help=t("do not record the session"))


def _add_proof(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--verify",
        action="store_true",
        help=t("prove lessons without a screen: every step fails, is solved, passes; all is back"),
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help=t("with --verify --on: break your own hosts without asking"),
    )
    parser.add_argument(
        "--thorough",
        action="store_true",
        help=t("with --verify: take each lesson up at its last step, too, as after leaving it"),
    )
    parser.add_argument(
        "--jobs", type=_jobs, default=1, metavar="N", help=t("prove on so many demos side by side")
    )


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 16:
        raise argparse.ArgumentTypeError(t("{text} is not a number from 1 to 16", text=text))
    return int(text)


def run(args: argparse.Namespace) -> int:
    """List, prove or begin lessons; returns the exit status."""
    from haconsole.training.school import every_lesson

    set_language("en" if args.ascii else args.lang)
    every = every_lesson(args.folder)
    if args.verify:
        from .train_verify import verify

        return verify(args, _chosen(every, args.lessons))
    if not args.lessons:
        return _list(args, every)
    if len(args.lessons) > 1:
        raise TrainError(t("One lesson at a time; only --verify takes several."))
    return _open(args, every)


def _chosen(every: Sequence[Lesson], names: Sequence[str]) -> Sequence[Lesson]:
    from haconsole.training.school import lesson_of

    return [lesson_of(every, name) for name in names] if names else every


def _list(args: argparse.Namespace, every: Sequence[Lesson]) -> int:
    from haconsole.telling import say
    from haconsole.training.progress import Record

    from .train_list import as_json, as_text

    if args.at or args.on:
        raise TrainError(t("Say which lesson: haconsole train LESSON."))
    record = Record()
    if record.problem is not None:
        print(f"haconsole: {say(record.problem)}", file=sys.stderr)
    if args.json:
        print(json.dumps(as_json(every, record), ensure_ascii=False, indent=2))
    else:
        print(as_text(every, record), end="")
    return GOOD


def _open(args: argparse.Namespace, every: Sequence[Lesson]) -> int:
    """Open the console at a lesson."""
    from haconsole.training.progress import Record
    from haconsole.training.school import lesson_of

    from .apply import choose_cluster
    from .console import open_console
    from .train_places import demo_school, inventory_school, may_train

    record = Record()
    name = args.lessons[0]
    lesson = _unfinished(every, record) if name == CONTINUE else lesson_of(every, name)
    at = None if args.at is None else _step(lesson, args.at)
    cluster = None
    if args.on is not None:
        cluster = choose_cluster(may_train(args.on), args.cluster).name
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TrainError(
            t("Lessons are done in the console, which needs a terminal; --verify does not.")
        )
    manner = {
        "write": True,
        "theme": args.theme,
        "language": args.lang,
        "ascii_only": args.ascii,
        "record": not args.no_record,
    }
    if args.on is not None:
        school = inventory_school(args.on, every, record)
        school.start_at, school.at, school.cluster = lesson.id, at, cluster
        return open_console(args.on, training=school, **manner)

    from haconsole.demo.keeper import DemoKeeper

    from .train_places import demo_options

    with DemoKeeper(demo_options(lesson.start)) as keeper:
        school = demo_school(keeper, every, record)
        school.start_at, school.at = lesson.id, at
        return open_console(keeper.inventory, training=school, faults=keeper.faults, **manner)


def _unfinished(every: Sequence[Lesson], record: Record) -> Lesson:
    """Return the lesson that was left in the middle last, or else the first new one."""
    left = record.unfinished()
    for lesson in every:
        if lesson.id == left:
            return lesson
    for lesson in every:
        if record.of(lesson.id).best is None:
            return lesson
    raise TrainError(t("Every lesson is done. Any of them can be done again: haconsole train 1."))


def _step(lesson: Lesson, name: str) -> int:
    ids = [one.id for one in lesson.steps]
    if name in ids:
        return ids.index(name)
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(ids):
        return int(name) - 1
    raise TrainError(
        t("{lesson} has no step {step}. There are: {names}.", lesson=lesson.id, step=name,
          names=", ".join(ids) or "-")
    )  # fmt: skip
