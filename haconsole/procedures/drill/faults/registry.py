"""Which module makes which fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from haconsole.domain.vrrp_prediction import Scenario

from . import freeze, nginx_stop, stopping
from .fault import Fault
from .scene import Scene

MAKERS: Mapping[Scenario, Callable[[Scene], tuple[Fault, ...]]] = MappingProxyType(
    {
        Scenario.STOP: stopping.faults,
        Scenario.FREEZE: freeze.faults,
        Scenario.NGINX_STOP: nginx_stop.faults,
        Scenario.BACKEND_DOWN: nginx_stop.faults,
    }
)


def faults_for(scene: Scene) -> tuple[Fault, ...]:
    """Return what is done to which hosts; ``ProcedureError`` where it cannot be made."""
    return MAKERS[scene.ask.scenario](scene)
