"""The cluster beside a lesson, small: who has the VIP, how LBs and web nodes stand, who answers."""

from __future__ import annotations

from haconsole.domain.model import Cluster, Host
from haconsole.domain.ownership import Source, VipView
from haconsole.domain.verdict import NGINX
from haconsole.telling import say
from haconsole.training.standing import LessonProgress
from haconsole.words import t

from . import marks
from .glance import Glance
from .head import since_text, vip_word
from .ink import BLANK, Ink, Line, Tone, cells, clip, fit, ink, join, wrap
from .nodes import keepalived_line, unit_line
from .topology import backend_series
from .units import duration, percent, rate


def wide_lines(
    glance: Glance, cluster: Cluster, progress: LessonProgress, width: int
) -> list[Line]:
    """Return the cluster as a column of ``width`` cells; as many lines whatever happens to it."""
    lines: list[Line] = []
    for view in glance.views(cluster):
        glyph, word, tone = vip_word(view)
        lines.append((Ink(f"{glyph} {word}", tone),))
        lines.append(clip((Ink("  "), ink(say(view.headline), Tone.STRONG)), width))
        since = since_text(glance, view)
        lines.append((Ink(f"  {since}", Tone.MUTED),))
        lines.append(clip((Ink("  "), *answer_line(view)), width))
    names = max(cells(host.name) for host in cluster.hosts)
    lines += [BLANK, (Ink(t("LOAD BALANCERS"), Tone.HEAD),)]
    for host in cluster.lbs:
        lines.append(clip((_name(host, names), *keepalived_line(glance, host)), width))
        nginx = (Ink(" " * (names + 2)), Ink("nginx ", Tone.MUTED), *unit_line(glance, host, NGINX))
        lines.append(clip(nginx, width))
    lines += [BLANK, (Ink(t("WEB NODES"), Tone.HEAD),)]
    shares = _shares(glance, cluster)
    for host in cluster.webs:
        share = (Ink(f"  {shares[host.name]}", Tone.MUTED),) if host.name in shares else ()
        line = (_name(host, names), *unit_line(glance, host, NGINX), *share)
        lines.append(clip(line, width))
    return [*lines, BLANK, *fault_lines(progress, width, glance.now)]


def narrow_lines(
    glance: Glance, cluster: Cluster, progress: LessonProgress, width: int
) -> list[Line]:
    """Return the cluster in two lines."""
    first: list[Line] = []
    for view in glance.views(cluster)[:1]:
        glyph, word, tone = vip_word(view)
        since = since_text(glance, view)
        first.append((Ink(f"{glyph} {word} ", tone), ink(say(view.headline), Tone.STRONG),
                      Ink(f" {since}" if since else "", Tone.MUTED)))  # fmt: skip
        first.append(answer_line(view))
    second: list[Line] = [
        (ink(f"{host.name} ", Tone.STRONG), *keepalived_line(glance, host), *_nginx(glance, host))
        for host in cluster.lbs
    ]
    second += [(ink(host.name), Ink(" "), *_nginx(glance, host)[1:]) for host in cluster.webs]
    broken = fault_lines(progress, 200, glance.now)
    if broken:
        first.insert(1, broken[1])
    return [clip((Ink(" "), *join(first)), width), clip((Ink(" "), *join(second)), width)]


def _name(host: Host, names: int) -> Ink:
    return ink(f"{fit(host.name, names)}  ", Tone.STRONG, f"app.open_node({host.name!r})")


def _nginx(glance: Glance, host: Host) -> Line:
    """Return the mark of a host's nginx, without its word."""
    line = unit_line(glance, host, NGINX)
    mark = line[0]._replace(text=line[0].text[:1]) if line else Ink("–", Tone.MUTED)
    return (Ink(" nginx ", Tone.MUTED), mark)


def answer_line(view: VipView) -> Line:
    """Return whether a request to the VIP was answered."""
    for source in view.sources:
        if source.source is Source.ANSWER:
            if source.agrees is None:
                return (Ink(f"{marks.UNKNOWN} {t('answers not known')}", Tone.UNKNOWN),)
            if source.agrees:
                return (
                    Ink(f"{marks.YES} {t('answers')} ", Tone.OK),
                    ink(say(source.note), Tone.MUTED),
                )
            return (Ink(f"{marks.BAD} {t('no answer')} ", Tone.CRITICAL),
                    ink(say(source.note), Tone.TEXT))  # fmt: skip
    return ()


def _shares(glance: Glance, cluster: Cluster) -> dict[str, str]:
    """Return what each web node answered in the last minute: its rate, its share."""
    counts = {
        name: sum(each) for name, each in backend_series(glance.state, cluster, glance.now).items()
    }
    total = sum(counts.values())
    if not total:
        return {}
    return {name: f"{rate(count / 60)} {percent(count / total)}" for name, count in counts.items()}


def fault_lines(progress: LessonProgress, width: int, now: float) -> list[Line]:
    """Return what is broken on purpose, and when the node undoes it by itself."""
    lines: list[Line] = []
    for what, host, until in progress.faults:
        left = t(", undone in {span}", span=duration(until - now)) if until is not None else ""
        text = t("{what} on {host}{left}", what=say(what), host=host, left=left)
        lines += wrap((Ink(f"{marks.WARN} ", Tone.WARNING), ink(text, Tone.WARNING)), width, hang=2)
    if lines:
        lines.insert(0, (Ink(t("BROKEN ON PURPOSE"), Tone.HEAD),))
    return lines
