"""The picture of a cluster: clients → VIP → load balancers → web nodes."""

from __future__ import annotations

from typing import TypeAlias

from haconsole.domain.model import Cluster, Host
from haconsole.domain.ownership import VipVerdict, VipView, holds
from haconsole.domain.state import State
from haconsole.domain.verdict import NGINX
from haconsole.words import t, tn

from . import marks
from .glance import Glance, backend_label, backend_names
from .ink import BLANK, Ink, Line, Tone, cells, clip, ink, pad, width_of
from .nodes import keepalived_line
from .units import percent, rate, sparkline

#: (up, down, left, right) → the box-drawing character that joins those arms.
_JOINTS = {
    (0, 0, 0, 0): " ", (0, 0, 1, 1): "─", (0, 0, 1, 0): "─", (0, 0, 0, 1): "─",
    (1, 1, 0, 0): "│", (1, 0, 0, 0): "│", (0, 1, 0, 0): "│",
    (0, 1, 0, 1): "┌", (0, 1, 1, 0): "┐", (1, 0, 0, 1): "└", (1, 0, 1, 0): "┘",
    (1, 1, 0, 1): "├", (1, 1, 1, 0): "┤", (0, 1, 1, 1): "┬", (1, 0, 1, 1): "┴",
    (1, 1, 1, 1): "┼",
}  # fmt: skip


def topology_lines(glance: Glance, cluster: Cluster, width: int, *, rows: int = 6) -> list[Line]:
    """Return the picture in at most ``rows`` lines of ``width``; what does not fit is counted."""
    lbs = _lb_lines(glance, cluster, brief=len(cluster.vips) > 1 and width < 100)
    vips = _vip_lines(glance, cluster)
    webs = cluster.webs
    height = min(max(len(lbs), len(webs), len(vips), 2), max(rows, 2))
    sums = glance.state.hits[cluster.name]
    watched = glance.hits_seen_at(cluster) == glance.now
    source: list[Line] = [
        (Ink(t("clients"), Tone.TEXT),),
        (Ink(rate(sums.rate(glance.now)), Tone.MUTED),)
        if watched
        else (Ink(f"{marks.UNKNOWN} ?/s", Tone.UNKNOWN),),
    ]
    lbs, vips = lbs[:height], vips[:height]
    shown = _web_lines(glance, cluster, height)
    first = max(width_of(line) for line in source)
    second = max(width_of(line) for line in vips)
    third = max(width_of(line) for line in lbs)
    left = _bus(height, 1 if len(cluster.vips) == 1 else len(vips), _lb_arms(glance, cluster))
    solid = [False] * height
    for row, host in enumerate(cluster.lbs[:height]):
        solid[row] = bool(glance.held_by(cluster, host.name))
    right = _web_bus(height, solid[: len(lbs)], len(shown))
    lines = []
    for row in range(height):
        line: list[Ink] = [Ink(" ")]
        line += pad(source[row] if row < len(source) else BLANK, first)
        line.append(Ink(" ──▶ " if row == 0 else "     ", Tone.LINE))
        line += pad(vips[row] if row < len(vips) else BLANK, second)
        line += left[row]
        line += pad(lbs[row] if row < len(lbs) else BLANK, third)
        line += right[row]
        used = width_of(tuple(line))
        web = shown[row] if row < len(shown) else None
        if web is not None:
            line += _web_line(web, max(0, width - used - 1))
        lines.append(clip(tuple(line), width))
    return lines


def _vip_lines(glance: Glance, cluster: Cluster) -> list[Line]:
    views = glance.views(cluster)
    many = len(views) > 1
    lines = []
    for view in views:
        _, _, tone = marks.VERDICT[view.verdict]
        tone = Tone.STRONG if view.verdict is VipVerdict.OWNED else tone
        parts = [ink(view.vip.address, tone)]
        if many:
            parts.append(ink(f" → {_owner_text(view)}", tone))
        lines.append(tuple(parts))
    return lines or [(Ink(t("no VIP"), Tone.MUTED),)]


def _owner_text(view: VipView) -> str:
    if view.verdict is VipVerdict.UNKNOWN:
        return "?"
    return "+".join(view.owners) if view.owners else t("nobody")


def _lb_lines(glance: Glance, cluster: Cluster, *, brief: bool) -> list[Line]:
    widest = max(cells(host.name) for host in cluster.lbs)
    lines = []
    for host in cluster.lbs:
        name = host.name + " " * (widest - cells(host.name))
        owner = bool(glance.held_by(cluster, host.name))
        tone = Tone.STRONG if owner else Tone.TEXT
        if glance.host(host.name).current(glance.host(host.name).daemon, glance.now) is None:
            tone = Tone.STALE
        action = f"app.open_node({host.name!r})"
        stands = keepalived_line(glance, host, priority=not brief)
        lines.append((ink(name, tone, action), Ink(" "), *stands))
    return lines


