"""The conditions of a unit (systemd.unit(5)): where one is not met, the unit is skipped."""

from __future__ import annotations

from collections.abc import Callable

from haconsole.demo.system.files import Files
from haconsole.demo.system.tree import X

from .unitfile import UnitFile


def unmet(files: Files, unit: UnitFile) -> str:
    """Return the first condition that is not met, as systemd writes it; ``""``: all are."""
    for key, holds in _CONDITIONS.items():
        for value in unit.all(key):
            path = value.lstrip("|!")
            if holds(files, path) is value.lstrip("|").startswith("!"):
                return f"{key}={value}"
    return ""


def _not_empty(files: Files, path: str) -> bool:
    return files.is_file(path) and bool(files.read(path))


_CONDITIONS: dict[str, Callable[[Files, str], bool]] = {
    "ConditionFileNotEmpty": _not_empty,
    "ConditionPathExists": lambda files, path: files.exists(path),
    "ConditionPathIsDirectory": lambda files, path: files.is_dir(path),
    "ConditionFileIsExecutable": lambda files, path: files.is_file(path) and files.allows(path, X),
}
