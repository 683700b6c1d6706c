"""``curl``: asking over http, with its words and exit statuses (curl 7.88)."""

from __future__ import annotations

import asyncio
import posixpath
from urllib.parse import unquote

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation, Program

from .http import Response, Url
from .resolving import ResolveError, ask, resolve
from .stack import Stack

#: curl(1), "Exit codes".
_MALFORMED, _RESOLVE, _CONNECT, _WRITE, _TIMEOUT, _HTTP, _RECEIVE = 3, 6, 7, 23, 28, 22, 56
_NO_SERVER = "Failed to connect to {host} port {port} after {ms} ms: Couldn't connect to server"
_UNREACHED = (101, 111, 113)
_LONG = {"fail": "f", "silent": "s", "show-error": "S", "max-time": "m", "output": "o",
         "write-out": "w", "head": "I", "header": "H", "connect-timeout": "W", "include": "i",
         "location": "L", "interface": "F", "user-agent": "A", "request": "X", "remote-name": "O",
         "retry": "r", "continue-at": "C", "output-dir": "D", "insecure": "k", "version": "V",
         "retry-delay": "x", "retry-connrefused": "y", "create-dirs": "c", "noproxy": "x",
         "proto": "x", "max-redirs": "x", "no-progress-meter": "n", "fail-with-body": "f",
         "url": "U", "speed-limit": "x", "speed-time": "x", "ipv4": "4"}  # fmt: skip
_VALUED = frozenset("mowHWAXFrCDxU")
_FLAGS = frozenset("fsSIiLOkVycnv46N#")


def parse(args: list[str]) -> tuple[dict[str, str], list[str], str]:
    """Return options by letter, URLs, and the option that is none (``""``)."""
    found: dict[str, str] = {}
    words, rest = list[str](), list(args)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            letter = _LONG.get(name)
            if letter is None:
                return found, words, word
            found[letter] = "" if letter not in _VALUED else (
                value if equals else rest.pop(0) if rest else "")  # fmt: skip
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter not in _VALUED and letter not in _FLAGS:
                    return found, words, f"-{letter}"
                if letter in _VALUED:
                    found[letter] = letters or (rest.pop(0) if rest else "")
                    break
                found[letter] = ""
        else:
            words.append(word)
    if "U" in found:
        words.append(found["U"])
    return found, words, ""


def curl(stack: Stack) -> Program:
    """Return the program: ``-f -s -S -m -o -O -w -I -i -H -A -X -L -C --retry`` and more."""

    async def run(call: Invocation) -> int:
        options, words, unknown = parse(call.args)
        if unknown:
            await call.stderr.write(
                f"curl: option {unknown}: is unknown\n"
                "curl: try 'curl --help' or 'curl --manual' for more information\n"
            )
            return 2
        if "V" in options:
            await call.print("curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1")
            return 0
        if not words:
            return await call.error("try 'curl --help' or 'curl --manual' for more information", 2)
        status = 0
        for word in words:
            status = await _Transfer(call, stack, options, word).run()
        return status

    return run


