"""``ps``, ``pgrep``, ``pkill``, ``kill``, ``setsid``, ``nohup``, ``env``, ``xargs``."""

from __future__ import annotations

import errno
import re
import shlex

from ..errors import words_of
from ..invocation import Invocation, Program
from ..process import Disposition, Exit, Process
from ..signals import Sig, name_of, parse
from ..streams import Null
from ..tty import tty_of
from .options import options, usage
from .ps import command_of


async def run_command(inv: Invocation, argv: list[str]) -> int:
    """Become another program, as ``env`` and its kin do; says why where that fails."""
    try:
        return await inv.machine.execute(inv.process, argv)
    except OSError as error:
        missing = error.errno == errno.ENOENT
        said = "" if inv.name == "env" else "failed to run command "
        await inv.error(f"{said}'{argv[0]}': {words_of(error)}")
        return 127 if missing else 126


async def env(inv: Invocation) -> int:
    """``env [-i] [-u NAME] [NAME=VALUE]… [COMMAND…]``."""
    given = await options(
        inv, "i0", "uC", long=("ignore-environment:i", "unset=:u", "chdir=:C"), stop_early=True
    )
    words = given.words
    environment = {} if "i" in given else dict(inv.env)
    for name in (value for key, value in given.every if key == "u"):
        environment.pop(name, None)
    while words and re.match(r"[^=]+=", words[0]):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    inv.process.context.env = environment
    if "C" in given:
        inv.process.context.cwd = inv.files.realpath(given.values["C"], inv.process.caller)
    if words:
        return await run_command(inv, words)
    await inv.stdout.write("".join(f"{n}={v}\n" for n, v in environment.items()))
    return 0


async def setsid(inv: Invocation) -> int:
    """``setsid [-w] COMMAND…``: forks first where it leads a process group (setsid(1))."""
    given = await options(inv, "wcf", long=("wait:w", "fork:f"), stop_early=True)
    if not given.words:
        return await inv.error("no command specified")
    process = inv.process
    if process.pgid == process.pid or "f" in given:
        try:
            child = inv.spawn(given.words, new_session=True)
        except OSError as error:
            return await inv.error(f"failed to execute {given.words[0]}: {words_of(error)}", 127)
        return await child.wait() if "w" in given else 0
    process.pgid = process.sid = process.pid
    try:
        return await inv.machine.execute(process, given.words)
    except OSError as error:
        return await inv.error(f"failed to execute {given.words[0]}: {words_of(error)}", 127)


async def nohup(inv: Invocation) -> int:
    """``nohup COMMAND…``."""
    given = await options(inv, stop_early=True)
    if not given.words:
        await usage(inv, "missing operand", 125)
    inv.process.on_signal(Sig.HUP, Disposition.IGNORE)
    await _from_terminal(inv)
    return await run_command(inv, given.words)


async def _from_terminal(inv: Invocation) -> None:
    """Turn input and output away from a terminal, and say so (nohup(1))."""
    fds = inv.process.fds
    ignores = tty_of(fds.get(0)) is not None
    if ignores:
        inv.process.open_fd(0, Null())
    appends = tty_of(fds.get(1)) is not None
    if appends:
        output = inv.files.open("nohup.out", inv.process.caller, append=True, create=True)
        inv.process.open_fd(1, output)
    said = ["ignoring input"] * ignores + ["appending output to 'nohup.out'"] * appends
    if said:
        await inv.error(" and ".join(said))
    if tty_of(fds.get(2)) is not None:
        inv.process.open_fd(2, inv.process.fd(1))


async def nice(inv: Invocation) -> int:
    """``nice [-n N] COMMAND…``, ``ionice …``, ``stdbuf …``: the command alone is modelled."""
    given = await options(inv, "", "nicoe", stop_early=True)
    return await run_command(inv, given.words) if given.words else 0


def _taken_signal(inv: Invocation) -> int:
    """Take ``-HUP`` or ``-9`` off the words of ``pkill``; returns its number, or TERM's."""
    for word in inv.args if inv.name == "pkill" else ():
        if re.fullmatch(r"-(SIG)?([A-Z][A-Z0-9+-]*|\d+)", word):
            number = parse(word[1:])
            if number is not None:
                inv.argv.remove(word)
                return number
    return int(Sig.TERM)


