"""``ping``, ``arping`` and ``curl``: asking other machines."""

from __future__ import annotations

import asyncio

from haconsole.demo.system.invocation import Invocation, Program

from .http import Response, Url, exchange
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
        sent = got = 0
        began = stack.now
        while not count or sent < count:
            sent += 1
            try:
                async with asyncio.timeout(wait):
                    seconds = await stack.ping(address)
                got += 1
                if not quiet:
                    await call.print(f"64 bytes from {address}: icmp_seq={sent} ttl=64 "
                                     f"time={seconds * 1000:.3f} ms")  # fmt: skip
            except TimeoutError:
                pass
            except OSError as error:
                if error.errno in (1, 101):
                    return await call.error(f"connect: {error.strerror}", 2)
                await call.print(f"From {stack.source_for(address)} icmp_seq={sent} "
                                 "Destination Host Unreachable")  # fmt: skip
            if sent != count:
                await call.sleep(pause)
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
        return await _ask_who_has(call, stack, address, count, quiet=quiet)

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


_NO_SERVER = "Failed to connect to {host} port {port} after {ms} ms: Couldn't connect to server"
_CURL_WORDS = dict.fromkeys((101, 111, 113), (7, _NO_SERVER))
_LONG = {"--fail": "f", "--silent": "s", "--show-error": "S", "--max-time": "m", "--output": "o",
         "--write-out": "w", "--head": "I", "--header": "H", "--connect-timeout": "C",
         "--include": "i", "--location": "L", "--interface": "F", "--user-agent": "A",
         "--request": "X"}  # fmt: skip


def curl(stack: Stack) -> Program:
    """Return ``curl``: ``-f -s -S -m -o -w -I -i -H -A -X`` and their long names, over http."""

    async def run(call: Invocation) -> int:
        args: list[str] = []
        for word in call.args:
            key, equals, value = word.partition("=")
            args += [f"-{_LONG[key]}", *([value] if equals else [])] if key in _LONG else [word]
        options, words = _options(args, "mowHCAXF")
        if not words:
            return await call.error("try 'curl --help' or 'curl --manual' for more information", 2)
        try:
            url = Url.parse(words[0])
        except ValueError:
            return await _complain(call, options, 3, "URL using bad/illegal format or missing URL")
        host = "127.0.0.1" if url.host == "localhost" else url.host
        method = options.get("X") or ("HEAD" if "I" in options else "GET")
        limit = float(options.get("m") or options.get("C") or 300)
        agent = options.get("A") or "curl/7.88.1"
        began = stack.now
        status = 0
        try:
            async with asyncio.timeout(limit):
                answer = await exchange(
                    stack, host, url.port, (method, url.uri, url.host), {"user-agent": agent}
                )
            status = await _print(call, options, answer)
        except TimeoutError:
            answer = None
            took = round(limit * 1000)
            status = await _complain(call, options, 28,
                f"Connection timed out after {took} milliseconds")  # fmt: skip
        except OSError as error:
            answer = None
            code, text = _CURL_WORDS.get(error.errno or 0, (56, "Recv failure: {why}"))
            took = round((stack.now - began) * 1000)
            text = text.format(host=url.host, port=url.port, why=error.strerror, ms=took)
            status = await _complain(call, options, code, text)
        if "w" in options:
            await call.stdout.write(_written(options["w"], answer, stack.now - began, host))
        return status

    return run


async def _complain(call: Invocation, options: dict[str, str], code: int, text: str) -> int:
    if "s" not in options or "S" in options:
        await call.stderr.write(f"curl: ({code}) {text}\n")
    return code


async def _print(call: Invocation, options: dict[str, str], answer: Response) -> int:
    if "f" in options and answer.status >= 400:
        return await _complain(
            call, options, 22, f"The requested URL returned error: {answer.status}"
        )
    data = b"" if "I" in options else answer.body
    if "I" in options or "i" in options:
        data = answer.head().encode() + data
    target = options.get("o")
    if target is None or target == "-":
        await call.stdout.write(data)
    elif target != "/dev/null":
        call.files.write(target, data, call.process.caller)
    return 0


def _written(form: str, answer: Response | None, seconds: float, host: str) -> str:
    values = {
        "http_code": f"{answer.status if answer else 0:03d}",
        "response_code": f"{answer.status if answer else 0:03d}",
        "time_total": f"{seconds:.6f}",
        "time_connect": f"{min(seconds, 0.000164):.6f}",
        "time_starttransfer": f"{seconds:.6f}",
        "size_download": str(len(answer.body) if answer else 0),
        "remote_ip": host if answer else "",
        "exitcode": "0" if answer else "28",
    }
    for key, value in values.items():
        form = form.replace(f"%{{{key}}}", value)
    return form.replace("\\n", "\n").replace("\\t", "\t").replace("%%", "%")
