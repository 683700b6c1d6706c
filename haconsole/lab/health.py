"""Whether a ready pair is healthy, and if not, what is wrong with it, in words."""

from __future__ import annotations

import time

from haconsole.words import t

from . import network
from .errors import LabError
from .machine import Machine
from .places import LabPlaces
from .topology import BASTION, LBS, VIP, WEBS, Node

_LB_UNITS = ("ssh", "firewalld", "nginx", "keepalived")
_WEB_UNITS = ("ssh", "firewalld", "nginx")
_ASK = ("curl", "-fsS", "-m", "2", f"http://{VIP}/")


def wait_healthy(places: LabPlaces, timeout_s: float) -> None:
    """Return when the pair is healthy; ``LabError`` says what was still wrong at the end."""
    deadline = time.monotonic() + timeout_s
    # Services are asked last: a host that comes back serves before its last one has started.
    while problem := quick_problem(places) or unit_problem(places):
        if time.monotonic() >= deadline:
            raise LabError(
                t(
                    "The lab '{name}' is not healthy after {seconds} s: {problem}",
                    name=places.name,
                    seconds=round(timeout_s),
                    problem=unit_problem(places) or problem,
                )
            )
        time.sleep(0.1)


def owner_problem(places: LabPlaces) -> str | None:
    """Return what is wrong with the VIP's ownership as the kernels say it."""
    owners = [node.name for node in LBS if VIP in network.addresses(places, node.name)]
    if owners != [LBS[0].name]:
        held = ", ".join(owners) or t("nobody")
        return t("{vip} is held by {held}, not by {host}.", vip=VIP, held=held, host=LBS[0].name)
    return None


def quick_problem(places: LabPlaces) -> str | None:
    """Return what is wrong as kernels, VIP and the backup say it, ``None`` when nothing is."""
    if problem := owner_problem(places):
        return problem
    answer = Machine(places, BASTION.name).run(_ASK, timeout_s=10.0)
    if answer.returncode:
        words = (answer.stderr.strip().splitlines() or [t("no answer")])[-1]
        return t("http://{vip}/ does not answer: {words}", vip=VIP, words=words)
    for node in LBS[1:]:
        if (state := _last_state(places, node)) != "BACKUP":
            return t(
                "keepalived on {host} is in state {state}, not BACKUP.", host=node.name, state=state
            )
    return None


def _last_state(places: LabPlaces, node: Node) -> str:
    """Return the state that an LB's daemon last said it enters; FAULT cannot be seen outside."""
    grep = ("--grep", "Entering [A-Z]+ STATE", "--reverse", "--lines=1", "--output=cat")
    argv = ["journalctl", "--quiet", "--no-pager", "--unit=keepalived", *grep]
    words = Machine(places, node.name).run(argv).stdout.split()
    return words[words.index("Entering") + 1] if "Entering" in words else "INIT"


def unit_problem(places: LabPlaces) -> str | None:
    """Return which service does not run where it should, ``None`` when all do."""
    for node in (*LBS, *WEBS):
        machine = Machine(places, node.name)
        if machine.init() is None:
            return t("{host} is not running.", host=node.name)
        units = units_of(node)
        states = machine.run(["systemctl", "is-active", *units]).stdout.split()
        for unit, state in zip(units, states, strict=False):
            if state != "active":
                return t("{unit} on {host} is {state}.", unit=unit, host=node.name, state=state)
    return None


def units_of(node: Node) -> tuple[str, ...]:
    """Return the services that run on a host of a healthy pair."""
    return _LB_UNITS if node in LBS else _WEB_UNITS
