"""``reboot``: the machine goes down in an orderly way and comes back by itself."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.errors import ProcedureError
from haconsole.words import t

from .fault import Fault
from .scene import KEEPALIVED, NGINX, Scene
from .shell import runs

#: Seconds that a machine may take to be back; real ones test their memory first.
_BACK_S = 600.0
_BOOT = "$(cat /proc/sys/kernel/random/boot_id)"
#: Not ended by the shutdown before it is written down: that is read afterwards. Where it is refused
#: (an inhibitor, logind), nothing was broken: else its undo would wait for a boot that never comes.
_MAKE = """\
trap '' TERM
sync; said=$(systemctl reboot 2>&1) || {
  rm -f "$D/broken"; fail "it does not reboot: $(echo "$said" | tail -n 1)"; }
"""
_CAN = """\
systemctl -q is-enabled {unit} || fail "{unit} is not enabled: it would not run after a reboot"
"""


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit. Nothing is armed: no timer outlives a reboot."""
    host = scene.lb()
    units = [scene.need_unit(host, KEEPALIVED), scene.need_unit(host, NGINX)]
    for name in (KEEPALIVED, NGINX):
        unit = scene.facts(host).unit(name)
        if unit is not None and not unit.enabled.startswith("enabled"):
            raise ProcedureError(
                t("{unit} on {host} is not enabled ({state}): it would not run after a reboot.",
                  unit=name.removesuffix(".service"), host=host, state=unit.enabled or "-")
            )  # fmt: skip
    can = "".join(runs(unit) + _CAN.format(unit=unit) for unit in units)
    back = (
        '[ ! -e "$D/broken" ] || '
        f'[ "{_BOOT}" != "$(cat "$D/boot")" ] || fail "it has not gone down yet"\n'
    ) + "".join(map(runs, units))
    return (
        Fault(
            host=host,
            title=note("Reboot {host}", host=host),
            can=can,
            capture=f'{can}echo "{_BOOT}" >"$D/boot" || fail "$D cannot be written"\n',
            make=_MAKE,
            undo=back,
            back=back,
            left="".join(map(runs, units)),
            armed=False,
            limit_s=scene.ask.limit_s,
            patience_s=_BACK_S,
        ),
    )
