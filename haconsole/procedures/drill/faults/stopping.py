"""``stop``: keepalived ends in an orderly way, and says so to its peers."""

from __future__ import annotations

from haconsole.domain.notes import note

from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import runs, start, stop


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit."""
    host = scene.lb()
    unit = scene.need_unit(host, KEEPALIVED)
    return (
        Fault(
            host=host,
            title=note("Stop keepalived"),
            can=runs(unit),
            capture=runs(unit),
            make=stop(unit),
            undo=start(unit),
            left=runs(unit),
            limit_s=scene.ask.limit_s,
        ),
    )
