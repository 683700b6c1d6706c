"""``timeout``: a command that may not take longer (GNU coreutils)."""

from __future__ import annotations

import asyncio
import errno

from ..errors import words_of
from ..invocation import Invocation, Program
from ..process import Process
from ..signals import Sig, parse
from ..tty import tty_of
from .options import options, usage
from .times import duration


async def timeout(inv: Invocation) -> int:
    """``timeout [-s SIGNAL] [-k SECONDS] [--foreground] [--preserve-status] SECONDS COMMAND…``."""
    given = await options(
        inv, "v", "sk", long=("signal=:s", "kill-after=:k", "foreground", "preserve-status"),
        stop_early=True,
    )  # fmt: skip
    if len(given.words) < 2:
        await usage(inv, "missing operand", 125)
    limit = duration(given.words[0])
    number = parse(given.values.get("s", "TERM"))
    grace = duration(given.values.get("k", "0"))
    if limit is None or grace is None:
        await usage(inv, f"invalid time interval '{given.words[0]}'", 125)
    if number is None:
        await usage(inv, f"'{given.values['s']}': invalid signal", 125)
    tty = tty_of(inv.process.fds.get(0))
    in_foreground = tty is not None and tty.foreground == inv.process.pgid
    leads = in_foreground or inv.process.pgid == inv.process.pid
    if "foreground" not in given and not leads:
        # As GNU timeout does, so that a signal reaches the command and its children.
        inv.process.pgid = inv.process.pid
    try:
        child = inv.spawn(given.words[1:])
    except OSError as error:
        await inv.error(f"failed to run command '{given.words[1]}': {words_of(error)}")
        return 127 if error.errno == errno.ENOENT else 126
    return await _limited(inv, child, limit, grace, number, preserve="preserve-status" in given)


async def _limited(
    inv: Invocation, child: Process, limit: float, grace: float, number: int, *, preserve: bool
) -> int:
    """Wait for a command, and end it when its time is over; 0 s are no limit."""
    for forwarded in (Sig.TERM, Sig.INT, Sig.HUP):
        inv.process.on_signal(forwarded, child.signal)
    loop = asyncio.get_running_loop()
    struck: list[int] = []

    def strike(signal: int) -> None:
        struck.append(signal)
        child.signal(signal)
        child.signal(Sig.CONT)

    timers = [loop.call_later(limit, strike, number)] if limit else []
    if limit and grace:
        timers.append(loop.call_later(limit + grace, strike, Sig.KILL))
    try:
        status = await child.wait()
    finally:
        for timer in timers:
            timer.cancel()
    if Sig.KILL in struck:
        # So that its caller sees what a killed command looks like, as GNU timeout does.
        inv.process.signal(Sig.KILL)
        await inv.sleep(0)
    return 124 if struck and not preserve else status


PROGRAMS: dict[str, Program] = {"timeout": timeout}
