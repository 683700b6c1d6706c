"""A split brain, recorded live on the demo, replayed: the same verdicts at the same moments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from haconsole.domain.events import Event
from haconsole.domain.ownership import VipVerdict
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Diagnosis
from haconsole.domain.state import State
from haconsole.domain.verdict import SiteVerdict, judge
from haconsole.inventory import load
from haconsole.journal.recording import Recorder
from haconsole.journal.recording_reading import read_recording
from haconsole.journal.replay import Replay
from haconsole.monitor.casework.build import case_of
from haconsole.monitor.casework.consult import Consultation
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.triaging import OwnClinic
from tests.demo.e2e.live import hosts
from tests.support.waiting import until


class Witness:
    """Judges a session whenever it learns something, as its screens do."""

    def __init__(self) -> None:
        self.count = 0
        #: Events so far, their time, verdict and diagnosis.
        self.seen: list[tuple[int, float, SiteVerdict, Diagnosis]] = []
        self.totals: list[int] = []

    def hear(self, events: Sequence[Event], state: State) -> None:
        self.count += len(events)
        at = max(event.at for event in events)
        self.seen.append((self.count, at, *opinion(state, at)))
        self.totals.append(state.hits["pair"].total)


def opinion(state: State, at: float) -> tuple[SiteVerdict, Diagnosis]:
    return judge(state, at), diagnose(case_of(state, state.site.clusters[0], at))


def told_of(diagnosis: Diagnosis) -> list[tuple[object, ...]]:
    return [
        (one.cause, one.nodes, one.severity, one.confidence, *(str(e.note) for e in one.evidence))
        for one in diagnosis.findings
    ]


def owned(monitor: Monitor) -> VipVerdict:
    [view] = judge(monitor.state, monitor.now()).vips
    return view.verdict


@pytest.mark.slow
async def test_the_same_verdicts_at_the_same_moments_as_live(tmp_path: Path) -> None:
    witness = Witness()
    async with hosts(tmp_path / "demo", "--rate", "20") as demo:
        monitor_door = Transport(load(demo.inventory), prompter=NoPrompter())
        monitor = Monitor(monitor_door)
        place = tmp_path / "recordings"
        recorder = Recorder(monitor.site, monitor.state.at, place=place).begin()
        monitor.subscribe(recorder.take)
        monitor.subscribe(witness.hear)
        watching = asyncio.create_task(monitor.run())
        try:
            await until(lambda: is_whole(monitor.state), 30)
            await demo.faults.make("vrrp-block")
            await until(lambda: owned(monitor) is VipVerdict.SPLIT_BRAIN, 30)
            recorder.mark(monitor.now(), "we saw it")
            consultation = Consultation(
                monitor, monitor_door, monitor.site.clusters[0], told=recorder.beside
            )
            await consultation.examine()
            looked_at, looked = monitor.now(), consultation.passive()
            await demo.faults.heal()
            await until(lambda: owned(monitor) is VipVerdict.OWNED, 30)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            recorder.close(monitor.now())
    assert recorder.path is not None
    assert recorder.problem is None

    replay = Replay(read_recording(recorder.path))
    reel = replay.reel
    assert len(reel.times) == witness.count
    verdicts = set()
    for (count, at, verdict, diagnosis), total in zip(witness.seen, witness.totals, strict=True):
        state = reel.state_at(count)
        assert opinion(state, at) == (verdict, diagnosis), f"after {count} events"
        assert state.hits["pair"].total == total
        verdicts |= {view.verdict for view in verdict.vips}
    assert {VipVerdict.SPLIT_BRAIN, VipVerdict.OWNED} <= verdicts
    assert any(
        finding.cause == "firewall-blocks-vrrp"
        for one in witness.seen
        for finding in one[3].findings
    )

    # What was read and looked at beside the events is judged as it was, too.
    replay.seek(looked_at)
    again = OwnClinic().consult(replay, None, replay.site.clusters[0]).passive()
    assert told_of(again) == told_of(looked)
    beside = replay.beside("pair")
    assert set(beside.active.served) == set(beside.extras) == {"lb01", "lb02", "web01", "web02"}
    kept = {(one.host, one.path) for one in replay.reel.recording.files}
    assert kept == {(name, "/etc/keepalived/keepalived.conf") for name in ("lb01", "lb02")}

    [mark] = [stop for stop in reel.stops if stop.level is None]
    worst = [stop for stop in reel.stops if "split brain" in stop.text]
    assert worst
    assert worst[0].at <= mark.at
    assert mark.text == "we saw it"
