"""What the sections of a survey mean."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from haconsole.domain.facts import Address, Interface, Unit
from haconsole.monitor.sections import Section
from haconsole.parsers import ip, systemd
from haconsole.parsers.errors import ParseError
from haconsole.parsers.firewall import parse_firewall
from haconsole.parsers.keepalived_version import parse_version
from haconsole.procedures.facts import FoundFile, HostFacts, Manager, Package
from haconsole.procedures.survey.questions import FILE_LIMIT, PACKAGES
from haconsole.transport.cleaning import clean

_OS = re.compile(r'^(\w+)=(?:"([^"\n]*)"|\'([^\'\n]*)\'|(\S*))$', re.MULTILINE)
_NGINX = re.compile(r"nginx/(\d[\w.]{0,20})")
_MANAGERS = {"apt-get": Manager.APT, "dnf": Manager.DNF, "yum": Manager.YUM}
_RECORD = re.compile(r"^record ([a-z0-9_-]{1,40})$", re.MULTILINE)
_BROUGHT = re.compile(r"^package (\S{1,200})$", re.MULTILINE)


def understand(
    host: str, at: float, sections: Mapping[str, Section], packages: Mapping[str, Package]
) -> HostFacts:
    """Return what the sections of one host say. ``packages``: what the repositories offer.

    A section that failed leaves its field as if nothing were there: a plan's checks find out.
    """
    texts = {
        name: section.text if section.status == 0 else "" for name, section in sections.items()
    }
    release = {m[1]: m[2] or m[3] or m[4] or "" for m in _OS.finditer(texts.get("os", ""))}
    found = texts.get("binary", "").splitlines()
    built = [*texts.get("built", "").split(), "", ""]
    version = parse_version("\n".join(found[1:])) if found else None
    nginx = _NGINX.search(texts.get("nginx", ""))
    return HostFacts(
        host=host,
        at=at,
        os_name=release.get("PRETTY_NAME") or release.get("NAME", ""),
        os_id=release.get("ID", ""),
        manager=_MANAGERS.get(texts.get("manager", "").strip(), Manager.NONE),
        packages=read_packages(texts.get("installed", ""), texts.get("held", ""), packages),
        units=_units(texts.get("units", "")),
        files=read_files(texts.get("files", "")),
        interfaces=_interfaces(texts.get("link", "")),
        addresses=_addresses(texts.get("address", "")),
        firewall=_firewall(texts),
        selinux=texts.get("selinux", "").strip().lower(),
        binary=found[0] if found else None,
        version=str(version) if version else None,
        nginx_version=nginx[1] if nginx else None,
        tools=frozenset(texts.get("tools", "").split()),
        free_bytes=_free(texts.get("free", "")),
        read_only=bool(texts.get("stuck", "").strip()),
        jobs=tuple(texts.get("jobs", "").split()),
        brought=tuple(dict.fromkeys(_BROUGHT.findall(texts.get("brought", "")))),
        records=tuple(dict.fromkeys(_RECORD.findall(texts.get("brought", "")))),
        built=built[0] or None,
        build_token=built[1],
        answers=_answers(texts.get("answers")),
        hits=_number(texts.get("hits", "")),
    )


def _answers(status: str | None) -> bool | None:
    """Read an HTTP status (curl's 000: none); ``None`` where nothing could ask."""
    word = (status or "").strip()
    return 100 <= int(word) < 500 if word.isdigit() else None


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def read_packages(
    installed: str, held: str, offers: Mapping[str, Package]
) -> Mapping[str, Package]:
    """Return the packages: what is there (``dpkg-query``, ``rpm``), and what is offered.

    A package is there when the second letter of dpkg's state is ``i`` (dpkg-query(1)); ``rc``
    means removed, with its configuration left behind.
    """
    there: dict[str, str] = {}
    for line in installed.splitlines():
        name, state, version = [*line.split(maxsplit=2), "", "", ""][:3]
        if name in PACKAGES and state[1:2] == "i" and version:
            there[name] = plain_version(version)
    holds = set(held.split())
    found = {}
    for name in PACKAGES:
        offered = offers.get(name, Package(name))
        found[name] = Package(
            name, there.get(name), offered.candidates, offered.problem, name in holds
        )
    return found


def plain_version(version: str) -> str:
    """Drop an rpm's epoch where it is none: ``(none):2.2.8-4`` and ``0:2.2.8-4`` → ``2.2.8-4``."""
    return version.removeprefix("(none):").removeprefix("0:")


def read_madison(text: str) -> dict[str, tuple[str, ...]]:
    """Read ``apt-cache madison``: ``keepalived | 1:2.2.7-1+b2 | http://… Packages``.

    Its order is apt's own, newest first.
    """
    found: dict[str, list[str]] = {name: [] for name in PACKAGES}
    for line in text.splitlines():
        parts = [part.strip() for part in line.split("|")]
        if len(parts) == 3 and parts[0] in found and parts[2].endswith("Packages"):
            found[parts[0]].append(parts[1])
    return {name: tuple(dict.fromkeys(versions)) for name, versions in found.items()}


def read_list(text: str) -> dict[str, tuple[str, ...]]:
    """Read ``dnf list --showduplicates`` (yum 3 and dnf alike); returned newest first.

    Rows are name.arch, version, repository; yum breaks rows that are longer than 80 columns, so
    words are counted, not lines. What is only installed is not offered.
    """
    found: dict[str, list[str]] = {name: [] for name in PACKAGES}
    available, words = False, list[str]()
    for line in [*text.splitlines(), "Installed packages"]:
        if line.lower().startswith(("installed packages", "available packages")):
            if available:
                for at in range(0, len(words) - 2, 3):
                    name = words[at].rpartition(".")[0]
                    if name in found:
                        found[name].append(plain_version(words[at + 1]))
            available, words = line.lower().startswith("available"), []
        else:
            words += line.split()
    return {name: tuple(dict.fromkeys(reversed(rows))) for name, rows in found.items()}


@dataclass(slots=True)
class _File:
    path: str
    mode: int = 0o644
    owner: str = "root:root"
    sum: str = ""
    written: str = ""
    text: str | None = None
    origin: bool = False
    versions: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    rights: dict[str, tuple[int, str]] = field(default_factory=dict)

    def found(self) -> FoundFile:
        there = self.text is not None
        managed = there and bool(self.written)
        return FoundFile(
            self.path,
            clean(self.text.encode("utf-8", "surrogateescape")) if self.text is not None else None,
            self.mode,
            self.owner,
            managed=managed,
            drifted=managed and self.written != self.sum,
            versions=tuple(sorted(self.versions, key=lambda name: (name != "0", name))),
            kept=self.kept,
            origin=self.origin,
            sum=self.sum,
            rights=self.rights,
        )


def read_files(text: str) -> Mapping[str, FoundFile]:
    """Read the lines of ``survey_questions.files_script``."""
    found: dict[str, _File] = {}
    now: _File | None = None
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == "f":
            now = found.setdefault(value, _File(value))
        elif now is not None:
            _fact(now, key, value)
    return {path: file.found() for path, file in found.items()}


def _fact(file: _File, key: str, value: str) -> None:
    match key:
        case "m":
            mode, _, owner = value.partition(" ")
            file.mode, file.owner = int(mode, 8) if mode.isdigit() else 0o644, owner
        case "h":
            file.sum = value
        case "t":
            file.text = _decoded(value)
        case "o":
            file.origin = True
        case "g":
            file.written = value
        case "v":
            file.versions.append(value)
        case "k":
            name, _, encoded = value.partition(" ")
            text = _decoded(encoded)
            if text is not None and len(encoded) * 3 // 4 < FILE_LIMIT:
                file.kept[name] = text
        case "w":
            name, _, rest = value.partition(" ")
            mode, _, owner = rest.partition(" ")
            if mode.isdigit() and owner:
                file.rights[name] = (int(mode, 8), owner)
        case _:
            pass


def _decoded(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return None


def sum_of(text: str) -> str:
    """Return a text's SHA-256, as ``sha256sum`` prints it."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _units(text: str) -> tuple[Unit, ...]:
    try:
        return systemd.parse_show(text)
    except ParseError:
        return ()


def _interfaces(text: str) -> tuple[Interface, ...]:
    try:
        return ip.parse_interfaces(text)
    except ParseError:
        return ()


def _addresses(text: str) -> tuple[Address, ...]:
    try:
        return ip.parse_addresses(text)
    except ParseError:
        return ()


def _firewall(texts: Mapping[str, str]) -> str:
    """Return what filters: firewalld where it runs, else whose rules are in force."""
    if texts.get("firewalld", "").strip() == "active":
        return "firewalld"
    return parse_firewall(nft=texts.get("nft", ""), iptables=texts.get("iptables", "")).kind


def _free(line: str) -> int | None:
    """Read the row of ``df -P -k``: the fourth column is what is free, in KiB (POSIX)."""
    words = line.split()
    return int(words[3]) * 1024 if len(words) >= 6 and words[3].isdigit() else None
