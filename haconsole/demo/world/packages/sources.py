"""Where a host gets packages: ``sources.list``, ``*.repo``, and fetching from there."""

from __future__ import annotations

import configparser
import errno
from dataclasses import dataclass

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.files import Files
from haconsole.demo.world.http import Response, Url
from haconsole.demo.world.resolving import ResolveError, ask, resolve
from haconsole.demo.world.stack import Stack

LISTS = "/var/lib/apt/lists"
_APT_PARTS, _YUM_PARTS = "/etc/apt/sources.list.d", "/etc/yum.repos.d"
#: How long apt waits for a connection (Acquire::http::ConnectionAttemptTimeout and kin), seconds.
CONNECT_S = 30.0


@dataclass(frozen=True, slots=True)
class Source:
    """A line of ``sources.list``: ``deb [options] URI ./``."""

    uri: str
    suite: str

    @property
    def shown(self) -> str:
        """``http://mirror/apt ./``: as apt names it."""
        return f"{self.uri} {self.suite}"

    @property
    def host(self) -> str:
        """The name in the address."""
        return Url.parse(self.uri).host

    def list_file(self, name: str) -> str:
        """Where apt keeps what it fetched: ``…/mirror_apt_._Packages``."""
        plain = self.uri.partition("://")[2].strip("/").replace("/", "_")
        return f"{LISTS}/{plain}_._{name}"


def apt_sources(files: Files) -> list[Source]:
    """Return the binary sources of a host, in apt's order."""
    paths = ["/etc/apt/sources.list"]
    if files.is_dir(_APT_PARTS):
        paths += [f"{_APT_PARTS}/{n}" for n in files.listdir(_APT_PARTS) if n.endswith(".list")]
    found = []
    for path in paths:
        for raw in files.read_text(path).splitlines() if files.is_file(path) else ():
            words = [word for word in raw.partition("#")[0].split() if not word.startswith("[")]
            if len(words) >= 3 and words[0] == "deb":
                found.append(Source(words[1].rstrip("/"), words[2]))
    return found


@dataclass(frozen=True, slots=True)
class Repository:
    """A section of a ``*.repo`` file."""

    ident: str
    name: str
    uri: str
    enabled: bool = True
    skip: bool = True

    @property
    def cache(self) -> str:
        """Where dnf keeps what it fetched."""
        return f"/var/cache/dnf/{self.ident}-{hash_of(self.uri)}/repodata/primary"


def hash_of(uri: str) -> str:
    """Return sixteen hexadecimal digits for an address, as dnf's cache folders have."""
    value = 0xCBF29CE484222325
    for byte in uri.encode():
        value = (value ^ byte) * 0x100000001B3 & (1 << 64) - 1
    return f"{value:016x}"


def yum_repositories(files: Files) -> list[Repository]:
    """Return the repositories of a host."""
    found = []
    names = files.listdir(_YUM_PARTS) if files.is_dir(_YUM_PARTS) else []
    for name in (n for n in names if n.endswith(".repo")):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(files.read_text(f"{_YUM_PARTS}/{name}"))
        except configparser.Error:
            continue
        for ident in parser.sections():
            section = parser[ident]
            found.append(
                Repository(
                    ident,
                    section.get("name", ident),
                    section.get("baseurl", "").rstrip("/"),
                    section.get("enabled", "1") == "1",
                    section.get("skip_if_unavailable", "1").lower() in ("1", "true", "yes"),
                )
            )
    return found


class FetchError(Exception):
    """Nothing came. ``words``: what apt says; ``lost``: nobody could be reached."""

    def __init__(self, words: str, *, lost: bool, cause: OSError | None = None) -> None:
        super().__init__(words)
        self.words, self.lost, self.cause = words, lost, cause


async def fetch(files: Files, stack: Stack, address: str) -> Response:
    """Fetch a URL; raises ``FetchError`` with apt's words for what went wrong."""
    url = Url.parse(address)
    try:
        answer = await ask(files, stack, url)
    except ResolveError as error:
        raise FetchError(
            f"Temporary failure resolving '{url.host}'", lost=True, cause=error
        ) from None
    except OSError as error:
        number = error.errno or errno.EIO
        where = f"{url.host}:{url.port} ({resolve(files, url.host)})"
        raise FetchError(
            f"Could not connect to {where}. - connect ({number}: {words_of(error)})",
            lost=True,
            cause=error,
        ) from None
    if answer.status != 200:
        ip = resolve(files, url.host)
        raise FetchError(f"{answer.status}  {answer.reason} [IP: {ip} {url.port}]", lost=False)
    return answer
