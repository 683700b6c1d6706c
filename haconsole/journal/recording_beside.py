"""What a diagnosis learnt beside the events, as lines of a recording, and back.

A line holds what has changed: hosts whose readings are other than before (``null``: they cannot
be asked any more), and the evidence of closer looks where that is other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from haconsole.parsers.masking import mask_secrets

from .recording_codec import CodecError, decode, encode

if TYPE_CHECKING:
    from haconsole.monitor.casework.beside import Beside
    from haconsole.monitor.casework.build import Active
    from haconsole.monitor.casework.extras import Extras


@dataclass(frozen=True, slots=True)
class BesideRow:
    """One line. ``active`` ``None``: as before."""

    at: float
    cluster: str
    extras: Mapping[str, Extras | None]
    active: Active | None = None

    def row(self) -> dict[str, Any]:
        """Return the line."""
        made: dict[str, Any] = {"beside": self.cluster, "at": self.at}
        if self.extras:
            made["extras"] = {host: _extras(one) for host, one in self.extras.items()}
        if self.active is not None:
            made["active"] = encode(self.active, mask_secrets)
        return made


class BesideWriter:
    """Makes lines of what is told again and again: each holds what is new."""

    def __init__(self) -> None:
        self._known: dict[str, Beside] = {}

    def row(self, told: Beside) -> dict[str, Any] | None:
        """Return the line; ``None`` where nothing has changed but when it was read."""
        before = self._known.get(told.cluster)
        self._known[told.cluster] = told
        old = before.extras if before is not None else {}
        changed: dict[str, Extras | None] = {
            host: one
            for host, one in told.extras.items()
            if host not in old or _gist(old[host]) != _gist(one)
        }
        changed |= dict.fromkeys(old.keys() - told.extras.keys())
        looked = before is None or before.active != told.active
        if not changed and not looked:
            return None
        return BesideRow(told.at, told.cluster, changed, told.active if looked else None).row()

    def whole(self) -> list[dict[str, Any]]:
        """Return a line a cluster with all that is known: what a file begins with."""
        return [
            BesideRow(one.at, one.cluster, dict(one.extras), one.active).row()
            for one in self._known.values()
        ]


def read_row(row: Mapping[str, Any]) -> BesideRow:
    """Return what a line says; raises ``CodecError``."""
    from haconsole.monitor.casework.build import Active
    from haconsole.monitor.casework.extras import Extras

    told = row.get("extras", {})
    if not isinstance(told, dict):
        raise CodecError("an object is missing (extras)")
    extras: dict[str, Extras | None] = {
        decode(str, host): decode(Extras | None, one) for host, one in told.items()
    }
    active: Active | None = decode(Active | None, row.get("active"))
    return BesideRow(decode(float, row.get("at")), decode(str, row.get("beside")), extras, active)


def beside_at(rows: Iterable[BesideRow], cluster: str, at: float) -> Beside:
    """Return what was known beside the events at a moment."""
    from haconsole.monitor.casework.beside import Beside
    from haconsole.monitor.casework.build import Active

    extras: dict[str, Extras] = {}
    active, since = Active(), at
    for one in rows:
        if one.cluster != cluster or one.at > at:
            continue
        since = one.at
        for host, read in one.extras.items():
            if read is None:
                extras.pop(host, None)
            else:
                extras[host] = read
        active = one.active if one.active is not None else active
    return Beside(since, cluster, extras, active)


def _extras(one: Extras | None) -> Any:
    """The files have lines of their own, and the journal is among the events."""
    return None if one is None else encode(replace(one, files={}, log=None), mask_secrets)


def _gist(one: Extras) -> Any:
    """Return what was read, without when."""
    return _timeless(_extras(one))


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key != "at"}
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    return value
