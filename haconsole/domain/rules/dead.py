"""Why a keepalived does not run: what its log, its unit and its processes tell."""

from __future__ import annotations

from collections.abc import Iterator

from ..daemon import LogKind
from ..notes import Note, note
from ..verdict import KEEPALIVED
from .case import Case, NodeCase, log_of
from .finding import Evidence, Fix
from .looking import alive, logged, seen

#: A stop this young may be half of a restart.
_RESTART_S = 4.0
_CRASHES = frozenset({"signal", "core-dump", "watchdog", "oom-kill", "exit-code", "timeout"})
_ENDS = frozenset({LogKind.STOPPED, LogKind.KILLED})


def is_dead(case: Case, node: NodeCase) -> bool:
    """Whether no keepalived runs there, and not because it is being restarted."""
    if alive(node) is not False or not node.up:
        return False
    at = _ended_at(node) if case.live else None
    return at is None or case.at - at >= _RESTART_S


def _ended_at(node: NodeCase) -> float | None:
    """Return when it ended, as its log and its unit tell (the case's clock)."""
    times = [at for at, fact in log_of(node) if fact.kind in _ENDS]
    unit = node.unit(KEEPALIVED)
    if unit is not None and unit.since is not None and not unit.running:
        times.append(unit.since - (node.clock.value.offset_s if node.clock else 0.0))
    return max(times, default=None)


def last_end(node: NodeCase) -> LogKind | None:
    """Return how it ended as its log tells: STOPPED, KILLED; ``None``: it does not tell."""
    kinds = [fact.kind for _, fact in log_of(node) if fact.kind in (*_ENDS, LogKind.STARTED)]
    return kinds[-1] if kinds and kinds[-1] in _ENDS else None


def crashed(node: NodeCase) -> bool:
    """Whether it ended against its will."""
    unit = node.unit(KEEPALIVED)
    if unit is not None and not unit.running:
        return unit.active == "failed" or unit.result in _CRASHES
    return last_end(node) is LogKind.KILLED


def refused_config(node: NodeCase) -> tuple[Evidence, ...]:
    """Return the log lines by which its last start failed on the configuration."""
    lines = log_of(node)
    starts = [index for index, (_, fact) in enumerate(lines) if fact.kind is LogKind.STARTED]
    of_last = lines[starts[-1] :] if starts else lines
    if any(fact.kind is LogKind.TRANSITION for _, fact in of_last):
        return ()  # it ran, whatever it had to say about its file
    found = [line for line in of_last if line[1].kind is LogKind.CONFIG_ERROR]
    return tuple(logged(node, line) for line in found[:4])


def way_back(case: Case, node: NodeCase, said: Note, *, nobody: bool) -> Fix:
    """Return what starts a keepalived that does not run; ``nobody``: no LB owns the VIP."""
    if nobody and case.vips:
        return Fix(said, "recover-no-owner", {"vip": case.vips[0].address})
    return Fix(said, "bring-back", {"host": node.name})


def signs(node: NodeCase) -> Iterator[Evidence]:
    """Yield what shows that it does not run, and how it ended."""
    if node.daemon is not None:
        yield seen(node, node.daemon, note("{host}: no keepalived runs", host=node.name))
    unit = node.unit(KEEPALIVED)
    if unit is not None:
        said = note(
            "{host}: keepalived.service is {state} (result {result}, at boot: {enabled})",
            host=node.name,
            state=unit.active,
            result=unit.result or "?",
            enabled=unit.enabled or "?",
        )
        yield seen(node, node.units, said)
    ends = [line for line in log_of(node) if line[1].kind in _ENDS]
    if ends:
        yield logged(node, ends[-1])
