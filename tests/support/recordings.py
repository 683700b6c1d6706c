"""Recordings of the demo: what the main pictures show was learnt from hosts, not written by hand.

``python -m tests.support.record`` takes new ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from haconsole.domain.events import Event
from haconsole.domain.model import Site
from haconsole.journal.recording_reading import read_recording
from haconsole.journal.recording_rows import Writer, head, line
from tests.support.parts import Scene

FOLDER = Path(__file__).parents[1] / "data" / "recordings"
NAMES = ("healthy", "failover", "split-brain")
#: Every hit is kept as it is.
_EVERY_HIT = 1_000_000


def save(
    path: Path, site: Site, learnt: Iterable[Event], files: Mapping[tuple[str, str], str]
) -> None:
    """Write a recording, whole."""
    events = tuple(learnt)
    begun = min(event.at for event in events)
    writer = Writer(_EVERY_HIT)
    rows = [
        head(site, begun),
        *({"file": file, "host": host, "at": begun, "text": text}
          for (host, file), text in files.items()),
        *map(writer.row, events),
    ]  # fmt: skip
    path.write_text("".join(map(line, rows)), encoding="utf-8")


def load(path: Path) -> Scene:
    """Return a recording as a scene, looked at when it ended."""
    found = read_recording(path)
    files = {(one.host, one.path): one.text for one in found.files}
    return Scene(found.site, tuple(found.events), found.last, files=files)


@cache
def recorded(name: str) -> Scene:
    """Return a recording."""
    return load(FOLDER / f"{name}.jsonl")


def recorded_scenes() -> dict[str, Scene]:
    """Return every recording by its name."""
    return {name: recorded(name) for name in NAMES}
