"""``haconsole doctor``: what is wrong, why, how sure that is, what shows it, what mends it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.columns import columns
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.domain.model import Site

    from .findings import Told

#: As for ``status``: what keeps it from looking is UNKNOWN to monitoring.
_USAGE = 3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``doctor`` to the command line."""
    parser = subparsers.add_parser(
        "doctor",
        help=t("causes, with evidence; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"),
    )
    parser.add_argument("inventory", nargs="?", type=Path, help=t("the site's inventory (YAML)"))
    parser.add_argument(
        "--bundle", type=Path, metavar="DIR", help=t("diagnose a folder of files, without a host")
    )
    parser.add_argument("--list", action="store_true", help=t("list every cause by its name"))
    parser.add_argument("--json", action="store_true", help=t("print JSON"))
    parser.add_argument("--cluster", metavar="NAME", help=t("which cluster, if there are several"))
    parser.add_argument("--moment", metavar="NAME", help=t("only this moment of a bundle"))
    parser.add_argument(
        "--quick",
        action="store_true",
        help=t("take no evidence that costs the nodes something (captures, counters)"),
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=15.0,
        metavar="SECONDS",
        help=t("how long to wait for hosts that do not answer (default: 15)"),
    )


def run(args: argparse.Namespace) -> int:
    """Diagnose, print, and return the exit status."""
    from . import findings

    if args.list:
        _list(as_json=args.json)
        return 0
    if (args.bundle is None) == (args.inventory is None):
        print(t("haconsole: doctor wants an inventory, or --bundle DIR."), file=sys.stderr)
        return _USAGE
    if args.bundle is not None:
        source, told = str(args.bundle), _of_bundle(args.bundle, args.moment)
    else:
        source, told = _of_site(args)
    print(findings.as_json(source, told) if args.json else findings.text(told))
    return findings.worst(told).exit_status


def _list(*, as_json: bool) -> None:
    import json

    from haconsole.domain.rules.registry import RULES
    from haconsole.telling import say

    rules = sorted(RULES, key=lambda rule: rule.cause)
    if as_json:
        rows = [{"cause": rule.cause, "text": say(rule.about)} for rule in rules]
        print(json.dumps({"version": 1, "causes": rows}, indent=2, ensure_ascii=False))
        return
    print("\n".join(columns([(rule.cause, say(rule.about)) for rule in rules])))


def _of_bundle(folder: Path, moment: str | None) -> list[Told]:
    from haconsole.domain.rules.diagnosis import diagnose
    from haconsole.journal.bundle import BundleError, read_bundle

    from .findings import Told

    shots = read_bundle(folder)
    if moment is not None:
        names = ", ".join(shot.name for shot in shots)
        shots = tuple(shot for shot in shots if shot.name == moment)
        if not shots:
            raise BundleError(
                t(
                    "{folder} has no moment '{moment}': choose from {names}.",
                    folder=folder,
                    moment=moment,
                    names=names,
                )
            )
    return [Told(shot.name, diagnose(shot.case)) for shot in shots]


def _of_site(args: argparse.Namespace) -> tuple[str, list[Told]]:
    from haconsole.inventory import load

    site = load(args.inventory)
    return site.name, asyncio.run(_look(args, site))


async def _look(args: argparse.Namespace, site: Site) -> list[Told]:
    from haconsole.journal.ledger import Ledger
    from haconsole.monitor.casework.consult import Consultation, watched
    from haconsole.monitor.monitor import Monitor
    from haconsole.transport.transport import Transport

    from .findings import Told
    from .prompting import prompter_for_terminal

    clusters = [one for one in site.clusters if args.cluster in (None, one.name)]
    if not clusters:
        names = ", ".join(one.name for one in site.clusters)
        raise InventoryNameError(
            t("There is no cluster '{name}': choose from {names}.", name=args.cluster, names=names)
        )
    ledger = Ledger()
    door = Transport(site, prompter=prompter_for_terminal(), ledger=ledger.record)
    monitor = Monitor(door, follow=False)
    try:
        async with watched(monitor, args.timeout):
            consultations = [Consultation(monitor, door, cluster) for cluster in clusters]
            found = await asyncio.gather(*(one.examine(quick=args.quick) for one in consultations))
    finally:
        ledger.close()
    several = len(site.clusters) > 1
    return [Told(one.cluster, one, one.cluster if several else "") for one in found]


class InventoryNameError(Exception):
    """No such cluster in the inventory; the message is the sentence to show."""
