"""``wget``: fetching a file, with its lines and exit statuses (wget 1.21)."""

from __future__ import annotations

import asyncio
import posixpath
from datetime import UTC, datetime

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.tools.options import options

from .http import Response, Url
from .resolving import ResolveError, ask, resolve
from .stack import Stack

#: wget(1), "Exit Status": file I/O, network, and a server's error.
_IO, _NETWORK, _SERVER = 3, 4, 8
_FLAGS = "qcnvSN"
_LONG = ("quiet:q", "output-document=:O", "no-verbose:nv", "tries=:t", "timeout=:T", "continue:c",
         "directory-prefix=:P", "no-check-certificate", "spider", "connect-timeout=:T",
         "read-timeout=", "show-progress", "progress=", "user-agent=:U", "timestamping:N",
         "no-hsts", "retry-connrefused", "waitretry=")  # fmt: skip


def wget(stack: Stack) -> Program:
    """Return the program: ``-q -nv -O -P -t -T -c --spider``."""

    async def run(call: Invocation) -> int:
        call.argv = [call.argv[0], *("--no-verbose" if w == "-nv" else w for w in call.args)]
        given = await options(call, _FLAGS, "OtTPU", long=_LONG)
        if not given.words:
            await call.stderr.write("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n")
            return 1
        level = 0 if "q" in given else 1 if "nv" in given else 2
        fetching = _Fetching(call, stack, given.values, level, spider="spider" in given)
        return max([await fetching.one(address) for address in given.words])

    return run


class _Fetching:
    def __init__(
        self, call: Invocation, stack: Stack, values: dict[str, str], level: int, *, spider: bool
    ) -> None:
        self._call, self._stack, self._values = call, stack, values
        self._level, self._spider = level, spider

    async def one(self, address: str) -> int:
        if "://" not in address:
            address = f"http://{address}"
        url = Url.parse(address)
        await self._say(f"--{self._now()}--  {address}")
        if not address.startswith(("http://", "https://")):
            await self._say(f"{address}: Unsupported scheme.", level=1)
            return 1
        where = url.host if url.host.replace(".", "").isdigit() else f"{url.host} ({url.host})"
        try:
            ip = resolve(self._call.files, url.host)
        except ResolveError:
            why = "Temporary failure in name resolution"
            await self._say(f"Resolving {where}... failed: {why}.")
            await self._say(f"wget: unable to resolve host address '{url.host}'", level=1)
            return _NETWORK
        if address.startswith("https://"):
            await self._say(f"{address}: HTTPS support not compiled in.", level=1)
            return 1
        if where != url.host:
            await self._say(f"Resolving {where}... {ip}")
            where = f"{where}|{ip}|"
        line = f"Connecting to {where}:{url.port}... "
        tries = int(self._values.get("t", "20") or 20)
        for number in range(1, max(1, tries) + 1):
            try:
                async with asyncio.timeout(float(self._values.get("T", "900"))):
                    answer = await ask(self._call.files, self._stack, url)
            except TimeoutError:
                await self._say(f"{line}failed: Connection timed out.", level=1)
                if number < tries:
                    await self._say("Retrying.\n")
                continue
            except OSError as error:
                await self._say(f"{line}failed: {words_of(error)}.", level=1)
                return _NETWORK
            await self._say(f"{line}connected.")
            return await self._answered(address, url, answer)
        await self._say("Giving up.\n")
        return _NETWORK

    async def _answered(self, address: str, url: Url, answer: Response) -> int:
        await self._say(f"HTTP request sent, awaiting response... {answer.status} {answer.reason}")
        if answer.status != 200:
            if self._level == 1:
                await self._say(f"{address}:", level=1)
            await self._say(f"{self._now()} ERROR {answer.status}: {answer.reason}.\n", level=1)
            return _SERVER
        size = len(answer.body)
        await self._say(f"Length: {size} ({size / 1024:.0f}K) [{answer.content_type}]")
        name = self._values.get("O") or posixpath.basename(url.uri) or "index.html"
        if "P" in self._values and "O" not in self._values:
            name = posixpath.join(self._values["P"], name)
        if self._spider:
            await self._say("Remote file exists.\n")
            return 0
        if name == "-":
            await self._call.stdout.write(answer.body)
            return 0
        try:
            self._call.files.write(name, answer.body, self._call.process.caller)
        except OSError as error:
            await self._say(f"{name}: {words_of(error)}", level=1)
            if self._level:
                await self._say(f"\nCannot write to '{name}' ({words_of(error)}).", level=1)
            return _IO
        await self._say(f"Saving to: '{name}'\n\n     0K {'.' * 10}  100% 20.0M=0.01s\n")
        if self._level == 1:
            text = f'{self._now()} URL:{address} [{size}/{size}] -> "{name}" [1]'
            await self._say(text, level=1)
        else:
            await self._say(f"{self._now()} (20.0 MB/s) - '{name}' saved [{size}/{size}]\n")
        return 0

    def _now(self) -> str:
        return datetime.fromtimestamp(self._call.machine.clock(), UTC).strftime("%Y-%m-%d %H:%M:%S")

    async def _say(self, text: str, level: int = 2) -> None:
        if self._level >= level:
            await self._call.stderr.write(f"{text}\n")
