"""``nginx-broken``: nginx is stopped, and cannot start, because its configuration is invalid."""

from __future__ import annotations

from haconsole.domain.notes import note

from .fault import Fault
from .scene import NGINX, Scene
from .shell import ASIDE, OTHER, SWAPS, runs, start, stop

#: nginx(8): ``-t`` names the file that it read. Links are followed: the file itself is swapped.
_CAPTURE = """\
said=$(nginx -t 2>&1) || fail "nginx -t: $(printf '%s\\n' "$said" | head -n 1)"
C=$(printf '%s\\n' "$said" | sed -n 's/.*configuration file \\(.*\\) test is successful.*/\\1/p')
C=$(readlink -f "$C") && [ -f "$C" ] || fail "nginx does not say which configuration it reads"
"""
_KEEP = 'echo "$C" >"$D/conf"\n'
_READ = 'C=; [ ! -e "$D/conf" ] || read -r C <"$D/conf"\n'
_STAGE = f"""\
{_READ}cp -a "$C" "$C{OTHER}" && printf '\\n}} # broken by a drill of haconsole\\n' >>"$C{OTHER}" \\
  || fail "$C cannot be copied beside itself"
! nginx -t -c "$C{OTHER}" >/dev/null 2>&1 || fail "nginx takes the broken configuration"
"""
_MAKE = f'{SWAPS}{_READ}swap "$C" || fail "$C could not be exchanged"\n'
_UNDO = f"""\
{SWAPS}{_READ}if [ -n "$C" ]; then
  swap_back "$C" || fail "$C could not be put back"
fi
said=$(nginx -t 2>&1) || fail "nginx -t: $(printf '%s\\n' "$said" | head -n 1)"
"""
_LEFT = f'for f in "$C{ASIDE}" "$C{OTHER}"; do [ ! -e "$f" ] || fail "$f is still there"; done\n'


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit."""
    host = scene.lb()
    unit = scene.need_unit(host, NGINX)
    return (
        Fault(
            host=host,
            title=note("Break nginx"),
            can=runs(unit) + _CAPTURE,
            capture=runs(unit) + _CAPTURE + _KEEP,
            stage=_STAGE,
            make=_MAKE + stop(unit),
            undo=_UNDO + start(unit),
            left=runs(unit) + _CAPTURE + _LEFT,
            limit_s=scene.ask.limit_s,
        ),
    )
