"""What a plan is made from: what was found on each host, in one reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from haconsole.domain.facts import Address, Interface, Unit


class Manager(StrEnum):
    """A package manager."""

    APT = "apt"
    DNF = "dnf"
    YUM = "yum"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Package:
    """A package: what is installed, and what the repositories offer, newest first.

    ``candidates`` ``None``: could not be asked, and ``problem`` says why. ``held``: somebody
    told the package manager to leave it as it is (``apt-mark hold``).
    """

    name: str
    installed: str | None = None
    candidates: tuple[str, ...] | None = ()
    problem: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on a host. ``text`` ``None``: it is not there. ``owner``: ``user:group``.

    ``managed``: this tool wrote it; ``drifted``: and somebody changed it since.
    ``versions``: earlier versions kept on the host, oldest first (names to restore by); ``kept``
    holds the texts of those that could be read, byte for byte (``surrogateescape``), ``rights``
    their modes and owners. ``text`` is cleaned. ``origin``: this tool remembers what was there
    before it came. ``sum``: SHA-256 of its bytes; empty where it was not read.
    """

    path: str
    text: str | None = None
    mode: int = 0o644
    owner: str = "root:root"
    managed: bool = False
    drifted: bool = False
    versions: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    origin: bool = False
    sum: str = ""
    rights: Mapping[str, tuple[int, str]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def foreign(self) -> bool:
        """Whether replacing it takes a word: it is there, and not as this tool left it."""
        return self.text is not None and (not self.managed or self.drifted)


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What was found on one host. Sizes in bytes; ``at``: console's clock.

    ``firewall``: ``firewalld``, ``nftables``, ``iptables`` or ``none``. ``binary``: path of the
    keepalived that is run, and ``version`` what it says of itself (``2.2.7``), both ``None``
    where there is none. ``tools``: names that were looked for and found on PATH. ``jobs``: ids
    of what still runs there for this tool.
    """

    host: str
    at: float
    os_name: str = ""
    os_id: str = ""
    manager: Manager = Manager.NONE
    packages: Mapping[str, Package] = field(default_factory=lambda: MappingProxyType({}))
    units: tuple[Unit, ...] = ()
    files: Mapping[str, FoundFile] = field(default_factory=lambda: MappingProxyType({}))
    interfaces: tuple[Interface, ...] = ()
    addresses: tuple[Address, ...] = ()
    firewall: str = "none"
    selinux: str = ""
    binary: str | None = None
    version: str | None = None
    nginx_version: str | None = None
    tools: frozenset[str] = frozenset()
    free_bytes: int | None = None
    read_only: bool = False
    jobs: tuple[str, ...] = ()
    #: Packages that this tool brought (with what they pulled in), as recorded on the host.
    brought: tuple[str, ...] = ()
    #: Under which names it noted them (``packages_shell.PATHS``): what ``remove`` takes back.
    records: tuple[str, ...] = ()
    #: The keepalived that this tool built from source there, as recorded: its version.
    built: str | None = None
    #: Tells that build from others of the same version (``source.Build.token``).
    build_token: str = ""
    #: Whether its own nginx answers a request below 500; ``None``: not asked (``Entry.health``).
    answers: bool | None = None
    #: Requests in its hit log in the last minute; ``None``: not asked, or there is no such log.
    hits: int | None = None

    def unit(self, name: str) -> Unit | None:
        """Return a service; ``None`` when it was not read."""
        return next((unit for unit in self.units if unit.name == name), None)

    def file(self, path: str) -> FoundFile:
        """Return a file; one that was not found is not there."""
        return self.files.get(path, FoundFile(path))


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What was found on a cluster. ``problems``: host → why it could not be read."""

    hosts: Mapping[str, HostFacts]
    problems: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def host(self, name: str) -> HostFacts:
        """Return a host's facts; ``KeyError`` where it could not be read."""
        return self.hosts[name]
