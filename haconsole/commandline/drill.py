"""``haconsole drill INVENTORY [SCENARIO]``: predicted, broken, measured, judged, undone."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.domain.model import Site

    from .drilling import Drilling

#: Exit statuses: as predicted and healthy; not so; refused or misused; it proves nothing.
GOOD, BAD, REFUSED, VOID = 0, 1, 2, 3
#: The suite's name.
ALL = "all"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``drill`` to the command line."""
    parser = subparsers.add_parser(
        "drill",
        help=t("a failover test: prediction, fault, measured outage, verdict, undo, report"),
        description=t(
            "Predicts, breaks, measures, judges and puts everything back. Without --write it only "
            "predicts. Exit status: 0 as predicted, 1 not, 2 refused, 3 the measurement is void."
        ),
    )
    parser.add_argument("inventory", type=Path, help=t("the site's inventory (YAML)"))
    parser.add_argument(
        "scenario",
        nargs="?",
        help=t("its name, or all; without one, what can be drilled is listed with predictions"),
    )
    parser.add_argument("--plan", action="store_true", help=t("print the plan, run nothing"))
    parser.add_argument(
        "--undo",
        action="store_true",
        help=t("undo what a drill left whose console died and whose node forgot it in a reboot"),
    )
    parser.add_argument("--write", action="store_true", help=t("unlock changes"))
    parser.add_argument(
        "--yes",
        action="count",
        default=0,
        help=t("run without asking; a reboot wants it twice"),
    )
    parser.add_argument("--cluster", metavar="NAME", help=t("which cluster, if there are several"))
    parser.add_argument("--vip", metavar="ADDRESS", help=t("which VIP, if there are several"))
    parser.add_argument("--target", metavar="HOST", help=t("the host to hit (default: the owner)"))
    parser.add_argument(
        "--repeat", type=_count, default=1, metavar="N", help=t("do it so many times")
    )
    _add_manner(parser)


def _add_manner(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        type=float,
        metavar="SECONDS",
        help=t("after how long the node undoes the fault by itself (default: 60)"),
    )
    parser.add_argument(
        "--rate", type=_rate, metavar="N", help=t("requests a second (default: 700)")
    )
    parser.add_argument(
        "--from",
        dest="place",
        default="",
        metavar="PLACE",
        help=t("where the probe runs: here, jump, or a host's name"),
    )
    parser.add_argument(
        "--force", action="store_true", help=t("go over what speaks against it, and report that")
    )
    parser.add_argument("--json", action="store_true", help=t("print the result as JSON"))
    parser.add_argument("--report", type=Path, metavar="FILE.md", help=t("write a report there"))


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(t("{text} is not a number from 1 to 100", text=text))
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 1.0 <= rate <= 1000.0:
        raise argparse.ArgumentTypeError(t("{text} is not a rate from 1 to 1000", text=text))
    return rate


def run(args: argparse.Namespace) -> int:
    """Predict, and with ``--write`` run; return the exit status."""
    from haconsole.inventory import load

    site = load(args.inventory)
    _check(args)
    try:
        return asyncio.run(_drill(args, site))
    except asyncio.CancelledError:
        return 130


def _check(args: argparse.Namespace) -> None:
    """Refuse what cannot be meant, before anything is connected."""
    from difflib import get_close_matches

    from haconsole.domain.vrrp_prediction import Scenario
    from haconsole.procedures.drill.ask import LEAST_LIMIT_S, LIMIT_S, MOST_LIMIT_S, RATE_HZ
    from haconsole.procedures.errors import ProcedureError

    from .apply import see_writable

    names = [*(one.value for one in Scenario), ALL]
    if args.undo and args.scenario is not None:
        raise ProcedureError(t("--undo is about what was left: say no scenario with it."))
    if args.undo and not args.write:
        raise ProcedureError(t("--undo changes hosts: say --write as well."))
    if args.scenario is not None and args.scenario not in names:
        near = get_close_matches(args.scenario, names, 1)
        hint = t(" Did you mean {name}?", name=near[0]) if near else ""
        raise ProcedureError(
            t("There is no drill {name}.{hint} There are: {names}.", name=args.scenario,
              hint=hint, names=", ".join(names))
        )  # fmt: skip
    if args.scenario == ALL and args.target:
        raise ProcedureError(t("“all” hits one host after the other: --target is for one drill."))
    args.limit = LIMIT_S if args.limit is None else args.limit
    args.rate = RATE_HZ if args.rate is None else args.rate
    if not LEAST_LIMIT_S <= args.limit <= MOST_LIMIT_S:
        raise ProcedureError(
            t("--limit is {least} to {most} seconds, not {limit}.", least=f"{LEAST_LIMIT_S:g}",
              most=f"{MOST_LIMIT_S:g}", limit=f"{args.limit:g}")
        )  # fmt: skip
    if args.report:
        see_writable(args.report)


async def _drill(args: argparse.Namespace, site: Site) -> int:
    from .apply import choose_cluster
    from .drilling import Drilling, choose_vip, session
    from .undoing import undo_leftovers

    cluster = choose_cluster(site, args.cluster)
    vip = choose_vip(cluster, args.vip)
    async with session(site, writable=args.write) as (door, feed):
        if args.undo:
            return await undo_leftovers(door, cluster)
        drilling = Drilling(args, door, feed, cluster, vip)
        if args.scenario is None:
            print(await drilling.listed(), end="")
            return GOOD
        status = await drilling.run()
    kept = _tell_end(args, drilling)
    return BAD if status == GOOD and not kept else status


def _tell_end(args: argparse.Namespace, drilling: Drilling) -> bool:
    """Print what came of it, and write the report; whether that is written."""
    from haconsole.procedures.drill.report_text import markdown

    from .apply import report_kept

    document = drilling.document
    if document is None:
        return True
    kept = True
    if args.report and drilling.documents:
        kept = report_kept(args.report, markdown(document))
    if args.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    elif drilling.documents:
        print(drilling.text(), end="")
    sys.stdout.flush()
    return kept
