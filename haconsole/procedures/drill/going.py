"""A drill while it goes on: the plan run, the probe beside it, and the waits in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.domain.outage_series import Injection, OwnerEvent, Sample
from haconsole.monitor.feed import Feed
from haconsole.procedures.drill import views
from haconsole.procedures.drill.ask import ABOUT
from haconsole.procedures.drill.marks import Marks
from haconsole.procedures.drill.patience import Patience
from haconsole.procedures.drill.plan import HOLD_BASELINE, HOLD_OBSERVE, HOLD_SETTLE
from haconsole.procedures.drill.preparing import Prepared, backend_words, is_read, offsets
from haconsole.procedures.drill.probe import Offset, Probe, open_probe
from haconsole.procedures.drill.standing import Stage
from haconsole.procedures.drill.strip import Strip
from haconsole.procedures.drill.troubles import Troubles
from haconsole.procedures.drill.watching import Ownerships
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunProgress
from haconsole.transport.door import Door

#: Seconds between two looks at everything.
TICK_S = 0.1
#: How long every request must have been answered before the fault is made, and how long that
#: may take to come about, seconds.
BASELINE_S, _BASELINE_PATIENCE_S = 1.0, 8.0
#: Between the end of watching and the node's own undo, seconds.
MARGIN_S = 3.0
#: For how long all must have been well in the end, seconds; and how often that is read anew.
_SETTLED_S, _REREAD_S = 1.2, 4.0
#: What the probe may need beyond the limit: looks, arming, undoing, settling. Seconds.
_AROUND_S = 240.0


class Going:
    """One run of one drill. ``tell(**changes)`` takes what changes of its progress."""

    def __init__(
        self,
        door: Door,
        feed: Feed,
        cluster: Cluster,
        prepared: Prepared,
        *,
        who: str | None,
        clock: Callable[[], float],
        tell: Callable[..., None],
    ) -> None:
        assert prepared.plan is not None  # noqa: S101 - only begun where there is one
        assert prepared.prediction is not None  # noqa: S101 - and a prediction
        self.prepared = prepared
        self.prediction = prepared.prediction
        self.early: Note | None = None
        self.settled = False
        self.since = self.began = clock()
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._clock = clock
        self._tell = tell
        self._ask = prepared.ask
        self.clocks: dict[str, Offset] = dict(prepared.clocks)
        holds = {
            HOLD_BASELINE: self._sure(self._baseline),
            HOLD_OBSERVE: self._sure(self._observe),
            HOLD_SETTLE: self._sure(self._settle),
        }
        self.run = Run(door, prepared.plan, who=who, clock=clock, holds=holds)
        self.marks = Marks(prepared.plan, self._ask.scenario)
        self.probe: Probe = open_probe(
            door,
            cluster,
            prepared.vip,
            place=self._ask.place,
            rate_hz=self._ask.rate_hz,
            limit_s=self._ask.limit_s + _AROUND_S,
            backends=backend_words(cluster),
        )
        self.strip = Strip(self.probe.place, self.probe.rate_hz)
        self.kernels = Ownerships(feed, cluster, prepared.vip.address, self.look)
        self._patience = Patience(prepared.situation, self.prediction, self._ask)
        self._pulse = asyncio.Event()
        self._enough = False
        self._taken_at: float | None = None
        #: The web nodes that answered just before the fault.
        self._backends: frozenset[str] = frozenset()
        self.troubles = Troubles(feed, cluster)
        self._initial: frozenset[str] = self.kernels.owners

    def undo_now(self) -> None:
        """End watching: the orderly undo follows; before the fault, end the drill."""
        self._enough = True
        if self.marks.broken is None and self.marks.stage in (Stage.ARMING, Stage.PREFLIGHT):
            self.early = note("it was ended before the fault was made")
            self.run.stop()
        self._beat()

    async def execute(self) -> RunProgress:
        """Run it from the first look to the last; raises ``ProbeError`` before anything began."""
        self._tell(stage=Stage.ARMING)
        try:
            await self.probe.start()
            self.strip = Strip(self.probe.place, self.probe.rate_hz)
            wanted = {self.probe.clock_host, *self.run.plan.hosts} - set(self.clocks)
            self.clocks.update(await offsets(self._door, wanted))
            async with self._ticking():
                end = self.run.subscribe(self._on_run)
                try:
                    progress = await self.run.execute()
                    if self.marks.broken is not None and not self.settled:
                        await self._settle()
                finally:
                    end()
            return progress
        finally:
            self.kernels.close()
            await self.probe.stop()
            self.strip.read(self.probe.samples)

    @contextlib.asynccontextmanager
    async def _ticking(self) -> AsyncIterator[None]:
        async def tick() -> None:
            while True:
                with self._told():
                    self.look()
                self._beat()
                await asyncio.sleep(TICK_S)

        task = asyncio.create_task(tick(), name="drill")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Let a mistake of ours end the watching, and never keep a fault from being undone."""
        try:
            yield
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            self.early = self.early or note(
                "this console failed on it ({error}); please report that", error=what
            )
            self._enough = True
            context = {"message": str(self.early), "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def _sure(self, hold: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def held() -> None:
            with self._told():
                await hold()
            if self.marks.broken is None and self.early is not None:
                self.run.stop()

        return held

    def _beat(self) -> None:
        pulse, self._pulse = self._pulse, asyncio.Event()
        pulse.set()

    async def _until(self, done: Callable[[], bool], patience_s: float) -> bool:
        """Wait until it is so; returns whether it came about in time."""
        deadline = self._clock() + patience_s
        while not done():
            if self._clock() >= deadline:
                return False
            await self._pulse.wait()
        return True

    async def _baseline(self) -> None:
        """Watch until requests are answered without a gap; else there is nothing to break."""
        forced = any(one.name == "no-path" for one in self.prepared.forced)
        self.strip.forget_outage()
        good = await self._until(
            lambda: (
                self._enough or self.strip.good_for_s >= BASELINE_S or self.probe.ended is not None
            ),
            BASELINE_S if forced else _BASELINE_PATIENCE_S,
        )
        if self._enough:
            self.early = note("it was ended before the fault was made")
        elif self.probe.ended is not None:
            self.early = note("the probe ended: {why}", why=self.probe.ended or note("unknown"))
        elif not good and not forced:
            self.early = note(
                "the VIP was not answered for {seconds} s without a gap, so nothing was broken",
                seconds=f"{BASELINE_S:g}",
            )
        if self.early is not None:
            return
        self.since = self._clock() - BASELINE_S
        self._initial = self.kernels.owners
        self._backends = answering(self.probe.samples, BASELINE_S)
        self.strip.forget_outage()

    async def _observe(self) -> None:
        """Watch until all that was predicted was seen, or cannot come any more."""
        deadline = min(self.marks.dues.values(), default=self._clock() + self._ask.limit_s)
        await self._until(
            lambda: self._enough or self._seen_enough(), deadline - MARGIN_S - self._clock()
        )
        if self._enough and not self._seen_enough() and self.marks.undone is None:
            self.early = note("it was undone by the operator before its time")

    def _seen_enough(self) -> bool:
        broken = self.marks.broken
        if broken is None or self.probe.ended is not None:
            return True
        return self._patience.over(
            elapsed_s=self._clock() - broken.before,
            taken_s=self._taken_s(),
            served=self.strip.good_for_s >= self._ask.keep_s,
        )

    def _taken_s(self) -> float | None:
        """For how long a kernel has held the VIP that did not before the fault."""
        if not self.kernels.owners - self._initial:
            self._taken_at = None
            return None
        self._taken_at = self._taken_at or self._clock()
        return self._clock() - self._taken_at

    async def _settle(self) -> None:
        """Watch until the pair is as predicted for the end, and nothing is worse than before.

        The kernels tell by themselves where the VIP is. Everything is read anew only afterwards:
        on a small node a reading would make clients wait, and the way back is measured, too.
        """
        self.settled = True
        deadline = self._clock() + self._patience.settle_s
        well_since: float | None = None
        read_at = 0.0
        while (now := self._clock()) < deadline:
            there = self._patience.settled(self.kernels.owners)
            there = there and (self._served_by_all() or self.probe.ended is not None)
            well_since = (well_since or now) if there else None
            if well_since is not None and now - well_since >= _SETTLED_S:
                if read_at and not self.troubles.worse():
                    return
                if now - read_at >= _REREAD_S:
                    await self._reread()
                    read_at = self._clock()
                    continue
            await self._pulse.wait()
        await self._reread()

    def _served_by_all(self) -> bool:
        """Whether clients are answered, and by every web node that did before the fault.

        nginx leaves one out for a while after it failed (``fail_timeout``, 10 s by default), and
        whoever takes the other one away meanwhile leaves nobody.
        """
        return self.strip.good_for_s >= _SETTLED_S and not self.left_out()

    def left_out(self) -> frozenset[str]:
        """Return the web nodes that answered before the fault and do not now."""
        return self._backends - answering(self.probe.samples, _SETTLED_S)

    async def _reread(self) -> None:
        """Read every host of the cluster, and wait for it."""
        asked = self._feed.now()
        for host in self._cluster.hosts:
            await self._feed.refresh(host.name)
        await self._until(lambda: is_read(self._feed.state, self._cluster, asked), _REREAD_S)

    def place(self, host: str, at: float) -> tuple[float, float]:
        """Return a node's stamp on the console's clock, and by how much that may be off."""
        known = self.clocks.get(host)
        return (at, 0.5) if known is None else (known.to_console(at), known.error_s)

    def events(self) -> tuple[OwnerEvent, ...]:
        """Return what the kernels said, on the console's clock."""
        return self.kernels.placed(self.place)

    def unseen(self) -> tuple[str, ...]:
        """Return the LBs that could not be seen while the fault was there."""
        broken, undone = self.marks.broken, self.marks.undone
        if broken is None:
            return ()
        return self.kernels.unseen(broken.before, undone.before if undone else self._clock())

    def _on_run(self, progress: RunProgress) -> None:
        before = self.marks.stage
        self.marks.read(progress, self.place)
        if ABOUT[self._ask.scenario].cuts_off and self.marks.stage is not before is Stage.ARMING:
            self.kernels.cut_off(self.prediction.target, self._clock())
        self.look()

    def look(self) -> None:
        """Tell how all stands now."""
        self.strip.read(self.probe.samples)
        offset_s = self.clocks.get(self.probe.clock_host, Offset()).offset_s
        state, now = self._feed.state, self._feed.now()
        owned = self.events()
        own = [*self.marks.rows, *self.marks.client_rows(self.strip, offset_s)]
        self._tell(
            stage=self.marks.stage,
            run=self.run.progress,
            probe=self.strip.view(offset_s, max((s for _, s in self.probe.stalls), default=0.0)),
            nodes=views.nodes(state, self._cluster, self.prepared.vip, now, self.marks.dues),
            rows=views.rows(
                state, self._cluster, self.began, own, owned, self.prepared.vip.address
            ),
            fault_at=_pair(self.marks.broken),
            undone_at=self.marks.undone.after if self.marks.undone else None,
            outage_from=_less(self.strip.outage_from, offset_s),
            outage_to=_less(self.strip.outage_to, offset_s),
            owned=owned,
        )
        self._beat()


def answering(samples: Sequence[Sample], seconds: float) -> frozenset[str]:
    """Return the backends of the newest good samples; one that tells none counts for nobody."""
    found: set[str] = set()
    newest = samples[-1].sent_at if samples else 0.0
    for sample in reversed(samples):
        if sample.sent_at < newest - seconds:
            break
        if sample.failure is None and sample.backend:
            found.add(sample.backend)
    return frozenset(found)


def _pair(injection: Injection | None) -> tuple[float, float] | None:
    return (injection.before, injection.after) if injection else None


def _less(at: float | None, offset_s: float) -> float | None:
    return None if at is None else at - offset_s
