"""``ping`` and ``arping``: asking other machines."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from haconsole.demo.system.interrupts import until_interrupted
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.process import Exit

from .stack import Stack


def _options(args: list[str], valued: str) -> tuple[dict[str, str], list[str]]:
    """Sort short options; those in ``valued`` take a value, joined or as the next word."""
    found: dict[str, str] = {}
    words: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word[:1] != "-" or len(word) < 2:
            words.append(word)
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in valued:
                found[letter] = letters or (rest.pop(0) if rest else "")
                break
            found[letter] = ""
    return found, words


@dataclass
class _Counts:
    """What was sent, and what was answered."""

    sent: int = 0
    got: int = 0


def ping(stack: Stack) -> Program:
    """Return ``ping`` (iputils): ``-c``, ``-W``, ``-w``, ``-i``, ``-q``, ``-n``, ``-I``."""

    async def run(call: Invocation) -> int:
        options, words = _options(call.args, "cWwiIst")
        if not words:
            return await call.error("usage error: Destination address required")
        address = words[0]
        count = int(options.get("c") or 0)
        wait, pause = float(options.get("W") or 10), float(options.get("i") or 1)
        quiet = "q" in options
        await call.print(f"PING {address} ({address}) 56(84) bytes of data.")
        counts = _Counts()
        began = stack.now

        async def send() -> None:
            while not count or counts.sent < count:
                counts.sent += 1
                try:
                    async with asyncio.timeout(wait):
                        seconds = await stack.ping(address)
                    counts.got += 1
                    if not quiet:
                        await call.print(f"64 bytes from {address}: icmp_seq={counts.sent} ttl=64 "
                                         f"time={seconds * 1000:.3f} ms")  # fmt: skip
                except TimeoutError:
                    pass
                except OSError as error:
                    if error.errno in (1, 101):
                        raise Exit(await call.error(f"connect: {error.strerror}", 2)) from None
                    await call.print(f"From {stack.source_for(address)} icmp_seq={counts.sent} "
                                     "Destination Host Unreachable")  # fmt: skip
                if counts.sent != count:
                    await call.sleep(pause)

        await until_interrupted(call, send())
        sent, got = counts.sent, counts.got
        lost = round(100 * (sent - got) / sent)
        took = round((stack.now - began) * 1000)
        await call.print(f"\n--- {address} ping statistics ---\n{sent} packets transmitted, "
                         f"{got} received, {lost}% packet loss, time {took}ms")  # fmt: skip
        return 0 if got else 1

    return run


def arping(stack: Stack) -> Program:
    """Return ``arping`` (iputils): asking who has an address, or with ``-U``/``-A`` telling."""

    async def run(call: Invocation) -> int:
        options, words = _options(call.args, "cwIs")
        if call.uid != 0:
            return await call.error("socket: Operation not permitted", 2)
        if not words:
            return await call.error("usage error: Destination address required", 2)
        address, count, quiet = words[0], int(options.get("c") or 1), "q" in options
        name = options.get("I") or stack.nic.name
        if stack.nic_named(name) is None:
            return await call.error(f"Device {name} not available.", 2)
        if not stack.nic.up:
            return await call.error(f'Interface "{name}" is down', 2)
        if not quiet:
            source = stack.source_for(address) or address
            await call.print(f"ARPING {address} from {source} {name}")
        if "U" in options or "A" in options:
            for number in range(count):
                stack.announce(address)
                if number + 1 < count:
                    await call.sleep(1)
            return 0
        answered = await _ask_who_has(call, stack, address, count, quiet=quiet)
        # Duplicate address detection (-D): an answer is what was not wanted.
        return 1 - answered if "D" in options else answered

    return run


async def _ask_who_has(
    call: Invocation, stack: Stack, address: str, count: int, *, quiet: bool
) -> int:
    got = 0
    for number in range(count):
        await call.sleep(0.0005)
        answering = [s for s in stack.wire.hearers(stack) if s.owns(address)]
        macs = [s.nic.mac for s in answering if s.wire.carries(s, stack)]
        got += len(macs)
        for mac in () if quiet else macs:
            await call.print(f"Unicast reply from {address} [{mac.upper()}]  0.650ms")
        if number + 1 < count or not macs:
            await call.sleep(1)
    if not quiet:
        await call.print(f"Sent {count} probes ({count} broadcast(s))\nReceived {got} response(s)")
    return 0 if got else 1
