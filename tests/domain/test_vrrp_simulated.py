"""Predictions held to the state machine: whatever the pair, what is predicted is what happens."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from haconsole.demo.world.checks import Check
from haconsole.demo.world.manners import Manners, manners
from haconsole.demo.world.spec import DaemonSpec, daemon_spec
from haconsole.demo.world.vrrp import Instance
from haconsole.domain.conf import KeepalivedConf
from haconsole.domain.vrrp import Bounds
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.domain.vrrp_router import Router, router_of
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import Version
from tests.demo.world.pair import Pair
from tests.demo.world.pair import Router as Simulated

ADDRESSES = {"lb01": "10.0.0.10", "lb02": "10.0.0.11"}
VIP = "10.0.0.100"
#: The wire's 50 µs and the steps of virtual time.
SLACK_S = 0.005


@dataclass(frozen=True)
class Case:
    """A pair's settings, and where in its rhythm the fault falls."""

    priorities: tuple[int, int]
    weight: int | None
    interval_s: int
    fall: int
    rise: int
    advert_int_s: float
    vrrp: int
    nopreempt: bool
    begins: tuple[str, str]
    delay_s: int
    version: Version
    phase: float
    look: float

    def text(self, index: int) -> str:
        check = (
            f"vrrp_script c {{\n script /c\n interval {self.interval_s}\n weight {self.weight}\n"
            f" fall {self.fall}\n rise {self.rise}\n}}\n"
            if self.weight is not None
            else ""
        )
        lines = [
            f"state {self.begins[index]}",
            "interface eth0",
            "virtual_router_id 50",
            f"priority {self.priorities[index]}",
            f"advert_int {self.advert_int_s:g}",
            f"version {self.vrrp}",
            "nopreempt" if self.nopreempt else "",
            f"preempt_delay {self.delay_s}" if self.delay_s else "",
            f"virtual_ipaddress {{\n {VIP}\n}}",
            "track_script {\n c\n}" if self.weight is not None else "",
        ]
        return check + "vrrp_instance VI_1 {\n" + "\n".join(lines) + "\n}\n"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    vrrp = draw(st.sampled_from([2, 2, 3]))
    old = draw(st.booleans())
    begins = draw(st.sampled_from(["BACKUP", "MASTER"]))
    return Case(
        priorities=(draw(st.integers(1, 254)), draw(st.integers(1, 254))),
        weight=draw(st.none() | st.just(0) | st.integers(-253, 253)),
        interval_s=draw(st.integers(1, 4)),
        fall=draw(st.integers(1, 3)),
        rise=draw(st.integers(1, 3)),
        advert_int_s=draw(st.sampled_from([1.0, 2.0] if vrrp == 2 else [0.2, 0.5, 1.0])),
        vrrp=vrrp,
        nopreempt=draw(st.booleans()),
        begins=(begins, "BACKUP"),
        delay_s=0 if old else draw(st.sampled_from([0, 0, 5])),
        version=Version(1, 3, 5)
        if old
        else draw(st.sampled_from([Version(2, 2, 7), Version(2, 4, 3)])),
        phase=draw(st.floats(0.01, 0.99)),
        look=draw(st.floats(0.01, 0.99)),
    )


class World:
    """The pair of a case in virtual time, with its checks running."""

    def __init__(self, case: Case) -> None:
        self.how: Manners = manners(case.version)
        self.case = case
        self.confs: list[KeepalivedConf] = [read_conf(case.text(i)) for i in (0, 1)]
        self.specs: list[DaemonSpec] = [
            daemon_spec(conf, case.text(i), name, {"eth0": ADDRESSES[name]})
            for i, (conf, name) in enumerate(zip(self.confs, ADDRESSES, strict=True))
        ]
        first, second = (spec.instances[0] for spec in self.specs)
        self.pair = Pair(first, second, how=self.how, apart_s=case.phase * case.advert_int_s)
        self.checks = {name: self._check(i, name) for i, name in enumerate(ADDRESSES)}
        self.broken: set[str] = set()
        self.pair.timers.advance(25 + case.look * case.interval_s)

    def node(self, name: str) -> Simulated:
        return self.pair.lb01 if name == "lb01" else self.pair.lb02

    def _check(self, index: int, name: str) -> Check | None:
        if self.case.weight is None:
            return None
        spec = self.specs[index]
        node = self.node(name)
        check = Check(spec.checks[0], node.lines.append, self.how)
        check.tracking.append((node.instance, spec.instances[0].tracks[0][1]))
        if self.case.weight == 0:
            node.instance.checks_to_come = 1

        def look() -> None:
            self.pair.timers.call_later(self.case.interval_s, look)
            if not node.dead:
                check.exited(1 if name in self.broken else 0)

        self.pair.timers.call_later(index * 0.01, look)
        return check

    def routers(self) -> list[Router]:
        found = []
        for conf, name in zip(self.confs, ADDRESSES, strict=True):
            router = router_of(
                name, conf, VIP, keepalived=tuple(self.case.version), address=ADDRESSES[name]
            )
            assert router is not None
            live = self.node(name).instance
            assert live.effective_priority == router.priority()
            found.append(Router(**{f: getattr(router, f) for f in router.__slots__}
                                | {"state": live.state}))  # fmt: skip
        return found

    def owner(self) -> str:
        (name,) = self.pair.owners()
        return name

    def other(self, name: str) -> str:
        return "lb02" if name == "lb01" else "lb01"

    def wait(self, name: str, owns: bool = True) -> float:
        node = self.node(name)
        return self.pair.timers.until(lambda: node.owns is owns, 120)

    def restart(self, name: str) -> None:
        node = self.node(name)
        node.dead = False
        node.owns = False
        spec = self.specs[0 if name == "lb01" else 1].instances[0]
        node.instance = Instance(spec, node.timers, node, self.how)
        check = self.checks[name]
        if check is not None:
            check.tracking[:] = [(node.instance, check.tracking[0][1])]
            if check.good and check.tracking[0][1] > 0:
                node.instance.weigh(check.tracking[0][1])
        node.instance.start()

    def stays(self, owners: list[str]) -> None:
        case = self.case
        checked = case.interval_s * max(case.fall, case.rise) if case.weight is not None else 0
        self.pair.timers.advance(checked + 5 * case.advert_int_s + case.delay_s + 1)
        assert self.pair.owners() == owners


