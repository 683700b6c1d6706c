"""``crash``: every process of keepalived is killed at once, and its kernel keeps the VIP.

Stopped first, then killed: a parent must not see its child die and start another, nor may a child
hear of its parent's death (keepalived asks for SIGTERM then) and take the addresses away.
"""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.steps.shell import quote

from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import runs, start

#: Keeps systemd from starting it again (systemd.unit(5): runtime units end with the boot).
_DROP_IN = "/run/systemd/system/{unit}.service.d/90-haconsole-drill.conf"
_STAGE = """\
if [ "$(systemctl show -p Restart {unit})" != Restart=no ]; then
  mkdir -p "{folder}" && printf '[Service]\\nRestart=no\\n' >"{drop_in}" \\
    && chmod 755 "{folder}" && chmod 644 "{drop_in}" && systemctl daemon-reload \\
    || fail "systemd could not be kept from starting {unit} again"
fi
"""
_MAKE = """\
systemctl kill --signal=STOP {unit} && systemctl kill --signal=KILL {unit} \\
  || fail "{unit} could not be killed"
"""
#: A dead daemon's addresses are nobody's: what is still there is not its successor's to find.
_UNDO = """\
if [ -e "{drop_in}" ]; then
  rm -f "{drop_in}"; rmdir "{folder}" 2>/dev/null; systemctl daemon-reload
fi
if ! systemctl -q is-active {unit}; then
  ip -o address show | while read -r n dev family address rest; do
    for vip in {vips}; do
      case $address in "$vip"/*) ip address del "$address" dev "$dev" ;; esac
    done
  done
fi
"""


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit."""
    host = scene.lb()
    unit = scene.need_unit(host, KEEPALIVED)
    drop_in = _DROP_IN.format(unit=unit)
    words = {
        "unit": unit,
        "drop_in": drop_in,
        "folder": drop_in.rpartition("/")[0],
        "vips": " ".join(map(quote, scene.all_vips(host))),
    }
    return (
        Fault(
            host=host,
            title=note("Kill keepalived"),
            can=runs(unit),
            capture=runs(unit),
            stage=_STAGE.format(**words),
            make=_MAKE.format(**words),
            undo=_UNDO.format(**words) + start(unit),
            left=f'[ ! -e "{drop_in}" ] || fail "{drop_in} is still there"\n' + runs(unit),
            limit_s=scene.ask.limit_s,
        ),
    )