async def pgrep(inv: Invocation) -> int:
    """``pgrep``/``pkill [-SIGNAL] [-fxnovlac] [-u USER] [-P PPID] [-g PGID] PATTERN``."""
    number = _taken_signal(inv)
    given = await options(
        inv, "fxnovlace", "uUPgsd", long=("full:f", "exact:x", "oldest:o", "newest:n", "count:c",
                                          "signal=", "list-full:a", "list-name:l", "parent=:P")
    )  # fmt: skip
    if "signal" in given:
        number = parse(given.values["signal"]) or number
    if not given.words and not any(key in given for key in "uPgs"):
        await inv.stderr.write(f"{inv.name}: no matching criteria specified\n")
        return 2
    try:
        pattern = re.compile(given.words[0] if given.words else "")
    except re.error:
        return await inv.error("invalid regular expression", 2)
    hits = []
    for process in inv.machine.processes:
        hit = _hit(inv, given.values, pattern, process, full="f" in given, exact="x" in given)
        if process is not inv.process and hit != ("v" in given):
            hits.append(process)
    if hits and ("o" in given or "n" in given):
        hits = [hits[0] if "o" in given else hits[-1]]
    if inv.name == "pkill":
        return await _signal_all(inv, hits, number)
    if "c" in given:
        await inv.print(str(len(hits)))
        return int(not hits)
    for process in hits:
        shown = {"l": process.comm, "a": command_of(process)}
        names = [text for flag, text in shown.items() if flag in given]
        await inv.print(" ".join([str(process.pid), *names]))
    return int(not hits)


def _hit(
    inv: Invocation,
    values: dict[str, str],
    pattern: re.Pattern[str],
    process: Process,
    *,
    full: bool,
    exact: bool,
) -> bool:
    text = " ".join(process.argv) if full and process.alive else process.comm
    if not (pattern.fullmatch(text) if exact else pattern.search(text)):
        return False
    if "P" in values and str(process.ppid) not in values["P"].split(","):
        return False
    if "g" in values and str(process.pgid) not in values["g"].split(","):
        return False
    users = inv.machine.users
    wanted = values.get("u", values.get("U"))
    return (
        wanted is None
        or str(process.uid) in wanted.split(",")
        or (users.name_of(process.uid) in wanted.split(","))
    )


async def _signal_all(inv: Invocation, hits: list[Process], number: int) -> int:
    reached = 0
    for process in hits:
        try:
            inv.machine.processes.kill(process.pid, number, inv.process)
            reached += 1
        except OSError as error:
            await inv.error(f"killing pid {process.pid} failed: {words_of(error)}")
    return int(reached == 0)


async def kill(inv: Invocation) -> int:
    """``kill [-SIGNAL | -s SIGNAL] PID…``, ``kill -l``."""
    words = inv.args
    number: int | None = int(Sig.TERM)
    if words and words[0] == "-l":
        await inv.print(" ".join(name_of(n) for n in range(1, 32)))
        return 0
    if words and words[0] == "-s" and len(words) > 1:
        number = parse(words[1])
        words = words[2:]
    elif words and words[0].startswith("-") and words[0] != "--":
        number = parse(words[0][1:])
        words = words[1:]
    if number is None:
        await inv.fail("unknown signal")
    status = 0
    for word in words:
        if word == "--":
            continue
        if not word.lstrip("-").isdigit():
            status = await inv.error(f"failed to parse argument: '{word}'")
            continue
        try:
            inv.machine.processes.kill(int(word), number, inv.process)
        except OSError as error:
            status = await inv.error(f"({word}): {words_of(error)}")
    await inv.sleep(0)
    return status


async def xargs(inv: Invocation) -> int:
    """``xargs [-0rt] [-n N] [-I STR] [COMMAND…]``."""
    given = await options(
        inv, "0rt", "nIPLd", long=("null:0", "no-run-if-empty:r"), stop_early=True
    )
    text = (await inv.stdin.read_all()).decode("utf-8", "surrogateescape")
    if "0" in given:
        items = text.split("\0")
    elif "I" in given:
        items = [line.strip() for line in text.split("\n")]
    else:
        items = shlex.split(text)
    items = [item for item in items if item] if "0" in given or "I" in given else items
    command = given.words or ["echo"]
    if "I" in given:
        batches = [[word.replace(given.values["I"], item) for word in command] for item in items]
    else:
        size = int(given.values.get("n", "5000"))
        groups = [items[i : i + size] for i in range(0, len(items), size)]
        batches = [[*command, *group] for group in groups]
        if not items and "r" not in given:
            batches = [command]
    status = 0
    for argv in batches:
        try:
            result = await inv.spawn(argv).wait()
        except OSError as error:
            raise Exit(await inv.error(f"{argv[0]}: {words_of(error)}", 127)) from None
        if result == 255:
            return await inv.error(f"{argv[0]}: exited with status 255; aborting", 124)
        status = 123 if result else status
    return status


PROGRAMS: dict[str, Program] = {
    "env": env, "setsid": setsid, "nohup": nohup, "nice": nice, "ionice": nice, "stdbuf": nice,
    "pgrep": pgrep, "pkill": pgrep, "kill": kill, "xargs": xargs,
}  # fmt: skip
