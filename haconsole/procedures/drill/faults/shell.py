"""Pieces of sh that several faults share."""

from __future__ import annotations

from haconsole.procedures.steps.shell import quote

#: Appended to a file's name: its other form, staged; and the file itself, put aside by a hard
#: link, so that it keeps its inode, owner, mode and SELinux context.
OTHER, ASIDE = ".haconsole-drill-new", ".haconsole-drill"

#: ``swap FILE`` puts the staged form in its place at once; ``swap_back FILE`` the file itself.
SWAPS = f"""\
swap() {{ ln "$1" "$1{ASIDE}" && mv -f "$1{OTHER}" "$1"; }}
swap_back() {{
  # Put aside and not exchanged: mv refuses, for both names are one file.
  [ ! -e "$1{ASIDE}" ] || [ "$1{ASIDE}" -ef "$1" ] \\
    || mv -f "$1{ASIDE}" "$1" || return 1
  rm -f "$1{ASIDE}" "$1{OTHER}"
}}
"""


def runs(unit: str) -> str:
    """Return sh that fails where a service does not run."""
    return f'systemctl -q is-active {quote(unit)} || fail "{unit} does not run here"\n'


def stop(unit: str) -> str:
    """Return sh that stops a service."""
    return (
        f"systemctl stop {quote(unit)} 2>/dev/null\n"
        f'! systemctl -q is-active {quote(unit)} || fail "{unit} did not stop"\n'
    )


def start(unit: str) -> str:
    """Return sh for an undo: the service runs, or the status is not 0 and it is said why."""
    name = quote(unit)
    return (
        f"if ! systemctl -q is-active {name}; then\n"
        f"  systemctl reset-failed {name} 2>/dev/null; systemctl start {name} 2>/dev/null\n"
        f'  systemctl -q is-active {name} || fail "{unit} does not start: $(journalctl -q -n 5 '
        f'--no-pager -o cat -u {name} 2>/dev/null | tail -n 1)"\nfi\n'
    )


def not_left(paths: str) -> str:
    """Return sh that fails where one of the files (words of sh) is there."""
    return f'for f in {paths}; do [ ! -e "$f" ] || fail "$f is still there"; done\n'
