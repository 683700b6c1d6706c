"""``haconsole journal list / show / trend / export``: what was written down, and for others."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from haconsole.columns import columns, padded
from haconsole.words import t

from . import export

FOUND, NOTHING = 0, 2
#: Version of the JSON's shape.
JSON_VERSION = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``journal`` to the command line."""
    parser = subparsers.add_parser("journal", help=t("drills and changes, as they were kept"))
    doing = parser.add_subparsers(metavar=t("ACTION"), required=True, dest="action")
    listing = doing.add_parser("list", help=t("drills and changes, newest first"))
    listing.add_argument("--json", action="store_true", help=t("print them as JSON"))
    listing.add_argument(
        "--most", type=int, default=50, metavar="N", help=t("the newest so many (default: 50)")
    )
    show = doing.add_parser("show", help=t("one of them: a drill's report, or every command"))
    show.add_argument("id", help=t("its id, or the beginning of it"))
    show.add_argument("--json", action="store_true", help=t("print it as JSON"))
    trend = doing.add_parser("trend", help=t("the same drill over time, and what changed between"))
    trend.add_argument("id", help=t("the id of one of them, or the beginning of it"))
    trend.add_argument("--json", action="store_true", help=t("print it as JSON"))
    export.add_parser(doing)


def run(args: argparse.Namespace) -> int:
    """List, show or compare; return the exit status."""
    if args.action == "export":
        return export.run(args)
    if args.action == "list":
        return _list(args)
    return _show(args) if args.action == "show" else _trend(args)


def _list(args: argparse.Namespace) -> int:
    from haconsole.journal import changes, drills

    rows = [_drill_row(one) for one in drills.every()]
    rows += [_changes_row(one) for one in changes.every()]
    rows.sort(key=lambda one: float(one["at"]), reverse=True)
    rows = rows[: max(0, args.most)]
    if args.json:
        print(json.dumps({"version": JSON_VERSION, "entries": rows}, ensure_ascii=False, indent=2))
        return FOUND
    head = (t("id"), t("when"), t("what"), t("where"), t("result"))
    texts = [(one["id"], _day(one["at"]), one["what"], one["where"], one["result"]) for one in rows]
    print("\n".join(columns([head, *texts])) if rows else t("Nothing is kept yet."))
    return FOUND


def _drill_row(document: dict[str, Any]) -> dict[str, Any]:
    from haconsole.procedures.drill.report_text import measured_text

    verdict = str(document.get("verdict"))
    return {
        "id": document["id"],
        "kind": "drill",
        "at": document["at"],
        "what": t("drill {scenario}", scenario=document["scenario"]),
        "where": f"{document.get('site')}/{document.get('cluster')} {document.get('target') or ''}",
        "verdict": verdict,
        "measured": document.get("measured")
        and {key: document["measured"].get(key) for key in ("lower_s", "upper_s")},
        "result": f"{verdict}: {measured_text(document.get('measured'))}",
    }


def _changes_row(one: Any) -> dict[str, Any]:
    names = one.names
    more = t(" and {count} more", count=len(names) - 1) if len(names) > 1 else ""
    failed = t(", {failed} failed", failed=one.failed) if one.failed else ""
    return {
        "id": one.id,
        "kind": "changes",
        "at": one.at,
        "what": names[0] + more,
        "where": ", ".join(one.hosts),
        "commands": len(one.entries),
        "failed": one.failed,
        "result": t("{count} commands", count=len(one.entries)) + failed,
    }


def _show(args: argparse.Namespace) -> int:
    from haconsole.journal import changes, drills
    from haconsole.procedures.drill.report_text import markdown

    document = drills.find(args.id)
    if document is not None:
        if args.json:
            print(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            print(markdown(document), end="")
        return FOUND
    found = [one for one in changes.every() if one.id.startswith(args.id)]
    if len(found) == 1:
        _show_changes(found[0].entries, as_json=args.json)
        return FOUND
    return _missing(args.id)


def _show_changes(entries: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"version": JSON_VERSION, "commands": entries}, ensure_ascii=False,
                         indent=2))  # fmt: skip
        return
    for one in entries:
        status = "" if one.get("exit_status") is None else f" {one['exit_status']}"
        print(f"## {_day(one['at'])} {one['host']}: {one['name']}: {one.get('outcome')}{status}")
        print("\n".join(f"    {line}" for line in str(one.get("script", "")).splitlines()))


def _trend(args: argparse.Namespace) -> int:
    from haconsole.journal import drills

    every = drills.every()
    document = drills.find(args.id)
    if document is None:
        return _missing(args.id)
    points = drills.trend(drills.kind_of(document), every)
    if args.json:
        rows = [
            {
                "id": one.drill_id,
                "at": one.at,
                "verdict": one.verdict,
                "lower_s": one.lower_s,
                "upper_s": one.upper_s,
                "changed": list(one.changed),
            }
            for one in points
        ]
        trend = {"version": JSON_VERSION, "scenario": document["scenario"],
                 "target": document["target"], "median_upper_s": drills.median_upper(points),
                 "points": rows}  # fmt: skip
        print(json.dumps(trend, ensure_ascii=False, indent=2))
        return FOUND
    _print_trend(document, points)
    return FOUND


def _print_trend(document: dict[str, Any], points: list[Any]) -> None:
    from haconsole.journal.drills import median_upper
    from haconsole.procedures.drill.report_text import measured_text

    print(
        t("drill {scenario} on {target} of {cluster}", scenario=document["scenario"],
          target=document["target"], cluster=document["cluster"])
    )  # fmt: skip
    for one in points:
        for changed in one.changed:
            print(t("          changed: {what}", what=changed))
        measured = None if one.lower_s is None and one.upper_s is None else {
            "lower_s": one.lower_s, "upper_s": one.upper_s
        }  # fmt: skip
        words = padded(measured_text(measured), 22)
        print(f"  {_day(one.at)}  {words}  {one.verdict}  {one.drill_id}")
    middle = median_upper(points)
    if middle is not None:
        print(t("median of the sound ones: {seconds} s at most", seconds=f"{middle:.3f}"))


def _missing(name: str) -> int:
    print(
        t("haconsole: the journal has no entry {name}, or several that begin so: haconsole "
          "journal list", name=name),
        file=sys.stderr,
    )  # fmt: skip
    return NOTHING


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
