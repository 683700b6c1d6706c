"""A drill as it would go on the tutorial's pair: every stage of it, at a clock that stands.

What is measured is measured from a made-up series by the real functions; nothing is typed in
that the domain could work out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from haconsole.domain.conf import (
    InstanceConf,
    KeepalivedConf,
    ScriptConf,
    TrackConf,
    VipConf,
)
from haconsole.domain.daemon import VrrpState
from haconsole.domain.notes import note
from haconsole.domain.outage import Measurement, measure
from haconsole.domain.outage_series import Failure, Injection, OwnerEvent, Sample
from haconsole.domain.state import Severity
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.domain.vrrp_router import Router
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.standing import (
    Beat,
    DrillProgress,
    Kind,
    NodeView,
    ProbeView,
    Refusal,
    Row,
    Stage,
    Verdict,
)
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus
from haconsole.transport.commands import Command, Effect
from tests.support.states import NOW, VIP

HZ = 500
#: The fault is made so long before the clock that stands.
AGO = 3.2
FAULT = NOW - AGO
CHECK = ScriptConf("check", 1, "/check", interval_s=2, timeout_s=1, weight=0, fall=2, rise=2)


def routers(**changes: object) -> tuple[Router, Router]:
    """The tutorial's pair: priorities 150 and 100, a check without weight."""
    made = []
    for index, name in enumerate(("lb01", "lb02")):
        instance = InstanceConf(
            "VI_1", 1, interface="eth0", vrid=50, priority=150 - 50 * index, advert_int_s=1,
            vips=(VipConf(VIP, 1),), track_scripts=(TrackConf("check", 1),),
        )  # fmt: skip
        made.append(
            Router(
                name=name,
                conf=KeepalivedConf("keepalived.conf", scripts=(CHECK,), garp_refresh_s=60),
                instance=replace(instance, **changes),  # type: ignore[arg-type]
                state=VrrpState.BACKUP if index else VrrpState.MASTER,
                keepalived=(2, 2, 7),
                address=f"10.0.0.1{index}",
            )
        )
    return made[0], made[1]


def foreseen(scenario: Scenario, **changes: object) -> Prediction:
    """What is predicted for that pair."""
    return predict(scenario, routers(**changes), backends=("web01", "web02"))


def series(since: float, until: float, gap: tuple[float, float] | None) -> list[Sample]:
    """A probe's answers; between the two moments of ``gap`` (from ``since``) there are none."""
    samples = []
    for index in range(int((until - since) * HZ)):
        at = since + index / HZ
        backend = "web01" if index % 2 else "web02"
        if gap is not None and gap[0] <= at - since < gap[1]:
            samples.append(Sample(at, at + 0.5, Failure.TIMEOUT, connected=False, due_at=at))
        else:
            samples.append(Sample(at, at + 0.001, backend=backend, due_at=at, connected=True))
    return samples


def beats(samples: Sequence[Sample]) -> tuple[Beat, ...]:
    """The answers in slots of 100 ms."""
    slots: dict[int, list[int]] = {}
    for one in samples:
        slots.setdefault(int(one.sent_at * 10 + 1e-6), [0, 0])[one.failure is not None] += 1
    return tuple(Beat(slot / 10, *slots[slot]) for slot in sorted(slots))


OWNED = (
    OwnerEvent(FAULT + 0.01, "lb01", owns=False, error_s=0.002),
    OwnerEvent(FAULT + 0.64, "lb02", owns=True, error_s=0.002),
)


def probed(until: float, gap: tuple[float, float] | None = (6.02, 6.66)) -> ProbeView:
    """The probe, until a moment."""
    samples = series(FAULT - 6, until, gap)
    failed = sum(one.failure is not None for one in samples)
    return ProbeView(
        place=note("through bastion"), rate_hz=HZ, sent=len(samples), failed=failed, lag_s=0.0004,
        answering=samples[-1].failure is None, beats=beats(samples), stalled_s=0.7 if failed else 0,
    )  # fmt: skip


def measured(until: float = NOW, gap: tuple[float, float] | None = (6.02, 6.66)) -> Measurement:
    """What the series says."""
    return measure(
        series(FAULT - 6, until, gap),
        events=OWNED if gap is not None else (),
        initial=("lb01",),
        fault=Injection(FAULT, FAULT + 0.004),
    )


