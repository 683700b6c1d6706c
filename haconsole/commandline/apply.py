"""``haconsole apply INVENTORY PROCEDURE``: any wizard without the screen."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from haconsole.columns import columns
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.domain.model import Cluster, Site
    from haconsole.procedures.form import Form
    from haconsole.procedures.plan import Plan
    from haconsole.procedures.progress import RunProgress

#: Exit statuses: as planned; something failed or was stopped; it could not be planned.
DONE, FAILED, REFUSED = 0, 1, 2
#: What shells say of a program that Ctrl-C ended.
LEFT = 130


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``apply`` to the command line."""
    parser = subparsers.add_parser(
        "apply", help=t("install, configure or take back, as a plan that is shown first")
    )
    parser.add_argument("inventory", type=Path, help=t("the site's inventory (YAML)"))
    parser.add_argument(
        "procedure", nargs="?", help=t("its name; without one, the procedures are listed")
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--plan", action="store_true", help=t("print the plan, run nothing"))
    shape.add_argument("--json", action="store_true", help=t("print it as JSON"))
    shape.add_argument("--questions", action="store_true", help=t("print the keys of --set"))
    parser.add_argument("--write", action="store_true", help=t("unlock changes"))
    parser.add_argument("--yes", action="store_true", help=t("run without asking"))
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=t("answer a question; KEY.HOST=VALUE for one host; a secret as KEY=@FILE or KEY=-"),
    )
    parser.add_argument("--cluster", metavar="NAME", help=t("which cluster, if there are several"))
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help=t("replace files that this tool did not write, after their differences were shown"),
    )
    parser.add_argument("--report", type=Path, metavar="FILE.md", help=t("write a runbook there"))


def run(args: argparse.Namespace) -> int:
    """Plan, print or run; return the exit status."""
    from haconsole.inventory import load

    site = load(args.inventory)
    if args.procedure is None:
        _list()
        return DONE
    if args.report:
        see_writable(args.report)
    try:
        return asyncio.run(_apply(args, site))
    except asyncio.CancelledError:  # Ctrl-C
        return LEFT


def _list() -> None:
    from haconsole.procedures.catalogue import ENTRIES
    from haconsole.telling import say

    print("\n".join(columns([(one.name, say(one.about)) for one in ENTRIES.values()])))


async def _apply(args: argparse.Namespace, site: Site) -> int:
    from haconsole.journal.ledger import Ledger
    from haconsole.procedures.catalogue import entry
    from haconsole.procedures.engine import Run
    from haconsole.procedures.prepare import prepare
    from haconsole.transport.transport import Transport

    from .prompting import prompter_for_terminal

    chosen, cluster = entry(args.procedure), choose_cluster(site, args.cluster)
    ledger = Ledger()
    door = Transport(
        site, prompter=prompter_for_terminal(), writable=args.write, ledger=ledger.record
    )
    try:
        await door.start()
        ground = await prepare(door, cluster, chosen)
        procedure = chosen.load()
        form = procedure.form(ground)
        if args.questions:
            _print_questions(form)
            return DONE
        plan = procedure.plan(ground, form.fill(await _given(args.set, form)))
        going = Run(door, plan, overwrite=args.overwrite)
        await going.survey()
        if args.plan or not args.write:
            _print_plan(args, plan, going.progress)
            return DONE
        if not args.yes and not await _agreed(plan, going.progress):
            return REFUSED
        return await _execute(args, going)
    finally:
        await door.close()
        ledger.close()
        if ledger.problem:
            print(t("haconsole: the ledger: {problem}", problem=ledger.problem), file=sys.stderr)


def choose_cluster(site: Site, name: str | None) -> Cluster:
    """Return the cluster that is meant; ``ProcedureError`` names those that there are."""
    from haconsole.procedures.errors import ProcedureError

    names = ", ".join(cluster.name for cluster in site.clusters)
    if name is None:
        if len(site.clusters) > 1:
            raise ProcedureError(
                t("There are several clusters; say which: --cluster {names}", names=names)
            )
        return site.clusters[0]
    for cluster in site.clusters:
        if cluster.name == name:
            return cluster
    raise ProcedureError(
        t("There is no cluster {name}. There are: {names}.", name=name, names=names)
    )


