"""``apt-get update``: fetching the lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation
from haconsole.demo.world.http import Response

from .aptwords import AptWords
from .managing import LISTS_LOCK, Packages
from .solving import size_words
from .sources import FetchError, Source, apt_sources, fetch

#: apt tries three times more and waits in between (Acquire::Retries::Delay), seconds.
RETRIES_S = (1.0, 2.0, 4.0)
_FAILED = 100


class _Counter:
    """Numbers what is fetched, and adds it up."""

    def __init__(self, call: Invocation, *, quiet: bool) -> None:
        self._call, self._quiet = call, quiet
        self.number = 0
        self.fetched = 0

    async def say(self, text: str) -> None:
        if not self._quiet:
            await self._call.print(text)

    async def got(self, source: Source, what: str, size: int) -> None:
        self.number += 1
        self.fetched += size
        await self.say(f"Get:{self.number} {source.shown} {what} [{size_words(size)}]")


async def update(packages: Packages, call: Invocation, words: AptWords) -> int:
    """Fetch the lists of every source."""
    if call.uid != 0:
        await call.stderr.write(
            f"E: Could not open lock file {LISTS_LOCK} - open (13: Permission denied)\n"
            "E: Unable to lock directory /var/lib/apt/lists/\n"
        )
        return _FAILED
    try:
        holder = packages.take(LISTS_LOCK, call.process)
    except OSError as error:
        await call.stderr.write(
            f"E: Could not open lock file {LISTS_LOCK} - open ({error.errno}: {words_of(error)})\n"
            "E: Unable to lock directory /var/lib/apt/lists/\n"
        )
        return _FAILED
    if holder is not None:
        await call.stderr.write(
            f"E: Could not get lock {LISTS_LOCK}. It is held by process {holder.pid} "
            f"({holder.comm})\nE: Unable to lock directory /var/lib/apt/lists/\n"
        )
        return _FAILED
    counter, failures = _Counter(call, quiet=words.quiet), list[tuple[str, bool]]()
    for source in apt_sources(call.files):
        try:
            await _one(packages, call, source, counter, failures)
        except OSError as error:
            await call.stderr.write(
                f"E: Failed to fetch {source.uri}/./Packages  {words_of(error)}\n"
                "E: Some index files failed to download. They have been ignored, or old ones "
                "used instead.\n"
            )
            return _FAILED
    packages.release(LISTS_LOCK, call.process)
    if counter.fetched:
        speed = size_words(counter.fetched * 20)
        await counter.say(f"Fetched {size_words(counter.fetched)} in 0s ({speed}/s)")
    await counter.say("Reading package lists...")
    fatal = any(is_fatal for _, is_fatal in failures)
    mark = "E" if fatal else "W"
    for text, _ in failures:
        await call.stderr.write(f"{mark}: {text}\n")
    if failures:
        await call.stderr.write(
            f"{mark}: Some index files failed to download. They have been ignored, or old ones "
            "used instead.\n"
        )
    return _FAILED if fatal else 0


async def _one(
    packages: Packages,
    call: Invocation,
    source: Source,
    counter: _Counter,
    failures: list[tuple[str, bool]],
) -> None:
    first = counter.number + 1
    try:
        answer = await patient(packages, call, source, counter.say, first)
    except FetchError as error:
        await counter.say(f"Err:{first} {source.shown} InRelease\n  {error.words}")
        counter.number = first
        failures.append((f"Failed to fetch {source.uri}/./InRelease  {error.words}", False))
        return
    counter.number = first
    await counter.say(f"Ign:{first} {source.shown} InRelease")
    if answer is None:
        index = counter.number = first + 2
        await counter.say(f"Ign:{first + 1} {source.shown} Release")
        words = await _why(packages, call, source)
        await counter.say(f"Err:{index} {source.shown} Packages\n  {words}")
        failures.append((f"Failed to fetch {source.uri}/./Packages  {words}", True))
        return
    known = source.list_file("Release")
    if call.files.is_file(known) and call.files.read(known) == answer.body:
        counter.number += 1
        await counter.say(f"Hit:{counter.number} {source.shown} Release")
        counter.number += 1
        await counter.say(f"Ign:{counter.number} {source.shown} Release.gpg")
        return
    await counter.got(source, "Release", len(answer.body))
    counter.number += 1
    await counter.say(f"Ign:{counter.number} {source.shown} Release.gpg")
    text = (await fetch(call.files, packages.stack, f"{source.uri}/Packages")).body
    await counter.got(source, "Packages", len(text))
    call.files.install(source.list_file("Packages"), text)
    call.files.install(known, answer.body)


async def _why(packages: Packages, call: Invocation, source: Source) -> str:
    try:
        await fetch(call.files, packages.stack, f"{source.uri}/Packages")
    except FetchError as error:
        return error.words
    return "404  Not Found"


async def patient(
    packages: Packages,
    call: Invocation,
    source: Source,
    say: Callable[[str], Awaitable[None]],
    number: int,
) -> Response | None:
    """Fetch a source's ``Release`` as patiently as apt; ``None``: the server has none."""
    for delay in (*RETRIES_S, None):
        try:
            return await fetch(call.files, packages.stack, f"{source.uri}/Release")
        except FetchError as error:
            if not error.lost:
                return None
            if delay is None:
                raise
        await say(f"Ign:{number} {source.shown} InRelease")
        await call.sleep(delay)
    return None
