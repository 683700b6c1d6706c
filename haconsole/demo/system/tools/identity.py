"""``id``, ``hostname``, ``uname``, ``uptime``, ``which``, ``getconf``, ``free``, …"""

from __future__ import annotations

from ..invocation import Invocation, Program
from ..process import Exit
from ..programs import PATH
from ..sh.printf import echo_text, format_all
from ..sh.testexpr import evaluate
from ..tty import tty_of
from ..users import User
from .options import options
from .times import format_date


async def who(inv: Invocation) -> int:
    """``id [-u | -g | -G] [-n] [USER]``."""
    given = await options(inv, "ugGnr", long=("user:u", "group:g", "groups:G", "name:n"))
    users, context = inv.machine.users, inv.process.context
    user: User | None = users.by_uid(context.uid)
    if given.words:
        user = users.get(given.words[0])
        if user is None:
            return await inv.error(f"'{given.words[0]}': no such user")
    uid, gid = (user.uid, user.gid) if user else (context.uid, context.gid)
    named = "n" in given
    if "u" in given:
        await inv.print(users.name_of(uid) if named else str(uid))
    elif "g" in given or "G" in given:
        gids = [group.gid for group in users.groups_of(user)] if user and "G" in given else [gid]
        await inv.print(" ".join(users.group_of(n) if named else str(n) for n in gids))
    else:
        group = f"{gid}({users.group_of(gid)})"
        every = users.groups_of(user) if user else []
        shown = ",".join(f"{g.gid}({g.name})" for g in every) or group
        await inv.print(f"uid={uid}({users.name_of(uid)}) gid={group} groups={shown}")
    return 0


async def whoami(inv: Invocation) -> int:
    """``whoami``."""
    await inv.print(inv.machine.users.name_of(inv.uid))
    return 0


async def hostname(inv: Invocation) -> int:
    """``hostname [-s | -f | NAME]``."""
    given = await options(inv, "sfiIdAy", long=("short:s", "fqdn:f"))
    if given.words:
        if inv.uid:
            return await inv.error("you must be root to change the host name")
        inv.machine.hostname = given.words[0]
        return 0
    name = inv.machine.hostname
    await inv.print(name.partition(".")[0] if "s" in given else name)
    return 0


async def uname(inv: Invocation) -> int:
    """``uname [-asnrvmo]``."""
    given = await options(inv, "asnrvmpio", long=("all:a", "kernel-release:r", "machine:m"))
    machine = inv.machine
    facts = {"s": "Linux", "n": machine.hostname, "r": machine.kernel, "v": "#1 SMP",
             "m": "x86_64", "o": "GNU/Linux"}  # fmt: skip
    chosen = [c for c in facts if c in given or "a" in given] or ["s"]
    await inv.print(" ".join(facts[c] for c in chosen))
    return 0