async def _given(words: Sequence[str], form: Form) -> dict[str, str]:
    """Read ``--set`` words; a secret comes from a file or the terminal, never from here."""
    from haconsole.procedures.errors import AnswerError

    secrets = {one.key for one in form.fields if one.secret}
    given = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or not key:
            raise AnswerError(key, t("--set wants KEY=VALUE, not “{word}”.", word=word))
        if key not in secrets:
            given[key] = value
        else:
            given[key] = await _typed(key) if value == "-" else _secret(key, value)
    return given


async def _typed(key: str) -> str:
    from haconsole.procedures.errors import AnswerError

    from .prompting import typed, typed_secret

    if not sys.stdin.isatty():
        return (await typed(sys.stdin.readline)).rstrip("\n")
    try:
        return await typed_secret(f"{key}: ")
    except EOFError as error:
        raise AnswerError(key, t("{key}: nothing was typed.", key=key)) from error


def _secret(key: str, value: str) -> str:
    from haconsole.procedures.errors import AnswerError

    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or t("no text")
            raise AnswerError(
                key, t("{key}: {file}: {reason}", key=key, file=value[1:], reason=reason)
            ) from error
    if not value:
        return ""
    raise AnswerError(
        key,
        t(
            "{key} is a secret, and a command line is seen by everyone on this machine: say "
            "{key}=@FILE, or {key}=- to be asked.",
            key=key,
        ),
    )


def _print_questions(form: Form) -> None:
    from haconsole.telling import say

    for one in form.fields:
        default = t("(secret)") if one.secret else one.default
        print(f"{one.key}={default}")
        print(t("    {label}. {help}", label=say(one.label), help=say(one.help)))
        if one.choices:
            print("    " + " | ".join(choice.value for choice in one.choices))


def _print_plan(args: argparse.Namespace, plan: Plan, progress: RunProgress) -> None:
    from haconsole.procedures.render import as_json, as_markdown, as_text

    if args.report:
        write_file(args.report, as_markdown(plan, progress))
    if args.json:
        print(json.dumps(as_json(plan, progress), ensure_ascii=False, indent=2))
        return
    print(as_text(plan, progress), end="")
    if not args.write and not args.plan:
        print(t("Nothing was changed. To run it: --write, and --yes not to be asked."))


async def _agreed(plan: Plan, progress: RunProgress) -> bool:
    from haconsole.procedures.render import as_text

    from .prompting import agreed_to_run

    if all(progress.of(step.id).status.good for step in plan.steps if step.mutating):
        return True  # nothing is changed: only looked at
    print(as_text(plan, progress), end="", file=sys.stderr)
    return await agreed_to_run()


async def _execute(args: argparse.Namespace, going: Run) -> int:
    from haconsole.procedures.progress import RunStatus
    from haconsole.procedures.render import as_json, as_markdown, summary

    from .applying import Teller, stopping_on_interrupt

    teller = Teller(going.plan, sys.stderr)
    going.subscribe(teller.hear)
    with stopping_on_interrupt(going):
        progress = await going.execute()
    kept = not args.report or report_kept(args.report, as_markdown(going.plan, progress))
    if args.json:
        print(json.dumps(as_json(going.plan, progress), ensure_ascii=False, indent=2))
    elif progress.status is RunStatus.DONE:
        print(summary(going.plan, progress))
    teller.close(progress)
    return DONE if progress.status is RunStatus.DONE and kept else FAILED


def see_writable(file: Path) -> None:
    """See before anything is done that a report can be written; ``ProcedureError`` says not."""
    from haconsole.procedures.errors import ProcedureError

    there = file.exists()
    if there and not (file.is_file() or file.is_dir()):
        return  # a pipe, a terminal: to open it would be to use it
    try:
        with file.open("a", encoding="utf-8"):
            pass
        if not there:
            file.unlink()
    except OSError as error:
        raise ProcedureError(
            t("{file} could not be written: {reason}", file=file, reason=error.strerror or error)
        ) from error


def report_kept(file: Path, text: str) -> bool:
    """Write the report of what was done, and say if it could not be: the rest is told anyway."""
    from haconsole.procedures.errors import ProcedureError

    try:
        write_file(file, text)
    except ProcedureError as error:
        print(f"haconsole: {error}", file=sys.stderr)
        return False
    return True


def write_file(file: Path, text: str) -> None:
    """Write a report; ``ProcedureError`` says why it could not be."""
    from haconsole.procedures.errors import ProcedureError

    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ProcedureError(
            t("{file} could not be written: {reason}", file=file, reason=error.strerror or error)
        ) from error


if TYPE_CHECKING:
    from haconsole.procedures.engine import Run
