"""A probe of one VIP: started where clients are, its samples as they come."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from haconsole.domain.model import Become, Cluster, Host, Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.outage_series import Sample
from haconsole.transport.door import Door
from haconsole.transport.errors import LinkDownError, TransportError
from haconsole.words import t

from . import forward
from .orders import Orders, ProbeError, give
from .series import Series
from .shipping import program
from .sources import GRACE_S, NO_PYTHON, NO_PYTHON_STATUS, AsChild, OnHost, Source

#: Where a probe runs: on the operator's machine, on the last jump host before the LBs.
HERE, JUMP = "here", "jump"
#: Seconds from the start to the first line: a login, an interpreter, a process of ours.
START_S = 15.0

#: Called with the samples that came.
Listener = Callable[[Sequence[Sample]], None]


class Probe:
    """A probe; made by :func:`open_probe`. Nothing runs before ``start``.

    ``place``: where it runs, in words. ``clock_host``: whose epoch clock the samples are on
    (``""``: this machine's). ``rate_hz``: requests a second at most; lower than asked where it
    asks through SSH forwarding or over TLS. ``ended``: why it ended, when nobody stopped it.
    """

    def __init__(self, door: Door, host: Host | None, orders: Orders) -> None:
        self._door = door
        self._host = host
        self._orders = orders
        # What is more than was ordered is not believed, and not kept.
        most = int(orders.rate * orders.limit_s) + 2
        self._series = Series([name for name, _ in orders.backends], most)
        self._source: Source | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._listeners: list[Listener] = []
        self._status: int | None = None
        self.ended: Note | None = None
        self.place = note("this machine") if host is None else note("{host}", host=host.name)
        self.clock_host = "" if host is None else host.name
        self.rate_hz = orders.rate

    @property
    def samples(self) -> list[Sample]:
        """Every judged request, as they were judged: epoch seconds of ``clock_host``'s clock."""
        return self._series.samples

    @property
    def stalls(self) -> list[tuple[float, float]]:
        """Long waits of the keep-alive stream: (since, seconds); the last may go on."""
        return self._series.stalls

    @property
    def judged_until(self) -> float:
        """Requests sent before this moment are all among the samples; of later ones failures lack.

        A failure is known when its time-out is over, half a second after good answers.
        """
        return self._series.judged_until

    @property
    def newest_lag_s(self) -> float:
        """How late the probe itself was lately, seconds."""
        return self._series.newest_lag_s

    @property
    def cpu(self) -> float | None:
        """The share of one core that it takes where it runs; ``None``: not known yet."""
        used, seconds = self._series.cost_s
        return used / seconds if seconds >= 0.5 else None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with the samples that come from now on; returns what ends that.

        It is called with none when the probe ends, or a stall goes on.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Start it where it is to run; returns with its first line. ``ProbeError`` says why not."""
        if self._host is None:
            argv = [sys.executable, "-I", "-c", program()]
            orders = replace(self._orders, lifeline=True)
            await self._begin(AsChild([*argv, orders.text()]))
            return
        why = await self._begin_on(self._host)
        if why is not None:
            await self._begin_forwarded(self._host, why)

    async def stop(self) -> None:
        """End it; its last samples are taken first where that is quick."""
        task, self._task = self._task, None
        if task is None:
            return
        own = task.done()
        if self._source is not None and not own:
            await self._source.finish()
            if isinstance(self._source, AsChild):
                await asyncio.wait({task}, timeout=GRACE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not own:
            self.ended = None

    async def _begin_on(self, host: Host) -> Note | None:
        """Start it on a host; returns why the host cannot run it, if that is so."""
        try:
            orders = replace(self._orders, sudo=host.access.become is Become.SUDO)
            await self._begin(OnHost(self._door, host.name, orders))
        except _NoPythonError:
            return note("no Python there")
        except _NoShellError:
            return note("no shell there")
        return None

    async def _begin_forwarded(self, host: Host, why: Note) -> None:
        """Start it here, through the host's SSH forwarding, at a rate that this can hold."""
        self._orders = self._orders.at_most(forward.RATE_HZ)
        self.rate_hz = self._orders.rate
        self.clock_host = ""
        self.place = note(
            "{host}, through SSH forwarding ({why}), at most {rate} requests a second",
            host=host.name,
            why=why,
            rate=round(self.rate_hz),
        )
        try:
            await self._begin(AsChild(*forward.child(self._door.site, host, self._orders)))
        except ProbeError as error:
            raise ProbeError(
                t(
                    "{reason} It logs in there apart from this console, and nobody is asked for "
                    "that: say another place ({names}).",
                    reason=str(error),
                    names=_places(self._door, host.access.jumps, but=host.name),
                )
            ) from error

    async def _begin(self, source: Source) -> None:
        self._source, self._status, self.ended = source, None, None
        self._begun.clear()
        task = self._task = asyncio.create_task(self._read(source), name="probe")
        begun = asyncio.create_task(self._begun.wait())
        try:
            await asyncio.wait({task, begun}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            begun.cancel()
            if not self._begun.is_set():
                task.cancel()
        if not self._begun.is_set():
            self._task = None
            await asyncio.gather(task, return_exceptions=True)
            self._raise_unbegun(task)

    def _raise_unbegun(self, task: asyncio.Task[None]) -> None:
        if self._series.word == NO_PYTHON and self._status == NO_PYTHON_STATUS:
            self._series.word = ""
            raise _NoPythonError
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TransportError) and not isinstance(error, LinkDownError):
            raise _NoShellError from error
        reason = str(error) if error is not None else str(self.ended or "")
        raise ProbeError(
            t(
                "The probe does not start ({place}): {reason}",
                place=str(self.place),
                reason=reason or t("it said nothing for {seconds:g} s.", seconds=START_S),
            )
        ) from error

    async def _read(self, source: Source) -> None:
        """Take lines until there are no more. Raises only before the first one."""
        problem = ""
        try:
            async with contextlib.aclosing(source.lines()) as batches:
                async for batch in batches:
                    self._take(batch.lines)
                    if batch.exit_status is not None:
                        self._status, problem = batch.exit_status, batch.problem
        except (TransportError, OSError) as error:
            if not self._begun.is_set():
                raise
            self.ended = note("its link was lost: {text}", text=str(error))
        else:
            self.ended = _why(self._series.word, self._status, problem)
        finally:
            self._tell(())

    def _take(self, lines: Sequence[str]) -> None:
        count = self._series.feed(lines)
        if self._series.began_at is not None:
            self._begun.set()
        if count or self._series.stalls:
            self._tell(self._series.samples[-count:] if count else ())

    def _tell(self, samples: Sequence[Sample]) -> None:
        for listener in list(self._listeners):
            listener(samples)


class _NoPythonError(Exception):
    """The host has no Python."""


class _NoShellError(Exception):
    """The host gives us no shell, or no session for this."""


def open_probe(
    door: Door,
    cluster: Cluster,
    vip: Vip,
    *,
    place: str,
    rate_hz: float,
    limit_s: float,
    backends: Mapping[str, Sequence[str]],
) -> Probe:
    """Return a probe of a VIP; ``ProbeError`` where the inventory has no such VIP or place.

    ``place``: ``here``, ``jump``, a host's name; empty: ``jump`` where there is one. ``rate_hz``:
    requests a second at most. It ends by itself after ``limit_s`` seconds. ``backends``: a web
    node's name → the words by which its answers are known (in header or body).
    """
    orders = give(door.site, cluster, vip, rate_hz=rate_hz, limit_s=limit_s, backends=backends)
    return Probe(door, _host(door, cluster, place), orders)


def _host(door: Door, cluster: Cluster, place: str) -> Host | None:
    """Return the host where the probe runs; ``None``: this machine."""
    jumps = cluster.lbs[0].access.jumps
    if place == HERE or (not place and not jumps):
        return None
    if place in (JUMP, ""):
        if not jumps:
            raise ProbeError(
                t("{cluster} has no jump host: say “here” or a host.", cluster=cluster.name)
            )
        place = jumps[-1]
    try:
        return door.site.host(place)
    except KeyError:
        names = _places(door, jumps)
        raise ProbeError(
            t("There is no place {place} for a probe: say {names}.", place=place, names=names)
        ) from None


def _places(door: Door, jumps: Sequence[str], but: str = "") -> str:
    """Return the places for a probe, as a sentence names them."""
    names = [HERE, *([JUMP] if jumps and jumps[-1] != but else [])]
    return ", ".join([*names, *(host.name for host in door.site.hosts if host.name != but)])


def _why(word: str, status: int | None, problem: str) -> Note:
    """Return why the program ended by itself."""
    if word == "sockets":
        return note("the machine where it runs has no more sockets for it")
    if word == "unread":
        return note("nobody read what it wrote")
    if word:
        return note("{text}", text=word)
    if status == 0:
        return note("its time was over")
    return note(
        "it ended with status {status}: {problem}",
        status=-1 if status is None else status,
        problem=problem or note("it gave no reason"),
    )
