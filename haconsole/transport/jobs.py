"""A changing command that outlives its link: it runs on the node, apart from the SSH session.

Every command of ours ends when its channel does (see ``wrappers``), and for a change that is
wrong: a package manager or a file swap that is cut off in the middle leaves a mess. A job is
handed over as a folder, ``JOBS/ID``, that is complete before anything starts:

=========== ==============================================================
``script``  the command, as the ledger has it
``input``   its standard input (may be a secret: mode 0600, gone at its end)
``run``     the wrapper that systemd-run (or setsid) starts
``boot``    the boot it belongs to: a job does not survive its machine
``pid``     the wrapper's process, once it runs
``log``     what it printed, both streams
``status``  its exit status, once it is over
=========== ==============================================================

Handing over a job that is there already follows it instead of starting it again, so a lost link
or a killed console finds its build where it is. Whoever has read its exit status clears it away
(:func:`forget`).
"""

from __future__ import annotations

import re
import shlex

from haconsole.words import t

from .commands import Command, Effect
from .errors import TransportError

#: Where everything of ours stands on a node.
STATE_DIR = "/var/lib/haconsole"
JOBS = f"{STATE_DIR}/jobs"
#: Exit status of a follower whose job could not be handed over (EX_OSERR of sysexits.h).
NOT_STARTED = 71
#: Exit status of a follower whose job ended without saying how: its machine went down.
VANISHED = 70
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
#: What the wrapper does on the node. ``$1``: the job's folder, ``$2``: seconds it may take.
_RUN = """\
cd /; umask 022
# Started twice, when a follower died between asking for it and seeing it: once is enough.
mkdir "$1/begun" 2>/dev/null || exit 0
echo $$ >"$1/pid"
LC_ALL=C; LANGUAGE=; DEBIAN_FRONTEND=noninteractive; TERM=dumb; PAGER=cat; HOME=${HOME:-/root}
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL LANGUAGE DEBIAN_FRONTEND TERM PAGER HOME PATH
unset LANG ENV
timeout -k 10 "$2" sh "$1/script" <"$1/input" >>"$1/log" 2>&1
s=$?
[ $s = 124 ] && echo "It took longer than $2 seconds and was ended." >>"$1/log"
rm -f "$1/input"
echo $s >"$1/status.new" && mv "$1/status.new" "$1/status"
"""
_HAND_OVER = """\
d={folder}; b=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
if [ -d $d ] && [ ! -e $d/status ]; then
  p=$(cat $d/pid 2>/dev/null)
  if [ "$b" != "$(cat $d/boot)" ] || {{ [ -n "$p" ] && ! kill -0 $p 2>/dev/null; }}; then
    sleep 0.2; [ -e $d/status ] || rm -rf $d
  fi
fi
if [ ! -d $d ]; then
  umask 077; n={jobs}/.new-$$
  # A lost link ends us (PIPE: and the shell cannot say that a child of it was ended); what came
  # of the input may be half a secret.
  away() {{ trap '' HUP TERM PIPE; rm -rf $n; exit {not_started}; }}
  trap away HUP TERM PIPE
  mkdir -p $n && cat >$n/input && [ "$(wc -c <$n/input)" -eq {size} ] \\
    && printf '%s\\n' {script} >$n/script && printf %s {run} >$n/run \\
    && printf '%s\\n' "$b" >$n/boot && : >$n/log \\
    && mv $n $d || away
  trap - HUP TERM PIPE
fi
if [ ! -e $d/pid ] && [ ! -e $d/status ]; then
  if [ -d /run/systemd/system ] && systemd-run -q --unit=haconsole-{id} \\
    --description={title} /bin/sh $d/run $d {seconds:g} 2>/dev/null; then :
  else setsid sh $d/run $d {seconds:g} </dev/null >/dev/null 2>&1 & fi
fi
i=0
while [ ! -e $d/status ] && [ $i -lt 30 ]; do sleep 0.05; i=$((i+1)); done
if [ ! -e $d/status ]; then
  [ -e $d/pid ] || {{ echo "The node did not start it." >&2; exit {not_started}; }}
  tail -n +1 -s 0.2 --pid=$(cat $d/pid) -f $d/log
else cat $d/log; fi
[ -e $d/status ] || {{ echo "It was ended on the node before its end." >&2; exit {vanished}; }}
exit $(cat $d/status)
"""


def hand_over(job_id: str, command: Command) -> Command:
    """Return the command that hands a job over, or finds it again, and follows it to its end.

    Its standard input is the job's; its exit status the job's own, ``NOT_STARTED`` or
    ``VANISHED``. Raises ``TransportError`` for an id that is no plain word.
    """
    _check(job_id)
    script = _HAND_OVER.format(
        jobs=JOBS,
        folder=f"{JOBS}/{job_id}",
        id=job_id,
        title=shlex.quote(f"haconsole: {command.name}"),
        script=shlex.quote(command.script),
        run=shlex.quote(_RUN),
        seconds=command.timeout_s,
        # A link that is cut in the middle of the input ends it as its end would.
        size=len(command.stdin or b""),
        not_started=NOT_STARTED,
        vanished=VANISHED,
    )
    return Command(
        command.name, script, command.effect, root=True, stdin=command.stdin, timeout_s=0
    )


def forget(job_id: str) -> Command:
    """Return the command that clears away a job that is over; it may be asked again.

    The folder goes at once (it is renamed first), so that a link which is lost in the middle does
    not leave half of one, which nobody would know for a job. Where nothing else of ours is left,
    as after the last step of ``remove``, the folder that held it goes too.
    """
    _check(job_id)
    folder = f"{JOBS}/{job_id}"
    going = f"{JOBS}/.over-{job_id}"
    script = (
        f"rm -rf {going}\n"
        f"[ ! -e {folder}/status ] || {{ mv {folder} {going} && rm -rf {going}; }}\n"
        f'[ "$(ls -A {STATE_DIR} 2>/dev/null)" != jobs ] || '
        f"{{ rmdir {JOBS} && rmdir {STATE_DIR}; }} 2>/dev/null; :"
    )
    return Command("clear away", script, Effect.CHANGES, root=True)


def _check(job_id: str) -> None:
    if not _ID.match(job_id):
        raise TransportError(t("{id} is no name for a job.", id=job_id[:120]))
