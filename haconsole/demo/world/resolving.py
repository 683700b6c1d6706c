"""Names to addresses, as a host without a name server knows them: ``/etc/hosts``."""

from __future__ import annotations

from ipaddress import ip_address

from haconsole.demo.system.files import Files

from .http import Response, Url, exchange
from .stack import Stack


class ResolveError(OSError):
    """A name that nobody knows (getaddrinfo(3): EAI_AGAIN without a name server)."""


def resolve(files: Files, name: str) -> str:
    """Return the address of a name; raises ``ResolveError``."""
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    if name == "localhost":
        return "127.0.0.1"
    for address, names in entries(files):
        if name in names and ":" not in address:
            return address
    raise ResolveError(name)


def entries(files: Files) -> list[tuple[str, list[str]]]:
    """Return the lines of ``/etc/hosts``: address and names."""
    text = files.read_text("/etc/hosts") if files.is_file("/etc/hosts") else ""
    found = (line.partition("#")[0].split() for line in text.splitlines())
    return [(words[0], words[1:]) for words in found if len(words) > 1]


async def ask(
    files: Files, stack: Stack, url: Url, method: str = "GET", headers: dict[str, str] | None = None
) -> Response:
    """Ask for a URL by its host's name. Raises ``ResolveError``, and ``OSError`` as connect(2)."""
    address = resolve(files, url.host)
    return await exchange(stack, address, url.port, (method, url.uri, url.host), headers)
