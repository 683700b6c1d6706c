"""The tables of ``systemctl``: units, timers, unit files (systemctl(1), v252)."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from haconsole.demo.system.invocation import Invocation

from . import unitfile
from .manager import Manager
from .systemctl_words import Words
from .transient import Timer
from .unit_properties import when_text

_LEGEND = """
LOAD   = Reflects whether the unit definition was properly loaded.
ACTIVE = The high-level unit activation state, i.e. generalization of SUB.
SUB    = The low-level unit activation state, values depend on unit type.
"""
_END = "To show all installed unit files use 'systemctl list-unit-files'.\n"
_ALL = "Pass --all to see loaded but inactive units, too."


def _chosen(name: str, words: Words) -> bool:
    patterns = [unitfile.full_name(n) if "*" not in n else n for n in words.names]
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns; the last one ends where its words do."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        " ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


async def list_units(manager: Manager, call: Invocation, words: Words) -> int:
    """``list-units``: what is loaded and not inactive; ``--all``: the rest as well."""
    legend, plain = "no-legend" not in words.flags, "plain" in words.flags
    kinds = {kind for text in words.options.get("type", []) + words.options.get("t", [])
             for kind in text.split(",")}  # fmt: skip
    states = {state for text in words.options.get("state", []) for state in text.split(",")}
    rows, marks = [], []
    for unit in manager.units():
        shown = unit.active != "inactive" or "all" in words.flags or "inactive" in states
        if not shown or not _chosen(unit.name, words):
            continue
        if kinds and unit.name.rpartition(".")[2] not in kinds:
            continue
        if states and not states & {unit.active, unit.sub, "loaded"}:
            continue
        rows.append((unit.name, "loaded", unit.active, unit.sub, unit.file.description))
        marks.append("●" if unit.active == "failed" else " ")
    if legend:
        rows.insert(0, ("UNIT", "LOAD", "ACTIVE", "SUB", "DESCRIPTION"))
        marks.insert(0, " ")
    for mark, line in zip(marks, _table(rows), strict=True):
        await call.print(line if plain else f"{mark} {line}")
    if legend:
        some = f"{len(rows) - 1} loaded units listed."
        rest = "" if "all" in words.flags else f" {_ALL}"
        await call.stdout.write((_LEGEND if len(rows) > 1 else "\n") + f"{some}{rest}\n{_END}")
    return 0


async def list_timers(manager: Manager, call: Invocation, words: Words) -> int:
    """``list-timers``: when each is due, and what it starts."""
    now, boot = manager.now, manager.machine.boot_at
    legend = "no-legend" not in words.flags
    rows = []
    for timer in manager.timers.all():
        if not _chosen(timer.name, words):
            continue
        nexts = ("-", "-") if timer.elapsed_at else (
            when_text(boot + timer.due), f"{_rough(timer.due - now)} left")  # fmt: skip
        last = timer.elapsed_at
        lasts = (when_text(boot + last), f"{_rough(now - last)} ago") if last else ("-", "-")
        rows.append((*nexts, *lasts, timer.name, timer.service.name))
    head = [("NEXT", "LEFT", "LAST", "PASSED", "UNIT", "ACTIVATES")] if legend else []
    for line in _table([*head, *rows]):
        await call.print(line)
    if legend:
        await call.print(f"\n{len(rows)} timers listed.")
        if "all" not in words.flags:
            await call.print("Pass --all to see loaded but inactive timers, too.")
    return 0


async def list_unit_files(manager: Manager, call: Invocation, words: Words) -> int:
    """``list-unit-files``: the named ones, with whether they are enabled."""
    rows = []
    for name in words.names:
        file = unitfile.load(manager.machine.files, unitfile.full_name(name))
        if file is not None:
            rows.append((file.name, unitfile.is_enabled(manager.machine.files, file)))
    await call.print("UNIT FILE          STATE    PRESET")
    for row in rows:
        await call.print(f"{row[0]:<18} {row[1]:<8} enabled")
    await call.print(f"\n{len(rows)} unit files listed.")
    return int(not rows)


def timer_status(timer: Timer, boot_at: float, now: float) -> list[str]:
    """Return what ``status`` says of a timer. ``boot_at``: epoch seconds, ``now``: since then."""
    since = timer.due - timer.delay_s
    trigger = "n/a" if timer.elapsed_at else (
        f"{when_text(boot_at + timer.due)}; {_rough(timer.due - now)} left")  # fmt: skip
    return [
        f"● {timer.name} - {timer.file.description}",
        f"     Loaded: loaded ({timer.file.path}; transient)",
        "  Transient: yes",
        f"     Active: {timer.active} ({timer.sub}) since {when_text(boot_at + since)}; "
        f"{_rough(now - since)} ago",
        f"    Trigger: {trigger}",
        f"   Triggers: ● {timer.service.name}",
    ]


def _rough(value: float) -> str:
    """Write a span as tables do: two units at most, and no parts of a second from one on."""
    whole = max(0.0, value)
    text = unitfile.span(int(whole) if whole >= 1 else round(whole, 3))
    return " ".join(text.split()[:2])
