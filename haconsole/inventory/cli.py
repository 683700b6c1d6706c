"""``haconsole inventory``: the schema for editors, and a check without a console."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from haconsole.words import t, tn

from .loading import load
from .problems import InventoryError, cleaned
from .schema import schema


def add_parser(subparsers: Any) -> None:
    """Add ``inventory`` to argparse's subparsers; ``args.run`` is then :func:`run`."""
    parser = subparsers.add_parser("inventory", help=t("check inventories, print their schema"))
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="inventory_action", required=True, metavar=t("ACTION"))
    actions.add_parser("schema", help=t("print the JSON Schema, for editors"))
    check = actions.add_parser("check", help=t("say what is wrong with inventories"))
    check.add_argument("files", nargs="+", metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; returns the exit status: 0, or 2 when a file is wrong."""
    if args.inventory_action == "schema":
        sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
        return 0
    return max(_check(file) for file in args.files)


def _check(file: str) -> int:
    try:
        site = load(file)
    except InventoryError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    summary = t(
        "{file}: good: {clusters}, {nodes}, {jumps}",
        file=cleaned(file),
        clusters=tn("{count} cluster", "{count} clusters", len(site.clusters)),
        nodes=tn("{count} node", "{count} nodes", len(site.hosts)),
        jumps=tn("{count} jump host", "{count} jump hosts", len(site.jumps)),
    )
    sys.stdout.write(f"{summary}\n")
    return 0
