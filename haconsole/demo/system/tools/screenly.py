"""What people type at a terminal: ``clear``, ``stty``, ``tput``, ``less``, ``more``, ``watch``."""

from __future__ import annotations

import asyncio

from ..interrupts import until_interrupted
from ..invocation import Invocation, Program
from ..streams import make_pipe
from ..tty import Tty, tty_of, width_of
from .inputs import contents
from .options import Options, options

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
_CAPABILITIES = {
    "clear": _CLEAR, "bold": "\x1b[1m", "sgr0": "\x1b(B\x1b[m", "rev": "\x1b[7m",
    "reset": "\x1bc", "smul": "\x1b[4m", "rmul": "\x1b[24m", "el": "\x1b[K", "ed": "\x1b[J",
}  # fmt: skip
_ALTERNATE, _MAIN = "\x1b[?1049h\x1b[H\x1b[2J", "\x1b[?1049l"
#: Editors and viewers that are not modelled, and what to take instead.
_INSTEAD = {
    "vi": "nano", "vim": "nano", "emacs": "nano", "ed": "nano", "top": "ps aux", "htop": "ps aux",
}  # fmt: skip


def _terminal(inv: Invocation) -> Tty | None:
    return tty_of(inv.process.fds.get(1)) or tty_of(inv.process.fds.get(0))


async def clear(inv: Invocation) -> int:
    """``clear``, ``reset``: an empty screen."""
    await inv.stdout.write("\x1bc" if inv.name == "reset" else _CLEAR)
    return 0


async def stty(inv: Invocation) -> int:
    """``stty [size | -a | sane | echo | -echo]``."""
    tty = tty_of(inv.process.fds.get(0))
    if tty is None:
        return await inv.error("'standard input': Inappropriate ioctl for device")
    for word in inv.args or ["-a"]:
        if word == "size":
            await inv.print(f"{tty.lines} {tty.columns}")
        elif word in ("echo", "-echo", "sane"):
            tty.echoes = word != "-echo"
        elif word == "-a":
            await inv.print(f"speed 38400 baud; rows {tty.lines}; columns {tty.columns}; line = 0;")
            await inv.print("intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; werase = ^W;")
            await inv.print(f"icrnl opost onlcr isig icanon {'' if tty.echoes else '-'}echo")
        else:
            return await inv.error(f"invalid argument '{word}'")
    return 0


async def tput(inv: Invocation) -> int:
    """``tput cols | lines | clear | bold | sgr0 | …``."""
    tty = _terminal(inv)
    for word in inv.args[:1]:
        if word in ("cols", "lines"):
            size = (80, 24) if tty is None else (tty.columns, tty.lines)
            await inv.print(str(size[word == "lines"]))
        elif word in _CAPABILITIES:
            await inv.stdout.write(_CAPABILITIES[word])
        else:
            return await inv.error(f"unknown terminfo capability '{word}'", 4)
    return 0


async def pager(inv: Invocation) -> int:
    """``less``, ``more`` ``[FILE…]``: a page at a time; space, Enter, b, g, G, q."""
    given = await options(inv, "RSFXNeifrnsMm")
    found, status = await contents(inv, given.words)
    data = b"".join(content for _, content in found)
    screen = tty_of(inv.process.fds.get(1))
    keys = tty_of(inv.process.fds.get(2)) or tty_of(inv.process.fds.get(0))
    if screen is None or keys is None:
        await inv.stdout.write(data)
        return status
    text = data.decode("utf-8", "replace").expandtabs(8)
    rows = [part for line in text.splitlines() for part in _folded(line, screen.columns)]
    if len(rows) < screen.lines:
        await inv.stdout.write("".join(f"{row}\n" for row in rows))
        return status
    await inv.stdout.write(_ALTERNATE)
    try:
        with keys.keys():
            await _turn_pages(inv, rows, screen, keys)
    finally:
        await inv.stdout.write(_MAIN)
    return status


async def _turn_pages(inv: Invocation, rows: list[str], screen: Tty, keys: Tty) -> None:
    top = 0
    while True:
        page = max(1, screen.lines - 1)
        last = max(0, len(rows) - page)
        top = max(0, min(top, last))
        mark = "(END)" if top == last else ":"
        shown = "\r\n".join(rows[top : top + page])
        await inv.stdout.write(f"\x1b[H\x1b[2J{shown}\x1b[{screen.lines};1H\x1b[7m{mark}\x1b[m")
        key = (await keys.read(64)).decode("utf-8", "replace")
        steps = {
            " ": page, "f": page, "\x1b[6~": page, "b": -page, "\x1b[5~": -page, "g": -len(rows),
            "G": len(rows), "k": -1, "y": -1, "\x1b[A": -1, "\x1bOA": -1, "\r": 1, "\n": 1,
            "j": 1, "e": 1, "\x1b[B": 1, "\x1bOB": 1,
        }  # fmt: skip
        if not key or key[0] in "qQ\x03":
            return
        top += steps.get(key, 0)


def _folded(line: str, columns: int) -> list[str]:
    """Break a line where the screen ends; controls are shown as less(1) does."""
    rows, row, used = [], "", 0
    for letter in line:
        shown = letter if letter.isprintable() else f"^{chr(ord(letter) ^ 0x40)}"
        wide = sum(map(width_of, shown))
        if used + wide > columns:
            rows.append(row)
            row, used = "", 0
        row, used = row + shown, used + wide
    return [*rows, row]


async def watch(inv: Invocation) -> int:
    """``watch [-n SECONDS] [-t] COMMAND…``: again and again, until Ctrl-C."""
    given = await options(inv, "tdegcx", "n", long=("interval=:n", "no-title:t"), stop_early=True)
    screen = tty_of(inv.process.fds.get(1))
    if not given.words:
        return await inv.error("missing command")
    if screen is None:
        return await inv.error("standard output is no terminal")
    seconds = max(0.1, float(given.values.get("n", "2")))
    command = " ".join(given.words)
    await inv.stdout.write(_ALTERNATE)
    await until_interrupted(inv, _again_and_again(inv, command, seconds, screen, given))
    await inv.stdout.write(_MAIN)
    return 0


async def _again_and_again(
    inv: Invocation, command: str, seconds: float, screen: Tty, given: Options
) -> None:
    while True:
        reader, writer = make_pipe()
        reader.share()
        child = inv.spawn(["sh", "-c", command], fds={0: inv.process.fd(0), 1: writer, 2: writer})
        parts = []
        while data := await reader.read():
            parts.append(data)
        reader.release()
        await child.wait()
        head = "" if "t" in given else f"Every {seconds:.1f}s: {command}\r\n\r\n"
        lines = b"".join(parts).decode("utf-8", "replace").expandtabs(8).splitlines()
        rows = [_folded(line, screen.columns)[0] for line in lines[: screen.lines - 3]]
        await inv.stdout.write("\x1b[H\x1b[2J" + head + "\r\n".join(rows))
        await asyncio.sleep(seconds)


async def instead(inv: Invocation) -> int:
    """Say that a program is not here, and which is."""
    other = _INSTEAD[inv.name]
    await inv.stderr.write(f"{inv.name}: not on the demo's hosts; {other} is.\n")
    return 127


PROGRAMS: dict[str, Program] = {
    "clear": clear, "reset": clear, "stty": stty, "tput": tput, "less": pager, "more": pager,
    "watch": watch, **dict.fromkeys(_INSTEAD, instead),
}  # fmt: skip
