"""The linter: files in, findings, a table and answers out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from haconsole.domain.notes import note

from .checks import checks
from .differences import Row
from .failover import Answer, answers
from .findings import Finding, Level, Place
from .instances import instances
from .pair import pair, table
from .reading import reading
from .references import references
from .scripts import scripts
from .security import security
from .source import Source, found
from .structure import structure
from .values import values

#: Findings of a rule in a file; somebody who has more will not read them all.
MOST = 100
_ONE: tuple[Callable[[Source], Iterator[Finding]], ...] = (
    reading,
    structure,
    values,
    references,
    instances,
    checks,
    scripts,
    security,
)


@dataclass(frozen=True, slots=True)
class Report:
    """What is found in files. ``rows``: the files side by side, where there are several."""

    findings: tuple[Finding, ...]
    rows: tuple[Row, ...] = ()
    answers: tuple[Answer, ...] = ()

    @property
    def worst(self) -> Level | None:
        """The worst level that was found; ``None``: nothing was."""
        return min((one.level for one in self.findings), key=lambda one: one.rank, default=None)


def lint_one(source: Source) -> tuple[Finding, ...]:
    """Return what is found in one file, in the order of its lines; not more than :data:`MOST`
    findings of a rule, and a last one that counts the others.
    """
    every = [one for rule in _ONE for one in rule(source)]
    counts = Counter(one.rule for one in every)
    kept, more = [], []
    for rule, count in counts.items():
        of_rule = [one for one in every if one.rule == rule] if count > MOST else ()
        if of_rule:
            every = [one for one in every if one.rule != rule]
            kept += of_rule[:MOST]
            said = note("there are {n} more of this kind", n=count - MOST)
            more.append(replace(of_rule[MOST], note=said))
    return _sorted([*every, *kept, *more])


def lint(sources: Sequence[Source]) -> Report:
    """Judge one file, or several as the LBs of a pair."""
    every = [one for source in sources for one in lint_one(source)]
    told = answers(sources)
    if len(sources) < 2:
        return Report(_sorted(every), answers=told)
    between = list(pair(sources))
    every += between
    if not any(one.level is Level.ERROR for one in between):
        every += _no_failover(sources, told)
    return Report(_sorted(every), table(sources), told)


def _no_failover(sources: Sequence[Source], told: Sequence[Answer]) -> Iterator[Finding]:
    """Tell what the predictions alone show. That there is no check at all is told elsewhere."""
    for answer in told:
        about = [
            one
            for source in sources
            for one in source.conf.instances
            if any(vip.address in answer.vips for vip in one.vips)
        ]
        checked = any(one.track_scripts for one in about)
        if answer.works is False and about and (checked or answer.scenario is None):
            first, *others = [Place(one.file, one.line) for one in about]
            yield found("no-failover", first, answer.note, *others)


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Put findings in order; a file that is two LBs' tells each once."""
    unique: dict[tuple[str, Place, str], Finding] = {}
    for one in findings:
        unique.setdefault((one.rule, one.place, str(one.note)), one)
    return tuple(sorted(unique.values(), key=lambda one: one.order))
