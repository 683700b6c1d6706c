"""``haconsole lab``: up, down, status, exec, fault, heal, reset."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from haconsole.columns import columns
from haconsole.telling import say as told
from haconsole.words import t

from .errors import LabError
from .places import DEFAULT_NAME, LabPlaces
from .tools import say
from .topology import Family, LabState

if TYPE_CHECKING:
    from .registry import Record

_INTERRUPTED = 130


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``lab`` and its commands to a parser."""
    lab = subparsers.add_parser(
        "lab",
        help=t("a real HA pair on this machine (Linux, root)"),
        description=t(
            "A real HA pair on this machine: systemd, sshd, keepalived, nginx, firewalld."
        ),
    )
    commands = lab.add_subparsers(dest="lab_command", required=True, metavar=t("COMMAND"))

    up = commands.add_parser(
        "up", help=t("start the hosts; the last line printed is the inventory's path")
    )
    _add_shape(up)

    down = commands.add_parser("down", help=t("end the hosts and remove everything of them"))
    _add_shape(down)

    status = commands.add_parser("status", help=t("show which labs are up; exit 1 if NAME is not"))
    _add_shape(status)
    status.add_argument("--json", action="store_true", help=t("print JSON"))

    execute = commands.add_parser("exec", help=t("run a command on a host as root, without ssh"))
    _add_shape(execute)
    execute.add_argument("host", metavar="HOST")
    execute.add_argument("command", metavar="CMD", nargs=argparse.REMAINDER)

    fault = commands.add_parser("fault", help=t("break something; 'heal' undoes it"))
    _add_shape(fault)
    fault.add_argument("fault", metavar="FAULT", nargs="?")
    fault.add_argument("--on", metavar="HOST", help=t("where (each fault has a default)"))
    fault.add_argument("--list", action="store_true", help=t("list the faults"))

    heal = commands.add_parser("heal", help=t("undo every fault and wait until all is healthy"))
    _add_shape(heal)

    reset = commands.add_parser(
        "reset",
        help=t("other hosts in place of these, whatever was done to them; same inventory and port"),
    )
    _add_shape(reset)


def _add_shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--name", default=DEFAULT_NAME, help=t("which lab ('{name}')", name=DEFAULT_NAME)
    )
    parser.add_argument(
        "--state",
        choices=[state.value for state in LabState],
        help=t("ready: a working pair; fresh: nothing installed, and a mirror to install from"),
    )
    parser.add_argument(
        "--family", choices=[family.value for family in Family], help=t("package manager")
    )


def run(args: argparse.Namespace) -> int:
    """Run the command that was parsed and return the exit status."""
    from . import requirements

    try:
        if not getattr(args, "list", False):
            requirements.check_rights()
        return _COMMANDS[args.lab_command](args)
    except LabError as error:
        say(str(error))
        return error.exit_status
    except OSError as error:
        say(t("The lab failed: {error}.", error=error))
        return 1
    except KeyboardInterrupt:
        say(t("Interrupted; what was begun is undone."))
        return _INTERRUPTED


def _up(args: argparse.Namespace) -> int:
    from . import api

    state = LabState(args.state or LabState.READY)
    handle = api.up(args.name, state, Family(args.family or Family.APT))
    _print(str(handle.inventory))
    return 0


def _down(args: argparse.Namespace) -> int:
    from . import api, requirements

    requirements.check()
    name = args.name
    if api.down(name):
        say(t("The lab '{name}' is down.", name=name))
    else:
        say(t("The lab '{name}' is not up; nothing to do.", name=name))
    return 0


def _status(args: argparse.Namespace) -> int:
    from . import registry

    wanted = LabPlaces.of(args.name)
    for name in registry.sweep():
        say(t("Removed what was left of the lab '{name}', whose start was killed.", name=name))
    labs = {}
    for places in registry.every_lab():
        if record := registry.find_up(places):
            labs[places.name] = record
    if args.json:
        told = {"version": 1, "labs": [_as_json(record) for record in labs.values()]}
        _print(json.dumps(told, indent=2))
    else:
        for record in labs.values():
            _print(_as_line(record))
        if not labs:
            _print(t("No lab is up."))
    return 0 if wanted.name in labs else 1


def _as_json(record: Record) -> dict[str, object]:
    from .machine import Machine

    places = LabPlaces(record.name)
    return {
        "name": record.name,
        "state": record.state.value,
        "family": record.family.value,
        "inventory": str(places.inventory),
        "port": record.port,
        "hosts": [
            {"name": host, "running": Machine(places, host).init() is not None}
            for host in record.hosts
        ],
    }


def _as_line(record: Record) -> str:
    from .machine import Machine

    places = LabPlaces(record.name)
    hosts = [
        host if Machine(places, host).init() is not None else t("{host} (off)", host=host)
        for host in record.hosts
    ]
    return t(
        "{name}: {state}, {family}; {hosts}; {inventory}",
        name=record.name,
        state=record.state.value,
        family=record.family.value,
        hosts=" ".join(hosts),
        inventory=places.inventory,
    )


def _exec(args: argparse.Namespace) -> int:
    from . import api

    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    machine = api.find(args.name).machine(args.host)
    machine.become(command or ["/bin/bash", "-l"])
    return 0


def _fault(args: argparse.Namespace) -> int:
    from . import api, faults

    if args.list or args.fault is None:
        rows = [(one.name, ", ".join(one.hosts), told(one.text)) for one in faults.FAULTS.values()]
        _print("\n".join(columns(rows)))
        return 0
    faults.named(args.fault)
    hosts = api.find(args.name).fault(args.fault, args.on)
    say(t("{fault} on {hosts}: made.", fault=args.fault, hosts=", ".join(hosts)))
    return 0


def _heal(args: argparse.Namespace) -> int:
    from . import api

    handle = api.find(args.name)
    handle.heal()
    if handle.record.state is LabState.READY:
        say(t("The lab '{name}' is healthy.", name=args.name))
    else:
        say(t("Every fault of the lab '{name}' is undone.", name=args.name))
    return 0


def _reset(args: argparse.Namespace) -> int:
    from .reset import reset

    state = LabState(args.state) if args.state else None
    handle = reset(args.name, state, Family(args.family) if args.family else None)
    say(
        t(
            "The lab '{name}' is as new: {state} ({family}).",
            name=args.name,
            state=handle.record.state.value,
            family=handle.record.family.value,
        )
    )
    return 0


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


_COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "exec": _exec,
    "fault": _fault,
    "heal": _heal,
    "reset": _reset,
}