def holds(expected: Bounds, took: float) -> None:
    assert expected.admits(took, took, SLACK_S), f"{took:.3f} s is not within {expected}"


def handed_over(world: World, foreseen: Prediction, owner: str) -> None:
    """The VIP is on its way to the taker: watch it go, and how long nobody has it."""
    taker = world.other(owner)
    assert foreseen.takes_over == taker
    assert foreseen.takeover is not None
    began = world.pair.timers.time()
    gone: list[float] = []
    node = world.node(owner)

    def look() -> bool:
        if not node.owns and not gone:
            gone.append(world.pair.timers.time())
        return world.node(taker).owns

    world.pair.timers.until(look, 120)
    took = world.pair.timers.time() - began
    holds(foreseen.takeover.bounds, took)
    if foreseen.scenario is Scenario.CHECK_FAIL:
        away = world.pair.timers.time() - gone[0] if gone else 0.0
        assert foreseen.outage is not None
        holds(foreseen.outage.bounds, away)


def comes_back(world: World, foreseen: Prediction, owner: str) -> None:
    if not foreseen.fails_back:
        world.stays([world.other(owner)])
        return
    assert foreseen.failback is not None
    began = world.pair.timers.time()
    other = world.node(world.other(owner))
    gone: list[float] = []

    def look() -> bool:
        if not other.owns and not gone:
            gone.append(world.pair.timers.time())
        return world.node(owner).owns

    world.pair.timers.until(look, 120)
    holds(foreseen.failback.bounds, world.pair.timers.time() - began)
    away = world.pair.timers.time() - gone[0] if gone else 0.0
    holds(foreseen.failback_outage.bounds, away)
    world.pair.timers.advance(0.01)
    world.stays([owner])


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_stop_and_the_start_after_it(case: Case) -> None:
    world = World(case)
    owner = world.owner()
    foreseen = predict(Scenario.STOP, world.routers())
    assert foreseen.owner == foreseen.target == owner
    world.node(owner).stop()
    handed_over(world, foreseen, owner)
    world.stays([world.other(owner)])
    world.restart(owner)
    comes_back(world, foreseen, owner)


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from([Scenario.CRASH, Scenario.FREEZE, Scenario.PARTITION]))
def test_a_silence_makes_two_owners_until_it_ends(case: Case, scenario: Scenario) -> None:
    world = World(case)
    owner = world.owner()
    foreseen = predict(scenario, world.routers())
    node = world.node(owner)
    {Scenario.CRASH: node.kill, Scenario.FREEZE: node.freeze, Scenario.PARTITION: world.pair.part}[
        scenario
    ]()
    handed_over(world, foreseen, owner)
    world.stays(["lb01", "lb02"])
    assert foreseen.two_owners
    if scenario is Scenario.CRASH:
        world.restart(owner)
        comes_back(world, foreseen, owner)
        return
    {Scenario.FREEZE: node.thaw, Scenario.PARTITION: world.pair.join}[scenario]()
    loser = world.other(owner) if foreseen.fails_back else owner
    took = world.wait(loser, owns=False)
    assert took <= case.advert_int_s + SLACK_S
    world.stays([world.other(loser)])


@settings(max_examples=150, deadline=None)
@given(cases())
def test_a_check_that_fails_moves_the_vip_or_not_as_predicted(case: Case) -> None:
    world = World(case)
    owner = world.owner()
    foreseen = predict(Scenario.CHECK_FAIL, world.routers())
    hard = predict(Scenario.NGINX_STOP, world.routers())
    assert (hard.takes_over, hard.takeover) == (foreseen.takes_over, foreseen.takeover)
    world.broken.add(owner)
    if not foreseen.fails_over:
        assert foreseen.why_not
        assert hard.outage is None
        world.stays([owner])
        return
    handed_over(world, foreseen, owner)
    world.pair.timers.advance(0.01)
    world.stays([world.other(owner)])
    world.broken.clear()
    comes_back(world, foreseen, owner)
