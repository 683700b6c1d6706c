"""What a probe is told, and what it may be told: only ever a VIP of the inventory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from haconsole import __version__
from haconsole.domain.model import Cluster, Site, Vip
from haconsole.domain.outage_series import TIMEOUT_S
from haconsole.procedures.errors import ProcedureError
from haconsole.words import t

#: Requests a second that may be asked for, and for how long, seconds.
MOST_HZ, LEAST_HZ = 1000.0, 1.0
MOST_S = 900.0
#: Over TLS each request costs a handshake (resumed; here a quarter of a core at this rate).
TLS_HZ = 200.0
#: Backends and words by which their answers are known; each word in ASCII.
_MOST_WORDS = 200


class ProbeError(ProcedureError):
    """A probe cannot be made, or does not start; ``str(error)`` is one clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the program is told. ``rate`` in requests a second, times in seconds."""

    address: str
    port: int
    path: str
    #: What the requests carry as ``Host``.
    host: str
    tls: bool
    rate: float
    limit_s: float
    backends: Sequence[tuple[str, Sequence[str]]] = field(default=())
    timeout: float = TIMEOUT_S
    #: Whether the end of standard input ends it.
    lifeline: bool = False
    #: Whether it may ask sudo for a higher priority (where the inventory lets us become root).
    sudo: bool = False

    def at_most(self, rate_hz: float) -> Orders:
        """Return the orders at no more than that rate."""
        return replace(self, rate=min(self.rate, rate_hz))

    def text(self) -> str:
        """Return the program's argument."""
        told = asdict(self)
        told["for"] = told.pop("limit_s")
        return json.dumps({**told, "agent": f"haconsole/{__version__} (drill)"})


def give(
    site: Site,
    cluster: Cluster,
    vip: Vip,
    *,
    rate_hz: float,
    limit_s: float,
    backends: Mapping[str, Sequence[str]],
) -> Orders:
    """Return the orders to ask ``vip``; ``ProbeError`` where it is none of the inventory's."""
    if cluster not in site.clusters or vip not in cluster.vips:
        raise ProbeError(
            t(
                "{address} is no VIP of {cluster} in the inventory: a probe asks nothing else.",
                address=vip.address,
                cluster=cluster.name,
            )
        )
    if not LEAST_HZ <= rate_hz <= MOST_HZ:
        raise ProbeError(
            t(
                "A probe asks {least:g} to {most:g} times a second, not {rate:g}.",
                least=LEAST_HZ,
                most=MOST_HZ,
                rate=rate_hz,
            )
        )
    if not 0 < limit_s <= MOST_S:
        raise ProbeError(
            t("A probe runs for {most:g} s at most, not {limit:g}.", most=MOST_S, limit=limit_s)
        )
    parts = vip.url.split("/", 3)
    known = [(name, [word for word in words if word.isascii()]) for name, words in backends.items()]
    return Orders(
        address=vip.address,
        port=vip.check_port,
        path="/" + parts[3],
        host=parts[2],
        tls=vip.check_tls,
        rate=min(rate_hz, TLS_HZ) if vip.check_tls else rate_hz,
        limit_s=limit_s,
        backends=known[:_MOST_WORDS],
    )
