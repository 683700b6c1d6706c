"""What recoveries run on a node: who holds an address, telling everybody of it, keepalived's word.

POSIX sh, each piece a function or a line that others are made of.
"""

from __future__ import annotations

import re

from haconsole.procedures.steps.shell import quote


def holds(address: str) -> str:
    """Return sh that succeeds when this kernel has an address."""
    return f"ip -o address show | grep -qF ' {address}/'"


def drop(address: str) -> str:
    """Return sh that takes an address away wherever it is, with the prefix that it has."""
    return (
        f"ip -o address show | grep -F ' {address}/' | while read -r n dev family prefix rest; do\n"
        '  ip address del "$prefix" dev "$dev"\ndone\n'
    )


#: Succeeds where there is an ``arping`` with the options of iputils. Thomas Habets' program of the
#: same name (Debian's package "arping") takes ``-D`` and ``-w`` for other things, and says 0 where
#: iputils says 1; it names itself by ``--help``, which is no option of iputils (and sends nothing).
_ARPING = "{ command -v arping >/dev/null 2>&1 && ! arping --help 2>&1 | grep -q 'Thomas Habets'; }"


def announce(address: str, interface: str) -> str:
    """Return sh that tells everybody on the segment who has an address now.

    Gratuitous ARP (RFC 5227, 3) by iputils' ``arping -U``; for IPv6 there is no such tool on
    every host, and without either a reload makes keepalived (2.0 and later) announce anew what it
    owns.
    """
    if ":" in address:
        return "systemctl reload keepalived\n"
    return (
        f"if {_ARPING}; then\n"
        f"  arping -q -U -c 3 -w 4 -I {quote(interface)} {address} >/dev/null 2>&1 || :\n"
        "else systemctl reload keepalived; fi\n"
    )


def somebody_else(address: str, interface: str) -> str:
    """Return sh that succeeds when another host answers for an address that this one has too.

    Duplicate address detection (RFC 5227, 2.1.1) by iputils' ``arping -D``, which says 1 when
    somebody answered (and 2 where it could not ask); without it nobody can tell, and it fails.
    """
    if ":" in address:
        return "false"
    return (
        f"{{ {_ARPING} && {{ arping -q -D -c 2 -w 2 -I {quote(interface)} {address} "
        ">/dev/null 2>&1; [ $? = 1 ]; }; }"
    )


def state_of(instance: str) -> str:
    """Return sh that defines ``state``: it prints what keepalived says of an instance.

    ``MASTER``, ``BACKUP`` or ``FAULT`` by the dump that SIGUSR1 makes it write (all versions).
    """
    # The name is a file's word: nothing of it may mean anything to sed or to the shell.
    name = re.sub(r"([][\\/.*^$])", r"\\\1", instance)
    wanted = quote(f"/VRRP Instance = {name}$/,/State = /s/.*State = //p")
    return f"""\
state() {{
  p=$(cat /run/keepalived.pid /var/run/keepalived.pid /run/keepalived/keepalived.pid 2>/dev/null |
    head -n 1)
  [ -n "$p" ] && [ -d /proc/$p ] || p=$(pgrep -o -x keepalived) || return 1
  f=$(sed -n 's/^[[:space:]]*state_dump_file[[:space:]]\\{{1,\\}}//p' \\
    /etc/keepalived/keepalived.conf 2>/dev/null | head -n 1 | tr -d '"')
  f=/proc/$p/root${{f:-/tmp/keepalived.data}}
  was=$(stat -c '%.9Y %i' "$f" 2>/dev/null)
  kill -USR1 $p || return 1
  i=0; until now=$(stat -c '%.9Y %i' "$f" 2>/dev/null) && [ "$now" != "$was" ]; do
    [ $i -lt 40 ] || return 1
    sleep 0.05; i=$((i+1))
  done
  sleep 0.1
  sed -n {wanted} "$f" | head -n 1
}}
"""
