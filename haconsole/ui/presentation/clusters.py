"""The clusters of a site, a line each."""

from __future__ import annotations

from haconsole.domain.model import Cluster
from haconsole.telling import say

from . import marks
from .glance import Glance
from .head import since_text, vip_word
from .ink import BLANK, Ink, Line, Tone, clip, fit, ink, join, spread
from .units import rate


def cluster_line(glance: Glance, cluster: Cluster, width: int, names: int) -> Line:
    """Return how a cluster stands: its level, each VIP with its owner, its rate."""
    glyph, tone = marks.LEVEL[glance.level(cluster)]
    left: Line = (
        Ink(f" {glyph} ", tone),
        Ink(fit(cluster.name, names) + "  ", Tone.STRONG),
        *_vips(glance, cluster),
    )
    sums = glance.state.hits[cluster.name]
    right: Line = (Ink(rate(sums.rate(glance.now)) + " ", Tone.MUTED),) if sums.total else BLANK
    return clip(spread(left, right, width), width)


def _vips(glance: Glance, cluster: Cluster) -> Line:
    parts: list[Line] = []
    for view in glance.views(cluster):
        _, word, tone = vip_word(view)
        span = since_text(glance, view)
        parts.append(
            (
                Ink(f"{word} ", tone),
                ink(say(view.headline)),
                ink(f" {span}" if span else "", Tone.MUTED),
            )
        )
    return join(parts, " · ")
