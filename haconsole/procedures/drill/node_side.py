"""What a drill is on a node: a folder, an undo that is armed before the fault, and their ends.

``/var/lib/haconsole/drills/ID`` (0700) is there from the arming until all is proven to be undone:

=========== ===================================================================================
``about``   ``key value`` lines: ``scenario``, ``who``, ``since`` (node's epoch seconds)
``undo``    the script that undoes the fault: by the console, by the timer, twice, by hand
``due``     ``EPOCH UPTIME BOOT``: when the node undoes it by itself (whole seconds)
``broken``  ``FROM TO``: node's epoch seconds around the fault (``TO`` lacks while it is made)
``undone``  ``FROM TO BY``: node's epoch seconds around the undoing; by ``console`` or ``timer``
``lock``    held while the fault is made, and while it is undone
=========== ===================================================================================

and what the fault itself keeps there. The undo is a transient timer of systemd
(``haconsole-undo-ID.timer``); without systemd-run it is a process that sleeps.
"""

from __future__ import annotations

import math
import re

from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.paths import JOBS_DIR, STATE_DIR
from haconsole.procedures.steps.shell import changes, quote
from haconsole.transport.commands import Command
from haconsole.words import t

DRILLS = f"{STATE_DIR}/drills"
#: Seconds that making a fault may take; the undo ends what takes longer.
MAKE_S = 40.0
#: How long the undo lets a fault that is just being made be.
_LOCK_S = 5
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")

