"""The hit log in ink: one line a hit, the sums over it, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from haconsole.domain.hits import NO_BACKEND, Hit
from haconsole.domain.model import Cluster
from haconsole.words import t, tn

from . import marks
from .glance import Glance, backend_label, backend_names
from .ink import Ink, Line, Tone, clip, fit, ink, join, spread
from .topology import backend_series
from .units import duration, latency, number, percent, rate, sparkline, time_of_day, time_with_ms

_TIME = 12
_SECONDS = 8


@dataclass(frozen=True, slots=True)
class HitColumns:
    """How wide the columns of the hit log are."""

    client: int
    request: int
    backend: int
    node: int

    @classmethod
    def for_width(cls, width: int, names: int = 8) -> HitColumns:
        """Return the columns for a line of ``width``; ``names`` is the longest node name."""
        names = max(7, min(names, 16))
        client = 15 if width < 120 else 24
        fixed = 1 + _TIME + 1 + 3 + 1 + names + 1 + _SECONDS + 1 + names + 1 + client + 1
        return cls(client, max(8, width - fixed), names, names)


def status_tone(status: int) -> Tone:
    """Return the tone of an HTTP status; no status is an error."""
    if status >= 500 or status < 100:
        return Tone.CRITICAL
    if status >= 400:
        return Tone.WARNING
    if status >= 300:
        return Tone.INFO
    return Tone.OK


def hit_line(hit: Hit, columns: HitColumns, names: Mapping[str, str]) -> Line:
    """Return the line of one hit."""
    tone = status_tone(hit.status)
    loud = tone if hit.is_error else Tone.TEXT
    backend = backend_label(hit.backend, names) if hit.backend not in ("", NO_BACKEND) else "–"
    tried = Tone.WARNING if hit.tried > 0 else loud
    mark = f"+{hit.tried}" if hit.tried > 0 else ""
    room = columns.backend - len(mark)
    return (
        Ink(f" {time_with_ms(hit.at)} ", Tone.MUTED),
        Ink(fit(str(hit.status), 3) if hit.status else "---", tone),
        Ink(" " + fit(backend, room) + mark + " ", tried),
        Ink(fit(latency(hit.seconds), _SECONDS, right=True) + " ", loud),
        Ink(fit(hit.node, columns.node) + " ", Tone.MUTED),
        Ink(fit(hit.client, columns.client) + " ", Tone.MUTED),
        Ink(fit(f"{hit.method} {hit.path}", columns.request), loud),
    )


def hit_header(columns: HitColumns) -> Line:
    """Return the titles over the hits."""
    return (
        Ink(" " + fit(t("TIME"), _TIME) + " ", Tone.HEAD),
        Ink("ST  ", Tone.HEAD),
        Ink(fit(t("BACKEND"), columns.backend) + " ", Tone.HEAD),
        Ink(fit(t("TOOK"), _SECONDS, right=True) + " ", Tone.HEAD),
        Ink(fit(t("LOG OF"), columns.node) + " ", Tone.HEAD),
        Ink(fit(t("CLIENT"), columns.client) + " ", Tone.HEAD),
        Ink(fit(t("REQUEST"), columns.request), Tone.HEAD),
    )


def hit_text(hit: Hit) -> str:
    """Return a hit as one line of plain text, to be copied."""
    return (
        f"{time_with_ms(hit.at)} {hit.client} {hit.method} {hit.path} {hit.status} "
        f"{hit.backend or '-'} {latency(hit.seconds)} {hit.node}"
    )


def sums_line(glance: Glance, cluster: Cluster, shares: tuple[int, ...] = (95,)) -> Line:
    """Return the sums of the last minute: rate, status classes, percentiles."""
    sums = glance.state.hits[cluster.name]
    seen_at = glance.hits_seen_at(cluster)
    if seen_at is None:
        return (Ink(f"{marks.UNKNOWN} {t('not watched')}", Tone.UNKNOWN),)
    if seen_at < glance.now:
        ago = duration(glance.now - seen_at)
        return (Ink(f"{marks.UNKNOWN} {t('not seen for {span}', span=ago)}", Tone.STALE),)
    classes = sums.classes(glance.now)
    whole = sum(classes)
    parts: list[Line] = [(Ink(rate(sums.rate(glance.now)), Tone.STRONG),)]
    if not whole:
        return (Ink(t("no hit in the last minute"), Tone.MUTED),)
    parts.append((Ink(f"2xx {percent(classes[2] / whole)}", Tone.OK if classes[2] else Tone.TEXT),))
    if classes[4]:
        parts.append((Ink(f"4xx {number(classes[4])}", Tone.WARNING),))
    errors = classes[5] + classes[0]
    tone = Tone.CRITICAL if errors else Tone.TEXT
    parts.append((Ink(f"5xx {number(errors)}", tone),))
    for share in shares:
        value = sums.percentile(share / 100, glance.now)
        if value is not None:
            parts.append((Ink(f"p{share} {latency(value)}"),))
    return join(parts, " · ")


def source_text(glance: Glance, cluster: Cluster) -> tuple[str, bool]:
    """Return where the hits of a cluster come from, and whether there is a source at all."""
    found: dict[tuple[str, bool], list[str]] = {}
    problems: dict[str, list[str]] = {}
    for host in cluster.hosts:
        known = glance.host(host.name)
        if known.hits.value is not None:
            key = (known.hits.value, known.hits_upstream)
            found.setdefault(key, []).append(host.name)
        elif known.hits.problem:
            problems.setdefault(known.hits.problem, []).append(host.name)
    if found:
        parts = []
        for (path, upstream), hosts in found.items():
            kind = t("names the backend") if upstream else t("does not name the backend")
            parts.append(
                t("{path} on {hosts} ({kind})", path=path, hosts=", ".join(hosts), kind=kind)
            )
        return t("from {what}", what="; ".join(parts)), True
    if problems:
        why = "; ".join(f"{', '.join(hosts)}: {problem}" for problem, hosts in problems.items())
        return t("no hit log: {why}", why=why), False
    return t("no hit log found yet"), False


def losses_text(glance: Glance, cluster: Cluster, hidden: int = 0, waiting: int = 0) -> str:
    """Return what is not on show: lost lines, lines not understood, lines past the view."""
    sums = glance.state.hits[cluster.name]
    parts = []
    if sums.dropped:
        parts.append(tn("{count} line lost", "{count} lines lost", sums.dropped))
    if sums.unparsed:
        parts.append(t("{count} not understood", count=number(sums.unparsed)))
    if hidden:
        parts.append(t("{count} older not in view", count=number(hidden)))
    if waiting:
        parts.append(t("{count} new wait", count=number(waiting)))
    return " · ".join(parts)


def home_head(glance: Glance, cluster: Cluster, width: int, mode: Line) -> Line:
    """Return the line over the hits on the home screen."""
    left = (Ink(f" {t('HITS')}  ", Tone.HEAD), *sums_line(glance, cluster))
    lost = losses_text(glance, cluster)
    if lost:
        left = (*left, Ink(" · "), Ink(lost, Tone.WARNING))
    return spread(left, (*mode, Ink(" ")), width)


def hits_summary(glance: Glance, cluster: Cluster, width: int, *, rows: int = 6) -> list[Line]:
    """Return the sums for the hits screen: source, totals, a line a backend."""
    source, found = source_text(glance, cluster)
    lines: list[Line] = [
        clip((Ink(" "), ink(source, Tone.MUTED if found else Tone.WARNING)), width),
    ]
    lines.append(clip((Ink(" "), *sums_line(glance, cluster, (50, 95, 99))), width))
    return lines + _backend_lines(glance, cluster, width, rows)


def _backend_lines(glance: Glance, cluster: Cluster, width: int, rows: int) -> list[Line]:
    sums = glance.state.hits[cluster.name]
    names = backend_names(glance.state, cluster)
    by_name = backend_series(glance.state, cluster, glance.now)
    total = sum(sum(series) for series in by_name.values())
    totals: dict[str, tuple[int, int, float]] = {}
    for backend, row in sums.backends.items():
        label = backend_label(backend, names)
        hits, errors, last = totals.get(label, (0, 0, 0.0))
        totals[label] = (hits + row.hits, errors + row.errors, max(last, row.last_at))
    if not totals:
        return []
    labels = [host.name for host in cluster.webs if host.name in totals]
    labels += sorted(set(totals) - set(labels))
    over = len(labels) - rows
    shown = labels if over <= 0 else labels[: rows - 1]
    lines: list[Line] = []
    for label in shown:
        series = by_name.get(label, [])
        hits, errors, last = totals[label]
        share = sum(series) / total if total else 0.0
        name = t("no backend") if label == NO_BACKEND else label
        label_room = 12 if width < 100 else 20
        bars = max(0, min(60, width - 66 - label_room))
        lines.append(
            (
                Ink(" " + fit(name, label_room) + " "),
                Ink(f"{rate(sum(series[-5:]) / 5):>8} "),
                Ink(f"{percent(share):>7} ", Tone.STRONG),
                Ink(f"{number(hits):>11} {t('hits')} ", Tone.MUTED),
                Ink(
                    f"{number(errors):>7} {t('errors')} ",
                    Tone.CRITICAL if errors else Tone.MUTED,
                ),
                Ink(t("last {at}", at=time_of_day(last)) + " ", Tone.MUTED),
                Ink(sparkline(series, bars), Tone.INFO),
            )
        )
    if over > 0:
        more = tn("… {count} more backend", "… {count} more backends", len(labels) - len(shown))
        lines.append((Ink(f" {more}", Tone.MUTED),))
    return lines


def mode_line(
    *, following: bool, paused: bool, waiting: int, filtered: str, watched: bool = True
) -> Line:
    """Return how the log moves: following, held where it is, or paused; and the filter.

    A log that nobody can watch now follows nothing, whatever the view would do.
    """
    parts: list[Line] = []
    if filtered:
        parts.append((ink(f"/{filtered}", Tone.ACCENT),))
    if waiting:
        parts.append((Ink(t("{count} new wait", count=number(waiting)), Tone.ACCENT),))
    if paused:
        parts.append((Ink(f"▌▌ {t('paused')}", Tone.WARNING),))
    elif following and not watched:
        parts.append((Ink(f"{marks.UNKNOWN} {t('waiting')}", Tone.UNKNOWN),))
    elif following:
        parts.append((Ink(f"▶ {t('following')}", Tone.OK),))
    else:
        parts.append((Ink(f"{marks.IDLE} {t('held')}", Tone.ACCENT),))
    return join(parts)
