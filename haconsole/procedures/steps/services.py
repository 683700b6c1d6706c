"""A service in its state: enabled and running, reloaded, stopped."""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.procedures.plan import Step

from .shell import WHY, changes, quote, reads

_UNITS = "/var/lib/haconsole/units"
#: What is noted of a unit, a line each: how it was before this tool's first touch, how the last
#: step that started it found it, and ``begun`` while that one has not got it to run: tried again
#: with the unit still failed, it goes by what its first try found.
_NOTES = """\
kept={kept}; first=; found=; begun=
if [ -e "$kept" ]; then {{ read -r first; read -r found; read -r begun; }} <"$kept"; fi
keep() {{ printf '%s\\n' "$@" >"$kept.new" && mv -f "$kept.new" "$kept"; }}
"""


def is_up(unit: str) -> str:
    """Return sh that succeeds when a unit is active."""
    return f"systemctl -q is-active {quote(unit)}"


def enable_and_start(
    host: str,
    unit: str,
    *,
    reason: Note,
    healthy: str = "",
    settle_s: float = 15.0,
    way_on: Note | None = None,
) -> Step:
    """Return the step after which a unit runs now and after a reboot.

    ``healthy``: sh that succeeds once it does its work, asked for ``settle_s`` seconds. The undo
    leaves the unit as this step found it; how it was before this tool first touched it is kept
    beside that, for ``remove``.
    """
    name = quote(unit)
    as_wanted = f"systemctl -q is-active {name} && systemctl -q is-enabled {name}"
    notes = _NOTES.format(kept=quote(f"{_UNITS}/{unit}"))
    do = (
        f"{WHY}umask 077; mkdir -p {_UNITS}\n{notes}"
        f"now=$(echo $(systemctl is-active {name}) $(systemctl is-enabled {name} 2>/dev/null))\n"
        'case "$begun $now" in begun\\ failed*|begun\\ activating*) ;; *) found=$now;; esac\n'
        'keep "${first:-$now}" "$found" begun || '
        f'{{ echo "how {unit} was cannot be noted" >&2; exit 1; }}\n'
        f"systemctl daemon-reload; systemctl reset-failed {name} 2>/dev/null\n"
        f'systemctl -q enable {name} || {{ echo "{unit} could not be enabled" >&2; exit 1; }}\n'
        f'systemctl start {name} 2>/dev/null || {{ echo "{unit} did not start: $(why {name})" >&2; '
        "exit 1; }\n"
        f'systemctl -q is-active {name} && keep "${{first:-$now}}" "$found"\nexit 0\n'
    )
    undo = (
        f'{notes}[ -n "$found" ] || exit 0\nset -- $found\n'
        f"[ $1 = active ] || systemctl stop {name}\n"
        f"case $2 in enabled*) ;; *) systemctl -q disable {name};; esac\n"
        'if [ "$found" = "$first" ]; then rm -f "$kept"; else keep "$first"; fi\n'
    )
    proof = is_up(unit) + (f" && {{ {healthy}\n}}" if healthy else "")
    return Step(
        id=f"start {unit}@{host}",
        title=note("{unit} runs, now and after a reboot", unit=unit),
        reason=reason,
        host=host,
        do=changes(f"start {unit}", do),
        check=reads(f"does {unit} run", f"{as_wanted} || exit 1"),
        verify=reads(f"is {unit} up", proof, root=bool(healthy)),
        undo=changes(f"{unit} as before", undo),
        settle_s=settle_s,
        expected_s=2.0,
        way_on=way_on,
    )


def stop_and_disable(host: str, unit: str, *, reason: Note) -> Step:
    """Return the step after which a unit neither runs nor starts at boot."""
    name = quote(unit)
    stopped = (
        f"systemctl -q is-active {name} && exit 1; systemctl -q is-enabled {name} 2>/dev/null "
        "&& exit 1; exit 0"
    )
    do = (
        f"systemctl stop {name} 2>/dev/null; systemctl -q disable {name} 2>/dev/null\n"
        f"systemctl -q is-active {name} || exit 0\n"
        f'echo "{unit} did not stop" >&2; exit 1\n'
    )
    return Step(
        id=f"stop {unit}@{host}",
        title=note("{unit} is stopped, and does not start at boot", unit=unit),
        reason=reason,
        host=host,
        do=changes(f"stop {unit}", do),
        check=reads(f"is {unit} stopped", stopped),
        undo=changes(f"start {unit}", f"systemctl -q enable {name}; systemctl start {name}"),
        expected_s=3.0,
    )
