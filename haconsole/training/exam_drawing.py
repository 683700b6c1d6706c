"""What an exam asks: faults drawn by a seed, and causes to choose from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from haconsole.domain.rules.registry import BY_CAUSE
from haconsole.training.exam_standing import Cause
from haconsole.training.lesson import Exam, ExamFault

#: How many causes there are to choose from.
CHOICES = 5
#: Seconds of quiet before a fault, at least and at most.
QUIET_S = (5.0, 20.0)
#: Causes that look like others, so that they are worth telling apart.
_PLAUSIBLE = (
    "firewall-blocks-vrrp",
    "auth-mismatch",
    "vrid-mismatch",
    "advert-int-mismatch",
    "keepalived-stopped",
    "keepalived-crashed",
    "keepalived-frozen",
    "nginx-dead",
    "ghost-vip",
    "stale-arp",
    "link-down",
    "unicast-mismatch",
    "vip-list-mismatch",
    "equal-priorities",
)


@dataclass(frozen=True, slots=True)
class Round:
    """A round as it was drawn. ``quiet_s``: how long nothing happens first."""

    one: ExamFault
    quiet_s: float
    choices: tuple[Cause, ...]


def draw(exam: Exam, seed: int) -> tuple[Round, ...]:
    """Return the rounds of an exam: the same for the same seed. Each fault comes once."""
    chance = random.Random(seed)  # noqa: S311 - no secret: it is shown, so that it can be had again
    faults = chance.sample(exam.pool, min(exam.rounds, len(exam.pool)))
    return tuple(
        Round(one, round(chance.uniform(*QUIET_S), 1), _choices(one, exam.pool, chance))
        for one in faults
    )


def _choices(one: ExamFault, pool: Sequence[ExamFault], chance: random.Random) -> tuple[Cause, ...]:
    """Return the right causes among others, mixed."""
    right = [cause for cause in dict.fromkeys(one.causes) if cause in BY_CAUSE][: CHOICES - 1]
    others = {cause for each in pool for cause in each.causes} | set(_PLAUSIBLE)
    # What the right cause brings about is no wrong answer.
    true = {*one.causes, *(each for cause in right for each in BY_CAUSE[cause].explains)}
    wrong = sorted(cause for cause in others if cause in BY_CAUSE and cause not in true)
    chosen = right + chance.sample(wrong, min(len(wrong), CHOICES - len(right)))
    chance.shuffle(chosen)
    return tuple(Cause(cause, BY_CAUSE[cause].about) for cause in chosen)
