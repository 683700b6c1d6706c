"""Which packages an installation needs, in which order: what apt and dnf work out alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .catalogue import Clause, Package
from .catalogue import clauses as parse_clauses
from .database import Database


class MissingError(Exception):
    """``package`` demands what nobody has: ``clause``."""

    def __init__(self, package: Package, clause: Clause) -> None:
        super().__init__(clause.text)
        self.package, self.clause = package, clause


@dataclass(slots=True)
class Plan:
    """What an installation does. ``fresh``: what is put on the host, dependencies first."""

    fresh: list[Package] = field(default_factory=list)
    #: Of those: the ones that nobody asked for by name.
    additional: list[Package] = field(default_factory=list)
    #: Of those: what is there in another version.
    upgrades: list[Package] = field(default_factory=list)
    downgrades: list[Package] = field(default_factory=list)
    #: Asked for, and there already.
    present: list[Package] = field(default_factory=list)
    suggested: list[str] = field(default_factory=list)
    recommended: list[str] = field(default_factory=list)


class Solver:
    """Works out a plan from what is installed and what is offered (best version first)."""

    def __init__(
        self, database: Database, offered: Iterable[Package], *, recommends: bool = False
    ) -> None:
        self._database = database
        self._by_name: dict[str, list[Package]] = {}
        self._given: dict[str, list[Package]] = {}
        self._recommends = recommends
        for package in offered:
            self._by_name.setdefault(package.name, []).append(package)
            for name in package.gives():
                self._given.setdefault(name, []).append(package)

    def versions(self, name: str) -> list[Package]:
        """Return what is offered under a name, best first."""
        return self._by_name.get(name, [])

    def providers(self, name: str) -> list[Package]:
        """Return what is offered and goes by a name, its own or a provided one."""
        return self._by_name.get(name) or self._given.get(name, [])

    def closure(self, wanted: Sequence[Package]) -> list[Package]:
        """Return ``wanted`` and all that they need and is missing, dependencies first."""
        order: list[Package] = []
        on_the_way: set[str] = set()
        chosen = {package.name for package in wanted}

        def add(package: Package) -> None:
            if package.name in on_the_way:
                return
            on_the_way.add(package.name)
            clauses = list(package.needs())
            for clause in clauses:
                found = self._missing(package, clause, chosen)
                if found is not None:
                    add(found)
            order.append(package)
            for clause in parse_clauses(package.recommends) if self._recommends else ():
                try:
                    found = self._missing(package, clause, chosen)
                except MissingError:
                    continue
                if found is not None:
                    add(found)

        for package in wanted:
            add(package)
        return order

    def _missing(self, package: Package, clause: Clause, chosen: set[str]) -> Package | None:
        """Return what has to come for a demand; ``None``: it is met."""
        offered = [found for choice in clause.choices for found in self.providers(choice)]
        for candidate in offered:
            if candidate.name in chosen and not self._database.installed(candidate.name):
                return candidate
        if self._database.satisfies(clause.choices):
            return None
        if not offered:
            raise MissingError(package, clause)
        return offered[0]


def size_words(size: float, *, gap: str = " ") -> str:
    """Return ``24.6 kB``: bytes in apt's words (``SizeToStr``)."""
    for unit in ("", "k", "M", "G"):
        if size < 10000 or unit == "G":
            break
        size /= 1000
    # apt: below 100 with a digit, once it is not in bytes any more.
    if unit and size < 100:
        return f"{size:.1f}{gap}{unit}B"
    return f"{size:.0f}{gap}{unit}B"
