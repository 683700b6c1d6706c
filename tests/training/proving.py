"""Lessons proven as one types it: ``haconsole train --verify``, and what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from haconsole.training.lesson import Lesson

_PATIENCE_S = 2400.0


def proven(state: Path, *words: str) -> tuple[int, str]:
    """Run ``haconsole train --verify``; returns its status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "haconsole", "train", "--verify", *words],
        env={**os.environ, "XDG_STATE_HOME": str(state)},
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE_S,
    )
    return done.returncode, f"{done.stdout}\n{done.stderr}"


def wrong(said: str) -> str:
    """Return the lines of what is not as it should be, or all where there are none."""
    return "\n".join(line for line in said.splitlines() if line.startswith("✘")) or said


def names_of(lesson: Lesson) -> list[str]:
    """Return what the proof of a lesson has to say of it, to its reset."""
    names = [step.id for step in lesson.steps] or [
        one.fault.name for one in (lesson.exam.pool if lesson.exam else ())
    ]
    return [f"✔ {lesson.id} / {name}: " for name in [*names, "reset"]]
