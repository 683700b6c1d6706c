"""A soak: planned moves on a pair that is well, and a console that must not cry wolf.

``python -m tests.soak [--minutes 30] [--on demo|lab] [--seed N] [--name LAB]``

A real console (its screen in memory) watches the demo or a lab of its own, while restarts,
reloads, stops and starts, reboots and the product's own switchover drill follow one another with
pauses in between, all drawn from a seed that is printed. What the console finds is held against
the table of what is true meanwhile (``meanwhile.py``); anything else is false, is printed with
its time and evidence, and makes the exit status 1. 2 means that the soak itself could not go on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from pathlib import Path

from haconsole.lab import api
from tests.demo.e2e.live import hosts

from .meanwhile import Kind
from .soak import Soak, soak


def _say(line: str) -> None:
    print(line, flush=True)


async def _on_demo(seconds: float, seed: int, only: tuple[Kind, ...], folder: Path) -> Soak:
    async with hosts(folder / "demo") as demo:
        return await soak(demo.inventory, seconds, seed, _say, only)


def _on_lab(seconds: float, seed: int, only: tuple[Kind, ...], name: str) -> Soak:
    lab = api.up(name)
    try:
        return asyncio.run(soak(lab.inventory, seconds, seed, _say, only))
    finally:
        lab.down()


def main(arguments: list[str]) -> int:
    """Soak, print the tables, and return the exit status."""
    parser = argparse.ArgumentParser(prog="soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--on", choices=("demo", "lab"), default="demo")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[kind.value for kind in Kind],
        help="nothing but this move; may be said several times",
    )
    parser.add_argument("--name", default="soak", help="what the lab is called")
    args = parser.parse_args(arguments)
    # Also where whoever began it in the background has them ignored: the lab goes with us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    seed = random.SystemRandom().randrange(1 << 31) if args.seed is None else args.seed
    _say(f"soak on {args.on}, {args.minutes:g} minutes, --seed {seed}")
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        # Reports of drills and such belong to nobody's journal.
        os.environ["XDG_STATE_HOME"] = folder
        seconds = args.minutes * 60
        only = tuple(map(Kind, args.only))
        if args.on == "lab":
            made = _on_lab(seconds, seed, only, args.name)
        else:
            made = asyncio.run(_on_demo(seconds, seed, only, Path(folder)))
    _say(made.report())
    if made.problem:
        return 2
    return 0 if made.good else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        _say("interrupted")
        sys.exit(130)