class _Transfer:
    def __init__(self, call: Invocation, stack: Stack, options: dict[str, str], word: str) -> None:
        self._call, self._stack, self._options, self._word = call, stack, options, word
        self._host = ""

    async def run(self) -> int:
        began = self._stack.now
        status, answer = await self._attempt()
        for number in range(int(self._options.get("r") or 0)):
            refused = status == _CONNECT and "y" in self._options
            passing = answer is not None and answer.status >= 500
            if not (status == _TIMEOUT or refused or passing):
                break
            await self._call.sleep(2.0**number)
            status, answer = await self._attempt()
        if "w" in self._options:
            took = self._stack.now - began
            await self._call.stdout.write(
                written(self._options["w"], answer, took, self._host, status)
            )
        return status

    async def _attempt(self) -> tuple[int, Response | None]:
        scheme, marked, rest = self._word.partition("://")
        if marked and scheme == "file":
            return await self._local(unquote(rest.partition("/")[1] + rest.partition("/")[2]))
        try:
            url = Url.parse(self._word)
        except ValueError:
            text = "URL using bad/illegal format or missing URL"
            return await self._complain(_MALFORMED, text), None
        if marked and scheme == "https":
            url = Url(url.host, 443 if url.port == 80 else url.port, url.uri)
        method = self._options.get("X") or ("HEAD" if "I" in self._options else "GET")
        limits = [float(self._options[key]) for key in "mW" if self._options.get(key)]
        limit, began = min(limits, default=300.0), self._stack.now
        headers = {"user-agent": self._options.get("A") or "curl/7.88.1"}
        try:
            async with asyncio.timeout(limit):
                self._host = resolve(self._call.files, url.host)
                answer = await ask(self._call.files, self._stack, url, method, headers)
        except ResolveError:
            return await self._complain(_RESOLVE, f"Could not resolve host: {url.host}"), None
        except TimeoutError:
            text = f"Connection timed out after {round(limit * 1000)} milliseconds"
            return await self._complain(_TIMEOUT, text), None
        except OSError as error:
            took = round((self._stack.now - began) * 1000)
            code, text = _RECEIVE, f"Recv failure: {error.strerror}"
            if error.errno in _UNREACHED:
                code, text = _CONNECT, _NO_SERVER.format(host=url.host, port=url.port, ms=took)
            return await self._complain(code, text), None
        return await self._print(answer, url), answer

    async def _local(self, path: str) -> tuple[int, Response | None]:
        try:
            data = self._call.files.read(path, self._call.process.caller)
        except OSError:
            return await self._complain(37, f"Couldn't open file {path}"), None
        answer = Response(200, data)
        return await self._print(answer, Url("", 0, path)), answer

    async def _complain(self, code: int, text: str) -> int:
        if "s" not in self._options or "S" in self._options:
            await self._call.stderr.write(f"curl: ({code}) {text}\n")
        return code

    async def _print(self, answer: Response, url: Url) -> int:
        options = self._options
        if "f" in options and answer.status >= 400:
            return await self._complain(_HTTP, f"The requested URL returned error: {answer.status}")
        data = b"" if "I" in options else answer.body
        if "I" in options or "i" in options:
            data = answer.head().encode() + data
        target = options.get("o")
        if target is None and "O" in options:
            target = posixpath.basename(url.uri.partition("?")[0])
            if not target:
                return await self._complain(_WRITE, "Failed writing body")
        if target is None or target == "-":
            await self._call.stdout.write(data)
            return 0
        target = posixpath.join(options.get("D", ""), target)
        try:
            if "c" in options:
                folder = posixpath.dirname(target) or "."
                self._call.files.mkdir(folder, self._call.process.caller, parents=True)
            if target != "/dev/null":
                self._call.files.write(target, data, self._call.process.caller)
        except OSError as error:
            if "s" not in options or "S" in options:
                await self._call.stderr.write(
                    f"Warning: Failed to open the file {target}: {words_of(error)}\n"
                )
            return await self._complain(_WRITE, "Failure writing output to destination")
        return 0


def written(form: str, answer: Response | None, seconds: float, host: str, status: int) -> str:
    """Return what ``-w`` prints. ``seconds``: how long it all took."""
    values = {
        "http_code": f"{answer.status if answer else 0:03d}",
        "response_code": f"{answer.status if answer else 0:03d}",
        "time_total": f"{seconds:.6f}",
        "time_connect": f"{min(seconds, 0.000164):.6f}",
        "time_starttransfer": f"{seconds:.6f}",
        "size_download": str(len(answer.body) if answer else 0),
        "remote_ip": host if answer else "",
        "exitcode": str(status),
    }
    for key, value in values.items():
        form = form.replace(f"%{{{key}}}", value)
    return form.replace("\\n", "\n").replace("\\t", "\t").replace("%%", "%")
