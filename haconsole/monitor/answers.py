"""Asking the VIPs for an answer, from where the clients' side can be reached."""

from __future__ import annotations

from haconsole.domain.events import AnswerSeen
from haconsole.domain.facts import Answer
from haconsole.domain.model import Cluster, Vip
from haconsole.transport.door import Door
from haconsole.transport.errors import LateError, LinkDownError, TransportError

#: Seconds between two questions, and until one is given up.
PERIOD_S = 2.0
TIMEOUT_S = 1.0


def asked_from(cluster: Cluster) -> str | None:
    """Return the jump host nearest to the LBs, or ``None``: this machine reaches them itself."""
    jumps = cluster.lbs[0].access.jumps
    return jumps[-1] if jumps else None


async def ask(door: Door, cluster: Cluster, vip: Vip, at: float) -> AnswerSeen | None:
    """Ask once; ``None`` when the jump host is not there to ask through, or we were late."""
    via = asked_from(cluster)
    try:
        status, seconds = await door.http_get(via, vip.url, TIMEOUT_S)
        answer = Answer(status, seconds, via or "")
    except (LinkDownError, LateError):
        return None  # no word on the VIP
    except TransportError as error:
        answer = Answer(None, TIMEOUT_S, via or "", str(error))
    return AnswerSeen(at=at, host=via or "", vip=vip.address, answer=answer)
