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


async def asked_from(door: Door, cluster: Cluster) -> str | None:
    """Return the jump host nearest to the LBs, or ``""``: this machine reaches them itself.

    ``None``: nowhere that can be asked from is near them. Raises ``RefusedError`` where the SSH
    configuration, which may name a jump host too, cannot be used.
    """
    return await door.near(cluster.lbs[0].name)


def unasked(vip: Vip, at: float) -> AnswerSeen:
    """Return the event that tells that nobody can ask."""
    return AnswerSeen(at=at, host="", vip=vip.address, answer=None)


async def ask(door: Door, via: str, vip: Vip, at: float) -> AnswerSeen | None:
    """Ask once; ``None`` when ``via`` is not there to ask through, or we were late."""
    try:
        status, seconds = await door.http_get(via or None, vip.url, TIMEOUT_S)
        answer = Answer(status, seconds, via)
    except (LinkDownError, LateError):
        return None  # no word on the VIP
    except TransportError as error:
        answer = Answer(None, TIMEOUT_S, via, str(error))
    known = any(host.name == via for host in door.site.every_host)
    return AnswerSeen(at=at, host=via if known else "", vip=vip.address, answer=answer)
