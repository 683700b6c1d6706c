"""Which labs there are: their records, their locks, and the removal of what is left of them.

Whoever changes a lab holds an exclusive ``flock`` on its directory; the kernel drops it when
its holder dies, however it dies. So a directory without the ``complete`` marker (of this boot
of the machine) whose lock is free belongs to an ``up`` or ``down`` that was killed half-way, and
may be swept away.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterator, Set
from dataclasses import asdict, dataclass
from pathlib import Path

from haconsole.words import t

from . import cgroups, network, processes
from .errors import LabError
from .places import LABS, RUNTIME, LabPlaces
from .topology import Family, LabState

_FORMAT = 1
#: systemd-nspawn keeps directories by machine name here; they outlive a killed one.
_NSPAWN_RUNTIME = Path("/run/systemd/nspawn")


@dataclass(frozen=True, slots=True)
class Record:
    """What a lab is. ``creator``: the process id of its ``up``; ``port``: of the way in."""

    name: str
    state: LabState
    family: Family
    creator: int
    hosts: tuple[str, ...]
    port: int | None = None
    version: int = _FORMAT

    def write(self, places: LabPlaces) -> None:
        """Write the record, whole or not at all."""
        draft = places.record.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=1) + "\n")
        draft.rename(places.record)

    @classmethod
    def read(cls, places: LabPlaces) -> Record | None:
        """Return the record of a lab; ``None`` when it is not up."""
        try:
            told = json.loads(places.record.read_text())
            return cls(
                name=told["name"],
                state=LabState(told["state"]),
                family=Family(told["family"]),
                creator=told["creator"],
                hosts=tuple(told["hosts"]),
                port=told["port"],
                version=told["version"],
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise LabError(
                t(
                    "{path} is not a lab's record: take the lab down with "
                    "'haconsole lab down --name {name}'.",
                    path=places.record,
                    name=places.name,
                )
            ) from None


def mark_complete(places: LabPlaces) -> None:
    """Say that ``up`` is through; true until this machine boots again."""
    places.complete.write_text(_boot_id())


def is_complete(places: LabPlaces) -> bool:
    """Return whether a lab is whole: its ``up`` went through, since this machine booted."""
    try:
        marker = places.complete.read_text()
    except FileNotFoundError:
        return False
    # Whatever the marker says: what runs is not swept away.
    return marker == _boot_id() or bool(cgroups.processes(places.cgroup))


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text()


def find_up(places: LabPlaces) -> Record | None:
    """Return the record of a lab that is up, and whole."""
    return Record.read(places) if is_complete(places) else None


def require_up(places: LabPlaces, *, whole: bool = True) -> Record:
    """Return the record of a lab that is up; ``LabError`` when it is not.

    ``whole``: one that is being reset, or whose reset was cut off, does not count.
    """
    record = find_up(places)
    if record is not None and whole and places.cut_off.exists():
        raise LabError(
            t(
                "The lab '{name}' is being reset, or its reset was cut off: "
                "'haconsole lab reset --name {name}' brings its hosts back.",
                name=places.name,
            )
        )
    if record is None:
        raise LabError(
            t(
                "The lab '{name}' is not up: start it with 'haconsole lab up --name {name}'.",
                name=places.name,
            )
        )
    return record


def every_lab() -> list[LabPlaces]:
    """Return the places of every lab that was begun."""
    with contextlib.suppress(OSError):
        return [LabPlaces(path.name) for path in sorted(LABS.iterdir()) if path.is_dir()]
    return []


@contextlib.contextmanager
def locked(places: LabPlaces, *, create: bool = False, wait: bool = True) -> Iterator[bool]:
    """Hold the lab's lock. Yields false when there is no lab, or somebody else has the lock."""
    while True:
        if create:
            places.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            fd = os.open(places.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            if create:
                continue
            yield False
            return
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(fd)
            yield False
            return
        if _is_still(fd, places.root):
            break
        os.close(fd)
    try:
        yield True
    finally:
        os.close(fd)


def _is_still(fd: int, path: Path) -> bool:
    # While we waited the holder may have removed the directory, and another have made a new one.
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def sweep() -> list[str]:
    """Remove what killed runs left behind; returns the names of the labs they were."""
    swept = []
    for places in every_lab():
        if is_complete(places):
            continue
        with locked(places, wait=False) as mine:
            if mine and not is_complete(places):
                demolish(places)
                swept.append(places.name)
    return swept


def demolish(places: LabPlaces) -> None:
    """End everything of a lab by force and remove it; finds all of it by the lab's name."""
    places.complete.unlink(missing_ok=True)
    end_processes(places)
    leavings = nspawn_leavings(places)
    network.unmount_below(places.root)
    cgroups.remove(places.cgroup)
    for path in leavings:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(places.root)
    for parent in (LABS, RUNTIME):
        with contextlib.suppress(OSError):
            parent.rmdir()


def end_processes(places: LabPlaces, spare: Set[int] = frozenset()) -> None:
    """End every process of a lab by force, except those to spare."""
    namespaces = list(places.switch.parent.glob("*"))
    # A process may start another while we look; so look until there is none.
    for _ in range(20):
        found = cgroups.processes(places.cgroup) | processes.in_network_of(namespaces)
        if not (found := found - spare):
            break
        left = processes.kill(found)
        if left:
            raise LabError(
                t(
                    "Processes of the lab '{name}' do not end: {pids}.",
                    name=places.name,
                    pids=", ".join(map(str, sorted(left))),
                )
            )


def nspawn_leavings(places: LabPlaces) -> list[Path]:
    """Return what a killed systemd-nspawn leaves behind: directories, and locks of the trees.

    The trees must still be mounted.
    """
    trees = [path.stat() for path in places.root.glob("hosts/*/root")]
    locks = [_NSPAWN_RUNTIME / "locks" / f"inode-{tree.st_dev}:{tree.st_ino}" for tree in trees]
    return [*_NSPAWN_RUNTIME.glob(f"*/{places.cgroup}-*"), *locks]


@contextlib.contextmanager
def signals_as_errors() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end us as Ctrl-C does: by an exception, after tidying up."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGHUP)
    try:
        before = [signal.signal(number, interrupt) for number in numbers]
    except ValueError:  # not in the main thread, where handlers cannot be set
        yield
        return
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
