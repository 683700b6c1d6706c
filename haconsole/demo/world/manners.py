"""What a keepalived of some version does differently (keepalived's tagged sources)."""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.parsers.keepalived_version import Version, capabilities

#: What the demo's hosts run: Debian 12's.
DEBIAN_12 = Version(2, 2, 7)
_BUILT = {DEBIAN_12: "01/16,2022", Version(2, 4, 3): "07/20,2026", Version(1, 3, 5): "unknown"}


@dataclass(frozen=True, slots=True)
class Manners:
    """The behaviour of one version."""

    version: Version
    #: A rejected advert starts the backup's timer anew (before 2.0.0).
    rejected_resets: bool
    #: A lower advert makes a backup elect at once, and a new master waits one advert_int before
    #: it takes the addresses; ``state MASTER`` is taken at its word (before 2.0.0).
    old_election: bool
    #: An advert with another list of VIPs is logged and accepted (2.3.3; refused before).
    accepts_other_vips: bool
    #: Dumps mask the password (2.4.0).
    masks_password: bool

    @property
    def banner(self) -> str:
        """``Keepalived v2.2.7 (01/16,2022)``."""
        return f"Keepalived v{self.version} ({_BUILT.get(self.version, 'unknown')})"

    def sockpool(self, index: int) -> str:
        """Return the line about the sockets on an interface."""
        if self.old_election:
            return f"VRRP sockpool: [ifindex({index}), proto(112), unicast(0), fd(9,11)]"
        return (
            f"VRRP sockpool: [ifindex({index:3d}), family(IPv4), proto(112), "
            "fd(12,13) multicast, address(224.0.0.18)]"
        )

    def prefix(self, instance: str) -> str:
        """Return what begins a line about an instance."""
        return f"VRRP_Instance({instance})" if self.old_election else f"({instance})"


def manners(version: Version = DEBIAN_12) -> Manners:
    """Return how keepalived ``version`` behaves."""
    can = capabilities(version)
    return Manners(
        version=version,
        rejected_resets=not can.rejected_advert_times_out,
        old_election=version < (2, 0, 0),
        accepts_other_vips=version >= (2, 3, 3),
        masks_password=can.masks_password,
    )
