"""The way to every host: chains of jump hosts, expanded; unknown ones and loops found."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from itertools import islice, pairwise

from haconsole.domain.model import Role
from haconsole.words import t

from .problems import Report, shown
from .shapes import Value
from .sites import Chain, Place, via_names

#: Jump hosts in a row; each is a tunnel in a tunnel, and a chain of thousands is no chain.
MAX_HOPS = 64
#: Unknown names that the nearest known one is looked for; a broken file may have thousands.
_HINTS = 50
#: Known names that an error lists.
_LISTED = 8


@dataclass(slots=True)
class _Parent:
    """What a jump host is reached through (``None``: directly), and where that is said."""

    name: str | None
    line: int
    at: str


@dataclass(slots=True)
class Ways:
    """Finds the chain of each host. A jump host has one connection, and so one way to it."""

    hosts: tuple[Place, ...]
    report: Report
    _jumps: dict[str, Place] = field(init=False)
    _names: frozenset[str] = field(init=False)
    _parents: dict[str, _Parent] = field(init=False, default_factory=dict)
    _hints: int = field(init=False, default=_HINTS)

    def __post_init__(self) -> None:
        self._jumps = {host.name: host for host in self.hosts if host.role is Role.JUMP}
        self._names = frozenset(host.name for host in self.hosts)

    def chains(self) -> dict[str, Chain]:
        """Return the chain to every host that has one; the others are noted in the report."""
        # A cluster's `via` stands once and holds for many hosts.
        written = {(host.via.line, host.via.at): host.via for host in self.hosts if host.via}
        for via in written.values():
            self._check_known(via)
        for jump in self._jumps.values():
            if jump.via is not None:
                last = jump.via_names[-1] if jump.via_names else None
                self._learn(jump.name, last, jump.via.line, jump.via.at)
        for via in written.values():
            for outer, inner in pairwise(via_names(via)):
                self._learn(inner, outer, via.line, via.at)
        looped = self._report_loops()
        chains: dict[str, Chain] = {}
        for host in self.hosts:
            chain = self._chain(host, looped)
            if chain is not None:
                chains[host.name] = chain
        return chains

    def _check_known(self, via: Value) -> None:
        for name in via_names(via):
            if name in self._jumps:
                continue
            what = t("there is no jump host {name}", name=shown(name))
            if name in self._names:
                what = t("{name} is a node and not a jump host", name=shown(name))
            self.report.refuse(via.line, via.at, what, self._expected(name))

    def _expected(self, name: str) -> str:
        if not self._jumps:
            return t("a name under 'jumps', which names none yet")
        self._hints -= 1
        near = difflib.get_close_matches(name, self._jumps, n=1) if self._hints >= 0 else []
        if near:
            return t("a name under 'jumps'; the nearest is {name}", name=shown(near[0]))
        some = ", ".join(shown(jump) for jump in islice(self._jumps, _LISTED))
        if len(self._jumps) > _LISTED:
            return t("a name under 'jumps', such as {names}", names=some)
        return t("a name under 'jumps': {names}", names=some)

    def _learn(self, jump: str, parent: str | None, line: int, at: str) -> None:
        known = self._parents.setdefault(jump, _Parent(parent, line, at))
        if known.name == parent:
            return
        what = t(
            "{jump} is reached {this} here, and {that} on line {line}",
            jump=shown(jump),
            this=_through(parent),
            that=_through(known.name),
            line=known.line,
        )
        self.report.refuse(line, at, what, t("one way to each jump host"))

    def _report_loops(self) -> set[str]:
        """Note every loop once; return all jump hosts that no chain leads to because of one."""
        good: set[str] = set()
        bad: set[str] = set()
        for start in self._jumps:
            trail: list[str] = []
            name: str | None = start
            while name is not None and name not in good and name not in bad and name not in trail:
                trail.append(name)
                parent = self._parents.get(name)
                name = parent.name if parent else None
            if name in trail:
                self._report_loop(trail[trail.index(name) :])
            (bad if name in trail or name in bad else good).update(trail)
        return bad

    def _report_loop(self, loop: list[str]) -> None:
        first = min(loop, key=lambda name: self._parents[name].line)
        turn = loop.index(first)
        names = [*loop[turn:], *loop[: turn + 1]]
        what = t("jump loop: {names}", names=" → ".join(map(shown, names)))
        expected = t("a chain of jump hosts that begins at this machine")
        said = self._parents[first]
        self.report.refuse(said.line, said.at, what, expected)

    def _chain(self, host: Place, looped: set[str]) -> Chain | None:
        name: str | None
        if "via" in host.record.refused:
            return None
        if host.role is Role.JUMP:
            parent = self._parents.get(host.name)
            name = parent.name if parent else None
        else:
            name = host.via_names[-1] if host.via_names else None
        chain: list[str] = []
        while name is not None:
            if name in looped or name not in self._jumps:
                return None
            if len(chain) == MAX_HOPS:
                what = t("more than {limit} jump hosts in a row", limit=MAX_HOPS)
                self.report.refuse(host.line, host.at, what, t("a shorter chain"))
                return None
            chain.append(name)
            parent = self._parents.get(name)
            name = parent.name if parent else None
        return tuple(reversed(chain))


def _through(parent: str | None) -> str:
    return t("directly") if parent is None else t("through {name}", name=shown(parent))
