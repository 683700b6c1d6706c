"""Sudo passwords that hosts have in common: asked once, and tried where the question said so.

Hosts of one cluster that are entered as the same user are kin: their sudo password is likely one.
The question for it names them all, so a password goes to no host that the operator was not told
of. Only one that a host has taken is tried on the others, once on each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from haconsole.domain.model import Become, Cluster
from haconsole.domain.notes import Note, note


class _Family:
    """Hosts that may share a password."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.turn = asyncio.Lock()
        #: The newest password that one of them took.
        self.proven: str | None = None
        #: Where it was tried in vain.
        self.refused: set[str] = set()


class Kin:
    """Which hosts may share a sudo password, and what is known of it."""

    def __init__(self, clusters: Iterable[Cluster] = ()) -> None:
        self._families: dict[str, _Family] = {}
        for cluster in clusters:
            users: dict[str | None, list[str]] = {}
            for host in cluster.hosts:
                if host.access.become is Become.SUDO and host.name not in self._families:
                    users.setdefault(host.access.user, []).append(host.name)
            for names in users.values():
                family = _Family(tuple(names))
                self._families.update(dict.fromkeys(names, family))

    def turn(self, host: str) -> asyncio.Lock:
        """Return what is held while one of the kin asks, so that the others wait for its answer."""
        return self._of(host).turn

    def question(self, host: str) -> Note:
        """Return what is asked; it names every host to which the answer may go."""
        others = [name for name in self._of(host).names if name != host]
        if not others:
            return note("sudo password on {host}", host=host)
        return note(
            "sudo password on {host} (if it is right there, it is tried on {others} as well)",
            host=host,
            others=", ".join(others),
        )

    def lent(self, host: str) -> str | None:
        """Return a password that one of the kin took, unless this host refused it."""
        family = self._of(host)
        return None if host in family.refused else family.proven

    def took(self, host: str, password: str) -> None:
        """Note that a host took a password."""
        family = self._of(host)
        if family.proven != password:
            family.proven, family.refused = password, set()

    def refused(self, host: str, password: str) -> None:
        """Note that a host did not take a password: it is not tried there again."""
        family = self._of(host)
        if family.proven == password:
            family.refused.add(host)

    def _of(self, host: str) -> _Family:
        return self._families.setdefault(host, _Family((host,)))
