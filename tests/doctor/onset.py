"""A fault is made on a watched pair: what is found, and how long that takes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from haconsole.domain.rules.finding import Diagnosis
from haconsole.lab.faults import FAULTS
from haconsole.monitor.casework.consult import Consultation
from tests.conformance.worlds import Watched
from tests.live.watching import Watch

#: Fault → the cause that must come first, alone.
EXPECTED = {
    "stop": "keepalived-stopped",
    "crash": "ghost-vip",
    "freeze": "keepalived-frozen",
    "nginx-stop": "nginx-dead",
    "nginx-broken": "nginx-config-broken",
    "vrrp-block": "firewall-blocks-vrrp",
    "link-down": "link-down",
    "auth-mismatch": "auth-mismatch",
    "vrid-mismatch": "vrid-mismatch",
    "advert-mismatch": "advert-int-mismatch",
    "vip-mismatch": "vip-list-mismatch",
    "ghost-vip": "ghost-vip",
    "sshd-stop": "sshd-gone",
}
assert set(EXPECTED) == set(FAULTS)
#: Seconds from the onset: seen by watching, and where a link has to be given up first.
PASSIVE_S, ACTIVE_S = 10.0, 30.0
_SLOW = frozenset({"link-down", "sshd-stop"})


def limit_s(fault: str) -> float:
    return ACTIVE_S if fault in _SLOW else PASSIVE_S


def causes_of(diagnosis: Diagnosis) -> list[str]:
    """Return its causes.

    A machine that tests much at once starves its demos and labs, and their keepalived says so.
    """
    return [one.cause for one in diagnosis.findings if one.cause != "host-starved"]


@dataclass
class Doctor:
    """A consultation that follows a watched pair, and everything that it said."""

    consultation: Consultation
    watch: Watch
    said: list[tuple[float, Diagnosis]] = field(default_factory=list)

    def causes(self) -> list[str]:
        """Return what was said last; ``?`` before anything was."""
        return causes_of(self.said[-1][1]) if self.said else ["?"]

    async def until(self, causes: list[str], within_s: float) -> float:
        """Return how long it took until exactly these causes were said."""
        began = time.monotonic()
        try:
            await self.watch.until(lambda: self.causes() == causes, within_s)
        except AssertionError:
            raise AssertionError(f"wanted {causes}, said {self.told()}") from None
        return time.monotonic() - began

    def told(self) -> list[str]:
        """Everything that was said, with its evidence, for whoever reads a failure."""
        return [
            f"{one.cause} {one.nodes}: {'; '.join(str(e.note) for e in one.evidence)}"
            for one in self.said[-1][1].findings
        ]

    async def until_first(self, cause: str, within_s: float) -> float:
        began = time.monotonic()
        await self.watch.until(lambda: self.causes()[:1] == [cause], within_s)
        return time.monotonic() - began


@contextlib.asynccontextmanager
async def following(case: Watched) -> AsyncIterator[Doctor]:
    """Follow the diagnosis of a watched pair."""
    watch = case.watch
    (cluster,) = watch.state.site.clusters
    doctor = Doctor(Consultation(watch.monitor, watch.door, cluster), watch)

    def tell(diagnosis: Diagnosis) -> None:
        doctor.said.append((time.monotonic(), diagnosis))
        watch.changed.set()

    task = asyncio.create_task(doctor.consultation.follow(tell))
    try:
        yield doctor
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@dataclass(frozen=True)
class Onset:
    """What became of one fault: seconds until its cause came first, and all that was said."""

    first_s: float
    before: list[str]
    #: Every list of causes that was said since the onset, in order.
    lists: list[list[str]]
    after: list[str]


async def onset(case: Watched, fault: str) -> Onset:
    """Make a fault on a healthy pair, wait for its cause, heal, and wait until nothing is wrong."""
    async with following(case) as doctor:
        await doctor.until([], 20.0)
        before = doctor.causes()
        marked = len(doctor.said)
        try:
            await case.world.fault(fault)
            first_s = await doctor.until_first(EXPECTED[fault], limit_s(fault) + 20.0)
            # What comes next, while the pair settles, must not be made up either.
            await doctor.until([EXPECTED[fault]], 20.0)
            lists = [causes_of(d) for _, d in doctor.said[marked:]]
        finally:
            await case.heal()
        await doctor.until([], 40.0)
        return Onset(first_s, before, lists, doctor.causes())
