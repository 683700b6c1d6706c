"""Control groups: each host has its own, in every hierarchy that its systemd uses.

Where v1 and v2 are mounted side by side systemd uses ``systemd/`` and ``unified/``; where there
is only v2 it uses the one tree.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from haconsole.words import t

from .errors import LabError
from .tools import wait_for

_MOUNT = Path("/sys/fs/cgroup")


def hierarchies() -> list[Path]:
    """Return the roots of the hierarchies, none if this machine has no control groups."""
    if (_MOUNT / "cgroup.controllers").exists():
        return [_MOUNT]
    side_by_side = [_MOUNT / "systemd", _MOUNT / "unified"]
    return [path for path in side_by_side if (path / "cgroup.procs").exists()]


def create(group: str) -> list[Path]:
    """Create a group in every hierarchy and return the directories."""
    made = [root / group for root in hierarchies()]
    for path in made:
        path.mkdir(parents=True, exist_ok=True)
    return made


def processes(group: str) -> set[int]:
    """Return the processes in a group and everything below it."""
    found: set[int] = set()
    for root in hierarchies():
        for directory, _, files in os.walk(root / group):
            if "cgroup.procs" in files:
                with contextlib.suppress(OSError):
                    found.update(map(int, (Path(directory) / "cgroup.procs").read_text().split()))
    return found - {0}


def remove(group: str) -> None:
    """Remove a group and everything below it; its processes must have ended."""
    for root in hierarchies():
        for directory, _, _ in os.walk(root / group, topdown=False):
            _remove_one(Path(directory))


def _remove_one(path: Path) -> None:
    # A group stays busy for a moment after its last process was reaped.
    def gone() -> bool:
        try:
            path.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    if not wait_for(gone, 5.0):
        raise LabError(t("The control group {path} is still in use.", path=path))
