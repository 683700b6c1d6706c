"""What is installed on a host: packages, their files and states, who needs whom."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from haconsole.demo.system.machine import Machine
from haconsole.lab.topology import Family

from .catalogue import Package, base


class State(Enum):
    """How far a package is installed; the value is the second letter of ``dpkg -l``."""

    INSTALLED = "i"
    UNPACKED = "U"
    HALF_INSTALLED = "H"
    CONFIG_FILES = "c"


@dataclass(slots=True)
class Record:
    """A package on a host. ``digests``: the MD5 of each configuration file as it was shipped.

    ``automatic``: installed for another; ``held``: not to be changed; ``at``: epoch seconds.
    """

    package: Package
    state: State = State.INSTALLED
    automatic: bool = False
    held: bool = False
    at: float = 0.0
    repository: str = ""
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def installed(self) -> bool:
        """Whether it can be used."""
        return self.state is State.INSTALLED


class Database:
    """The packages of one host, by name."""

    def __init__(self, machine: Machine, family: Family) -> None:
        self.machine = machine
        self.family = family
        self.records: dict[str, Record] = {}
        #: Directories that packages made: the ones that may go with them.
        self.folders: set[str] = set()
        for package in base(family):
            self.records[package.name] = Record(package, at=machine.boot_at)

    def get(self, name: str) -> Record | None:
        """Return a package by its name, with or without an architecture; ``None``: unknown."""
        return self.records.get(name.partition(":")[0])

    def installed(self, name: str) -> Record | None:
        """Return a package that is installed."""
        record = self.get(name)
        return record if record is not None and record.installed else None

    def all_installed(self) -> Iterator[Record]:
        """Yield what is installed, by name."""
        for name in sorted(self.records):
            if self.records[name].installed:
                yield self.records[name]

    def satisfies(self, names: Iterable[str]) -> bool:
        """Whether something that is installed goes by one of these names."""
        wanted = set(names)
        return any(self.installed(name) for name in wanted) or any(
            wanted & record.package.gives() for record in self.all_installed()
        )

    def owners(self, path: str) -> list[Record]:
        """Return the packages that a path belongs to, by name."""
        return [
            record
            for name, record in sorted(self.records.items())
            if path in paths(record.package, self.family)
        ]

    def dependants(self, gone: set[str]) -> set[str]:
        """Return which installed packages would miss something without ``gone``; not ``gone``."""
        left = [r.package for r in self.all_installed() if r.package.name not in gone]
        given = {name for package in left for name in package.gives()}
        lost = {n for name in gone if (r := self.installed(name)) for n in r.package.gives()}
        return {
            package.name
            for package in left
            for clause in package.needs()
            if lost & set(clause.choices) and not given & set(clause.choices)
        }

    def unneeded(self, gone: Iterable[str] = ()) -> list[Record]:
        """Return what came for another and nobody needs any more, once ``gone`` is gone."""
        left = {r.package.name: r for r in self.all_installed() if r.package.name not in set(gone)}
        kept: set[str] = set()
        todo = [name for name, record in left.items() if not record.automatic]
        while todo:
            name = todo.pop()
            if name in kept:
                continue
            kept.add(name)
            for clause in left[name].package.needs():
                todo += [
                    other
                    for other, record in left.items()
                    if set(clause.choices) & record.package.gives() and other not in kept
                ]
        return [record for name, record in sorted(left.items()) if name not in kept]

    def changed(self, record: Record) -> list[str]:
        """Return the configuration files of a package that are not as they were shipped."""
        return [
            path for path, digest in sorted(record.digests.items()) if self._digest(path) != digest
        ]

    def _digest(self, path: str) -> str | None:
        files = self.machine.files
        return md5(files.read(path)) if files.is_file(path) else None


def md5(data: bytes) -> str:
    """Return the digest that dpkg keeps of a configuration file."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def paths(package: Package, family: Family) -> list[str]:
    """Return what a package lists: in Debian every directory on the way as well, ``/.`` first."""
    if family is Family.YUM:
        return [entry.path for entry in package.entries]
    found = {"/."}
    for entry in package.entries:
        parts = entry.path.split("/")[1:]
        found |= {"/" + "/".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return sorted(found)
