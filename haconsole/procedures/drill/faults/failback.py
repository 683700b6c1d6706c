"""``failback``: the master was away, and returns; the fault is its return."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.steps.shell import quote

from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import runs, start, stop


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the return of the LB that is hit, whose keepalived is stopped before."""
    host = scene.lb()
    unit = scene.need_unit(host, KEEPALIVED)
    vip = scene.vip.address
    seen = f'ip -o address show | grep -q -F {quote(f" {vip}/")} || fail "{vip} is not here"\n'
    return (
        Fault(
            host=host,
            title=note("Start keepalived"),
            can=runs(unit),
            capture=runs(unit),
            prepare=stop(unit),
            prepare_title=note("Stop keepalived"),
            prepared=seen,
            make=start(unit),
            undo=start(unit),
            left=runs(unit),
            limit_s=scene.ask.limit_s,
        ),
    )