_HEAD = """\
D={folder}; U=haconsole-undo-{id}
fail() {{ echo "$*" >&2; exit 1; }}
now() {{ date +%s.%N; }}
cd / && umask 077
"""
#: The script that stays on the node. ``$1``: who calls it.
_UNDO = (
    """\
#!/bin/sh
# Undoes the drill {id} ({scenario}) on {host}. The timer {unit}.timer calls it; so may you.
"""
    + _HEAD
    + """\
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
by=${{1:-hand}}
tell() {{ echo "@undone-from $1"; echo "@undone-to $2"; echo "@undone-by $3"; }}
undo() {{ :
{undo}
}}
exec 9>>"$D/lock"
if ! flock -w {lock_s} 9; then
  [ ! -e "$D/breaking" ] || kill -9 "$(cat "$D/breaking")" 2>/dev/null
  flock -w 60 9 || fail "the undo already runs, and does not end"
fi
if [ -e "$D/undone" ]; then read -r from to who <"$D/undone"; tell "$from" "$to" "$who"; exit 0; fi
from=$(now)
i=0
until said=$(undo 2>&1); do
  i=$((i+1)); [ $i -lt {tries} ] || fail "${{said:-it could not be undone}}"
  sleep 1
done
to=$(now)
echo "$from $to $by" >"$D/undone.new" && mv -f "$D/undone.new" "$D/undone" || fail "$D is full"
tell "$from" "$to" "$by"
[ "$by" != timer ] || [ -e "$D/sleeper" ] || systemctl stop "$U.timer" 2>/dev/null
exit 0
"""
)
_ARM = (
    _HEAD
    + """\
disarm() {{ [ -e "$D/sleeper" ] || systemctl stop "$U.timer" 2>/dev/null
  [ ! -e "$D/sleeper" ] || kill -TERM "-$(cat "$D/sleeper")" 2>/dev/null; }}
fail() {{ [ ! -e "$D/due" ] || {{ sh "$D/undo" console; disarm; }} >/dev/null 2>&1
  rm -rf "$D"; echo "$*" >&2; exit 1; }}
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
# Records of drills whose console died, and which are undone.
for d in {drills}/*/; do [ ! -e "$d/undone" ] || rm -rf "$d"; done
mkdir -p {drills} && mkdir "$D" 2>/dev/null || {{
  echo "$D cannot be made: the disk is full or read-only, or a drill of that name is armed" >&2
  exit 1; }}
printf '%s\\n' {about} "since $(date +%s)" >"$D/about" || fail "$D cannot be written"
cat >"$D/undo" <<'END_OF_THE_UNDO' || fail "$D cannot be written"
{undo_script}END_OF_THE_UNDO
{capture}
{arm}{stage}
"""
)
_TIMER = """\
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
  systemd-run --unit="$U" --description={title} --on-active={limit}s \\
    --timer-property=AccuracySec=100ms /bin/sh "$D/undo" timer >/dev/null 2>"$D/said" \\
    || fail "systemd could not be told to undo it: $(tail -n 1 "$D/said")"
  rm -f "$D/said"
else
  setsid sh -c 'echo $$ >"$1/sleeper"; sleep {limit}; exec sh "$1/undo" timer' sh "$D" \\
    </dev/null >/dev/null 2>&1 &
  i=0; until [ -s "$D/sleeper" ]; do
    i=$((i+1)); [ $i -lt 50 ] || fail "nothing could be started that undoes it"; sleep 0.1
  done
fi
at=$(now); read -r up rest </proc/uptime; up=${{up%%.*}}
at=$((${{at%.*}} + {limit})).${{at#*.}}
echo "$at $((up + {limit})) $boot" >"$D/due" || fail "$D cannot be written"
echo "@due $at"
"""
#: What cannot be armed is noted all the same: the boot tells whether it happened.
_NO_TIMER = 'echo "0 0 $boot" >"$D/due" || fail "$D cannot be written"\n'
_IS_ARMED = """\
read -r at up boot <"$D/due"; read -r u rest </proc/uptime
[ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "${u%%.*}" -lt $((up - 1)) ] \\
  || fail "the undo is due: nothing is broken so late"
if [ -e "$D/sleeper" ]; then kill -0 "$(cat "$D/sleeper")" 2>/dev/null
else systemctl -q is-active "$U.timer"; fi || fail "the undo is not armed: nothing is broken"
"""
_BREAK = (
    _HEAD
    + """\
[ -e "$D/due" ] || fail "the undo is not armed: nothing is broken"
exec 9>>"$D/lock"
flock -w 5 9 || fail "the undo is at work: nothing is broken"
[ ! -e "$D/undone" ] || fail "it is undone already: nothing is broken"
if [ -e "$D/broken" ]; then
  # Found again, by a console that was cut off.
  read -r from to <"$D/broken"
  {cut_off}
  echo "@broken-from $from"; echo "@broken-to ${{to:-$from}}"; exit 0
fi
{is_armed}\
keep() {{ echo "$1" >"$D/broken.new" && mv -f "$D/broken.new" "$D/broken"; }}
echo $$ >"$D/breaking"
from=$(now); keep "$from" || fail "$D cannot be written"
echo "@broken-from $from"
{make}
to=$(now)
keep "$from $to"; rm -f "$D/breaking"
echo "@broken-to $to"
"""
)
_PREPARE = (
    _HEAD
    + """\
[ -e "$D/due" ] || fail "the undo is not armed: nothing is touched"
exec 9>>"$D/lock"
flock -w 5 9 || fail "the undo is at work: nothing is touched"
[ ! -e "$D/undone" ] || fail "it is undone already: nothing is touched"
{is_armed}\
{prepare}
"""
)
_UNDO_NOW = (
    _HEAD
    + """\
[ -e "$D/undo" ] || { echo "nothing was armed here"; exit 0; }
PAUSE\
exec sh "$D/undo" console
""".replace("{", "{{").replace("}", "}}")
)
_DISARM = (
    _HEAD
    + """\
[ -d "$D" ] || exit 0
[ -e "$D/undone" ] || [ ! -e "$D/due" ] || fail "it is not undone here: $D stays, and its timer"
if [ -e "$D/sleeper" ]; then kill -TERM "-$(cat "$D/sleeper")" 2>/dev/null
else
  systemctl stop "$U.timer" 2>/dev/null
  # The undo by the timer may be just about to end.
  i=0; while systemctl -q is-active "$U.service" && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
  systemctl reset-failed "$U.service" 2>/dev/null
fi
rm -rf "$D" || fail "$D could not be removed"
rmdir {drills} 2>/dev/null
exit 0
"""
)
_NOTHING_LEFT = (
    _HEAD
    + """\
[ ! -e "$D" ] || fail "$D is still there"
for u in "$U.timer" "$U.service"; do
  systemctl show -p LoadState "$u" | grep -q -e not-found -e '^$' || fail "$u is still there"
done
{left}
"""
)


def check_id(drill_id: str) -> str:
    """Return an id that may name folders and units; raises ``ProcedureError`` for others."""
    if not _ID.match(drill_id):
        raise ProcedureError(t("{id} is no name for a drill.", id=repr(drill_id[:60])))
    return drill_id


def folder(drill_id: str) -> str:
    """Return the drill's folder on a node."""
    return f"{DRILLS}/{check_id(drill_id)}"


