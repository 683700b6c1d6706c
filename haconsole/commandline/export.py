"""``haconsole journal export``: an incident for a colleague, as a folder or an archive."""

from __future__ import annotations

import argparse
from pathlib import Path

from haconsole.words import t


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``export`` to ``journal``."""
    parser = subparsers.add_parser(
        "export", help=t("an incident from a recording: report, recording, bundle for doctor")
    )
    when = t("14:02:31, 2026-11-22T14:02:31, +90 (after its beginning), end-30s")
    parser.add_argument("target", type=Path, metavar="DIR|FILE.zip", help=t("what to write"))
    parser.add_argument("--from", dest="first", metavar="TIME", help=when)
    parser.add_argument("--to", dest="last", metavar="TIME", help=when)
    parser.add_argument("--site", metavar="NAME", help=t("of which site, where there are several"))
    parser.add_argument(
        "--recording", type=Path, metavar="FILE", help=t("from this recording, not from the newest")
    )


def run(args: argparse.Namespace) -> int:
    """Write it, say what it tells and what is in it; return the exit status."""
    from haconsole.journal.export import Chosen, choose, export
    from haconsole.journal.recording_reading import read_recording
    from haconsole.journal.replay_reel import Reel

    if args.recording is not None:
        chosen = Chosen(read_recording(args.recording))
    else:
        chosen = choose(args.site, _date(args.first), _date(args.last))
    reel = Reel(chosen.recording)
    first, last = _window(args, reel.first, reel.last)
    story = export(reel, first, last, args.target)
    worst = max(story.verdicts, key=lambda one: one.level.rank)
    print(t("{level}: {said}", level=worst.level.value, said=worst.headline))
    for found in story.found:
        print(f"  {found.best.severity.value}  {found.best.cause}  {', '.join(found.best.nodes)}")
    print(t("Written: {target} (report.md, recording.jsonl, a bundle for `haconsole doctor "
            "--bundle`)", target=args.target))  # fmt: skip
    for path in chosen.others:
        print(t("Of the same time, and not in it: {file}", file=path))
    return 0


def _date(text: str | None) -> float | None:
    """Return the moment that a date names; one that depends on the recording chooses none."""
    if text is None or text.startswith("end") or ("T" not in text and "-" not in text[1:]):
        return None
    from haconsole.journal.replay_time import parse_moment

    return parse_moment(text, 0.0, 0.0)


def _window(args: argparse.Namespace, begin: float, end: float) -> tuple[float, float]:
    from haconsole.journal.replay_time import MomentError, parse_moment

    first = begin if args.first is None else parse_moment(args.first, begin, end)
    last = end if args.last is None else parse_moment(args.last, begin, end)
    if first > last:
        raise MomentError(t("--from is after --to: nothing is between them."))
    if last < begin or first > end:
        raise MomentError(t("The recording has nothing of that time."))
    return first, last
