"""Putting a package's files on a host and taking them away, as dpkg and rpm do."""

from __future__ import annotations

import contextlib
import posixpath
from collections.abc import Callable

from haconsole.demo.system.files import Files
from haconsole.lab.topology import Family

from .catalogue import Entry, Package
from .contents import content
from .database import Database, Record, State, md5


class PlacingError(Exception):
    """A file could not be written: ``path`` and the system's ``error``."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(path)
        self.path, self.error = path, error


def unpack(database: Database, package: Package, repository: str = "") -> Record:
    """Write a package's files; returns its record, to be set up. Raises ``PlacingError``.

    Configuration files that are there stay as they are: the owner's word counts (Policy 10.7.3).
    """
    files, family = database.machine.files, database.family
    before = database.get(package.name)
    record = Record(
        package,
        State.UNPACKED,
        automatic=before.automatic if before else False,
        held=before.held if before else False,
        at=database.machine.clock(),
        repository=repository,
    )
    written = 0
    try:
        for entry in package.entries:
            at = entry.path
            written += _place(database, package, entry, record)
        at = package.entries[-1].path if package.entries else "/"
        files.store.reserve(max(0, package.installed - written))
    except OSError as error:
        if before is None:
            _take_away(database, package, kept=set())
        raise PlacingError(at, error) from None
    if before is not None and before.state is not State.CONFIG_FILES:
        _outdated(database, before.package, package)
    if family is Family.YUM:
        record.state = State.INSTALLED
    database.records[package.name] = record
    return record


def _place(database: Database, package: Package, entry: Entry, record: Record) -> int:
    """Write one path; returns its bytes."""
    files = database.machine.files
    _make_folder(database, entry.path if entry.folder else posixpath.dirname(entry.path))
    if entry.folder:
        return 0
    if entry.target:
        with contextlib.suppress(FileNotFoundError):
            files.unlink(entry.path)
        files.symlink(entry.target, entry.path)
        return 0
    data = content(package, entry, database.family)
    if entry.path in package.conffiles:
        record.digests[entry.path] = md5(data)
        if files.exists(entry.path):
            return 0
    # Beside the old one and over it: a program that runs keeps its file.
    fresh = f"{entry.path}.dpkg-new"
    files.write(fresh, data, mode=0o755 if entry.executable else 0o644)
    files.rename(fresh, entry.path)
    return len(data)


def _make_folder(database: Database, path: str) -> None:
    files = database.machine.files
    if path in ("", "/") or files.is_dir(path):
        return
    _make_folder(database, posixpath.dirname(path))
    files.mkdir(path)
    database.folders.add(path)


def _outdated(database: Database, old: Package, new: Package) -> None:
    """Remove the files that the new version does not have any more."""
    still = {entry.path for entry in new.entries} | set(old.conffiles)
    database.machine.files.store.reserve(-_bulk(database, old))
    for entry in old.entries:
        if entry.path not in still and not entry.folder:
            _unlink(database.machine.files, entry.path)


def erase(
    database: Database,
    record: Record,
    *,
    purge: bool = False,
    warn: Callable[[str], None] = lambda text: None,
) -> None:
    """Take a package's files away. ``warn`` hears what dpkg and rpm say about what stays.

    Debian keeps the configuration files unless it is a ``purge``; RPM keeps those that were
    changed, as ``.rpmsave``.
    """
    package, files = record.package, database.machine.files
    kept = set() if purge or database.family is Family.YUM else set(record.digests)
    if record.state is not State.CONFIG_FILES:
        files.store.reserve(-_bulk(database, package))
    if database.family is Family.YUM:
        for path in database.changed(record):
            if files.exists(path):
                files.rename(path, f"{path}.rpmsave")
                warn(f"warning: {path} saved as {path}.rpmsave")
    _take_away(database, package, kept=kept, warn=warn if purge else None)
    if kept:
        record.state, record.held = State.CONFIG_FILES, False
    else:
        del database.records[package.name]


def _take_away(
    database: Database,
    package: Package,
    *,
    kept: set[str],
    warn: Callable[[str], None] | None = None,
) -> None:
    files = database.machine.files
    folders = set()
    for entry in package.entries:
        if not entry.folder:
            if entry.path not in kept:
                _unlink(files, entry.path)
            if database.family is Family.APT:
                folders.add(posixpath.dirname(entry.path))
        else:
            folders.add(entry.path)
    while folders:
        path = max(folders, key=len)
        folders.discard(path)
        if path not in database.folders or not files.is_dir(path):
            continue
        if files.listdir(path):
            shared = any(o.package is not package for o in database.owners(path))
            if warn is not None and not shared:
                warn(f"dpkg: warning: while removing {package.shown}, directory '{path}' not empty "
                     "so not removed")  # fmt: skip
            continue
        files.rmdir(path)
        database.folders.discard(path)
        if database.family is Family.APT:
            folders.add(posixpath.dirname(path))


def _bulk(database: Database, package: Package) -> int:
    """Return the bytes that a package takes and no file of the model has."""
    sizes = (len(content(package, e, database.family)) for e in package.entries
             if not e.folder and not e.target)  # fmt: skip
    return max(0, package.installed - sum(sizes))


def _unlink(files: Files, path: str) -> None:
    with contextlib.suppress(FileNotFoundError, IsADirectoryError):
        files.unlink(path)