def node(host: str, *, owns: bool | None, due: float | None = None, up: bool = True) -> NodeView:
    """An LB that is well."""
    state = "MASTER" if owns else "BACKUP"
    return NodeView(host, up, owns, note(state), note("active"), due)


WELL = {"lb01": node("lb01", owns=True), "lb02": node("lb02", owns=False)}
STOPPED = replace(
    node("lb01", owns=False, due=FAULT + 60), keepalived=note("stopped"), nginx=note("active")
)
HIT = {"lb01": STOPPED, "lb02": node("lb02", owns=True)}
ROWS = (
    Row(FAULT, "lb01", note("keepalived is stopped gracefully"), Severity.WARNING, 0.002),
    Row(FAULT + 0.01, "lb01", note("gives the VIP up"), Severity.INFO, 0.002),
    Row(FAULT + 0.02, "", note("the first request fails"), Severity.ERROR),
    Row(FAULT + 0.64, "lb02", note("takes the VIP"), Severity.GOOD, 0.002),
    Row(FAULT + 0.66, "", note("requests are answered again"), Severity.GOOD),
)
BACK = (
    Row(FAULT + 2.1, "lb01", note("keepalived is started again"), Severity.INFO, 0.002),
    Row(FAULT + 2.4, "lb01", note("takes the VIP back"), Severity.GOOD, 0.002),
)


def _step(id_: str, title: str, host: str, script: str, *, changes: bool = True) -> Step:
    effect = Effect.CHANGES if changes else Effect.READS
    command = Command(id_, script, effect, root=True)
    reason = note("So that the drill leaves the pair as it was.")
    if not changes:
        return Step(f"{id_}@{host}", note(title), reason, host, verify=command)
    return Step(f"{id_}@{host}", note(title), reason, host, do=command)


def plan(*, moves_vip: bool = True) -> Plan:
    """A drill's plan in small, with every phase that one has."""
    phases = (
        Phase(note("Ready"), ((_step("ready", "lb02 can take over", "lb02", "true", changes=False),),)),
        Phase(note("Arm the undo"), ((_step("arm", "arm the undo", "lb01",
              "systemd-run --on-active=60 --unit=haconsole-undo-7 sh /var/lib/…/undo"),),)),
        Phase(note("Break"), ((_step("break", "stop keepalived", "lb01",
              "systemctl stop keepalived"),),), holds="baseline"),
        Phase(note("Undo"), ((_step("undo", "start keepalived", "lb01",
              "systemctl start keepalived"),),), always=True, holds="observe"),
        Phase(note("Nothing left"), ((_step("clear", "nothing of the drill is left", "lb01",
              "rm -rf /var/lib/haconsole/drills/7"),),), always=True, holds="settle"),
    )  # fmt: skip
    return Plan("drill", note("Stop keepalived"), "pair", phases, moves_vip=moves_vip)