def arm(fault: Fault, drill_id: str, scenario: str, who: str) -> Command:
    """Return what arms the undo of a fault, and fails where the fault cannot be made.

    Prints ``@due EPOCH`` (node's clock). Whatever fails here leaves nothing behind.
    """
    limit = math.ceil(fault.limit_s)
    timer = _TIMER.format(limit=limit, title=quote(f"haconsole: undo {scenario}"))
    about = " ".join(quote(line) for line in (f"scenario {scenario}", f"who {who or '-'}"))
    script = _ARM.format(
        **_names(drill_id),
        drills=DRILLS,
        about=about,
        undo_script=undo_script(fault, drill_id, scenario),
        capture=fault.capture or ":",
        arm=timer if fault.armed else _NO_TIMER,
        stage=fault.stage or ":",
    )
    return changes(f"arm the undo of {scenario}", script, stdin=fault.stdin, timeout_s=60.0)


def undo_script(fault: Fault, drill_id: str, scenario: str) -> str:
    """Return the script that undoes the fault; it stays on the node until all is over."""
    return _UNDO.format(
        **_names(drill_id),
        unit=f"haconsole-undo-{drill_id}",
        scenario=scenario,
        host=fault.host,
        undo=fault.undo,
        lock_s=_LOCK_S,
        tries=10,
    )


def prepare(fault: Fault, drill_id: str, scenario: str) -> Command:
    """Return what brings about the state that the fault presupposes."""
    script = _PREPARE.format(**_names(drill_id), is_armed=_IS_ARMED, prepare=fault.prepare)
    return changes(f"prepare {scenario}", script, timeout_s=MAKE_S)


def make(fault: Fault, drill_id: str, scenario: str) -> Command:
    """Return what makes the fault, if its undo is armed; never twice.

    Prints ``@broken-from EPOCH`` and ``@broken-to EPOCH`` (node's clock, nanoseconds).
    """
    # A reboot ends whatever makes it; any other fault has not been made to its end then.
    cut = '[ -n "$to" ] || fail "it was cut off while it was made"' if fault.armed else ":"
    script = _BREAK.format(
        **_names(drill_id),
        is_armed=_IS_ARMED if fault.armed else "",
        make=fault.make,
        cut_off=cut,
    )
    return changes(f"make {scenario}", script, timeout_s=MAKE_S)


def undo(fault: Fault, drill_id: str, scenario: str) -> Command:
    """Return what undoes the fault in an orderly way, before the timer does, or finds it undone.

    Prints ``@undone-from EPOCH``, ``@undone-to EPOCH`` and ``@undone-by WHO``.
    """
    pause = f'[ -e "$D/undone" ] || sleep {fault.pause_s:g}\n' if fault.pause_s else ""
    script = _UNDO_NOW.format(**_names(drill_id)).replace("PAUSE", pause)
    return changes(f"undo {scenario}", script, timeout_s=120.0)


def disarm(drill_id: str) -> Command:
    """Return what ends the timer and removes the folder; refuses while it is not undone."""
    return changes("disarm", _DISARM.format(**_names(drill_id), drills=DRILLS), timeout_s=30.0)


def asking(drill_id: str, script: str) -> str:
    """Return sh that only looks, with what a fault's pieces see."""
    return _HEAD.format(**_names(drill_id)) + script


def proof(fault: Fault, drill_id: str) -> str:
    """Return sh that fails, saying what, where anything of the drill is left."""
    return _NOTHING_LEFT.format(**_names(drill_id), left=fault.left or ":")


def clear(drill_id: str) -> Command:
    """Return what clears away a drill whose console is gone; undoes it first if nobody does.

    Its jobs that are over are cleared too.
    """
    script = (
        _HEAD.format(**_names(drill_id))
        + '[ -e "$D/undone" ] || [ ! -e "$D/undo" ] || sh "$D/undo" console >/dev/null || exit 1\n'
        + f"(\n{_DISARM.format(**_names(drill_id), drills=DRILLS)})  || exit 1\n"
        + f"b=$(cat /proc/sys/kernel/random/boot_id)\nfor j in {JOBS_DIR}/*-{drill_id}-*; do\n"
        + '  [ -d "$j" ] || continue\n'
        + '  [ ! -e "$j/status" ] && [ "$b" = "$(cat "$j/boot")" ] || rm -rf "$j"\ndone\n'
        + f"rmdir {JOBS_DIR} {STATE_DIR} 2>/dev/null\nexit 0\n"
    )
    return changes("clear away a drill", script, timeout_s=90.0)


def _names(drill_id: str) -> dict[str, str]:
    return {"folder": folder(drill_id), "id": drill_id}
