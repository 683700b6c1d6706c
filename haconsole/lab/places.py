"""Where a lab keeps its things: images in the cache, everything else under ``/run``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from haconsole.words import t

from .errors import UsageError

RUNTIME = Path("/run/haconsole")
LABS = RUNTIME / "labs"
DEFAULT_NAME = "lab"
#: Unix socket paths hold 107 bytes, and the name stands in one of them.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


def cache_dir() -> Path:
    """Return the directory of the images (``HACONSOLE_CACHE``, else ``/var/cache/haconsole``)."""
    return Path(os.environ.get("HACONSOLE_CACHE") or "/var/cache/haconsole").absolute()


@dataclass(frozen=True, slots=True)
class LabPlaces:
    """The files of the lab called ``name``."""

    name: str

    @classmethod
    def of(cls, name: str) -> LabPlaces:
        """Return the places of a lab; ``UsageError`` if it cannot be called so."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                t(
                    "'{name}' cannot be a lab's name: use 1 to 20 of a-z, 0-9 and '-', "
                    "starting with a letter or digit.",
                    name=name,
                )
            )
        return cls(name)

    @property
    def root(self) -> Path:
        """The lab's directory; its existence means that a lab was begun."""
        return LABS / self.name

    @property
    def cgroup(self) -> str:
        """The name of the lab's control group in every hierarchy."""
        return f"haconsole-{self.name}"

    @property
    def record(self) -> Path:
        """What the lab is (JSON)."""
        return self.root / "lab.json"

    @property
    def complete(self) -> Path:
        """Exists once ``up`` is through; a lab without it and without a creator is a wreck."""
        return self.root / "complete"

    @property
    def cut_off(self) -> Path:
        """Exists while the hosts are being reset, and after a reset that was killed."""
        return self.root / "resetting"

    @property
    def inventory(self) -> Path:
        """The inventory of the lab."""
        return self.root / "inventory.yaml"

    @property
    def client_key(self) -> Path:
        """The private key that every user of the lab's hosts accepts."""
        return self.root / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """The host keys of every host."""
        return self.root / "known_hosts"

    @property
    def password(self) -> Path:
        """The password of the user ``ops-pw``, readable by root alone."""
        return self.root / "ops-pw.password"

    @property
    def relay_port(self) -> Path:
        """The port of the way in, written by the relay once it listens."""
        return self.root / "relay.port"

    def netns(self, node: str) -> Path:
        """The file on which a host's network namespace is kept."""
        return self.root / "net" / node

    @property
    def switch(self) -> Path:
        """The namespace that holds the bridge."""
        return self.netns("switch")

    def key(self, node: str) -> Path:
        """A host's private key, kept for the hosts that come after it; ``.pub`` beside it."""
        return self.root / "keys" / node

    @property
    def of_hosts(self) -> tuple[Path, ...]:
        """Directories that are gone with the hosts, for others to come."""
        return tuple(self.root / name for name in ("hosts", "pristine", "edits"))

    def host(self, node: str) -> Path:
        """The directory of a host: ``root`` (mounted), ``upper``, ``work``, ``console.log``."""
        return self.root / "hosts" / node

    def tree(self, node: str) -> Path:
        """The host's root file system, mounted."""
        return self.host(node) / "root"

    def pristine(self, node: str) -> Path:
        """Copies of the host's files as ``up`` made them, for ``heal``."""
        return self.root / "pristine" / node
