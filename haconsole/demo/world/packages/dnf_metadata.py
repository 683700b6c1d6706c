"""What dnf knows of its repositories: fetched when it is old, with dnf's words for failures."""

from __future__ import annotations

import errno
from datetime import UTC, datetime

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation
from haconsole.demo.world.http import Url
from haconsole.demo.world.resolving import ResolveError

from .catalogue import Package
from .dnfwords import DnfWords
from .managing import Packages
from .sources import FetchError, Repository, fetch, yum_repositories

#: dnf.conf(5), metadata_expire: 48 hours, in seconds.
_EXPIRES_S = 172800.0
Offer = tuple[Package, Repository]


class MetadataError(Exception):
    """A repository could not be used; the text is what stands behind ``Error:``."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


async def refreshed(packages: Packages, call: Invocation, words: DnfWords) -> list[Offer]:
    """Return what is offered, best versions first; fetches what is missing or old."""
    files, ignored = call.files, list[str]()
    newest = 0.0
    for repository in yum_repositories(files):
        if not repository.enabled or repository.ident == words.values.get("disable"):
            continue
        at = files.stat(repository.cache).mtime_ns / 1e9 if files.is_file(repository.cache) else 0
        old = packages.machine.clock() - at > _EXPIRES_S
        if (old or "refresh" in words) and "cache" not in words:
            skip = words.turned_on("skip_if_unavailable", default=repository.skip)
            if not await _fetched(packages, call, words, repository, skip=skip):
                ignored.append(repository.ident)
                continue
        elif at:
            newest = max(newest, at)
    if ignored:
        await call.stderr.write(f"Ignoring repositories: {', '.join(ignored)}\n")
    if newest and "quiet" not in words and "refresh" not in words:
        age = int(packages.machine.clock() - newest)
        when = datetime.fromtimestamp(newest, UTC).strftime("%a %b %e %H:%M:%S %Y")
        await call.print(
            f"Last metadata expiration check: {age // 3600}:{age // 60 % 60:02d}:{age % 60:02d} "
            f"ago on {when}."
        )
    offers = packages.cached()
    return [offer for offer in offers if offer[1].ident not in ignored]


async def _fetched(
    packages: Packages, call: Invocation, words: DnfWords, repository: Repository, *, skip: bool
) -> bool:
    address = f"{repository.uri}/repodata/repomd.xml"
    try:
        answer = await fetch(call.files, packages.stack, address)
        primary = await fetch(call.files, packages.stack, f"{repository.uri}/repodata/primary")
    except FetchError as error:
        if "quiet" not in words:
            await call.print(f"{repository.name:<48}0.0  B/s |   0  B     00:00    ")
        await call.stderr.write(
            f"Errors during downloading metadata for repository '{repository.ident}':\n"
            f"  - {curl_words(error, address)}\n"
        )
        text = (
            f"Failed to download metadata for repo '{repository.ident}': Cannot download "
            "repomd.xml: Cannot download repodata/repomd.xml: All mirrors were tried"
        )
        if not skip:
            raise MetadataError(text) from None
        await call.stderr.write(f"Error: {text}\n")
        return False
    if "quiet" not in words:
        size = f"{len(answer.body) + 2900} B"
        await call.print(f"{repository.name:<48}1.7 MB/s | {size:>7}     00:00    ")
    try:
        call.files.install(repository.cache, primary.body)
    except OSError as error:
        raise MetadataError(
            f"Failed to download metadata for repo '{repository.ident}': "
            f"Cannot write {repository.cache}: {words_of(error)}"
        ) from None
    return True


def curl_words(error: FetchError, address: str) -> str:
    """Return what librepo says of a download: curl's number and words, or HTTP's status."""
    cause, url = error.cause, Url.parse(address)
    if cause is None:
        return f"Status code: {error.words.partition(' ')[0]} for {address}"
    if isinstance(cause, ResolveError):
        return (
            f"Curl error (6): Couldn't resolve host name for {address} "
            f"[Could not resolve host: {url.host}]"
        )
    if cause.errno == errno.ETIMEDOUT:
        return f"Curl error (28): Timeout was reached for {address} [Connection timed out]"
    return (
        f"Curl error (7): Couldn't connect to server for {address} [Failed to connect to "
        f"{url.host} port {url.port}: {words_of(cause)}]"
    )
