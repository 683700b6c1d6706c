"""``haconsole lab reset``: other hosts in place of those that there are, by the same way in.

Whatever was done to the hosts (interfaces renamed, packages removed, an init that hangs), they are
ended by force and made anew from their layers. The lab itself stays: its name, inventory, port,
keys of client and hosts, and password; a console that is open on it connects again. A reset that
is killed leaves a marker: until the next one is through, the lab is not whole.
"""

from __future__ import annotations

from dataclasses import replace

from haconsole.words import t

from . import hosts, registry, requirements
from .api import LabHandle
from .errors import LabError
from .places import DEFAULT_NAME, LabPlaces
from .topology import Family, LabState, nodes_for


def reset(
    name: str = DEFAULT_NAME, state: LabState | None = None, family: Family | None = None
) -> LabHandle:
    """Bring the hosts of a lab to a state; ``None``: the one that it has.

    Returns when they can be entered, and a ready pair is healthy. ``LabError`` says why not; the
    next reset begins from whatever is there then.
    """
    places = LabPlaces.of(name)
    requirements.check()
    registry.sweep()
    record = registry.require_up(places, whole=False)
    wanted = _wanted(record, state, family)
    with registry.signals_as_errors():
        # Before anything is ended: building takes minutes.
        hosts.stacks(wanted.state, wanted.family)
        with registry.locked(places) as there:
            # Meanwhile somebody else may have reset it, or taken it down.
            if not there:
                registry.require_up(places)
            wanted = _wanted(registry.require_up(places, whole=False), state, family)
            _again(places, wanted)
    return LabHandle(places, wanted)


def _wanted(
    record: registry.Record, state: LabState | None, family: Family | None
) -> registry.Record:
    shape = state or record.state
    names = tuple(node.name for node in nodes_for(shape))
    return replace(record, state=shape, family=family or record.family, hosts=names)


def _again(places: LabPlaces, wanted: registry.Record) -> None:
    places.cut_off.write_text("")
    try:
        # Whatever is counted below is theirs: room is made first.
        hosts.end(places)
        requirements.check_room(len(wanted.hosts))
        wanted.write(places)
        hosts.raise_up(places, wanted)
    except LabError as error:
        raise LabError(
            t(
                "The lab '{name}' could not be reset; "
                "'haconsole lab reset --name {name}' tries again: {problem}",
                name=places.name,
                problem=error,
            )
        ) from None
    except BaseException:
        hosts.end(places)  # interrupted: nothing half-booted runs on
        raise
    places.cut_off.unlink()
