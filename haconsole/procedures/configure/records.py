"""Changes that are no files: each notes on the host how it is taken back, for ``remove``.

A note is a script in ``/var/lib/haconsole/undo``, written while the change is made and gone when
it was taken back; so a later run, another console or ``remove`` can take it back as well.
"""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.procedures.paths import STATE_DIR
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.shell import changes, quote, reads

UNDO_DIR = f"{STATE_DIR}/undo"
#: In ``do``: ``back 'COMMAND'`` notes a command that takes back what is done next. Commands are
#: run last first; one that fails does not keep the others.
_NOTES = """\
umask 077; mkdir -p {folder} || {{ echo "nothing can be noted in {folder}" >&2; exit 1; }}
back() {{
  {{ printf '%s || :\\n' "$1"; [ ! -e {file} ] || cat {file}; }} >{file}.new &&
    mv -f {file}.new {file} || {{ echo "nothing can be noted in {folder}" >&2; exit 1; }}
}}
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
    file = quote(f"{UNDO_DIR}/{name.replace('/', '%').replace(' ', '-')}.undo")
    return Step(
        id=f"{name}@{host}",
        title=title,
        reason=reason,
        host=host,
        do=changes(name, _NOTES.format(folder=UNDO_DIR, file=file) + do),
        check=reads(f"is it so: {name}", check, root=True),
        verify=reads(f"is it so: {name}", check, root=True),
        undo=changes(f"take back {name}", f"[ ! -e {file} ] || {{ sh {file}; rm -f {file}; }}"),
        expected_s=expected_s,
        way_on=way_on,
    )


def take_back(host: str) -> Step:
    """Return the step that takes back every change that was noted on a host."""
    left = f'for f in {UNDO_DIR}/*.undo; do [ ! -e "$f" ] || exit 1; done; exit 0'
    do = f'for f in {UNDO_DIR}/*.undo; do if [ -e "$f" ]; then sh "$f"; rm -f "$f"; fi; done'
    return Step(
        id=f"take back@{host}",
        title=note("Firewall and SELinux of {host} as they were", host=host),
        reason=note("Rules and labels that this tool added go; others stay."),
        host=host,
        do=changes("take back", do),
        check=reads("is anything noted", left, root=True),
        expected_s=3.0,
    )
