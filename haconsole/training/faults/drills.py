"""The drills' faults as lessons make them: the learner may have mended, or removed, what broke."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.registry import faults_for
from haconsole.procedures.drill.faults.scene import KEEPALIVED, NGINX, Scene
from haconsole.procedures.drill.faults.shell import runs, start

from .kind import Broken, Maker

_UNITS = (KEEPALIVED, NGINX)
#: Whether a service could run: its unit is there, and the program that the unit starts (Debian's
#: nginx.service is nginx-common's, which stays when nginx is removed).
_THERE = """\
systemctl cat {unit} >/dev/null 2>&1 && p=$(systemctl show -p ExecStart {unit} \\
  | sed -n 's/^ExecStart={{ *path=\\([^ ;]*\\).*/\\1/p' | head -n 1) \\
  && {{ [ -z "$p" ] || [ -x "$p" ]; }}"""


def drill(scenario: Scenario) -> Maker:
    """Return what makes a drill's fault, one a host."""

    def make(broken: Broken) -> tuple[Fault, ...]:
        return tuple(
            mild(fault, broken.limit_s)
            for host in broken.hosts
            for fault in faults_for(broken.scene(host, scenario))
        )

    return make


def partition(broken: Broken) -> tuple[Fault, ...]:
    """Return the drill's partition, the LB that hears the other first at the head."""
    first, *_ = broken.hosts
    scene = broken.scene(first, Scenario.PARTITION)
    first_back = Prediction(
        scenario=Scenario.PARTITION, target=first, owner=None, undo_first=first
    )  # fmt: skip
    made = [
        fault
        for fault in faults_for(Scene(scene.ground, scene.ask, first_back))
        if fault.host in broken.hosts
    ]
    return tuple(
        mild(fault, broken.limit_s + fault.pause_s)
        for fault in sorted(made, key=lambda fault: broken.hosts.index(fault.host))
    )


def stop_nginx(broken: Broken) -> tuple[Fault, ...]:
    """Return ``nginx-stop`` on LBs and web nodes."""
    lbs = {host.name for host in broken.ground.cluster.lbs}
    made: list[Fault] = []
    for host in broken.hosts:
        scenario = Scenario.NGINX_STOP if host in lbs else Scenario.BACKEND_DOWN
        made += drill(scenario)(replace(broken, hosts=(host,)))
    return tuple(made)


def mild(fault: Fault, limit_s: float) -> Fault:
    """Return a fault whose undo leaves a service alone that was uninstalled since."""
    undo, left = fault.undo, fault.left
    for unit in (name.removesuffix(".service") for name in _UNITS):
        there = _THERE.format(unit=unit)
        undo = undo.replace(start(unit), f"if {there}; then\n{start(unit)}fi\n")
        # Whether it runs is the lesson's business; whether anything of the fault is left is ours.
        left = left.replace(runs(unit), "")
    return replace(fault, undo=undo, left=left, limit_s=limit_s)
