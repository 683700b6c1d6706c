"""The distribution of this machine and where its apt gets packages: read, never written down."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from haconsole.words import t

from .errors import LabError, MissingError
from .tools import run

_ORIGINS = ("Debian", "Ubuntu")
_KEYRINGS = ("/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/usr/share/keyrings")
#: The suite that says the distribution's version, as against its updates and its security.
_SUFFIXES = ("-updates", "-security", "-backports", "-proposed")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: its address, suite and components."""

    uri: str
    suite: str
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """What images are made of."""

    codename: str
    architecture: str
    sources: tuple[Source, ...]

    @property
    def main(self) -> Source:
        """The archive that a system can be made from."""
        return next(source for source in self.sources if source.suite == self.codename)


@cache
def here() -> Distribution:
    """Read the distribution from this machine's apt; ``MissingError`` if it cannot serve."""
    fields = "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ARCHITECTURE)"
    try:
        out = run(
            ["apt-get", "indextargets", "--format", fields, "Created-By: Packages"],
            t("Reading where apt gets its packages"),
        )
    except LabError as error:
        raise MissingError(str(error)) from None
    found: dict[tuple[str, str], list[str]] = {}
    architecture = _native_architecture()
    for line in out.splitlines():
        origin, uri, suite, component, arch = line.split("|")
        if origin in _ORIGINS and arch == architecture:
            found.setdefault((uri, suite), []).append(component)
    sources = tuple(
        Source(uri, suite, tuple(sorted(set(components))))
        for (uri, suite), components in found.items()
    )
    codename = next((s.suite for s in sources if not s.suite.endswith(_SUFFIXES)), None)
    if codename is None:
        raise MissingError(
            t(
                "The lab's images are made of this machine's own packages, and apt knows none of "
                "Debian's or Ubuntu's: run 'apt-get update' on a Debian or Ubuntu machine."
            )
        )
    return Distribution(codename, architecture, sources)


def _native_architecture() -> str:
    return run(["dpkg", "--print-architecture"], t("Reading the architecture")).strip()


def proxy_environment() -> dict[str, str]:
    """Return the proxy that apt uses, for tools that are not apt."""
    kept = {name: os.environ[name] for name in ("http_proxy", "https_proxy") if name in os.environ}
    shell = subprocess.run(
        ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if shell.startswith("http_proxy='"):
        kept["http_proxy"] = shell.split("'")[1]
    return kept


def write_apt_settings(target: Path, seen_as: str, *, with_sources: bool) -> None:
    """Write apt's configuration for a build into ``target``, which the build sees as ``seen_as``.

    Lists, archives and sources stay there, so that an image keeps no trace of this machine.
    """
    target.mkdir(parents=True)
    for sub in ("lists/partial", "archives/partial", "keys"):
        (target / sub).mkdir(parents=True)
    for directory in _KEYRINGS:
        for key in sorted(Path(directory).glob("*")):
            if key.suffix in (".gpg", ".asc"):
                shutil.copyfile(key, target / "keys" / key.name)
    kinds = ("deb", "deb-src") if with_sources else ("deb",)
    lines = [
        f"{kind} {source.uri} {source.suite} {' '.join(source.components)}"
        for kind in kinds
        for source in here().sources
    ]
    (target / "sources.list").write_text("\n".join(lines) + "\n")
    (target / "apt.conf").write_text(_own_settings() + _SETTINGS.replace("@here@", seen_as))


def _own_settings() -> str:
    dump = run(["apt-config", "dump", "Acquire"], t("Reading apt's configuration"))
    kept = [
        line
        for line in dump.splitlines()
        if line.startswith("Acquire::")
        and not line.startswith(("Acquire::IndexTargets", "Acquire::cdrom"))
    ]
    return "\n".join(kept) + "\n"


_SETTINGS = """\
Dir::Etc::sourcelist "@here@/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::trustedparts "@here@/keys";
Dir::State::lists "@here@/lists";
Dir::Cache::archives "@here@/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Keep-Downloaded-Packages "false";
DPkg::Use-Pty "0";
DPkg::Options { "--force-confdef"; "--force-confold"; };
"""
