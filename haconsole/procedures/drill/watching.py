"""Which kernels took the VIP or gave it up during a drill, from what the feed tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from haconsole.domain.events import AddressChanged, AddressesRead, Event, LinkChanged, LinkStatus
from haconsole.domain.model import Cluster
from haconsole.domain.outage_series import OwnerEvent
from haconsole.domain.state import State
from haconsole.monitor.feed import Feed

#: How wrong the stamp of a kernel's event may be when the node did not stamp it, seconds.
_UNSTAMPED_S = 0.25


@dataclass(frozen=True, slots=True)
class RawEvent:
    """A kernel's word about the VIP. ``at``: the node's clock where ``stamped``, else ours."""

    host: str
    at: float
    owns: bool
    stamped: bool = True
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """A while in which a host could not be seen, console's clock; ``until`` ``None``: still so."""

    host: str
    since: float
    until: float | None = None


class Ownerships:
    """Follows the kernels of a cluster's LBs from now on.

    A kernel that could not be seen for a while may have changed its mind meanwhile: what the
    first word afterwards shows is told as an event in the middle of the gap, with an error of
    half of it.
    """

    def __init__(self, feed: Feed, cluster: Cluster, vip: str, changed: Callable[[], None]) -> None:
        self._vip = vip
        self._lbs = {lb.name for lb in cluster.lbs}
        self._changed = changed
        self.raw: list[RawEvent] = []
        self.gaps: list[Gap] = []
        state = feed.state
        self.initial = tuple(
            lb.name
            for lb in cluster.lbs
            if any(one.address == vip for one in state.host(lb.name).addresses.value or ())
        )
        self._holds = {name: name in self.initial for name in self._lbs}
        self._cut: set[str] = set()
        self._told_at = dict.fromkeys(self._lbs, feed.now())
        for name in self._lbs:
            if state.host(name).link.status is not LinkStatus.UP:
                self.gaps.append(Gap(name, state.at))
        self._end = feed.subscribe(self._hear)

    def cut_off(self, host: str, at: float) -> None:
        """Take it that a host cannot be seen from now on, before its link is known to be lost."""
        self._cut.add(host)
        if host in self._lbs and self._open_gap(host) is None:
            self.gaps.append(Gap(host, at))

    def close(self) -> None:
        """Follow no more."""
        self._end()

    @property
    def owners(self) -> frozenset[str]:
        """Which kernels hold the VIP now, as far as they can be seen."""
        return frozenset(name for name, holds in self._holds.items() if holds)

    def unseen(self, since: float, until: float) -> tuple[str, ...]:
        """Return the LBs that could not be seen for some of a while (console's clock)."""
        found = {
            gap.host
            for gap in self.gaps
            if gap.since <= until and (gap.until is None or gap.until >= since)
        }
        return tuple(sorted(found))

    def placed(self, place: Callable[[str, float], tuple[float, float]]) -> tuple[OwnerEvent, ...]:
        """Return the events on the console's clock, oldest first.

        ``place``: (host, its stamp) → (console's time, error), seconds.
        """
        found = []
        for raw in self.raw:
            at, error_s = place(raw.host, raw.at) if raw.stamped else (raw.at, 0.0)
            found.append(OwnerEvent(at, raw.host, raw.owns, error_s + raw.error_s))
        return tuple(sorted(found, key=lambda one: one.at))

    def _hear(self, events: Sequence[Event], state: State) -> None:
        news = len(self.raw)
        for event in events:
            if event.host not in self._lbs:
                continue
            if isinstance(event, LinkChanged):
                self._link(event)
            elif isinstance(event, AddressChanged) and event.address.address == self._vip:
                self._kernel(event)
            elif isinstance(event, AddressesRead):
                self._reading(event, state)
        if len(self.raw) != news:
            self._changed()

    def _open_gap(self, host: str) -> int | None:
        return next(
            (i for i, gap in enumerate(self.gaps) if gap.host == host and gap.until is None), None
        )

    def _link(self, event: LinkChanged) -> None:
        self._cut.discard(event.host)
        if event.status is not LinkStatus.UP and self._open_gap(event.host) is None:
            self.gaps.append(Gap(event.host, event.at))

    def _close_gap(self, host: str, at: float) -> Gap | None:
        index = self._open_gap(host)
        if index is None:
            return None
        self.gaps[index] = gap = Gap(host, self.gaps[index].since, at)
        return gap

    def _kernel(self, event: AddressChanged) -> None:
        host = event.host
        self._cut.discard(host)
        gap = self._close_gap(host, event.at)
        if self._holds[host] is event.added and not self._exact(event) and gap is not None:
            self._between(host, gap.since, event.at, owns=not event.added)
        self._holds[host], self._told_at[host] = event.added, event.at
        stamped = event.node_at is not None
        at = event.at if event.node_at is None else event.node_at
        error_s = 0.0 if stamped else _UNSTAMPED_S
        self.raw.append(RawEvent(host, at, event.added, stamped, error_s))

    def _exact(self, event: AddressChanged) -> bool:
        """Take back what a reading told of this very event before its stream did."""
        told = next((one for one in reversed(self.raw) if one.host == event.host), None)
        if told is None or told.stamped or told.owns is not event.added:
            return False
        if abs(event.at - told.at) > told.error_s + _UNSTAMPED_S:
            return False
        self.raw.remove(told)
        return True

    def _reading(self, event: AddressesRead, state: State) -> None:
        """Tell of what happened while there was no stream; where there is one it knows better."""
        host = event.host
        if host in self._cut or event.at < max(state.host(host).link.since, self._told_at[host]):
            return
        gap = self._close_gap(host, event.at)
        since = gap.since if gap is not None else self._told_at[host]
        holds = any(one.address == self._vip for one in event.addresses)
        if holds is not self._holds[host]:
            self._holds[host] = holds
            self._between(host, since, event.at, owns=holds)
        self._told_at[host] = event.at

    def _between(self, host: str, since: float, until: float, *, owns: bool) -> None:
        half_s = (until - since) / 2
        self.raw.append(RawEvent(host, since + half_s, owns, False, half_s))
