"""Recordings of the demo: what the main pictures show was learnt from hosts, not written by hand.

``python -m tests.support.record`` takes new ones.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.support import eventlog
from tests.support.parts import Scene

FOLDER = Path(__file__).parents[1] / "data" / "recordings"
NAMES = ("healthy", "failover", "split-brain")


@cache
def recorded(name: str) -> Scene:
    """Return a recording."""
    return eventlog.load(FOLDER / f"{name}.jsonl")


def recorded_scenes() -> dict[str, Scene]:
    """Return every recording by its name."""
    return {name: recorded(name) for name in NAMES}
