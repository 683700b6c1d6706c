"""The command line. What a command needs is imported when it is asked for."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from haconsole import __version__
from haconsole.commandline.parser import Parser
from haconsole.words import set_language, t

#: Command → module with ``add_parser(subparsers)`` and ``run(args) -> exit status``.
COMMANDS = {
    "status": "haconsole.commandline.status",
    "doctor": "haconsole.commandline.doctor",
    "inventory": "haconsole.inventory.cli",
    "lab": "haconsole.lab.cli",
    "demo": "haconsole.commandline.demo",
    "apply": "haconsole.commandline.apply",
    "drill": "haconsole.commandline.drill",
    "train": "haconsole.commandline.train",
    "journal": "haconsole.commandline.journal",
    "lint": "haconsole.commandline.lint",
    "replay": "haconsole.commandline.replay",
}
_USAGE_ERROR = 2
#: Commands that monitoring calls: what keeps them from looking is UNKNOWN, never CRITICAL or
#: WARNING (monitoring-plugins guidelines, "Plugin Return Codes").
_PLUGINS = frozenset({"status", "doctor"})
_UNKNOWN = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    set_language(None)
    plugin = words[:1] and words[0] in _PLUGINS
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character (cp1252, ASCII) shows "?" for it.
            stream.reconfigure(errors="replace")
    try:
        status = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away (``| head``): nothing to say, and nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SystemExit as end:  # argparse has said why, or has shown the help
        if plugin and end.code == _USAGE_ERROR:
            return _UNKNOWN
        raise
    except Exception as error:
        failed = _told(error)
        return _UNKNOWN if plugin else failed
    return status


def _told(error: Exception) -> int:
    """Say why a command ended; returns its exit status."""
    if isinstance(error, OSError):
        # What is read and written on purpose has sentences of its own: this is the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = error.filename or t("the output could not be written")
        print(f"haconsole: {what}: {error.strerror or error}", file=sys.stderr)
        return 1
    if not _is_ours(error):
        # A defect of ours: with all that mends it.
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    print(f"haconsole: {error}", file=sys.stderr)
    return _USAGE_ERROR


def _run(words: list[str]) -> int:
    command = words[0] if words else None
    if command is None or command in COMMANDS or command.startswith("-"):
        args = _commands_parser(command).parse_args(words)
        run: Callable[[argparse.Namespace], int] = import_module(COMMANDS[words[0]]).run
        return run(args)
    from haconsole.commandline import console

    parser = Parser(prog="haconsole", description=_about(), allow_abbrev=False)
    console.add_arguments(parser)
    return console.run(parser.parse_args(words))


def _commands_parser(command: str | None) -> argparse.ArgumentParser:
    """Build the parser; only the command that was asked for is imported, for help all are."""
    parser = Parser(
        prog="haconsole",
        description=_about(),
        epilog=t(
            "`haconsole INVENTORY` opens the console; `haconsole INVENTORY --help` tells more."
        ),
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"haconsole {__version__}",
        help=t("show program's version number and exit"),
    )
    subparsers = parser.add_subparsers(metavar=t("COMMAND"), required=True, title=t("commands"))
    for name in [command] if command in COMMANDS else COMMANDS:
        import_module(COMMANDS[str(name)]).add_parser(subparsers)
    return parser


def _about() -> str:
    return t("Operator console for nginx + keepalived high-availability pairs.")


def _is_ours(error: Exception) -> bool:
    """Whether an error's message is a sentence for the operator."""
    return type(error).__module__.startswith("haconsole.")
