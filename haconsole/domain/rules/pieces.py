"""What only a diagnosis reads: scripts, disks, processes, adverts on the wire, nginx's own test."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..daemon import LogFact

#: Words of a shell script that begin a loop without an end.
_ENDLESS = re.compile(
    r"^\s*(?:while\s+(?:true|:|\[+\s*1\s*\]+|\(\(\s*1\s*\)\))|until\s+false|for\s*\(\(\s*;\s*;\s*\)\))"
    r"(?:\s|;|$)",
    re.MULTILINE,
)
_LEAVES = re.compile(r"(?:^|[;\s])(?:break|exit|return)(?:[;\s]|$)")
_STOPS = re.compile(
    r"^[^#\n]*\b(?:systemctl\s+(?:-\S+\s+)*(?:stop|kill)\s+keepalived|service\s+keepalived\s+stop"
    r"|(?:pkill|killall)\s+(?:-\S+\s+)*keepalived)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Logged:
    """An understood line of keepalived's log and when it was written (the case's clock)."""

    at: float
    fact: LogFact


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system: ``used`` is a share (0–1) as ``df -P`` counts it, ``free_kib`` what is left.

    ``inodes`` tells that the share is of inodes (``df -i``), not of bytes.
    """

    mount: str
    used: float
    free_kib: int | None = None
    inodes: bool = False


@dataclass(frozen=True, slots=True)
class KeepalivedProcess:
    """A process called keepalived (``/proc/PID/stat``). ``state``: its letter (``S``, ``T``, …)."""

    pid: int
    parent: int
    state: str = "S"


@dataclass(frozen=True, slots=True)
class ScriptFacts:
    """A check's script on disk, as the shell and keepalived see it.

    ``check``: the ``vrrp_script``'s name. ``mode``: permission bits. ``user``: who runs it as far
    as the file says. ``user_exists`` ``None``: not looked up. ``parents_writable``: a folder on
    the way that others than root can write to.
    """

    check: str
    path: str
    exists: bool = True
    mode: int = 0o755
    owner: str = "root:root"
    text: str = ""
    user: str = ""
    user_exists: bool | None = None
    parents_writable: str = ""

    @property
    def executable(self) -> bool:
        """Whether anybody may execute it."""
        return bool(self.mode & 0o111)

    @property
    def loops(self) -> bool:
        """Whether it holds a loop that nothing in it leaves."""
        found = _ENDLESS.search(self.text)
        return found is not None and _LEAVES.search(self.text, found.end()) is None

    @property
    def loop(self) -> str:
        """The line that begins the endless loop, for evidence."""
        found = _ENDLESS.search(self.text)
        return found[0].strip() if found else ""

    @property
    def stops_keepalived(self) -> bool:
        """Whether it stops keepalived itself."""
        return _STOPS.search(self.text) is not None

    @property
    def others_may_write(self) -> bool:
        """Whether others than its owner's root may write it, or a folder on the way to it."""
        if not self.owner.startswith("root:") or self.parents_writable:
            return True
        by_group = bool(self.mode & 0o020) and not self.owner.endswith(":root")
        return bool(self.mode & 0o002) or by_group


@dataclass(frozen=True, slots=True)
class NginxTest:
    """What ``nginx -t`` says: whether it passes, and its complaint."""

    ok: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class NginxErrors:
    """The newest lines of nginx's error log that name a backend.

    ``backends``: (address, what happened), newest last; within ``seconds`` before the reading.
    """

    backends: tuple[tuple[str, str], ...] = ()
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Drift:
    """A file that this tool wrote and that is other than it left it."""

    path: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Detected:
    """What a host's own detector says of one VIP (``install-detector``).

    ``verdict``: its word (``one-owner``, ``two-owners``, ``no-owner``, ``stranger``, ``unknown``).
    ``owners``: (MAC, host or empty) of everybody who answered ARP, its own where it holds the VIP.
    ``third``: the host is none of the LBs.
    """

    vip: str
    verdict: str
    owners: tuple[tuple[str, str], ...] = ()
    third: bool = False


@dataclass(frozen=True, slots=True)
class Advert:
    """A VRRP advert on the wire (RFC 3768, 5.1; RFC 5798, 5.1).

    ``auth``: tcpdump's word (``none``, ``simple``, ``ah``). ``interval_s`` in seconds.
    """

    source: str
    vrid: int
    priority: int
    version: int = 2
    auth: str | None = None
    interval_s: float | None = None
    addresses: tuple[str, ...] = ()
    destination: str = "224.0.0.18"
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Wire:
    """What a node's interface saw of protocol 112 in ``seconds``, sent and received.

    ``unreachable``: hosts that answered an advert with ICMP "protocol 112 unreachable".
    """

    seconds: float
    adverts: tuple[Advert, ...] = ()
    unreachable: tuple[str, ...] = ()

    def sources(self) -> tuple[str, ...]:
        """Who was heard, each once."""
        return tuple(dict.fromkeys(advert.source for advert in self.adverts))
