"""One plan at a time on a cluster: a lock on every host that the plan touches.

flock(1) holds a file below ``/run`` in a process of ours that ends with its link: who dies, or
loses the link for good, holds nothing. What the dead one had begun may still run there as a
job; the lock's answer names it, so that nobody works beside it unknowingly.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import hashlib
import math
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable

from haconsole.domain.notes import Note, note
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.steps.shell import quote
from haconsole.transport.commands import Command, Effect
from haconsole.transport.door import Door
from haconsole.transport.errors import LinkDownError, TransportError
from haconsole.transport.jobs import JOBS
from haconsole.transport.solo import BEAT_S, BEATS_MISSED

#: Seconds before a lost lock is taken again.
RETRY_GAP_S = 0.2
#: A moment's patience, seconds: what was just given back takes one to be free.
PATIENCE_S = 3.0
#: How long a session of ours may still hold a lock whose link was lost without its node hearing of
#: it: until its heartbeats have lapsed there (``transport.solo``), and a little.
GHOST_S = BEAT_S * BEATS_MISSED + 15.0
#: How long an LB that the plan does not touch is waited for.
BESIDE_S = 20.0
_BUSY = 75
_HOLD = """\
exec 9>>{file} || {{ echo "the lock {file} cannot be written" >&2; exit 71; }}
i=0
while :; do
  flock -w {patience} 9; s=$?
  [ $s = 0 ] && break
  [ $s = 127 ] && {{ echo "flock (util-linux) is missing" >&2; exit 71; }}
  who=; since=; mark=; {{ read -r who; read -r since; read -r mark; }} <{file}
  # One's own session whose link was lost: it ends when the node misses its heartbeats.
  i=$((i+1)); [ "$mark" = {mark} ] && [ $i -lt {tries} ] && continue
  echo "busy ${{since:-0}} ${{mark:--}} $who"; exit {busy}
done
printf '%s\\n' {who} "$(date +%s)" {mark} >{file}
{tidy}echo held
while :; do sleep 3600 9>&-; done
"""
#: What the dead left is cleared away when a lock is taken for the first time. Not when it is
#: taken again because its link was lost: what ended meanwhile is a job of ours, and whoever waits
#: for it comes for its status.
_TIDY = """\
now=$(date +%s); b=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
for d in {jobs}/.new-*; do  # handed over by halves: its link was cut
  [ ! -e "$d" ] || [ $((now - $(stat -c %Y "$d"))) -lt 60 ] || rm -rf "$d"
done
rm -rf {jobs}/.over-*  # cleared away by halves
for d in {jobs}/*/; do
  [ -d "$d" ] || continue
  p=$(cat "$d/pid" 2>/dev/null); old=$((now - $(stat -c %Y "$d"))); d=${{d%/}}
  if [ -e "$d/status" ] || [ ! -e "$d/script" ] || [ "$b" != "$(cat "$d/boot")" ]; then
    rm -rf "$d"
  elif [ -n "$p" ] && kill -0 "$p" 2>/dev/null; then echo "job ${{d##*/}}"
  else
    # Just handed over, maybe: it begins within a moment, or whoever began it died before.
    i=0; [ -n "$p" ] || [ $old -ge 60 ] ||
      while [ ! -e "$d/begun" ] && [ $i -lt 30 ]; do sleep 0.1; i=$((i+1)); done
    if [ -z "$p" ] && [ -e "$d/begun" ] && [ $old -lt 60 ]; then echo "job ${{d##*/}}"
    else rm -rf "$d"; fi
  fi
done
"""


class LockedError(ProcedureError):
    """Somebody else runs a plan. ``note`` is the sentence as data."""

    def __init__(self, reason: Note) -> None:
        super().__init__(str(reason))
        self.note = reason


def whoami() -> str:
    """Return who holds our locks: user, machine and process, as one word."""
    with contextlib.suppress(Exception):
        return _word(f"{getpass.getuser()}@{socket.gethostname()}") + f" (process {os.getpid()})"
    return f"process {os.getpid()}"


def lock_file(cluster: str) -> str:
    """Return the file on every host that a plan for a cluster is locked by."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", cluster)[:40]
    mark = hashlib.sha256(cluster.encode()).hexdigest()[:6]
    return f"/run/haconsole-{name}-{mark}.lock"


class _NoLockError(LockedError):
    """A host on which nothing can be locked."""


