"""What a diagnosis learns of a cluster beside what is watched: readings, and closer looks.

It is no event: nothing folds it into the state. It is told whole whenever it changes, so that a
recording holds it and a replay judges by the same as the live console did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from .build import Active
from .extras import Extras


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a cluster at ``at`` (epoch seconds, the feed's clock) beside its state.

    ``extras``: by host; of one that cannot be asked there is none. ``active``: what closer looks
    took and what still counts.
    """

    at: float
    cluster: str
    extras: Mapping[str, Extras] = field(default_factory=lambda: MappingProxyType({}))
    active: Active = field(default_factory=Active)


#: Hears it whenever it changes.
OnBeside: TypeAlias = Callable[[Beside], None]


def nobody(_beside: Beside) -> None:
    """Hear it, and do nothing."""
