"""Packages as files, and the indexes of a repository."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from .catalogue import Entry, Package

_DEB, _RPM = b"!<arch>\ndebian-binary\n", b"\xed\xab\xee\xdb\n"
_FIELDS = (
    ("Pre-Depends", "pre_depends"), ("Depends", "depends"), ("Recommends", "recommends"),
    ("Suggests", "suggests"), ("Provides", "provides"),
)  # fmt: skip


def packed(package: Package) -> bytes:
    """Return the archive of a package: a file that says what it holds."""
    return (_RPM if package.release else _DEB) + line(package).encode()


def unpacked(data: bytes) -> Package:
    """Read an archive; ``ValueError`` when it is none."""
    magic, _, rest = data.rpartition(b"\n")
    if magic + b"\n" not in (_DEB, _RPM):
        raise ValueError("not an archive")
    return from_line(rest.decode())


def line(package: Package) -> str:
    """Return a package in one line, with its files."""
    return json.dumps(asdict(package), ensure_ascii=False)


def from_line(text: str) -> Package:
    """Read what :func:`line` wrote; ``ValueError`` when it is something else."""
    raw = json.loads(text)
    entries = tuple(Entry(**entry) for entry in raw.pop("entries"))
    return Package(**raw | {"conffiles": tuple(raw["conffiles"]), "entries": entries})


def stanza(package: Package, status: str = "") -> str:
    """Return what ``Packages`` (or, with a ``status``, dpkg's data base) has of a package."""
    lines = [f"Package: {package.name}"]
    lines += [f"Status: {status}"] if status else []
    lines += [f"Priority: {package.priority}", f"Section: {package.section}",
              f"Installed-Size: {package.installed // 1024}", "Maintainer: Debian",
              f"Architecture: {package.arch}"]  # fmt: skip
    lines += [f"Multi-Arch: {package.multi_arch}"] if package.multi_arch else []
    lines.append(f"Version: {package.version}")
    values = asdict(package)
    lines += [f"{name}: {values[key]}" for name, key in _FIELDS if values[key]]
    if not status:
        digest = hashlib.sha256(packed(package)).hexdigest()
        lines += [f"Filename: ./{package.filename}", f"Size: {package.size}", f"SHA256: {digest}"]
    return "\n".join([*lines, f"Description: {package.summary}", ""])


def index(packages: Iterable[Package]) -> str:
    """Return the text of ``Packages``."""
    return "\n".join(stanza(package) for package in packages)


def read_index(text: str) -> Iterator[Package]:
    """Yield the packages of an index, without their files."""
    for block in text.split("\n\n"):
        fields = dict(words.split(": ", 1) for words in block.strip().splitlines() if ": " in words)
        if "Package" not in fields or "Version" not in fields:
            continue
        yield Package(
            fields["Package"],
            fields["Version"],
            fields.get("Architecture", "all"),
            fields.get("Description", ""),
            section=fields.get("Section", ""),
            priority=fields.get("Priority", ""),
            multi_arch=fields.get("Multi-Arch", ""),
            size=int(fields.get("Size", "0")),
            installed=int(fields.get("Installed-Size", "0")) * 1024,
            pre_depends=fields.get("Pre-Depends", ""),
            depends=fields.get("Depends", ""),
            recommends=fields.get("Recommends", ""),
            suggests=fields.get("Suggests", ""),
            provides=fields.get("Provides", ""),
        )
