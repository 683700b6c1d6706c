"""Lessons proven as one types it: ``haconsole train --verify``, and what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

from haconsole.training.lesson import Lesson
from haconsole.training.loading import SHIPPED

_PATIENCE_S = 2400.0
_IDS = {file.stem[3:] for file in SHIPPED.glob("*.yaml")}


#: A machine that tests much beside it may be late for one check of hundreds; that is told, and the
#: lesson proven once more, whole. More than so many are no accident.
_MOST_AGAIN = 2
_BAD = re.compile(r"^✘ ([a-z0-9-]+) /", re.MULTILINE)


def proven(state: Path, *words: str) -> tuple[int, str]:
    """Prove lessons; those that were not as they should be once more, where they are few."""
    status, said = _proven(state, *words)
    bad = list(dict.fromkeys(_BAD.findall(said)))
    if status == 0 or not 0 < len(bad) <= _MOST_AGAIN:
        return status, said
    warnings.warn(f"proven once more: {wrong(said)}", stacklevel=2)
    options = [word for word in words if word not in _IDS]
    status, again = _proven(state, *options, *bad)
    return status, f"{said.replace('✘', '!')}\n{again}"


def _proven(state: Path, *words: str) -> tuple[int, str]:
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
