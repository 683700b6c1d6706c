"""Which module makes which fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from haconsole.domain.vrrp_prediction import Scenario

from . import (
    check_fail,
    crash,
    failback,
    freeze,
    link_down,
    nginx_broken,
    nginx_stop,
    partition,
    reboot,
    stopping,
    switchover,
)
from .fault import Fault
from .scene import Scene

MAKERS: Mapping[Scenario, Callable[[Scene], tuple[Fault, ...]]] = MappingProxyType(
    {
        Scenario.STOP: stopping.faults,
        Scenario.CRASH: crash.faults,
        Scenario.FREEZE: freeze.faults,
        Scenario.NGINX_STOP: nginx_stop.faults,
        Scenario.NGINX_BROKEN: nginx_broken.faults,
        Scenario.CHECK_FAIL: check_fail.faults,
        Scenario.PARTITION: partition.faults,
        Scenario.LINK_DOWN: link_down.faults,
        Scenario.BACKEND_DOWN: nginx_stop.faults,
        Scenario.REBOOT: reboot.faults,
        Scenario.FAILBACK: failback.faults,
        Scenario.SWITCHOVER: switchover.faults,
    }
)


def faults_for(scene: Scene) -> tuple[Fault, ...]:
    """Return what is done to which hosts; ``ProcedureError`` where it cannot be made."""
    return MAKERS[scene.ask.scenario](scene)
