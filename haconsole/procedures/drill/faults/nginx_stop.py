"""``nginx-stop`` and ``backend-down``: nginx ends, on an LB or on a web node."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.domain.vrrp_prediction import Scenario

from .fault import Fault
from .scene import NGINX, Scene
from .shell import runs, start, stop


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the fault on the host that is hit."""
    cluster = scene.ground.cluster
    web = scene.ask.scenario is Scenario.BACKEND_DOWN
    host = scene.target_among(cluster.webs if web else cluster.lbs)
    unit = scene.need_unit(host, NGINX)
    # What does not start again now would not start afterwards.
    can = runs(unit) + 'said=$(nginx -t 2>&1) || fail "nginx -t: $(echo "$said" | head -n 1)"\n'
    return (
        Fault(
            host=host,
            title=note("Stop nginx"),
            can=can,
            capture=can,
            make=stop(unit),
            undo=start(unit),
            left=runs(unit),
            limit_s=scene.ask.limit_s,
        ),
    )
