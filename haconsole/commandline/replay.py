"""``haconsole replay FILE``: the console on a recording; without a file, a list of them."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.words import set_language, t

if TYPE_CHECKING:
    from haconsole.journal.replay import Replay

_TOLD = 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``replay`` to the command line."""
    parser = subparsers.add_parser(
        "replay", help=t("the console on a recording: any moment of it, without a host")
    )
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        help=t("the recording; without it, those there are are listed"),
    )
    parser.add_argument(
        "--at",
        metavar="TIME",
        help=t(
            "begin at 14:02:31, 2026-11-22T14:02:31, +90 (seconds after its beginning), end-30s"
        ),
    )
    parser.add_argument(
        "--stops",
        action="store_true",
        help=t("list when there was trouble, and the marks; then exit"),
    )
    parser.add_argument("--theme", metavar="NAME", help=t("theme to use"))
    parser.add_argument("--lang", metavar="LANG", help=t("language of the console"))
    parser.add_argument("--ascii", action="store_true", help=t("use ASCII characters only"))


def run(args: argparse.Namespace) -> int:
    """Open the console on the recording; returns its exit status."""
    set_language("en" if args.ascii else args.lang)
    if args.file is None:
        return _list()
    from haconsole.journal.recording_reading import read_recording
    from haconsole.journal.replay import Replay
    from haconsole.journal.replay_time import parse_moment

    replay = Replay(read_recording(args.file))
    if args.at is not None:
        replay.seek(parse_moment(args.at, replay.reel.first, replay.reel.last))
    if args.stops:
        return _stops(replay)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(
            t("haconsole: a replay needs a terminal; `haconsole replay --stops {file}` lists what "
              "happened", file=args.file),
            file=sys.stderr,
        )  # fmt: skip
        return _TOLD

    from haconsole.ui.run import run_console

    return run_console(replay, theme=args.theme, ascii=args.ascii)


def _list() -> int:
    from haconsole.journal.recording import files, folder

    found = files()
    if not found:
        print(t("Nothing is recorded yet in {folder}.", folder=folder()))
    for path in reversed(found):
        known = path.stat()
        print(f"{_when(known.st_mtime)}  {known.st_size / 1e6:7.1f} MB  {path}")
    return 0


def _stops(replay: Replay) -> int:
    reel = replay.reel
    print(f"{_when(reel.first)}  {t('beginning')}: {reel.recording.site.name}")
    for stop in reel.stops:
        level = t("mark") if stop.level is None else stop.level.value
        print(f"{_when(stop.at)}  {level}: {stop.text}")
    cut = t(" (the last line is unfinished)") if reel.recording.cut else ""
    print(f"{_when(reel.last)}  {t('end')}{cut}")
    return 0


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