async def uptime(inv: Invocation) -> int:
    """``uptime [-s | -p]``."""
    given = await options(inv, "spV", long=("since:s", "pretty:p"))
    machine = inv.machine
    if "s" in given:
        await inv.print(format_date("%F %T", int(machine.boot_at * 1e9)))
        return 0
    minutes = int(machine.uptime // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if "p" in given:
        await inv.print(f"up {days} days, {hours} hours, {minutes % 60} minutes")
        return 0
    up = f"{days} days, " if days else ""
    up += f"{hours}:{minutes % 60:02}" if hours else f"{minutes} min"
    load = ", ".join(f"{value:.2f}" for value in machine.load)
    now = format_date("%T", int(machine.clock() * 1e9))
    await inv.print(f" {now} up {up},  0 users,  load average: {load}")
    return 0


async def which(inv: Invocation) -> int:
    """``which [-a] NAME…``."""
    given = await options(inv, "as")
    status = 0
    for name in given.words:
        found = inv.machine.programs.which(name, inv.env.get("PATH", PATH), inv.process.caller)
        if found is None:
            status = 1
        else:
            await inv.print(found)
    return status


async def getconf(inv: Invocation) -> int:
    """``getconf NAME``."""
    known = {"CLK_TCK": 100, "PAGESIZE": 4096, "PAGE_SIZE": 4096, "ARG_MAX": 2097152,
             "LONG_BIT": 64, "_NPROCESSORS_ONLN": inv.machine.cpus,
             "_NPROCESSORS_CONF": inv.machine.cpus}  # fmt: skip
    if not inv.args or inv.args[0] not in known:
        return await inv.error(f"Unrecognized variable `{inv.args[0] if inv.args else ''}'", 2)
    await inv.print(str(known[inv.args[0]]))
    return 0


async def nproc(inv: Invocation) -> int:
    """``nproc``."""
    await inv.print(str(inv.machine.cpus))
    return 0


async def free(inv: Invocation) -> int:
    """``free [-b | -k | -m | -h]``."""
    given = await options(inv, "bkmghtw")
    unit = 1024 if "m" in given else 1 << 20 if "g" in given else 1
    total = inv.machine.memory_kib
    numbers = [total, total // 4, total // 2, 0, total // 4, total * 3 // 4]
    heads = ["total", "used", "free", "shared", "buff/cache", "available"]
    await inv.print(" " * 7 + "".join(f"{head:>12}" for head in heads).removeprefix(" "))
    await inv.print("Mem:   " + "".join(f"{n // unit:>12}" for n in numbers).removeprefix(" "))
    await inv.print("Swap:  " + f"{0:>12}{0:>12}{0:>12}".removeprefix(" "))
    return 0


async def logger(inv: Invocation) -> int:
    """``logger [-t TAG] [-p FACILITY.LEVEL] [-s] [TEXT…]``: a line for the host's log."""
    given = await options(inv, "sie", "tpf", long=("tag=:t", "priority=:p"))
    tag = given.values.get("t", inv.machine.users.name_of(inv.uid))
    priority = given.values.get("p", "user.notice")
    texts = [" ".join(given.words)]
    if not given.words:
        texts = (await inv.stdin.read_all()).decode("utf-8", "surrogateescape").splitlines()
    for text in texts:
        inv.machine.log(priority, tag, text)
        if "s" in given:
            await inv.stderr.write(f"{tag}: {text}\n")
    return 0


async def echo(inv: Invocation) -> int:
    """``echo [-n] [WORD…]`` as a program."""
    await inv.stdout.write(echo_text(inv.args))
    return 0


async def printf(inv: Invocation) -> int:
    """``printf FORMAT [WORD…]`` as a program."""
    output, problems = format_all(inv.args)
    for problem in problems:
        await inv.error(problem)
    if output:
        await inv.stdout.write(output)
    return int(bool(problems))


async def test(inv: Invocation) -> int:
    """``test EXPRESSION`` and ``[ EXPRESSION ]`` as programs."""
    words = inv.args
    if inv.name == "[":
        if not words or words[-1] != "]":
            return await inv.error("missing ']'", 2)
        words = words[:-1]
    try:
        return int(not evaluate(words, inv.files, inv.process.caller))
    except ValueError as error:
        return await inv.error(str(error), 2)


async def true(inv: Invocation) -> int:
    """``true``."""
    return 0


async def sync(inv: Invocation) -> int:
    """``sync [-df] [FILE…]``."""
    given = await options(inv, "df", long=("data:d", "file-system:f"))
    status = 0
    for path in given.words:
        if not inv.files.exists(path, inv.process.caller):
            status = await inv.error(f"error opening '{path}': No such file or directory")
    return status


async def false(inv: Invocation) -> int:
    """``false``."""
    return 1


async def pwd(inv: Invocation) -> int:
    """``pwd``."""
    await inv.print(inv.cwd)
    return 0


async def printenv(inv: Invocation) -> int:
    """``printenv [NAME…]``."""
    if not inv.args:
        await inv.stdout.write("".join(f"{n}={v}\n" for n, v in inv.env.items()))
        return 0
    for name in inv.args:
        if name in inv.env:
            await inv.print(inv.env[name])
    return int(not all(name in inv.env for name in inv.args))


async def tty(inv: Invocation) -> int:
    """``tty``: the terminal's name, if standard input is one."""
    terminal = tty_of(inv.process.fds.get(0))
    if terminal is not None:
        await inv.print(terminal.name)
        return 0
    await inv.print("not a tty")
    raise Exit(1)


async def yes(inv: Invocation) -> int:
    """``yes [WORD…]``: until nobody reads."""
    line = (" ".join(inv.args) or "y") + "\n"
    while True:
        await inv.stdout.write(line * 512)


PROGRAMS: dict[str, Program] = {
    "id": who, "whoami": whoami, "hostname": hostname, "uname": uname, "uptime": uptime,
    "which": which, "getconf": getconf, "nproc": nproc, "free": free, "logger": logger,
    "echo": echo, "printf": printf, "test": test, "[": test, "true": true, "false": false,
    "sync": sync, "pwd": pwd, "printenv": printenv, "tty": tty, "yes": yes,
}  # fmt: skip
