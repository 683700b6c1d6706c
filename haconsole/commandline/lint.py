"""``haconsole lint FILE…``: will this fail over? No host is asked."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.domain.lint.findings import Finding
    from haconsole.domain.lint.source import Source
    from haconsole.parsers.keepalived_version import Version

#: Exit statuses: nothing but hints; warnings; it does not work, or cannot be read.
CLEAN, WARNED, WRONG = 0, 1, 2
#: argparse's, for a command line that says nothing.
_USAGE = 2


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``lint`` to the command line."""
    parser = subparsers.add_parser(
        "lint",
        help=t("judge keepalived.conf files, alone or as a pair: will this fail over?"),
        description=t(
            "Judge keepalived.conf files. Several are taken for the LBs of one pair. Exit status: "
            "0 nothing or hints, 1 warnings, 2 errors or a file that cannot be read."
        ),
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help=t("a keepalived.conf; - for standard input")
    )
    parser.add_argument(
        "--as",
        action="append",
        default=[],
        dest="named",
        metavar="HOST=FILE",
        help=t("a file and the host that it is for (its lines @HOST count then)"),
    )
    parser.add_argument(
        "--keepalived",
        metavar="VERSION",
        help=t("the version that will read them (default: the newest)"),
    )
    parser.add_argument(
        "--script",
        action="append",
        default=[],
        dest="scripts",
        metavar="FILE",
        help=t("a check's script (those beside a file are found)"),
    )
    parser.add_argument("--json", action="store_true", help=t("print the report as JSON"))
    parser.add_argument("--list", action="store_true", help=t("print every kind of finding"))


def run(args: argparse.Namespace) -> int:
    """Read, judge, print; return the exit status."""
    from haconsole.domain.lint.findings import Level
    from haconsole.domain.lint.lint import lint

    from . import lint_report

    if args.list:
        print(lint_report.catalogue(as_json=args.json))
        return CLEAN
    try:
        files, version = _files(args), _version(args.keepalived)
    except ValueError as error:
        print(f"haconsole lint: {error}", file=sys.stderr)
        return _USAGE
    sources, told = _read(files, version, args.scripts)
    report = lint_report.with_more(lint(sources), told)
    show = lint_report.as_json if args.json else lint_report.text
    print(show(report, sources, args.keepalived))
    return {Level.ERROR: WRONG, Level.WARNING: WARNED}.get(report.worst or Level.HINT, CLEAN)


def _files(args: argparse.Namespace) -> list[tuple[str | None, str]]:
    """Return hosts, where they are said, and files; ``ValueError`` with a sentence."""
    named = []
    for word in args.named:
        host, sign, file = word.partition("=")
        if not (host and sign and file):
            raise ValueError(t("--as wants HOST=FILE, not “{word}”.", word=word))
        named.append((host, file))
    files = [*((None, file) for file in args.files), *named]
    if not files:
        raise ValueError(t("name the files to judge, or - for standard input."))
    if sum(file == "-" for _, file in files) > 1:
        raise ValueError(t("standard input (-) can be read once only."))
    hosts = [host for host, _ in named]
    if len(set(hosts)) < len(hosts):
        raise ValueError(t("--as names one host twice."))
    return files


def _version(text: str | None) -> Version | None:
    from haconsole.parsers.keepalived_version import parse_version

    if text is None:
        return None
    version = parse_version(text)
    if version is None:
        raise ValueError(t("--keepalived wants a version such as 2.2.7, not “{text}”.", text=text))
    return version


def _read(
    files: list[tuple[str | None, str]], version: Version | None, scripts: list[str]
) -> tuple[list[Source], list[Finding]]:
    """Read all; every source gets a name of its own."""
    from dataclasses import replace

    from .lint_files import read

    sources: list[Source] = []
    told: list[Finding] = []
    for host, file in files:
        found, said = read(file, host, version, scripts, alone=len(files) == 1)
        told += said
        for source in found:
            taken = {one.name for one in sources}
            path = source.conf.file
            names = (source.name, path, f"{path} ({len(sources) + 1})")
            name = next(name for name in names if name not in taken)
            sources.append(replace(source, name=name))
    return sources, told
