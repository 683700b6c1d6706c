"""The lab as Python: ``up`` returns a handle with which tests and benchmarks work."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from haconsole.words import t

from . import hosts, processes, registry, requirements
from .errors import LabError, UsageError
from .machine import Machine
from .places import DEFAULT_NAME, LabPlaces
from .registry import Record
from .tools import say
from .topology import Family, LabState, nodes_for

_POWER_OFF_TIMEOUT_S = 8.0


@dataclass(frozen=True, slots=True)
class LabHandle:
    """A lab that is up."""

    places: LabPlaces
    record: Record

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.places.name

    @property
    def inventory(self) -> Path:
        """The inventory's absolute path."""
        return self.places.inventory

    def machine(self, host: str) -> Machine:
        """Return a host; ``UsageError`` names the hosts there are."""
        if host not in self.record.hosts:
            raise UsageError(
                t(
                    "The lab '{name}' has no host '{host}': it has {hosts}.",
                    name=self.name,
                    host=host,
                    hosts=", ".join(self.record.hosts),
                )
            )
        return Machine(self.places, host)

    def exec(
        self, host: str, argv: Sequence[str], *, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a host as root, whatever its network or sshd do."""
        return self.machine(host).run(argv, timeout_s=timeout_s)

    def fault(self, name: str, on: str | None = None) -> tuple[str, ...]:
        """Make a fault; returns the hosts it was made on."""
        from . import faults

        with registry.locked(self.places):
            return faults.make(self.places, self.record, name, on)

    def heal(self) -> None:
        """Undo every fault and return when the lab is healthy."""
        from . import heal

        with registry.locked(self.places):
            heal.heal(self.places, self.record)

    def down(self) -> None:
        """Take the lab down."""
        down(self.name)


def find(name: str = DEFAULT_NAME) -> LabHandle:
    """Return a lab that is up; ``LabError`` when it is not."""
    registry.sweep()
    places = LabPlaces.of(name)
    return LabHandle(places, registry.require_up(places))


def up(
    name: str = DEFAULT_NAME,
    state: LabState = LabState.READY,
    family: Family = Family.APT,
) -> LabHandle:
    """Bring a lab up (or find it up) and return it; leaves nothing behind when it fails."""
    places = LabPlaces.of(name)
    requirements.check()
    registry.sweep()
    if record := registry.find_up(places):
        if places.cut_off.exists():
            from .reset import reset

            return reset(name, state, family)
        return _already(places, record, state, family)
    requirements.check_room(len(nodes_for(state)))
    with registry.signals_as_errors():
        # Before the lab is begun: building takes minutes and needs nothing of it.
        hosts.stacks(state, family)
        with registry.locked(places, create=True):
            if record := registry.find_up(places):
                return _already(places, record, state, family)
            try:
                record = _create(places, state, family)
            except BaseException:
                registry.demolish(places)
                raise
    return LabHandle(places, record)


def down(name: str = DEFAULT_NAME) -> bool:
    """Take a lab down; returns false when it was not up. Leaves nothing of it."""
    places = LabPlaces.of(name)
    registry.sweep()
    with registry.signals_as_errors(), registry.locked(places) as there:
        if not there:
            return False
        # From here on a killed ``down`` is finished by the next command.
        places.complete.unlink(missing_ok=True)
        _power_off(places)
        registry.demolish(places)
    return True


def _already(places: LabPlaces, record: Record, state: LabState, family: Family) -> LabHandle:
    if (record.state, record.family) == (state, family):
        say(t("The lab '{name}' is already up.", name=places.name))
        return LabHandle(places, record)
    raise LabError(
        t(
            "The lab '{name}' is up as {state} ({family}): take it down first with "
            "'haconsole lab down --name {name}', or choose another --name.",
            name=places.name,
            state=record.state,
            family=record.family,
        )
    )


def _create(places: LabPlaces, state: LabState, family: Family) -> Record:
    names = tuple(node.name for node in nodes_for(state))
    record = Record(places.name, state, family, os.getpid(), names, None)
    record.write(places)
    record = hosts.raise_up(places, record)
    record.write(places)
    registry.mark_complete(places)
    return record


def _power_off(places: LabPlaces) -> None:
    machines = [Machine(places, path.name) for path in (places.root / "hosts").glob("*")]
    inits = []
    for machine in machines:
        if (init := machine.init()) is not None:
            inits.append(init)
            machine.power_off()
    processes.wait_gone(inits, _POWER_OFF_TIMEOUT_S)
