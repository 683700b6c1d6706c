"""What a recording's lines are: the head, events, repeated events, marks, files, the end."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from haconsole import __version__
from haconsole.domain.events import Event, HitsSeen
from haconsole.domain.hits import Hit
from haconsole.domain.model import Host, Site
from haconsole.parsers.masking import mask_secrets

from .recording_codec import encode, encode_event
from .recording_hits import Thinner, counts

#: Version of the format; a reader refuses newer ones. It rises when a row changes its meaning.
VERSION = 2
#: What the first line names itself as.
KIND = "haconsole recording"


def anonymous(site: Site) -> Site:
    """Return a site without who we are on its hosts: users, ports, keys, files of this machine."""

    def host(one: Host) -> Host:
        access = replace(
            one.access, user=None, port=None, identity_files=(), ssh_config=(), known_hosts=None
        )
        return replace(one, access=access)

    def all_of(some: tuple[Host, ...]) -> tuple[Host, ...]:
        return tuple(map(host, some))

    clusters = tuple(
        replace(one, lbs=all_of(one.lbs), webs=all_of(one.webs)) for one in site.clusters
    )
    return replace(site, clusters=clusters, jumps=all_of(site.jumps))


def line(row: Mapping[str, Any]) -> str:
    """Return a row as it stands in the file."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def head(site: Site, begun: float, part: int = 1) -> dict[str, Any]:
    """Return the first row. ``begun``: when the session began, epoch seconds.

    ``part``: a session fills several files, one after the other; each can be replayed alone.
    """
    return {
        "kind": KIND,
        "version": VERSION,
        "by": f"haconsole {__version__}",
        "begun": begun,
        "part": part,
        "site": encode(site, mask_secrets),
    }


@dataclass(slots=True)
class Last:
    """What was written last of one kind about one host."""

    event: Event
    values: tuple[Any, ...]


class Writer:
    """Makes rows of events. A reading that is as the one before takes a short row."""

    def __init__(self, a_second: int | None = None) -> None:
        self._a_second = a_second
        self._thin: dict[str, Thinner] = {}
        self.last: dict[tuple[str, str, str], Last] = {}

    def row(self, event: Event) -> dict[str, Any]:
        """Return the row of an event."""
        if isinstance(event, HitsSeen):
            return self._hits(event)
        kind: Any = type(event)
        key = (kind.__name__, event.host, getattr(event, "vip", ""))
        names = _compared(kind)
        if names is None:
            return encode_event(event, mask_secrets)
        values = tuple([getattr(event, name) for name in names])
        known = self.last.get(key)
        self.last[key] = Last(event, values)
        if known is not None and _alike(known.values, values):
            again = {"again": key[0], "at": event.at, "host": event.host}
            return again | ({"vip": key[2]} if key[2] else {})
        return encode_event(event, mask_secrets)

    def _hits(self, event: HitsSeen) -> dict[str, Any]:
        thin = self._thin.get(event.host)
        if thin is None:
            thin = Thinner() if self._a_second is None else Thinner(self._a_second)
            self._thin[event.host] = thin
        kept, rest = thin.split(event.at, event.hits)
        row = encode_event(replace(event, hits=()), mask_secrets)
        row["hits"] = [_hit_row(hit) for hit in kept]
        if rest:
            row["more"] = counts(rest, mask_secrets)
        return row


def _hit_row(hit: Hit) -> list[Any]:
    return [mask_secrets(item) if isinstance(item, str) else item for item in hit]


def _alike(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    # An address's flags are no part of its identity, and are of what is read: ``repr`` has them.
    return one == other and repr(one) == repr(other)


#: Events that are news each time, however alike: not readings.
_NEWS = frozenset({"DaemonLogged", "JournalRead", "AddressChanged", "HitsSeen"})


@lru_cache(maxsize=64)
def _compared(kind: Any) -> tuple[str, ...] | None:
    if kind.__name__ in _NEWS:
        return None
    names = (field.name for field in dataclasses.fields(kind))
    return tuple(name for name in names if name not in ("at", "host"))
