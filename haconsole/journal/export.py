"""Puts an incident into a folder or an archive for a colleague: report, recording, bundle."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from haconsole.domain.events import AddressChanged, DaemonLogged, Event, HitsSeen, JournalRead
from haconsole.words import t

from .export_bundle import Shot, bundle_files
from .export_report import report
from .export_story import Story, joined, tell
from .recording import files
from .recording_reading import Recording, RecordingError, read_recording
from .recording_rows import Writer, head, line
from .replay_reel import Reel

#: Seconds before the window of which what streamed by goes along.
_LEAD_S = 120.0
_STREAMS = (HitsSeen, JournalRead, DaemonLogged, AddressChanged)


class ExportError(Exception):
    """Nothing can be exported; the message is the sentence to show."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The recording of a window. ``others``: recordings of the same time that are not in it."""

    recording: Recording
    others: tuple[Path, ...] = ()


def choose(
    site: str | None, first: float | None, last: float | None, place: Path | None = None
) -> Chosen:
    """Return the session that covers most of the window; by default the newest.

    Raises ``ExportError``. Files that cannot be read are left out.
    """
    sessions: dict[tuple[str, float], list[tuple[Path, Recording]]] = {}
    for path in reversed(files(place)):
        if first is not None and _modified(path) < first:
            continue
        with contextlib.suppress(RecordingError):
            one = read_recording(path)
            if site in (None, one.site.name) and _overlap(one, first, last) > 0:
                sessions.setdefault((one.site.name, one.begun), []).insert(0, (path, one))
        if first is None and last is None and sessions and len(sessions) > 1:
            break
    if not sessions:
        raise ExportError(
            t("No recording covers that time: `haconsole replay` lists those there are.")
        )
    if first is None and last is None:
        best = next(iter(sessions))
    else:
        best = max(
            sessions, key=lambda key: sum(_overlap(one, first, last) for _, one in sessions[key])
        )
    others = [path for key, parts in sessions.items() if key != best for path, _ in parts]
    whole = joined([one for _, one in sessions[best]])
    return Chosen(whole, () if first is None and last is None else tuple(others))


def _modified(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _overlap(one: Recording, first: float | None, last: float | None) -> float:
    begin = one.first if first is None else max(first, one.first)
    end = one.last if last is None else min(last, one.last)
    return max(end - begin, 1e-3 if begin <= end else 0.0)


def export(
    reel: Reel, first: float, last: float, target: Path, ledger: Path | None = None
) -> Story:
    """Write report, recording and bundle into a new folder, or an archive (``.zip``).

    Raises ``ExportError``: also where the target holds something already.
    """
    story = tell(reel, first, last, ledger)
    made = contents(reel, story)
    try:
        if target.suffix == ".zip":
            _archive(target, made)
        else:
            _folder(target, made)
    except FileExistsError:
        raise ExportError(
            t("{target} is there already: name a new one, nothing is overwritten.", target=target)
        ) from None
    except OSError as error:
        raise ExportError(f"{error.filename or target}: {error.strerror or error}") from error
    return story


def contents(reel: Reel, story: Story) -> dict[str, str]:
    """Return file name → text."""
    upto = reel.upto(story.last)
    heard = reel.recording.events[:upto]
    shots = [Shot("1-before", story.before_at, story.before)]
    if story.before_at < story.worst_at < story.last:
        shots.append(Shot("2-worst", story.worst_at, story.worst))
    shots.append(Shot("3-after", story.last, story.after))
    made = bundle_files(shots, heard, reel.recording.files)
    made["recording.jsonl"] = "".join(map(line, _cut(reel, story)))
    made["report.md"] = report(story, made)
    return made


def _cut(reel: Reel, story: Story) -> Iterable[dict[str, object]]:
    """Return the rows of the recording from the window's first moment to its last."""
    recording, writer = reel.recording, Writer(1_000_000)
    begin, end = reel.upto(story.first), reel.upto(story.last)
    yield head(recording.site, recording.begun, recording.part) | {"by": recording.by}
    yield from map(writer.row, _known(recording.events[:begin], story.first - _LEAD_S))
    if begin:
        yield {"from": story.first}
    yield from map(writer.row, recording.events[begin:end])
    for kept in recording.files:
        if kept.at <= story.last:
            yield {"file": kept.path, "host": kept.host, "at": kept.at, "text": kept.text}
    yield from (one.row() for one in recording.besides if one.at <= story.last)
    for mark in story.marks:
        yield {"mark": mark.text, "at": mark.at}
    yield {"end": story.last}


def _known(events: Sequence[Event], since: float) -> list[Event]:
    """Return what the state after ``events`` rests on: the newest of every reading, and the rest.

    Of what streamed by, that which came ``since`` then.
    """
    newest = {
        (type(one), one.host, getattr(one, "vip", "")): index for index, one in enumerate(events)
    }
    last = set(newest.values())
    return [
        one
        for index, one in enumerate(events)
        if (one.at >= since if isinstance(one, _STREAMS) else index in last)
    ]


def _folder(target: Path, made: Mapping[str, str]) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(target)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in made.items():
        handle = os.open(target / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)


def _archive(target: Path, made: Mapping[str, str]) -> None:
    if target.exists():
        raise FileExistsError(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: written beside it (mkstemp: its owner's alone), then moved.
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.")
    try:
        with (
            os.fdopen(handle, "wb") as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped,
        ):
            for file, text in made.items():
                zipped.writestr(f"{target.stem}/{file}", text)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
