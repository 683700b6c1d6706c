"""``check-fail``: what keepalived asks about nginx says no, while nginx goes on."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from haconsole.domain.conf import ScriptConf
from haconsole.domain.notes import note
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.steps.shell import quote
from haconsole.words import t

from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import ASIDE, OTHER, SWAPS, runs

#: What reads a script that is named after it.
_READERS = frozenset({"sh", "bash", "dash", "ash", "ksh", "python", "python3", "perl"})
#: Programs that others use too are let be.
_EACH = """\
for f in {paths}; do
  p=$(readlink -f "$f") && [ -f "$p" ] || fail "$f is not there"
  case $p in /usr/bin/*|/bin/*|/usr/sbin/*|/sbin/*)
    fail "the check runs $p, a program of the system: only a script of its own can be exchanged" ;;
  esac
  ! {{ dpkg -S "$p" || rpm -qf "$p"; }} >/dev/null 2>&1 \\
    || fail "the check runs $p, which is a package's: only a script of its own can be exchanged"
{each}done
"""
_STAGE = f"""\
while read -r p; do
  cp -a "$p" "$p{OTHER}" && printf '#!/bin/sh\\nexit 1\\n' >"$p{OTHER}" \\
    || fail "$p cannot be copied beside itself"
done <"$D/scripts"
"""
_MAKE = f"""\
{SWAPS}while read -r p; do swap "$p" || fail "$p could not be exchanged"; done <"$D/scripts"
"""
_UNDO = f"""\
{SWAPS}[ ! -e "$D/scripts" ] || while read -r p; do
  swap_back "$p" || fail "$p could not be put back"
done <"$D/scripts"
"""
_GONE = f'  for x in "$p{ASIDE}" "$p{OTHER}"; do [ ! -e "$x" ] || fail "$x is still there"; done\n'


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the LB that is hit: the scripts of all checks that the VIP tracks."""
    host = scene.lb()
    unit = scene.need_unit(host, KEEPALIVED)
    paths = " ".join(dict.fromkeys(map(quote, _scripts(scene, host))))
    can = runs(unit) + _EACH.format(paths=paths, each="")
    keep = '  echo "$p" >>"$D/scripts"\n'
    return (
        Fault(
            host=host,
            title=note("Let the check fail"),
            can=can,
            capture=runs(unit) + _EACH.format(paths=paths, each=keep),
            stage=_STAGE,
            make=_MAKE,
            undo=_UNDO,
            left=_EACH.format(paths=paths, each=_GONE),
            limit_s=scene.ask.limit_s,
        ),
    )


def _scripts(scene: Scene, host: str) -> Iterator[str]:
    tracked = scene.router(host).tracked()
    if not tracked:
        raise ProcedureError(
            t("keepalived on {host} tracks no check for {vip}, so none can fail.", host=host,
              vip=scene.ask.vip)
        )  # fmt: skip
    for one in tracked:
        yield _script(one.script, host)


def _script(check: ScriptConf, host: str) -> str:
    argv = check.argv
    path = argv[0] if argv else ""
    if basename(path) in _READERS and len(argv) > 1 and not argv[1].startswith("-"):
        path = argv[1]
    if path.startswith("/") and basename(path) not in _READERS:
        return path
    raise ProcedureError(
        t(
            "The check {check} on {host} runs “{command}”, which is no script of its own: there is "
            "nothing that could be exchanged for one drill.",
            check=check.name,
            host=host,
            command=(check.script or "")[:120],
        )
    )
