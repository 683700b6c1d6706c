"""Words for a shell: quoting, and commands that read or change."""

from __future__ import annotations

import shlex

from haconsole.transport.commands import Command, Effect

quote = shlex.quote
#: Defines ``why UNIT``: the last line of why it did not start, once the journal is written.
WHY = (
    "why() { journalctl --sync 2>/dev/null\n"
    'journalctl -q -n 20 --no-pager -o cat -u "$1" 2>/dev/null | '
    "grep -v -e '^$' -e 'Failed with result' -e '^Failed to start' -e '^Start\\(ing\\|ed\\) ' "
    "-e '^Stop\\(ping\\|ped\\) ' -e Consumed -e 'process exited' | tail -n 1; }\n"
)


def reads(name: str, script: str, *, root: bool = False, stdin: bytes | None = None) -> Command:
    """Return a command that only looks."""
    return Command(name, script, root=root, stdin=stdin, timeout_s=30.0)


def changes(
    name: str, script: str, *, stdin: bytes | None = None, timeout_s: float = 120.0
) -> Command:
    """Return a command that changes the host, as root. ``timeout_s`` bounds the whole job."""
    return Command(name, script, Effect.CHANGES, root=True, stdin=stdin, timeout_s=timeout_s)
