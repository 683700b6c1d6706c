"""How the home screen shares its rows: incidents get what they need, the hit log the rest."""

from __future__ import annotations

from dataclasses import dataclass

#: Rows that the hit log keeps, whatever the nodes want.
_HITS_MIN = 4


@dataclass(frozen=True, slots=True)
class HomeLayout:
    """Rows for each part of the home screen; ``air``: whether parts stand apart."""

    verdict: int
    picture: int
    nodes: int
    moments: int
    air: bool


def home_layout(
    height: int, *, tabs: bool, verdict: int, picture: int, nodes: int, plan: bool = False
) -> HomeLayout:
    """Share ``height`` rows; the arguments after it say what each part would like to have.

    ``plan``: whether a plan runs, which takes a line. ``nodes`` is without the table's header.
    What is left over goes to the hit log.
    """
    # Title, key bar, the line over the hits.
    fixed = 3 + tabs + plan
    moments = 1 if height < 30 else 2 if height < 40 else 4
    air = height >= 20
    verdict = min(verdict, max(2, height // 4))
    picture = min(picture, max(2, height // 5))
    free = height - fixed - moments - verdict - picture - (3 if air else 0)
    hits = min(_HITS_MIN, max(1, free // 4))
    return HomeLayout(verdict, picture, max(2, min(nodes + 1, free - hits)), moments, air)
