"""The head of the screen: what is watched, whether it serves, who owns each VIP, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Host
from haconsole.domain.ownership import Source, SourceView, VipVerdict, VipView
from haconsole.domain.verdict import Level, Trouble
from haconsole.telling import say
from haconsole.words import t, tn

from . import marks
from .glance import Glance
from .ink import BLANK, Ink, Line, Tone, clip, ink, join, spread, width_of, wrap
from .units import duration, latency, short_duration, time_of_day

_GAP = Ink("  ")


def title_line(glance: Glance, cluster: Cluster | None, width: int, *, tail: str = "") -> Line:
    """Return what is watched, over which way, how old the readings are, and the time."""
    site = glance.state.site
    where = cluster.name if cluster else t("all clusters")
    left: list[Ink] = [Ink(" "), ink(site.name, Tone.STRONG), Ink(" › ", Tone.MUTED)]
    left.append(ink(where, Tone.STRONG))
    if tail:
        left += [Ink(" › ", Tone.MUTED), ink(tail, Tone.STRONG)]
    mode = (
        Ink(f" {t('WRITE')} ", Tone.BADGE_WARNING)
        if glance.writable
        else Ink(f" {t('READ-ONLY')} ", Tone.BADGE)
    )
    left += [_GAP, mode]
    if site.lab:
        left += [Ink(" "), Ink(f" {t('LAB')} ", Tone.BADGE_WARNING)]
    clock = (Ink(time_of_day(glance.now), Tone.TEXT), Ink(" "))
    parts = [_way(glance, cluster), _ages(glance, cluster), clock]
    while len(parts) > 1 and width_of(tuple(left)) + 2 + width_of(join(parts)) > width:
        parts.pop(0)
    return spread(tuple(left), join(parts), width)


def _way(glance: Glance, cluster: Cluster | None) -> Line:
    hosts = cluster.hosts if cluster else glance.state.site.hosts
    names = {name: None for host in hosts for name in host.access.jumps}
    parts: list[Ink] = []
    for name in names:
        link = glance.host(name).link
        glyph, word, tone = marks.LINK[link.status]
        parts.append(Ink(", " if parts else t("via "), Tone.MUTED))
        if link.status is LinkStatus.UP:
            rtt = f" {latency(link.rtt_s)}" if link.rtt_s is not None else ""
            parts.append(ink(f"{name}{rtt}", Tone.MUTED))
        else:
            parts.append(ink(f"{glyph} {name} {t(word)}", tone))
    return tuple(parts)


def _ages(glance: Glance, cluster: Cluster | None) -> Line:
    hosts = cluster.hosts if cluster else glance.state.site.hosts
    taken = [glance.host(host.name).age_at for host in hosts]
    known = [at for at in taken if at is not None]
    if not known:
        return (Ink(t("no readings yet"), Tone.UNKNOWN),)
    oldest = max(1.0, glance.now - min(known))
    tone = Tone.MUTED if oldest <= 20 else Tone.STALE
    return (Ink(t("readings ≤ {age}", age=short_duration(oldest)), tone),)


def verdict_lines(
    glance: Glance,
    cluster: Cluster | None,
    width: int,
    *,
    room: int = 6,
    cause: Sequence[Line] = (),
) -> list[Line]:
    """Return the verdict in words: a line a VIP, what the sources say, what is wrong.

    At most ``room`` lines (at least 2). ``cause``: lines of the diagnosis, which stand before
    what else is wrong.
    """
    if glance.failure is not None:
        stopped = (
            Ink(f" {marks.BAD} {t('NOT WATCHING')}  ", Tone.CRITICAL),
            ink(glance.failure, Tone.TEXT),
        )
        return wrap(stopped, width - 1, hang=3)[:room]
    jump = glance.lost_jump(cluster)
    if jump is not None:
        return _without_jump(glance, cluster, jump, width)
    if glance.starting(cluster):
        return _starting(glance, cluster)
    if cluster is None:
        return _site_lines(glance, width, room)
    views = glance.views(cluster)
    lines: list[Line] = []
    for view in views:
        lines += vip_lines(glance, view, width, alone=len(views) == 1)
    lines = [*lines[: max(1, room - len(cause))], *cause]
    rest = [item for item in glance.troubles(cluster) if not _said(item, views)]
    return _with_troubles(lines, rest, width, room)


def _with_troubles(lines: list[Line], rest: list[Trouble], width: int, room: int) -> list[Line]:
    """Add troubles while there is room; what does not fit is counted in the last line."""
    lines = lines[:room]
    free = room - len(lines)
    if not rest or free <= 0:
        return lines
    for index, item in enumerate(rest):
        glyph, tone = marks.LEVEL[item.level]
        left = len(rest) - index
        if free == 1 and left > 1:
            more = tn("… and {count} more trouble", "… and {count} more troubles", left)
            lines.append((Ink(f"   {more}", Tone.MUTED),))
            break
        told = wrap((Ink(f"   {glyph} ", tone), ink(say(item.note))), width - 1, hang=5)
        spare = max(1, free - (left - 1))
        if len(told) > spare:
            told = [clip((Ink(f"   {glyph} ", tone), ink(say(item.note))), width - 1)]
        lines += told
        free -= len(told)
    return lines


def _said(trouble: Trouble, views: tuple[VipView, ...]) -> bool:
    """Whether the line of a VIP says already what a trouble says."""
    for view in views:
        if trouble.note == view.headline or trouble.note.values.get("what") is view.headline:
            return True
        for source in view.sources:
            if source.source is Source.ANSWER and trouble.note.values.get("said") is source.note:
                return True
    return False


def vip_word(view: VipView) -> tuple[str, str, Tone]:
    """Return glyph, word and tone of the verdict on a VIP, as clients feel it."""
    if view.verdict is not VipVerdict.OWNED:
        glyph, word, tone = marks.VERDICT[view.verdict]
        return glyph, t(word), tone
    answers = {source.source: source.agrees for source in view.sources}
    if answers.get(Source.ANSWER) is False:
        return marks.BAD, t("NOT SERVING"), Tone.CRITICAL
    if view.disagreements or answers.get(Source.ARP) is False:
        return marks.WARN, t("SERVING, IN DOUBT"), Tone.WARNING
    if answers.get(Source.ANSWER) is None:
        return marks.GOOD, t("OWNED"), Tone.OK
    return marks.GOOD, t("SERVING"), Tone.OK


def since_text(glance: Glance, view: VipView) -> str:
    """Return for how long it has been so: exactly, or at least."""
    if view.since is None:
        return ""
    span = duration(glance.now - view.since)
    return t("for {span}", span=span) if view.exact else t("for ≥ {span}", span=span)


def vip_lines(glance: Glance, view: VipView, width: int, *, alone: bool = True) -> list[Line]:
    """Return the line of a VIP, and a second one for its sources where they do not fit."""
    glyph, word, tone = vip_word(view)
    first: Line = (
        Ink(f" {glyph} {word}", tone),
        _GAP,
        ink(say(view.headline), Tone.STRONG if tone is Tone.OK else Tone.TEXT),
        ink(f" {span}" if (span := since_text(glance, view)) else "", Tone.TEXT),
        ink(_seen_before(glance, view), Tone.STALE),
    )
    fine = tone is Tone.OK
    sources = sources_line(view, detail=not fine)
    if width_of(first) + 3 + width_of(sources) <= width:
        return [spread(first, (*sources, Ink(" ")), width)]
    if not alone and fine:
        return [clip(first, width)]
    lines = wrap(first, width - 1, hang=3)
    lines += _packed([_source(source, view, not fine) for source in view.sources], width - 1)
    reasons = view.reasons if view.verdict is not VipVerdict.GHOST else ()
    for reason in reasons if not fine else ():
        lines.append(clip((Ink("   "), ink(say(reason))), width - 1))
    return lines


def _seen_before(glance: Glance, view: VipView) -> str:
    """Return where a VIP was seen last, when nobody knows where it is."""
    owners = glance.owners(view.vip.address)
    if view.verdict is not VipVerdict.UNKNOWN or not owners:
        return ""
    return t("  (last seen on {owners})", owners=t(" AND ").join(owners))


_SOURCES = {
    Source.DAEMON: "daemon",
    Source.KERNEL: "kernel",
    Source.ARP: "ARP",
    Source.ANSWER: "answer",
}


def sources_line(view: VipView, *, detail: bool) -> Line:
    """Return what each source says: agrees, contradicts, or says nothing."""
    return join((_source(source, view, detail) for source in view.sources), "  ")


def _packed(parts: list[Line], width: int) -> list[Line]:
    """Return lines of whole parts; only a part that is longer than a line is broken."""
    lines: list[Line] = []
    current: Line = BLANK
    for part in parts:
        grown = join((current, part)) if current else (Ink("   "), *part)
        if current and width_of(grown) > width:
            lines.append(current)
            grown = (Ink("   "), *part)
        current = grown
    return [piece for line in (*lines, current) for piece in wrap(line, width, hang=5)]


def _source(source: SourceView, view: VipView, detail: bool) -> Line:
    name = t(_SOURCES[source.source])
    if source.agrees is None:
        return (Ink(f"{name} ", Tone.MUTED), Ink(marks.UNKNOWN, Tone.UNKNOWN))
    glyph, tone = (marks.YES, Tone.OK) if source.agrees else (marks.BAD, Tone.CRITICAL)
    said = say(source.note)
    if source.source is Source.ANSWER:
        return (Ink(f"{name} {glyph} ", tone), ink(said, Tone.MUTED))
    if detail or source.agrees is False:
        if view.verdict is VipVerdict.OWNED and source.agrees:
            return (Ink(f"{name} {glyph}", tone),)
        return (Ink(f"{name} {glyph} ", tone), ink(said, Tone.TEXT))
    return (Ink(f"{name} {glyph}", tone),)


def _starting(glance: Glance, cluster: Cluster | None) -> list[Line]:
    hosts = cluster.hosts if cluster else glance.state.site.hosts
    up = sum(glance.host(host.name).link.status is LinkStatus.UP for host in hosts)
    done = t("{up} of {all} hosts", up=up, all=len(hosts))
    return [
        (Ink(f" {marks.UNKNOWN} {t('CONNECTING')}  ", Tone.UNKNOWN), Ink(done)),
        (Ink(f"   {t('Nothing is known yet.')}", Tone.MUTED),),
    ]


def _without_jump(glance: Glance, cluster: Cluster | None, jump: Host, width: int) -> list[Line]:
    link = glance.host(jump.name).link
    first_time = link.detail is None and link.status in (LinkStatus.CONNECTING, LinkStatus.IDLE)
    if first_time:
        return [
            (
                Ink(f" {marks.UNKNOWN} {t('CONNECTING')}  ", Tone.UNKNOWN),
                ink(t("to jump host {jump}", jump=jump.name)),
            ),
            (Ink(f"   {t('Nothing is known yet.')}", Tone.MUTED),),
        ]
    word = t("JUMP REFUSED") if link.status is LinkStatus.REFUSED else t("JUMP LOST")
    ago = t("{jump}, {span} ago", jump=jump.name, span=duration(glance.now - link.since))
    parts: list[Ink] = [Ink(f" {marks.UNKNOWN} {word}  ", Tone.UNKNOWN), ink(ago, Tone.STRONG)]
    if link.status is LinkStatus.CONNECTING:
        parts.append(Ink(t(", trying now")))
    elif link.retry_at is not None:
        wait = duration(link.retry_at - glance.now)
        parts.append(Ink(t(", next try in {span}", span=wait)))
    lines = wrap(tuple(parts), width - 1, hang=3)
    if link.detail is not None:
        lines += wrap((Ink("   "), ink(say(link.detail))), width - 1, hang=3)[:2]
    seen = _last_seen(glance, cluster)
    lines.append(clip((Ink("   "), ink(seen, Tone.STALE)), width - 1))
    return lines


def _last_seen(glance: Glance, cluster: Cluster | None) -> str:
    clusters = (cluster,) if cluster else glance.state.site.clusters
    seen = [
        t("{vip} on {owners}", vip=vip.address, owners=t(" AND ").join(owners))
        for item in clusters
        for vip in item.vips
        if (owners := glance.owners(vip.address))
    ]
    if not seen:
        return t("The nodes were never seen; whether they serve is not known.")
    return t("Last seen: {what}. Whether they still serve is not known.", what=", ".join(seen))


def _site_lines(glance: Glance, width: int, room: int) -> list[Line]:
    glyph, tone = marks.LEVEL[glance.verdict.level]
    word = {
        Level.OK: t("ALL SERVING"),
        Level.WARNING: t("WARNING"),
        Level.CRITICAL: t("CRITICAL"),
        Level.UNKNOWN: t("UNKNOWN"),
    }[glance.verdict.level]
    clusters = glance.state.site.clusters
    bad = [item for item in clusters if glance.level(item) is not Level.OK]
    told = (
        t("{bad} of {all} clusters in trouble", bad=len(bad), all=len(clusters))
        if bad
        else tn("{count} cluster", "{count} clusters", len(clusters))
        + t(", all {count} VIPs owned", count=len(glance.verdict.vips))
    )
    first: Line = (Ink(f" {glyph} {word}  ", tone), ink(told, Tone.STRONG))
    return _with_troubles([clip(first, width)], list(glance.verdict.troubles), width, room)


def cluster_tabs(glance: Glance, chosen: Cluster | None, width: int) -> Line:
    """Return the clusters as tabs, the chosen one in sight; empty where there is one only."""
    clusters: list[Cluster | None] = [None, *glance.state.site.clusters]
    if len(clusters) < 3:
        return BLANK
    tabs = [_tab(glance, item, item is chosen) for item in clusters]
    place = next(index for index, item in enumerate(clusters) if item is chosen)
    first = last = place
    used = width_of(tabs[place]) + 12
    while True:
        grown = False
        if last + 1 < len(tabs) and used + width_of(tabs[last + 1]) + 1 <= width:
            last += 1
            used += width_of(tabs[last]) + 1
            grown = True
        if first > 0 and used + width_of(tabs[first - 1]) + 1 <= width:
            first -= 1
            used += width_of(tabs[first]) + 1
            grown = True
        if not grown:
            break
    parts: list[Ink] = [Ink(f" ‹{first} " if first else " ", Tone.MUTED)]
    for tab in tabs[first : last + 1]:
        parts += [*tab, Ink(" ")]
    hidden = len(tabs) - 1 - last
    if hidden:
        parts.append(Ink(f"{hidden}›", Tone.MUTED))
    return clip(tuple(parts), width)


def _tab(glance: Glance, cluster: Cluster | None, chosen: bool) -> Line:
    glyph, tone = marks.LEVEL[glance.level(cluster)]
    name = cluster.name if cluster else t("all")
    action = f"app.choose_cluster({name!r})" if cluster else "app.choose_cluster('')"
    if chosen:
        return (ink(f" {name} {glyph} ", Tone.BADGE, action),)
    return (ink(f" {name} ", Tone.TEXT, action), Ink(f"{glyph} ", tone, action))
