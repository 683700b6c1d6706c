"""What clients feel during an exam: a probe through the VIP, summed up as it goes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from haconsole.domain.model import Cluster
from haconsole.domain.outage_series import Sample
from haconsole.procedures.drill.preparing import backend_words
from haconsole.procedures.drill.probe import Probe, ProbeError, open_probe
from haconsole.procedures.drill.probe.orders import MOST_S
from haconsole.training.exam_standing import Felt
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

#: Requests a second: enough to feel an outage, too few to load anybody.
RATE_HZ = 20.0


class Clients:
    """Clients of a cluster's first VIP, for the length of a round."""

    def __init__(self, door: Door, cluster: Cluster, limit_s: float) -> None:
        self._probe: Probe | None = None
        with contextlib.suppress(ProbeError):
            self._probe = open_probe(
                door,
                cluster,
                cluster.vips[0],
                place="",
                rate_hz=RATE_HZ,
                # Of a round that lasts longer than a probe may, the rest is not felt.
                limit_s=min(limit_s, MOST_S),
                backends=backend_words(cluster),
            )

    async def start(self) -> None:
        """Begin to ask. Where no probe can run, nothing is felt, and the exam goes on."""
        if self._probe is None:
            return
        try:
            await self._probe.start()
        except (ProbeError, TransportError):
            self._probe = None

    async def stop(self) -> None:
        """Ask no more."""
        if self._probe is not None:
            await self._probe.stop()

    def felt(self) -> Felt:
        """Return what was felt so far."""
        if self._probe is None:
            return Felt()
        return summed_up(self._probe.samples, self._probe.rate_hz)


def summed_up(samples: Sequence[Sample], rate_hz: float) -> Felt:
    """Return what a series of requests means: how many failed, and the longest gap. Pure."""
    failed, gap_s = 0, 0.0
    good_at: float | None = None
    failing = False
    for one in samples:
        if one.judged() is not None:
            failed += 1
            failing = True
            begin = one.sent_at if good_at is None else good_at
            gap_s = max(gap_s, one.sent_at - begin)
            good_at = begin
        else:
            if failing and good_at is not None:
                gap_s = max(gap_s, one.sent_at - good_at)
            good_at, failing = one.sent_at, False
    answering = samples[-1].judged() is None if samples else None
    return Felt(rate_hz, len(samples), failed, round(gap_s, 3), answering)