ASK = Ask(scenario=Scenario.STOP, vip=VIP, rate_hz=HZ)
BEGUN = RunProgress(status=RunStatus.RUNNING, began=FAULT - 6)
AHEAD = DrillProgress(ASK, Stage.PREFLIGHT, FAULT - 6)
READY = replace(AHEAD, stage=Stage.READY, prediction=foreseen(Scenario.STOP), nodes=WELL)
_REFUSED = (
    Refusal("leftover", note("a drill on lb02 is not undone yet: it undoes itself at 14:03:10"),
            forcible=False),
    Refusal("backup", note("lb02 could not take over: nginx does not answer there")),
)  # fmt: skip
_ARMED = replace(READY, stage=Stage.ARMING, run=BEGUN, probe=probed(NOW, None))
_BROKEN = replace(
    _ARMED, stage=Stage.OBSERVING, fault_at=(FAULT, FAULT + 0.004), nodes=HIT, owned=OWNED,
    outage_from=FAULT + 0.02,
)  # fmt: skip
_AWAY = replace(STOPPED, link_up=False, owns=None, keepalived=None, nginx=None)
_DONE = replace(
    _BROKEN, stage=Stage.DONE, nodes=WELL, rows=ROWS + BACK, probe=probed(NOW),
    outage_to=FAULT + 0.66, undone_at=FAULT + 2.1, measurement=measured(),
    return_measurement=measured(gap=None),
    owned=(*OWNED, OwnerEvent(FAULT + 2.4, "lb01", owns=True, error_s=0.002),
           OwnerEvent(FAULT + 2.401, "lb02", owns=False, error_s=0.002)),
    run=replace(BEGUN, status=RunStatus.DONE, ended=NOW),
    report="/home/op/.local/state/haconsole/drills/2026-11-22-stop.md",
    verdict=Verdict(Kind.AS_PREDICTED, (
        note("clients waited 0.620–0.640 s: predicted were 0.61–0.71 s"),
        note("lb02 took the VIP, and lb01 has it again"))),
)  # fmt: skip
#: Every stage, by the name of its picture. The clock stands at ``NOW``.
STAGES: dict[str, DrillProgress] = {
    "preflight": AHEAD,
    "ready": READY,
    "ready-nobody": replace(
        READY,
        ask=replace(ASK, scenario=Scenario.NGINX_STOP),
        prediction=foreseen(Scenario.NGINX_STOP, track_scripts=()),
    ),
    "ready-reboot": replace(
        READY, ask=replace(ASK, scenario=Scenario.REBOOT), prediction=foreseen(Scenario.REBOOT)
    ),
    "refused": replace(READY, stage=Stage.REFUSED, refusals=_REFUSED),
    "locked": replace(
        READY, stage=Stage.REFUSED,
        refusals=(Refusal("read-only", note("changes are locked: say --write"), forcible=False),),
    ),
    "forced": replace(READY, ask=replace(ASK, force=True), refusals=_REFUSED[1:]),
    "arming": _ARMED,
    "breaking": replace(_ARMED, stage=Stage.BREAKING),
    "outage": replace(_BROKEN, probe=probed(NOW, (6.02, 60)), owned=OWNED[:1], rows=ROWS[:3],
                      fault_at=(NOW - 0.52, NOW - 0.516), outage_from=NOW - 0.5,
                      nodes={"lb01": STOPPED, "lb02": node("lb02", owns=False)}),
    "observing": replace(_BROKEN, probe=probed(NOW), rows=ROWS, outage_to=FAULT + 0.66),
    "too-long": replace(_BROKEN, probe=probed(NOW, (6.02, 60)), owned=OWNED[:1], rows=ROWS[:3]),
    "freeze": replace(
        _BROKEN, ask=replace(ASK, scenario=Scenario.FREEZE), prediction=foreseen(Scenario.FREEZE),
        probe=probed(NOW, None), outage_from=None, rows=ROWS[:1],
        owned=(OwnerEvent(FAULT + 2.9, "lb02", owns=True, error_s=0.002),),
    ),
    "waiting": replace(
        _BROKEN, ask=replace(ASK, scenario=Scenario.LINK_DOWN), stage=Stage.WAITING, rows=ROWS[2:],
        probe=probed(NOW), outage_to=FAULT + 0.66, prediction=foreseen(Scenario.LINK_DOWN),
        nodes={"lb01": _AWAY, "lb02": node("lb02", owns=True)},
    ),
    "undoing": replace(_BROKEN, stage=Stage.UNDOING, probe=probed(NOW), rows=ROWS,
                       outage_to=FAULT + 0.66),
    "settling": replace(
        _BROKEN, stage=Stage.SETTLING, probe=probed(NOW), rows=ROWS + BACK[:1], undone_at=FAULT + 2.1,
        outage_to=FAULT + 0.66, nodes={"lb01": node("lb01", owns=False), "lb02": HIT["lb02"]},
    ),
    "done": _DONE,
    "different": replace(
        _DONE, return_measurement=None, report="",
        verdict=Verdict(Kind.DIFFERENT, (note("lb02 took the VIP after 1.61 s: predicted were "
                                              "0.61–0.71 s"),), healthy=False)),
    "void": replace(_DONE, verdict=Verdict(Kind.VOID, (
        note("the probe itself was up to 38.1 ms late: the outage is known to 41.2 ms only"),))),
    "failed": replace(
        _DONE, stage=Stage.FAILED, verdict=None, measurement=None, return_measurement=None,
        problem=note("lb01 could not be given the undo: systemd-run is missing there, and setsid "
                     "too. Nothing was broken."), rows=(), fault_at=None, undone_at=None, report="",
        probe=probed(NOW, None)),
}  # fmt: skip
