"""The packages that a demo knows: what is on a host from the start, and what its mirror has.

``catalogue.json`` holds the facts of Debian 12's packages (names, versions, relations, sizes,
the files that matter), as a lab's mirror serves them. The RPMs are made of them by the lab's own
rules (:mod:`haconsole.lab.repack`), so that demo and lab cannot disagree about a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from haconsole.lab import repack
from haconsole.lab.topology import Family

_FILE = Path(__file__).with_name("catalogue.json")
_ARCHITECTURES = {"amd64": "x86_64", "all": "noarch"}
#: What rpmbuild is not given (see the lab's ``repack``), and where merged directories lead.
_DROPPED = ("/usr/share/doc/", "/usr/share/man/", "/etc/init.d/", "/etc/default/")
_MERGED = re.compile(r"^/(bin|sbin|lib|lib64)/")
_RHEL_OPTIONS = "/etc/sysconfig/keepalived"
_RHEL_CONF = "/etc/keepalived/keepalived.conf"
#: Names that RHEL's packages have for what a host of the yum family has from the start.
_BUILT_IN = (
    "/bin/sh", "/sbin/ldconfig", "openssl", "firewalld", "tar", "gzip", "curl", "sudo", "iproute",
    "procps-ng", "tcpdump", "openssh-server", "systemd", "bash", "coreutils", "python3",
    "iputils", "nftables",
)  # fmt: skip

#: Packages of Debian that came with its dnf: the lab's hosts have them under no RPM of their own.
_WITH_DNF = ("libgdbm-compat4", "libgomp1", "libperl5.36", "perl", "perl-modules-5.36")


@dataclass(frozen=True, slots=True)
class Entry:
    """A path of a package. ``size``: bytes; ``target``: where a link leads, else ``""``."""

    path: str
    size: int = 0
    target: str = ""
    executable: bool = False
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One demand: any of ``choices`` will do. ``text``: as it is written."""

    choices: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package of one version. Sizes are bytes; ``release`` is RPM's, ``""`` in Debian.

    ``source``: from which package of Debian it is (RPMs have other names).
    """

    name: str
    version: str
    arch: str
    summary: str = ""
    release: str = ""
    section: str = "misc"
    priority: str = "optional"
    multi_arch: str = ""
    size: int = 0
    installed: int = 0
    pre_depends: str = ""
    depends: str = ""
    recommends: str = ""
    suggests: str = ""
    provides: str = ""
    conffiles: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    source: str = ""

    @property
    def shown(self) -> str:
        """``libnl-3-200:amd64``: as dpkg names what can be there in two architectures."""
        return f"{self.name}:{self.arch}" if self.multi_arch == "same" else self.name

    @property
    def evr(self) -> str:
        """``2.2.7-1+b2``: the version as RPM's tools say it."""
        return f"{self.version}-{self.release}" if self.release else self.version

    @property
    def nevra(self) -> str:
        """``keepalived-2.2.7-1+b2.x86_64``."""
        return f"{self.name}-{self.evr}.{self.arch}"

    @property
    def filename(self) -> str:
        """The name of its archive, without a folder."""
        if self.release:
            return f"{self.nevra}.rpm"
        return f"{self.name}_{self.version.replace(':', '%3a')}_{self.arch}.deb"

    def needs(self) -> Iterator[Clause]:
        """Yield what it demands."""
        yield from clauses(self.pre_depends)
        yield from clauses(self.depends)

    def gives(self) -> set[str]:
        """Return every name that it satisfies, its own as well."""
        return {self.name, *(choice for c in clauses(self.provides) for choice in c.choices)}


def clauses(text: str) -> Iterator[Clause]:
    """Read ``a (>= 1), b | c`` (deb-control(5)); versions are not compared: a mirror is whole."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        choices = tuple(re.split(r"[\s(:]", choice.strip())[0] for choice in part.split("|"))
        yield Clause(choices, part)


@cache
def base(family: Family) -> tuple[Package, ...]:
    """Return what is installed on every host from the start."""
    if family is Family.YUM:
        there = (raw["name"] for raw in _raw()["base"])
        provided = ", ".join((*_BUILT_IN, *there, *_WITH_DNF))
        text = "What the lab's image has from the start"
        return (Package("lab-base", "1", "noarch", text, release="1", provides=provided),)
    return tuple(_package(raw) for raw in _raw()["base"])


@cache
def offered(family: Family) -> tuple[Package, ...]:
    """Return what the mirror has, sorted by name."""
    debs = tuple(_package(raw) for raw in _raw()["mirror"])
    if family is Family.APT:
        return debs
    sizes = {raw["name"]: raw["rpm"] for raw in _raw()["mirror"]}
    known = {deb.name for deb in debs}
    rpms = (_as_rpm(deb, known, *sizes[deb.name]) for deb in debs)
    return tuple(sorted(rpms, key=lambda rpm: rpm.name))


@cache
def _raw() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def _package(raw: dict[str, Any]) -> Package:
    kept = ("name", "version", "arch", "summary", "section", "priority", "multi_arch",
            "pre_depends", "depends", "recommends", "suggests", "provides")  # fmt: skip
    return Package(
        **{key: raw[key] for key in kept if key in raw},
        size=raw.get("size", 0),
        installed=raw["installed_kib"] * 1024,
        conffiles=tuple(raw.get("conffiles", ())),
        entries=tuple(_entry(words) for words in raw.get("files", ())),
        source=raw["name"],
    )


def _entry(words: list[Any]) -> Entry:
    path = words[0]
    if len(words) == 1:
        return Entry(path.rstrip("/"), folder=True)
    if words[1] == "->":
        return Entry(path, target=words[2])
    return Entry(path, words[1], executable=words[2:] == ["x"])


def _as_rpm(deb: Package, known: set[str], size: int, installed: int) -> Package:
    fields = {"Package": deb.name, "Depends": deb.depends, "Pre-Depends": deb.pre_depends,
              "Provides": deb.provides}  # fmt: skip
    name = repack.NAMES.get(deb.name, deb.name)
    version, _, release = deb.version.rpartition(":")[2].rpartition("-")
    version, release = (version or release), (release if version else "1")
    needed = [repack.NAMES.get(dep, dep) for dep in repack.depends(fields, known)]
    needed += repack.EXTRA.get(deb.name, [])
    entries = [_merged(e) for e in deb.entries if not f"{e.path}/".startswith(_DROPPED)]
    conffiles = [path for path in deb.conffiles if not path.startswith(_DROPPED)]
    if deb.name == "keepalived":
        entries += [Entry(_RHEL_OPTIONS), Entry(_RHEL_CONF)]
        conffiles += [_RHEL_OPTIONS, _RHEL_CONF]
    return replace(
        deb,
        name=name,
        version=repack.plain(version),
        release=repack.plain(release),
        arch=_ARCHITECTURES[deb.arch],
        summary=deb.summary[:70],
        size=size,
        installed=installed,
        pre_depends="",
        depends=", ".join(dict.fromkeys(needed)),
        recommends="",
        suggests="",
        provides=", ".join(sorted(repack.provides(fields, name))),
        conffiles=tuple(sorted(conffiles)),
        entries=tuple(sorted((e for e in entries if _listed(e, entries)), key=lambda e: e.path)),
    )


def _listed(entry: Entry, entries: list[Entry]) -> bool:
    """Whether an RPM lists it: of directories only those that are empty."""
    below = f"{entry.path}/"
    return not entry.folder or not any(other.path.startswith(below) for other in entries)


def _merged(entry: Entry) -> Entry:
    return replace(entry, path=_MERGED.sub(r"/usr/\1/", entry.path))
