"""``freeze``: keepalived gets no time any more, like a machine that is being snapshotted."""

from __future__ import annotations

from haconsole.domain.notes import note

from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import runs, start

#: Whether a process of keepalived is stopped by a signal (proc(5): state ``T``).
_FROZEN = """\
for p in $(pgrep -x keepalived); do
  read -r line 2>/dev/null <"/proc/$p/stat" || continue
  case ${line##*)} in " T "*) fail "keepalived (process $p) is still frozen" ;; esac
done
"""


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit: every process of the service."""
    host = scene.lb()
    unit = scene.need_unit(host, KEEPALIVED)
    return (
        Fault(
            host=host,
            title=note("Freeze keepalived"),
            can=runs(unit),
            capture=runs(unit),
            make=f'systemctl kill --signal=STOP {unit} || fail "{unit} could not be frozen"\n',
            undo=f"systemctl kill --signal=CONT {unit} 2>/dev/null\n{start(unit)}{_FROZEN}",
            left=runs(unit) + _FROZEN,
            limit_s=scene.ask.limit_s,
        ),
    )
