"""A file as the linter gets it: its statements, what they mean, and what lies beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from haconsole.domain.conf import ConfProblem, InstanceConf, KeepalivedConf, ScriptConf
from haconsole.domain.notes import Note

from .findings import Finding, Place
from .rules import RULES

#: A version of keepalived; ``None`` is taken for the newest.
Version = tuple[int, ...] | None


class Statement(Protocol):
    """A line's words and the statements of its block; secrets are masked."""

    @property
    def key(self) -> str:
        """The first word."""

    @property
    def values(self) -> tuple[str, ...]:
        """The words after it."""

    @property
    def block(self) -> Sequence[Statement] | None:
        """What is in its braces; ``None`` without braces."""

    @property
    def fingerprint(self) -> str | None:
        """What stands for its secret, where it has one."""

    @property
    def secret_bytes(self) -> int:
        """How long the secret is."""

    @property
    def file(self) -> str:
        """Where it stands."""

    @property
    def line(self) -> int:
        """Where it begins, from 1."""


@dataclass(frozen=True, slots=True)
class Source:
    """One LB's configuration.

    ``name``: the host, or what stands for it. ``statements`` and ``problems`` are those of the
    tree that ``conf`` was read from. ``scripts``: contents of the scripts that are at hand, by the
    path that the configuration has.
    """

    name: str
    conf: KeepalivedConf
    statements: Sequence[Statement] = ()
    problems: tuple[ConfProblem, ...] = ()
    version: Version = None
    scripts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def since(self, *version: int) -> bool:
        """Whether the daemon is of this version or a later one."""
        return self.version is None or self.version >= version

    def blocks(self, *keys: str) -> Iterator[Statement]:
        """Yield the blocks of the file that have one of these names, in its order."""
        return (one for one in self.statements if one.key in keys)

    def instances(self) -> Iterator[tuple[InstanceConf, Statement]]:
        """Yield each instance with the block that it was read from."""
        return zip(self.conf.instances, self.blocks("vrrp_instance"), strict=False)

    def checks(self) -> Iterator[tuple[ScriptConf, Statement]]:
        """Yield each check with the block that it was read from."""
        return zip(self.conf.scripts, self.blocks("vrrp_script"), strict=False)


def inside(block: Statement | None, *keys: str) -> Iterator[Statement]:
    """Yield the statements in a block that have one of these names."""
    return (one for one in (block.block if block else None) or () if one.key in keys)


def listed(block: Statement | None, *keys: str) -> Iterator[Statement]:
    """Yield what is in all lists of these names: keepalived adds several up."""
    for one in inside(block, *keys):
        yield from one.block or ()


def last(block: Statement | None, key: str) -> Statement | None:
    """Return the statement that counts: the last of its name."""
    found = None
    for found in inside(block, key):  # noqa: B007 - the last one is wanted
        pass
    return found


def place(statement: Statement | None, otherwise: Statement | None = None) -> Place:
    """Return where a statement is, else where another one is."""
    one = statement or otherwise
    return Place(one.file, one.line) if one else Place("")


def found(rule: str, where: Place, note: Note, *others: Place) -> Finding:
    """Make a finding of a rule of the catalogue."""
    return Finding(rule, RULES[rule].level, where, note, others)
