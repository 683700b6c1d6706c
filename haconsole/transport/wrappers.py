"""The shell text around what runs on a node, so that nothing of it outlives its channel.

Every remote process of ours is started as ``exec [env … sudo …] sh -c 'LEAD' sh 'BODY'``: one
line without ``'``, ``!`` or a newline, which sh, bash, fish and csh read alike as login shells.
LEAD makes the process the leader of a process group of its own (sshd starts a session for
every command; under sudo, or another server, ``setsid`` does it). BODY then says hello with
a nonce, which ends whatever the login shell's rc files printed, and ends the *whole group*
when its standard input ends: that happens when the channel closes, and when the link dies.

A peer that vanishes without a FIN closes nothing. Where that matters (a command that goes on)
the console also sends a byte now and then, and the node ends the group when none comes.
"""

from __future__ import annotations

import re
import shlex

#: In BODY, ``kill $G`` ends the group. Without ``/proc`` and ``setsid`` it is only the wrapper.
_LEAD = (
    "b=$1; read -r l </proc/self/stat 2>/dev/null; set -- ${l##*)}; G=$$; "
    'if [ "$3" = $$ ]; then G=0; '
    "elif command -v setsid >/dev/null 2>&1; then "
    'exec setsid sh -c "G=0; $b" sh; fi; eval "$b"'
)
_END_GROUP = "kill $G; sleep 2; kill -9 $G"
#: After a lapse the peer is gone for good, so the session that waits for it goes as well, and
#: with it the idle shells. Only where our parent is an sshd (its own process per connection).
_END_SESSION = "{ read -r c </proc/$PPID/comm; case $c in sshd*) kill $PPID;; esac; }"
_ENVIRONMENT = (
    "unset ENV LANG LC_CTYPE; LC_ALL=C LANGUAGE= PAGER=cat SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 "
    "TERM=dumb "
    'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"; '
    "export LC_ALL LANGUAGE PAGER SYSTEMD_PAGER SYSTEMD_COLORS TERM PATH; cd /"
)
#: Programs, and builtins without an effect on the shell, that may run without a subshell when
#: their words hold nothing that a shell gives a meaning.
_PLAIN_CALLS = frozenset(
    (":", "true", "echo", "cat", "ls", "stat", "date", "uname", "uptime", "ps", "ss", "ip", "nginx")
)
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9 ,./:=@_%+-]+")
#: Record separator: frames the marks that we put into the output.
MARK = b"\x1e"


def launch(body: str, become: str = "") -> str:
    """Return the exec request for a body; ``become`` is the sudo command in front, or ``""``."""
    front = f"env LC_ALL=C {become} " if become else ""
    return f"exec {front}sh -c '{_LEAD}' sh '{body}'"


def shell_body(nonce: str) -> str:
    """Return the body that feeds standard input to a long-lived ``sh``."""
    return f'printf "%s\\n" {nonce}; {{ cat; trap : TERM; {_END_GROUP}; }} | {{ sh; kill -9 $G; }}'


def shell_preamble() -> bytes:
    """Return what a long-lived ``sh`` is told first.

    The trap keeps the shell alive while its command is asked to end, so that the command has
    its two seconds before the group is killed.
    """
    return f"trap : TERM; {_ENVIRONMENT}\n".encode()


def frame(script: str, nonce: str) -> bytes:
    """Return a script as one command of a long-lived ``sh``, with marks after its output.

    It runs in a subshell: ``exit``, ``cd``, ``set`` or an unbalanced quote end there and leave
    nothing in the shell. One plain call of a program that cannot change the shell needs none,
    which saves a fork (0.2 ms) on the node.
    """
    call = script.split(None, 1)
    plain = bool(call) and call[0] in _PLAIN_CALLS and _PLAIN_WORDS.fullmatch(script) is not None
    body = script if plain else f"( eval {shlex.quote(script)} )"
    return (
        f"{body} </dev/null; "
        f"printf '\\036%s %d\\036' {nonce} $?; printf '\\036%s\\036' {nonce} >&2\n"
    ).encode()


def solo_body(nonce: str, stdin_bytes: int, lapse_s: float) -> str:
    """Return the body that reads one script, runs it on its own channel, and watches the link.

    After ``hello`` it reads the script's lines up to a line that holds the nonce, then exactly
    ``stdin_bytes`` bytes for the command's standard input; what comes later are heartbeats.
    The group is ended ``lapse_s`` seconds after the last one (where the node has ``timeout``
    and ``head``), and the SSH session with it; or when standard input ends, the group alone.
    """
    feed = f"head -c {stdin_bytes} <&3; " if stdin_bytes else ""
    beat = f"timeout {lapse_s:g} head -c 1 <&3"
    return (
        f'printf "%s\\n" {nonce}; n=$(printf "\\n."); n=${{n%.}}; s=; l=; '
        f'while IFS= read -r l; do [ "$l" = {nonce} ] && break; s=$s$l$n; done; '
        f'[ "$l" = {nonce} ] || kill -9 $G; {_ENVIRONMENT}; exec 3<&0; '
        f"{{ {feed}exec >/dev/null 2>&1; trap : TERM; "
        "if timeout 9 head -c 0 </dev/null; then "
        f'while x=$({beat}); r=$?; [ -n "$x" ]; do :; done; [ $r = 0 ] || {_END_SESSION}; '
        "else cat <&3; fi; "
        f"{_END_GROUP}; }} | "
        f'{{ exec 3<&-; ( eval "$s" ); printf "\\036%s %d\\036" {nonce} $?; kill -9 $G; }}'
    )


def solo_script(script: str, nonce: str) -> bytes:
    """Return a script as :func:`solo_body` reads it."""
    return f"{script}\n{nonce}\n".encode()
