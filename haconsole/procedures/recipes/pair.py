"""What a pair of LBs shares, and what is each one's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from haconsole.domain.lint.timing import AUTH_LENGTH
from haconsole.procedures.paths import CHECK_SCRIPT

__all__ = ["AUTH_LENGTH", "CheckSettings", "LbSettings", "PairSettings", "VipSettings", "VrrpState"]


class VrrpState(StrEnum):
    """What an LB takes itself for until it has heard of others (keepalived's ``state``)."""

    MASTER = "MASTER"
    BACKUP = "BACKUP"


@dataclass(frozen=True, slots=True)
class VipSettings:
    """A virtual address; ``prefix`` ``None``: keepalived's default (/32, /128)."""

    address: str
    prefix: int | None = None

    @property
    def family(self) -> int:
        """4 or 6."""
        return ip_address(self.address).version

    @property
    def text(self) -> str:
        """The address as keepalived.conf has it."""
        return self.address if self.prefix is None else f"{self.address}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How keepalived asks about nginx. Times are whole seconds (1.3.5 knows no parts).

    ``weight`` 0: a failed check means FAULT. ``timeout_s`` is below ``interval_s``: a check that
    takes longer is ended with SIGTERM and counts as failed.
    """

    name: str = "check_nginx"
    script: str = CHECK_SCRIPT
    interval_s: int = 2
    timeout_s: int = 1
    weight: int = 0
    fall: int = 2
    rise: int = 2


@dataclass(frozen=True, slots=True)
class LbSettings:
    """What is one LB's own. ``source``, ``source6``: where its unicast adverts come from."""

    host: str
    state: VrrpState
    priority: int
    interface: str
    router_id: str = ""
    source: str = ""
    source6: str = ""

    @property
    def name(self) -> str:
        """The router id."""
        return self.router_id or self.host


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Everything that the keepalived.conf of every LB of a cluster is made from.

    ``password`` ``None``: no authentication. ``preempt_delay_s`` counts where ``preempt``.
    IPv4 and IPv6 addresses are in instances of their own, since VRRP does not mix families; the
    IPv6 one always speaks VRRPv3 (RFC 5798), ``version`` is the other's.
    """

    lbs: tuple[LbSettings, ...]
    vips: tuple[VipSettings, ...]
    vrid: int
    advert_int_s: float = 1.0
    version: int = 2
    unicast: bool = False
    password: str | None = None
    preempt: bool = True
    preempt_delay_s: float = 0.0
    check: CheckSettings | None = CheckSettings()
    script_user: str = "keepalived_script"
    garp_refresh_s: int = 60

    def lb(self, host: str) -> LbSettings:
        """Return an LB's own settings; ``KeyError`` if it is none of the pair."""
        for one in self.lbs:
            if one.host == host:
                return one
        raise KeyError(host)

    def of_family(self, family: int) -> tuple[VipSettings, ...]:
        """Return the addresses of a family (4 or 6)."""
        return tuple(vip for vip in self.vips if vip.family == family)