class Lock:
    """Locks of several hosts, held together.

    ``hosts`` are those that the plan touches, ``beside`` those that nobody is to touch meanwhile:
    one of these that is not to be had is passed over, and told in ``missing``. ``mark`` names who
    takes them (one run): what it finds taken under its own mark is its own session, whose link was
    lost, and is waited for. ``on_lost`` is called with a sentence when somebody else took one
    while a link was down.
    """

    def __init__(
        self,
        door: Door,
        cluster: str,
        hosts: Iterable[str],
        *,
        who: str,
        on_lost: Callable[[Note], None],
        beside: Iterable[str] = (),
        mark: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._door = door
        self._hosts = frozenset(hosts)
        self._beside = frozenset(beside) - self._hosts
        self._mark = mark or new_mark()
        self._on_lost = on_lost
        self._clock = clock
        self._first, self._again = (
            Command(
                "hold the lock",
                _HOLD.format(
                    file=lock_file(cluster),
                    who=quote(who),
                    mark=quote(self._mark),
                    patience=f"{PATIENCE_S:g}",
                    tries=math.ceil(GHOST_S / PATIENCE_S),
                    busy=_BUSY,
                    tidy=tidy,
                ),
                Effect.CHANGES,
                root=True,
                timeout_s=0,
            )
            for tidy in (_TIDY.format(jobs=JOBS), "")
        )
        self._tasks: list[asyncio.Task[None]] = []
        #: Host → ids of jobs that were running there when it was locked.
        self.jobs: dict[str, list[str]] = {}
        #: Hosts beside the plan's that are not locked, and why.
        self.missing: dict[str, Note] = {}

    async def take(self) -> None:
        """Take them all, or none: ``LockedError`` says who holds one; ``TransportError``."""
        try:
            # In one order for everybody: of two that want the same hosts, one gets them.
            for host in sorted(self._hosts | self._beside):
                if host in self._hosts:
                    await self._take(host)
                else:
                    await self._take_beside(host)
        except BaseException:
            await self.release()
            raise

    async def release(self) -> None:
        """Give them back."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, host: str) -> None:
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._keep(host, held), name=f"lock {host}")
        self._tasks.append(task)
        try:
            await asyncio.wait({held, task}, return_when=asyncio.FIRST_COMPLETED)
            if not held.done():
                await task
        except BaseException:
            task.cancel()
            raise

    async def _take_beside(self, host: str) -> None:
        try:
            async with asyncio.timeout(BESIDE_S):
                await self._take(host)
        except TimeoutError:
            self.missing[host] = note("no answer within {seconds} s", seconds=round(BESIDE_S))
        except _NoLockError as error:
            self.missing[host] = error.note
        except TransportError as error:
            self.missing[host] = error.note or note("{text}", text=str(error))

    async def _keep(self, host: str, held: asyncio.Future[None]) -> None:
        """Hold one lock, and take it again whenever the link comes back."""
        while True:
            try:
                await self._hold(host, held)
            except LinkDownError:
                if not held.done():
                    raise
                # A link that is just going away may still count as up.
                await asyncio.sleep(RETRY_GAP_S)
                await self._door.wait_up(host)
            except LockedError as error:
                if not held.done():
                    raise
                self._tell_lost(host, error, error.note)
                return
            except TransportError as error:
                if not held.done():
                    raise
                self._tell_lost(host, error, error.note or note("{text}", text=str(error)))
                return

    def _tell_lost(self, host: str, error: Exception, reason: Note) -> None:
        """End the plan, unless it can do without this one: there nobody else took it."""
        if host in self._hosts or (
            isinstance(error, LockedError) and not isinstance(error, _NoLockError)
        ):
            self._on_lost(reason)

    async def _hold(self, host: str, held: asyncio.Future[None]) -> None:
        jobs: list[str] = []
        command = self._again if held.done() else self._first
        async with contextlib.aclosing(self._door.stream(host, command, apart=True)) as batches:
            async for batch in batches:
                for line in batch.lines:
                    word, _, rest = line.partition(" ")
                    if word == "job":
                        jobs.append(rest)
                    elif word == "held":
                        self.jobs.setdefault(host, jobs)
                        if not held.done():
                            held.set_result(None)
                    elif word == "busy":
                        raise LockedError(self._busy(host, rest))
                if batch.exit_status is not None:
                    raise _NoLockError(
                        note(
                            "{host} could not be locked: {reason}",
                            host=host,
                            reason=batch.problem or note("the lock ended"),
                        )
                    )

    def _busy(self, host: str, rest: str) -> Note:
        since, _, rest = rest.partition(" ")
        mark, _, who = rest.partition(" ")
        if mark == self._mark:
            return note(
                "{host} is still locked by this run itself: by a session whose link was lost, and "
                "which {host} has not ended. Try again in a minute.",
                host=host,
            )
        ago = max(0, round(self._clock() - int(since))) if since.isdigit() else 0
        return note(
            "{host} is locked: {who} has run a plan there for {ago} s. Wait, or end that one.",
            host=host,
            who=who or note("somebody"),
            ago=ago,
        )


def new_mark() -> str:
    """Return a word that nobody else has."""
    return secrets.token_hex(8)


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9@._-]", "_", text)[:80]
