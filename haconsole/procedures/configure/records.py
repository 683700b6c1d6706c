"""Changes that are no files: each notes on the host how it is taken back.

A note is a script in ``/var/lib/haconsole/undo``, written while the change is made. ``NAME.undo``
collects over all runs, for ``remove``. A roll-back goes by ``NAME-SUM.run`` instead, which has only
what the last doing of that very step did (``SUM`` tells it from others of its name): what earlier
runs let in stays in.
"""

from __future__ import annotations

import hashlib

from haconsole.domain.notes import Note, note
from haconsole.procedures.paths import STATE_DIR
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.shell import changes, quote, reads

UNDO_DIR = f"{STATE_DIR}/undo"
#: In ``do``: ``back 'COMMAND'`` notes a command that takes back what is done next. Commands are
#: run last first; one that fails does not keep the others. A run's notes go on from those of one
#: that did not come to its end (``begun``): it is the same change, tried again.
_NOTES = """\
umask 077; mkdir -p {folder} || {{ echo "nothing can be noted in {folder}" >&2; exit 1; }}
back() {{
  for _n in {file} {run}; do
    {{ printf '%s || :\\n' "$1"; [ ! -e $_n ] || cat $_n; }} >$_n.new &&
      mv -f $_n.new $_n || {{ echo "nothing can be noted in {folder}" >&2; exit 1; }}
  done
}}
[ -e {run}.begun ] || rm -f {run}
: >{run}.begun || {{ echo "nothing can be noted in {folder}" >&2; exit 1; }}
"""
_DONE = """
s=$?; [ $s != 0 ] || rm -f {run}.begun
exit $s
"""
#: What was taken back is no longer noted for ``remove`` either: as a rule these are the newest
#: notes, so they stand first.
_TAKE_BACK = """\
if [ -e {run} ]; then
  sh {run}
  n=$(wc -c <{run})
  if [ -e {file} ] && head -c $n {file} | cmp -s - {run}; then
    tail -c +$((n+1)) {file} >{file}.new && mv -f {file}.new {file}
    [ -s {file} ] || rm -f {file}
  fi
fi
rm -f {run} {run}.begun
"""


def noted(
    host: str,
    name: str,
    *,
    title: Note,
    reason: Note,
    check: str,
    do: str,
    way_on: Note | None = None,
    expected_s: float = 2.0,
) -> Step:
    """Return a step whose ``do`` notes its own undo with ``back``. ``name``: plain words."""
    plain = f"{UNDO_DIR}/{name.replace('/', '%').replace(' ', '-')}"
    mark = hashlib.sha256(do.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    file, run = quote(f"{plain}.undo"), quote(f"{plain}-{mark}.run")
    notes = _NOTES.format(folder=UNDO_DIR, file=file, run=run)
    return Step(
        id=f"{name}@{host}",
        title=title,
        reason=reason,
        host=host,
        do=changes(name, notes + do.rstrip("\n") + _DONE.format(run=run)),
        check=reads(f"is it so: {name}", check, root=True),
        verify=reads(f"is it so: {name}", check, root=True),
        undo=changes(f"take back {name}", _TAKE_BACK.format(file=file, run=run)),
        expected_s=expected_s,
        way_on=way_on,
    )


def take_back(host: str) -> Step:
    """Return the step that takes back every change that was noted on a host."""
    left = f'for f in {UNDO_DIR}/*.undo; do [ ! -e "$f" ] || exit 1; done; exit 0'
    do = f'for f in {UNDO_DIR}/*.undo; do if [ -e "$f" ]; then sh "$f"; rm -f "$f"; fi; done\n'
    do += f"rm -f {UNDO_DIR}/*.run {UNDO_DIR}/*.run.begun\n"
    return Step(
        id=f"take back@{host}",
        title=note("Firewall and SELinux of {host} as they were", host=host),
        reason=note("Rules and labels that this tool added go; others stay."),
        host=host,
        do=changes("take back", do),
        check=reads("is anything noted", left, root=True),
        expected_s=3.0,
    )