def _lb_arms(glance: Glance, cluster: Cluster) -> list[tuple[str, Tone]]:
    """Return how each LB hangs on the VIP: an arrow where the kernel holds it."""
    views = glance.views(cluster)
    arms = []
    for host in cluster.lbs:
        held = [view for view in views if host.name in view.owners]
        if held:
            bad = any(
                view.verdict is VipVerdict.SPLIT_BRAIN or host.name in view.ghosts for view in held
            )
            unsure = all(view.verdict is VipVerdict.UNKNOWN for view in held)
            tone = Tone.CRITICAL if bad else Tone.UNKNOWN if unsure else Tone.OK
            arms.append(("─▶", tone))
        elif holds(glance.state, host, cluster.vips[0], glance.now) is None:
            arms.append(("╌?", Tone.UNKNOWN))
        else:
            arms.append(("╌╌", Tone.LINE))
    return arms


def _bus(height: int, left: int, arms: list[tuple[str, Tone]]) -> list[Line]:
    last = max(left, min(len(arms), height)) - 1
    lines: list[Line] = []
    for row in range(height):
        has_right = row < len(arms)
        joint = _JOINTS[
            int(0 < row <= last), int(row < last), int(row < left), int(has_right and row <= last)
        ]
        arm, tone = arms[row] if has_right else ("  ", Tone.LINE)
        start = " ─" if row < left else "  "
        lines.append((Ink(start + joint, Tone.LINE), Ink(arm + " ", tone)))
    return lines


def _web_bus(height: int, solid: list[bool], webs: int) -> list[Line]:
    last = max(len(solid), webs) - 1
    lines: list[Line] = []
    for row in range(height):
        has_left, has_right = row < len(solid), row < webs
        joint = _JOINTS[int(0 < row <= last), int(row < last), int(has_left), int(has_right)]
        arm = ("─" if solid[row] else "╌") if has_left else " "
        lines.append((Ink(f" {arm}{joint}{'─' if has_right else ' '} ", Tone.LINE),))
    return lines


#: A web node's glyph and name; its rate, its share; its hits in each second of the last minute.
_Web: TypeAlias = tuple[Line, Line, Line, list[int]]


def _web_lines(glance: Glance, cluster: Cluster, height: int) -> list[_Web]:
    if not cluster.webs:
        return [((Ink(t("no web node in the inventory"), Tone.MUTED),), BLANK, BLANK, [])]
    watched = glance.hits_seen_at(cluster) == glance.now
    by_name = backend_series(glance.state, cluster, glance.now)
    total = sum(sum(series) for series in by_name.values())
    over = len(cluster.webs) - height
    shown = cluster.webs if over <= 0 else cluster.webs[: height - 1]
    widest = max(cells(host.name) for host in shown) if shown else 0
    lines: list[_Web] = []
    for host in shown:
        series = by_name.get(host.name, [])
        speed = share = BLANK
        if total and watched:
            speed = (Ink(f"{rate(sum(series[-5:]) / 5):>7} "),)
        if total:
            tone = Tone.STRONG if watched else Tone.STALE
            share = (Ink(f"{percent(sum(series) / total):>7} ", tone),)
        lines.append((_web_name(glance, host, widest), speed, share, series if watched else []))
    if over > 0:
        rest = cluster.webs[height - 1 :]
        bad = sum(glance.faulty(host.name) for host in rest)
        text = tn("… {count} more web node", "… {count} more web nodes", len(rest))
        if bad:
            text += t(", {bad} in trouble", bad=bad)
        lines.append(((Ink(text, Tone.WARNING if bad else Tone.MUTED),), BLANK, BLANK, []))
    return lines


def _web_name(glance: Glance, host: Host, widest: int) -> Line:
    known = glance.host(host.name)
    unit = known.unit(NGINX)
    action = f"app.open_node({host.name!r})"
    name = host.name + " " * (widest - cells(host.name))
    if known.current(known.units, glance.now) is None or unit is None:
        return (Ink(f"{marks.UNKNOWN} ", Tone.STALE), ink(name, Tone.STALE, action))
    if unit.running:
        return (Ink(f"{marks.GOOD} ", Tone.OK), ink(name, Tone.TEXT, action))
    return (Ink(f"{marks.BAD} ", Tone.CRITICAL), ink(name, Tone.CRITICAL, action))


def _web_line(web: _Web, room: int) -> Line:
    """Return as much about a web node as there is room for; its share goes last."""
    name, speed, share, series = web
    line: Line = (*name, Ink(" "), *speed, *share)
    if width_of(line) > room + 1:
        line = (*name, Ink(" "), *share)
    free = room - width_of(line)
    if series and free >= 4:
        line = (*line, Ink(sparkline(series, min(free, 40)), Tone.INFO))
    return line


def backend_series(state: State, cluster: Cluster, now: float) -> dict[str, list[int]]:
    """Return hits in each of the last 60 whole seconds, by web node (or logged upstream)."""
    sums = state.hits[cluster.name]
    names = backend_names(state, cluster)
    found: dict[str, list[int]] = {}
    logged = {backend for second in sums.window(now) for backend in second.backends}
    for backend in sorted(logged):
        label = backend_label(backend, names)
        series = sums.series(backend, now)
        before = found.get(label)
        found[label] = [a + b for a, b in zip(before, series, strict=True)] if before else series
    return found
