"""``haconsole status INVENTORY``: one look, a verdict, an exit status for monitoring."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from haconsole.domain.model import Site
from haconsole.domain.state import State
from haconsole.domain.verdict import judge
from haconsole.words import t

from . import report


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``status`` to the command line."""
    parser = subparsers.add_parser(
        "status",
        help=t("one look at a site, then exit: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"),
    )
    parser.add_argument("inventory", type=Path, help=t("the site's inventory (YAML)"))
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help=t("print the status as JSON"))
    shape.add_argument("--line", action="store_true", help=t("print one line"))
    parser.add_argument(
        "--timeout",
        type=float,
        default=15.0,
        metavar="SECONDS",
        help=t("how long to wait for hosts that do not answer (default: 15)"),
    )


def run(args: argparse.Namespace) -> int:
    """Look, print, and return the exit status."""
    from haconsole.inventory import load

    site = load(args.inventory)
    state, now = asyncio.run(_look(site, args.timeout))
    shape = report.as_json if args.json else report.line if args.line else report.text
    print(shape(state, now))
    return judge(state, now).level.exit_status


async def _look(site: Site, timeout_s: float) -> tuple[State, float]:
    from haconsole.journal.ledger import Ledger
    from haconsole.monitor.monitor import Monitor
    from haconsole.monitor.once import look
    from haconsole.transport.transport import Transport

    from .prompting import prompter_for_terminal

    ledger = Ledger()
    door = Transport(site, prompter=prompter_for_terminal(), ledger=ledger.record)
    try:
        state = await look(Monitor(door, follow=False), timeout_s)
    finally:
        ledger.close()
    return state, time.time()
