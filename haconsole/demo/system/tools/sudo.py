"""``sudo`` as scripts and people use it (sudo(8), 1.9): -n, -S, -k, -p, -u, -v, -l, -i, -s."""

from __future__ import annotations

import errno
import re
import shlex

from ..errors import words_of
from ..invocation import Invocation, Program
from ..process import Exit, Process
from ..signals import Sig
from ..tty import Tty, tty_of
from ..users import Sudo, User
from .options import Options, options

_SECURE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_KEPT = ("TERM", "LANG", "LANGUAGE", "COLORS", "DISPLAY", "XAUTHORITY", "TZ")
_ATTEMPTS = 3
#: What -p may hold (sudo(8); without the host's names).
_ESCAPES = re.compile("%([puU%])")
#: Seconds that PAM waits after a wrong password (pam_unix: about two).
WRONG_PASSWORD_S = 1.5


async def sudo(inv: Invocation) -> int:
    """``sudo [-nSkK] [-p PROMPT] [-u USER] [-v | -l | [NAME=VALUE]… COMMAND…]``."""
    given = await options(
        inv, "nSkKvlHEiAbs", "pugCTr", stop_early=True,
        long=("non-interactive:n", "stdin:S", "prompt=:p", "user=:u", "reset-timestamp:k",
              "login:i", "shell:s"),
    )  # fmt: skip
    if not given.words and not any(flag in given for flag in "vlkKis"):
        await inv.stderr.write("usage: sudo -h | -K | -k | -V\n")
        return 1
    users = inv.machine.users
    me = users.by_uid(inv.uid)
    target = users.get(given.values.get("u", "root"))
    if target is None:
        await inv.error(f"unknown user {given.values['u']}")
        return await inv.error("error initializing audit plugin sudoers_audit")
    if inv.uid != 0:
        await _authenticate(inv, given, me)
        if me is None or me.sudo is Sudo.NONE:
            name = me.name if me else str(inv.uid)
            await inv.stderr.write(f"{name} is not in the sudoers file.\n")
            return 1
    if "l" in given:
        await inv.print(
            f"User {users.name_of(inv.uid)} may run the following commands:\n    (ALL) ALL"
        )
    as_shell = "i" in given or "s" in given
    return await _run(inv, given, target) if given.words or as_shell else 0


async def _authenticate(inv: Invocation, given: Options, me: User | None) -> None:
    """Let the user prove who they are, or end the program."""
    if me is not None and me.sudo is Sudo.NOPASSWD:
        return
    if "n" in given:
        await inv.fail("a password is required")
    tty = tty_of(inv.process.fds.get(0))
    if "S" not in given and tty is None:
        await inv.error(
            "a terminal is required to read the password; either use the -S option to read from "
            "standard input or configure an askpass helper"
        )
        await inv.fail("a password is required")
    name = me.name if me else str(inv.uid)
    prompt = given.values.get("p", f"[sudo] password for {name}: ")
    names = {"p": name, "u": name, "U": given.values.get("u", "root"), "%": "%"}
    for attempt in range(1, _ATTEMPTS + 1):
        await inv.stderr.write(_ESCAPES.sub(lambda found: names[found[1]], prompt))
        line = await _password(inv, tty)
        if not line:
            if attempt == 1:
                await inv.stderr.write("\nsudo: no password was provided\n")
                await inv.fail("a password is required")
            await inv.fail(f"{attempt - 1} incorrect password attempt{'s' * (attempt > 2)}")
        given_password = line.decode("utf-8", "surrogateescape").removesuffix("\n")
        if me is not None and me.password is not None and given_password == me.password:
            return
        await inv.sleep(WRONG_PASSWORD_S)
        if attempt < _ATTEMPTS:
            await inv.stderr.write("Sorry, try again.\n")
    await inv.fail(f"{_ATTEMPTS} incorrect password attempts")


async def _password(inv: Invocation, tty: Tty | None) -> bytes:
    if tty is None:
        return await inv.stdin.readline()
    with tty.quietly():
        line = await inv.stdin.readline()
    await inv.stderr.write("\n")
    return line


def _spawn(inv: Invocation, given: Options, target: User, env: dict[str, str]) -> Process:
    """Start the command, or a shell where one is wanted; raises ``OSError``."""
    words = given.words
    if "i" not in given and "s" not in given:
        return inv.spawn(words, env=env, uid=target.uid)
    program, _ = inv.machine.lookup([target.shell], inv.process.context)
    name = target.shell.rpartition("/")[2]
    argv = [f"-{name}" if "i" in given else name, *(["-c", shlex.join(words)] if words else [])]
    cwd = target.home if "i" in given else None
    return inv.machine.spawn(
        argv, parent=inv.process, program=program, env=env, uid=target.uid, cwd=cwd
    )


async def _run(inv: Invocation, given: Options, target: User) -> int:
    users = inv.machine.users
    env = {n: v for n, v in inv.env.items() if n in _KEPT or n.startswith("LC_") or "E" in given}
    words = given.words
    while words and "=" in words[0] and not words[0].startswith(("/", "=")):
        name, _, value = words.pop(0).partition("=")
        env[name] = value
    env.update(
        PATH=_SECURE_PATH, HOME=target.home, USER=target.name, LOGNAME=target.name,
        SHELL=target.shell, MAIL=f"/var/mail/{target.name}",
        SUDO_USER=users.name_of(inv.uid), SUDO_UID=str(inv.uid),
        SUDO_GID=str(inv.process.context.gid), SUDO_COMMAND=" ".join(words),
    )  # fmt: skip
    # sudo itself runs as root, and looks the command up in its own path.
    inv.process.context.uid = 0
    inv.process.context.env = {"PATH": _SECURE_PATH}
    try:
        child = _spawn(inv, given, target, env)
    except OSError as error:
        words = words or [target.shell]
        if error.errno == errno.ENOENT and "/" not in words[0]:
            await inv.error(f"{words[0]}: command not found")
        else:
            await inv.error(f"unable to execute {words[0]}: {words_of(error)}")
        raise Exit(1) from None
    for number in (Sig.TERM, Sig.HUP, Sig.INT, Sig.QUIT, Sig.USR1, Sig.USR2, Sig.ALRM):
        inv.process.on_signal(number, child.signal)
    status = await child.wait()
    if child.killed_by is not None:
        # sudo ends as its command did, so that its caller sees the same.
        inv.process.handlers.clear()
        inv.process.signal(child.killed_by)
        await inv.sleep(0)
    return status


PROGRAMS: dict[str, Program] = {"sudo": sudo}
