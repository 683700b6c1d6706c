"""Changing a host's configuration for a fault, so that it can be undone.

The text before the first fault is kept, and which changes were made: twice the same fault is
the same file, and different ones add up.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from haconsole.words import t

from .changes import (
    CHANGES,
    drop_last_brace,
    other_advert_int,
    other_password,
    other_vips,
    other_vrid,
)
from .errors import LabError
from .machine import Machine
from .places import LabPlaces
from .provision import KEEPALIVED_CONF
from .tools import last_words

__all__ = [
    "CHANGES",
    "drop_last_brace",
    "edit",
    "keepalived_conf",
    "other_advert_int",
    "other_password",
    "other_vips",
    "other_vrid",
    "restore",
    "undo",
]
_CANDIDATES = (KEEPALIVED_CONF, "/usr/local/keepalived/etc/keepalived/keepalived.conf")


def keepalived_conf(machine: Machine) -> str:
    """Return the path of the host's keepalived.conf; ``LabError`` when it has none."""
    for path in _CANDIDATES:
        if _read(machine, path) is not None:
            return path
    raise LabError(t("{host} has no keepalived.conf.", host=machine.name))


def edit(machine: Machine, path: str, change: str) -> bool:
    """Make one of ``CHANGES`` to a file of a host; returns whether that was still to do.

    ``LabError`` when the file is not there, or has nothing to change.
    """
    now = _read(machine, path)
    if now is None:
        raise LabError(t("{host} has no {path}.", host=machine.name, path=path))
    kept = _Kept.read(machine.places, machine.name, path)
    if kept is None or kept.made != now:
        kept = _Kept(path, now, (), now)
    if change in kept.changes:
        return False
    kept = kept.plus(change)
    kept.write(machine.places, machine.name)
    _write(machine, path, kept.made, 0o644)
    return True


def undo(machine: Machine) -> set[str]:
    """Put back the files that faults changed and nobody since; returns their paths."""
    restored = set()
    for kept in _Kept.every(machine.places, machine.name):
        if _read(machine, kept.path) == kept.made:
            _write(machine, kept.path, kept.before, 0o644)
            restored.add(kept.path)
        _record(machine.places, machine.name, kept.path).unlink()
    return restored


def restore(machine: Machine) -> set[str]:
    """Put back every file that ``up`` made and that is different now; returns their paths."""
    pristine, restored = machine.places.pristine(machine.name), set()
    sources = sorted(path for path in pristine.rglob("*") if path.is_file())
    paths = {f"/{source.relative_to(pristine)}": source for source in sources}
    listing = machine.run(["sha256sum", "--", *paths]).stdout if paths else ""
    for path, source in paths.items():
        content = source.read_bytes()
        if f"{hashlib.sha256(content).hexdigest()}  {path}" not in listing.splitlines():
            _write(machine, path, content.decode(), source.stat().st_mode & 0o7777)
            restored.add(path)
    return restored


# Files are read and written by processes inside: a link there must not lead to a file out here.
def _read(machine: Machine, path: str) -> str | None:
    done = machine.run(["cat", "--", path])
    return None if done.returncode else done.stdout


def _write(machine: Machine, path: str, text: str, mode: int) -> None:
    script = 'mkdir -p "${1%/*}" && cat > "$1" && chmod "$2" "$1"'
    done = machine.run(["sh", "-c", script, "sh", path, f"{mode:o}"], stdin=text)
    if done.returncode:
        raise LabError(
            t(
                "Writing {path} on {host} failed: {words}",
                path=path,
                host=machine.name,
                words=last_words(done.stderr),
            )
        )


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file that faults changed: what it was, which changes were made, and what came of it."""

    path: str
    before: str
    changes: tuple[str, ...]
    made: str

    def plus(self, change: str) -> _Kept:
        changes = (*self.changes, change)
        return replace(self, changes=changes, made=CHANGES[change](self.made))

    def write(self, places: LabPlaces, host: str) -> None:
        record = _record(places, host, self.path)
        record.parent.mkdir(parents=True, exist_ok=True)
        draft = record.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)))
        draft.rename(record)

    @classmethod
    def read(cls, places: LabPlaces, host: str, path: str) -> _Kept | None:
        return cls._load(_record(places, host, path))

    @classmethod
    def every(cls, places: LabPlaces, host: str) -> list[_Kept]:
        records = sorted((places.root / "edits" / host).glob("*.json"))
        return [kept for record in records if (kept := cls._load(record))]

    @classmethod
    def _load(cls, record: Path) -> _Kept | None:
        try:
            told = json.loads(record.read_text())
        except FileNotFoundError:
            return None
        return cls(told["path"], told["before"], tuple(told["changes"]), told["made"])


def _record(places: LabPlaces, host: str, path: str) -> Path:
    return places.root / "edits" / host / f"{path.strip('/').replace('/', '%')}.json"
