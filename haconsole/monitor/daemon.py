"""Reading keepalived: its processes, and the dump that it writes when asked by a signal.

A dump costs the node two lines of journal and a file in /tmp, so it is asked for when something
changed and once a minute, not with every reading: in between the daemon's log tells each change,
and a reading of its processes that finds nothing new makes the older dump young again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from haconsole.domain.daemon import Daemon, DaemonSource
from haconsole.parsers import keepalived_dump, keepalived_json
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_version import parse_version
from haconsole.transport.commands import Command, Result
from haconsole.words import t

from .firewall import FINGERPRINT
from .sections import compose, split

#: Masks what 1.3 to 2.3 print in clear: no password leaves the node.
_MASK = 'sed \'s/\\([Pp]assword *= *\\).*/\\1***/; s/\\("auth_data": *\\)"[^"]*"/\\1"***"/\''

_VERSION = Command(name="keepalived's version", script="keepalived --version 2>&1 | head -n 1")
_PROCESSES = """if command -v pgrep >/dev/null 2>&1; then
  pids=$(pgrep -x keepalived)
else
  pids=
  for d in /proc/[0-9]*; do
    { IFS= read -r c < "$d/comm"; } 2>/dev/null && [ "$c" = keepalived ] && pids="$pids ${d#/proc/}"
  done
fi
for p in $pids; do
  IFS= read -r line 2>/dev/null < /proc/$p/stat && echo "$line"
done; :"""

#: After the signal the file appears within milliseconds on a healthy node; it is complete when
#: it is newer than before and its size stands still. A second without one means no answer.
#: Before 1.3.8 ``--signum`` is unknown, and what getopt refuses there ends with status 0.
_DUMP = """pid={pid}
[ -d "/proc/$pid" ] || exit 3
conf=/etc/keepalived/keepalived.conf
file=$(sed -n 's/^[[:space:]]*state_dump_file[[:space:]]\\{{1,\\}}//p' $conf 2>/dev/null |
  head -n 1 | tr -d '"')
path=/proc/$pid/root${{file:-/tmp/keepalived.{suffix}}}
signal=$(keepalived --signum={name} 2>/dev/null) || signal=
signal=${{signal:-{fallback}}}
[ -n "$signal" ] || exit 4
before=$(stat -c '%.9Y %i' "$path" 2>/dev/null)
kill -"$signal" "$pid" || exit 5
n=0 last=none
while [ $n -lt 40 ]; do
  sleep 0.025
  now=$(stat -c '%.9Y %i %s' "$path" 2>/dev/null)
  if [ -n "$now" ] && [ "${{now% *}}" != "$before" ] && [ "$now" = "$last" ]; then
    exec {mask} "$path"
  fi
  last=$now n=$((n + 1))
done
exit 6"""


@dataclass(frozen=True, slots=True)
class Processes:
    """keepalived's processes on a node: their ids, and whether one of them is stopped."""

    pids: tuple[int, ...] = ()
    parent: int | None = None
    frozen: bool = False


class DaemonReader:
    """Reads keepalived on one node; remembers the last dump and whose it was."""

    def __init__(self) -> None:
        self._version: str | None = None
        self._processes = Processes()
        script, self._nonce = compose(
            {
                "processes": _PROCESSES,
                "firewall": FINGERPRINT,
            }
        )
        #: The cheap reading: processes, and a fingerprint of the firewall's rules.
        self.look = Command(name="keepalived's processes", script=script, root=True, timeout_s=8.0)

    @property
    def version_wanted(self) -> Command | None:
        """The question for the version, where it is not known of the daemon that runs."""
        return None if self._version else _VERSION

    def versioned(self, result: Result) -> None:
        """Take the answer; nothing is known from an answer that names no version."""
        version = parse_version(result.stdout)
        self._version = str(version) if version else None

    def dump(self, *, json: bool = False) -> Command:
        """Return the command that makes the daemon, once it was seen, write what it knows."""
        script = _DUMP.format(
            pid=self._processes.parent or 0,
            suffix="json" if json else "data",
            name="JSON" if json else "DATA",
            fallback="" if json else "USR1",
            mask=_MASK,
        )
        return Command(
            name="keepalived's JSON dump" if json else "keepalived's dump",
            script=script,
            root=True,
            timeout_s=8.0,
        )

    def looked(self, result: Result, before: Daemon | None) -> tuple[Daemon | None, bool, str]:
        """Return what the processes say, whether a dump is needed, the firewall's fingerprint.

        ``None`` stands for "a daemon runs, and nothing more is known yet".
        """
        sections = split(result.stdout, self._nonce)
        rules = sections.get("firewall")
        firewall = rules.text.strip() if rules and rules.problem is None else ""
        found = sections.get("processes")
        if found is None or found.problem is not None:
            problem = found.problem if found else t("the reading was cut off")
            raise ParseError(problem or t("the reading was cut off"))
        processes = _processes(found.text)
        changed = processes.pids != self._processes.pids
        if changed:
            self._version = None
        self._processes = processes
        if not processes.pids:
            return self._plain(running=False), False, firewall
        if processes.frozen:
            kept = before if before and before.running else self._plain(running=True)
            return replace(kept, frozen=True, pid=processes.parent), False, firewall
        if before is None or not before.running or not before.instances or changed:
            return None, True, firewall
        woke = before.frozen
        return replace(before, frozen=False, version=self._version), woke, firewall

    def dumped(self, result: Result, *, json: bool = False) -> Daemon:
        """Return the daemon that a dump shows; raises ``ParseError`` with the reason."""
        if not result.ok:
            raise ParseError(_DUMP_PROBLEMS.get(result.exit_status, _no_dump)())
        if json:
            read = keepalived_json.parse_json(result.stdout)
            return replace(
                self._plain(running=True), source=DaemonSource.JSON, instances=read.instances
            )
        dump = keepalived_dump.parse_dump(result.stdout)
        return replace(
            self._plain(running=True),
            source=DaemonSource.DUMP,
            instances=dump.instances,
            checks=dump.checks,
        )

    def _plain(self, *, running: bool) -> Daemon:
        return Daemon(
            running=running,
            source=DaemonSource.PROCESS,
            version=self._version,
            pid=self._processes.parent,
        )


def _no_dump() -> str:
    return t("keepalived wrote no dump that can be read")


_DUMP_PROBLEMS = {
    3: lambda: t("keepalived does not run"),
    4: lambda: t("this keepalived knows no JSON dump"),
    5: lambda: t("keepalived could not be signalled"),
    6: lambda: t("keepalived did not answer the signal within a second"),
}


def _processes(text: str) -> Processes:
    """Read lines of ``/proc/PID/stat`` (proc(5)): ``pid (comm) state ppid …``."""
    rows: list[tuple[int, str, int]] = []
    for line in text.splitlines():
        head, _, rest = line.rpartition(") ")
        fields = rest.split()
        pid = head.split(" ", 1)[0]
        if pid.isdigit() and len(fields) > 1 and fields[1].isdigit() and fields[0] != "Z":
            rows.append((int(pid), fields[0], int(fields[1])))
    pids = {pid for pid, _, _ in rows}
    parents = sorted(pid for pid, _, parent in rows if parent not in pids)
    return Processes(
        pids=tuple(sorted(pids)),
        parent=parents[0] if parents else None,
        frozen=any(state in "Tt" for _, state, _ in rows),
    )
