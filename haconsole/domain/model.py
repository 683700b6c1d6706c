"""What an inventory describes: a site, its clusters, hosts and VIPs, and the way to each host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path


class Role(StrEnum):
    """What a host is for."""

    LB = "lb"
    WEB = "web"
    JUMP = "jump"


class Become(StrEnum):
    """How commands get root rights on a host."""

    NONE = "none"
    SUDO = "sudo"


@dataclass(frozen=True, slots=True)
class Access:
    """The way to a host: where its sshd listens, who we are there, and through which hosts.

    ``None`` means "not said": ``ssh_config`` (``~/.ssh/config`` unless the inventory says
    otherwise) may then say it, and the library's default stands last. Secrets are never here.
    """

    address: str
    port: int | None = None
    user: str | None = None
    identity_files: tuple[Path, ...] = ()
    become: Become = Become.NONE
    #: Names of jump hosts, the one nearest to the operator first.
    jumps: tuple[str, ...] = ()
    #: ``None``: the user's ``~/.ssh/config``; ``()``: no file at all.
    ssh_config: tuple[Path, ...] | None = None
    #: ``None``: the user's and the system's ``known_hosts``.
    known_hosts: Path | None = None
    connect_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Host:
    """A machine of the site. ``name`` is unique in the site."""

    name: str
    role: Role
    access: Access

    @property
    def address(self) -> str:
        """The address or host name by which its sshd is reached."""
        return self.access.address


@dataclass(frozen=True, slots=True)
class Vip:
    """A virtual address that the LBs of a cluster share."""

    #: Canonical text of the address, without prefix length.
    address: str
    #: Prefix length in bits, or ``None`` when the inventory does not say.
    prefix: int | None = None
    #: Interface that carries it on the LBs, or ``None`` when the inventory does not say.
    interface: str | None = None
    #: Virtual router id, 1–255 (RFC 5798), or ``None`` when the inventory does not say.
    vrid: int | None = None
    #: Where an answer is asked for; ``check_tls`` asks over TLS without verifying the name.
    check_port: int = 80
    check_path: str = "/"
    check_tls: bool = False

    @property
    def ip(self) -> IPv4Address | IPv6Address:
        """The address as a value."""
        return ip_address(self.address)

    @property
    def url(self) -> str:
        """The URL that the answer check asks for."""
        scheme = "https" if self.check_tls else "http"
        default = 443 if self.check_tls else 80
        host = f"[{self.address}]" if self.ip.version == 6 else self.address
        port = "" if self.check_port == default else f":{self.check_port}"
        return f"{scheme}://{host}{port}{self.check_path}"


@dataclass(frozen=True, slots=True)
class HitLog:
    """Where the requests of a cluster are written.

    ``path`` ``None`` means: look for the files that the product knows, best first.
    """

    path: str | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """The LBs that share VIPs, and the web nodes behind them. At least two LBs, one VIP."""

    name: str
    lbs: tuple[Host, ...]
    webs: tuple[Host, ...]
    vips: tuple[Vip, ...]
    hit_log: HitLog = HitLog()

    @property
    def hosts(self) -> tuple[Host, ...]:
        """LBs first, then web nodes."""
        return self.lbs + self.webs


@dataclass(frozen=True, slots=True)
class Site:
    """What one inventory describes."""

    name: str
    clusters: tuple[Cluster, ...]
    jumps: tuple[Host, ...] = ()
    #: The inventory forbids changes, whatever the command line says.
    read_only: bool = False
    #: Faults may be injected here: a lab or a demo, never production.
    lab: bool = False

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Every LB and web node of every cluster (jump hosts are the way, not the goal)."""
        return tuple(host for cluster in self.clusters for host in cluster.hosts)

    @property
    def every_host(self) -> tuple[Host, ...]:
        """Jump hosts and nodes."""
        return self.jumps + self.hosts

    def host(self, name: str) -> Host:
        """Return the host of that name; ``KeyError`` if there is none."""
        for host in self.every_host:
            if host.name == name:
                return host
        raise KeyError(name)

    def cluster_of(self, name: str) -> Cluster | None:
        """Return the cluster that the named host belongs to (``None`` for a jump host)."""
        return next((c for c in self.clusters if any(h.name == name for h in c.hosts)), None)
