"""``haconsole demo``: the console on an embedded cluster; ``--hosts-only``: just the hosts."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.demo.keeper import DemoOptions

#: What it returns when it was ended before it did anything.
_INTERRUPTED = 130


class DemoError(Exception):
    """The demo cannot run; the message is the sentence to show."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``demo`` to the command line."""
    parser = subparsers.add_parser(
        "demo", help=t("the console on an embedded cluster: no root, no network, any system")
    )
    parser.add_argument(
        "--hosts-only",
        action="store_true",
        help=t("print the inventory's path, serve the hosts until stopped"),
    )
    parser.add_argument(
        "--state",
        choices=("ready", "fresh"),
        default="ready",
        help=t("ready: a working pair; fresh: nothing installed, and a mirror to install from"),
    )
    parser.add_argument(
        "--family", choices=("apt", "yum"), default="apt", help=t("package manager of the hosts")
    )
    parser.add_argument(
        "--keepalived",
        choices=("1.3.5", "2.2.7", "2.4.3"),
        default="2.2.7",
        help=t("the version that the LBs' keepalived behaves as (default: 2.2.7)"),
    )
    parser.add_argument(
        "--flaw",
        choices=("low-weight", "nopreempt", "no-check"),
        help=t("a pair that is configured so that it does not fail over"),
    )
    parser.add_argument("--scenario", metavar="FAULT", help=t("start in trouble"))
    parser.add_argument(
        "--rate",
        type=float,
        default=3.0,
        metavar="HITS",
        help=t("requests a second of the demo's clients (default: 3)"),
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        help=t("where the bastion listens on 127.0.0.1 (default: any free port)"),
    )
    parser.add_argument("--theme", metavar="NAME", help=t("theme to use"))
    parser.add_argument("--lang", metavar="LANG", help=t("language of the console"))
    parser.add_argument("--ascii", action="store_true", help=t("use ASCII characters only"))
    parser.add_argument("--no-record", action="store_true", help=t("do not record the session"))
    # Set for the hosts that a console starts: they end with it, however it ends, and take over
    # the folder and the port's socket of those before.
    parser.add_argument("--until-eof", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Serve the hosts, or open the console on them; returns the exit status."""
    _check(args)
    if args.hosts_only:
        return asyncio.run(_serve(args))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DemoError(
            t("The demo's console needs a terminal; `haconsole demo --hosts-only` does not.")
        )
    return _console(args)


def _check(args: argparse.Namespace) -> None:
    if args.scenario is not None:
        from haconsole.demo.world import faults

        faults.named(args.scenario)
        if args.state == "fresh":
            raise DemoError(t("--scenario makes a fault in a pair that works: not in a fresh one."))
    if args.flaw is not None and args.state == "fresh":
        raise DemoError(t("--flaw is about a pair that is configured: a fresh one is not."))
    if not 0 <= args.rate <= 1000:
        raise DemoError(t("--rate {rate}: 0 to 1000 requests a second.", rate=args.rate))
    if not 0 <= args.port <= 65535:
        raise DemoError(t("--port {port}: 0 to 65535; 0 is any free port.", port=args.port))
    try:
        tempfile.gettempdir()  # asyncssh wants one already when it is imported
    except OSError:
        raise DemoError(
            t("The demo finds no folder for its keys; set TMPDIR to one that can be written.")
        ) from None


async def _serve(args: argparse.Namespace) -> int:
    done = asyncio.Event()
    # First of all: an import that is broken off (asyncssh's looks for libraries) leaves files.
    _end_on_signals(done)

    from haconsole.demo.orders import Orders
    from haconsole.demo.serve import running
    from haconsole.demo.world.flaws import Flaw
    from haconsole.demo.world.manners import DEBIAN_12
    from haconsole.lab.topology import Family, LabState
    from haconsole.parsers.keepalived_version import parse_version

    _hurry()
    await asyncio.sleep(0)
    if done.is_set():
        return _INTERRUPTED
    if args.until_eof and isinstance(sys.stdout, io.TextIOWrapper):
        # What a console reads there is UTF-8, whatever the system's own coding is.
        sys.stdout.reconfigure(encoding="utf-8")
    orders = Orders(sys.stdin.fileno(), _print) if args.until_eof else None
    obeying: asyncio.Task[None] | None = None  # kept: the loop does not hold on to tasks
    async with running(
        rate=args.rate,
        scenario=args.scenario,
        state=LabState(args.state),
        family=Family(args.family),
        port=args.port,
        keepalived=parse_version(args.keepalived) or DEBIAN_12,
        flaw=Flaw(args.flaw) if args.flaw else None,
        folder=args.folder,
        listener=None if args.listener is None else socket.socket(fileno=args.listener),
    ) as demo:
        _print(str(demo.inventory))
        if orders is not None:
            obeying = asyncio.create_task(orders.obey(demo.cluster))
            obeying.add_done_callback(lambda _: done.set())
        await done.wait()
        if obeying is not None:
            obeying.cancel()
        demo.folder.leaves = orders is not None and orders.leaving
    return 0


def _hurry() -> None:
    """Raise our priority where we may: this process is a network, and late answers are its loss."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(-10)
        if os.getsid(0) == os.getpid():
            # Linux weighs sessions first (sched(7), autogroup): in one of our own we may.
            Path("/proc/self/autogroup").write_text("-10", encoding="ascii")


def _end_on_signals(done: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        try:
            loop.add_signal_handler(number, done.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(done.set))


def _print(line: str) -> None:
    # Whoever reads may have gone: the end of the other pipe says so.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _console(args: argparse.Namespace) -> int:
    """Open the console on hosts in a process of their own: its work must not slow the screen."""
    from haconsole.demo.keeper import DemoKeeper
    from haconsole.training.school import every_lesson

    from .console import open_console
    from .train_places import demo_school

    with DemoKeeper(options_of(args), port=args.port) as keeper:
        return open_console(
            keeper.inventory,
            write=True,
            theme=args.theme,
            language=args.lang,
            ascii_only=args.ascii,
            faults=keeper.faults,
            record=not args.no_record,
            training=demo_school(keeper, every_lesson()),
        )


def options_of(args: argparse.Namespace) -> DemoOptions:
    """Return what the hosts shall be."""
    from haconsole.demo.keeper import DemoOptions

    return DemoOptions(
        state=args.state,
        family=args.family,
        keepalived=args.keepalived,
        flaw=args.flaw,
        scenario=args.scenario,
        rate=args.rate,
    )
