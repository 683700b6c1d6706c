"""A drill's JSON as a page in Markdown: what a person keeps, prints and compares.

Made of the document alone, so that the journal can make the page of a drill of last year.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from haconsole.domain.drill_verdict import between
from haconsole.words import t

Document = Mapping[str, Any]


def markdown(document: Document) -> str:
    """Return the page of one drill, of repeats (``runs``), or of a suite (``drills``)."""
    if "drills" in document:
        return "\n".join(_suite(document)).rstrip() + "\n"
    return "\n".join(_page(document)).rstrip() + "\n"


def _suite(document: Document) -> Iterator[str]:
    yield t("# Failover drills of {cluster}, {day}", cluster=document["cluster"],
            day=_day(document["at"]))  # fmt: skip
    yield ""
    yield from _table(
        (t("drill"), t("target"), t("predicted"), t("measured"), t("verdict")),
        [summary_row(one) for one in document["drills"]],
    )
    for one in document["drills"]:
        yield ""
        yield from (f"#{line}" if line.startswith("#") else line for line in _page(one))


def summary_row(document: Document) -> tuple[str, str, str, str, str]:
    """Return a drill as a row of a table."""
    healthy = "" if document["healthy"] else t(", not healthy")
    return (
        document["scenario"],
        document["target"] or "",
        outage_text(document["predicted"]),
        measured_text(document["measured"]),
        document["verdict"] + healthy,
    )


def outage_text(predicted: Document) -> str:
    """Return the predicted outage: ``0.61–0.71 s``."""
    if predicted["min_s"] is None:
        return t("until undone")
    return t("{span} s", span=between(predicted["min_s"], predicted["max_s"]))


def measured_text(measured: Document | None) -> str:
    """Return the measured outage: its bracket to the millisecond."""
    if not measured:
        return t("nothing")
    lower_s, upper_s = measured.get("lower_s"), measured.get("upper_s")
    if upper_s is None:
        return t("{lower} s at least", lower=f"{lower_s:.3f}")
    if not lower_s:
        return t("none (< {ms} ms)", ms=f"{upper_s * 1000:.1f}")
    return t("{lower}–{upper} s", lower=f"{lower_s:.3f}", upper=f"{upper_s:.3f}")


def _page(document: Document) -> Iterator[str]:
    runs: Sequence[Document] = document.get("runs", [document])
    first = runs[0]
    yield t("# Drill {scenario} on {target}: {verdict}", scenario=document["scenario"],
            target=document["target"], verdict=document["verdict"])  # fmt: skip
    yield ""
    yield from _head(document, first)
    yield from _prediction(first["predicted"])
    if len(runs) > 1:
        yield from _repeats(document, runs)
    for number, run in enumerate(runs, 1):
        if len(runs) > 1:
            yield from ("", t("## Run {number} of {count}: {verdict}", number=number,
                              count=len(runs), verdict=run["verdict"]))  # fmt: skip
        yield from _verdict(run)
        yield from _measurements(run)
        yield from _timeline(run)
    yield from _ground(first)
    yield from _commands(first)


def _head(document: Document, first: Document) -> Iterator[str]:
    yield t("- {day}, by {who}", day=_day(document["at"]), who=first["who"])
    where = t("lab") if first["lab"] else t("production")
    yield t("- site {site}, cluster {cluster} ({where}), VIP {vip}", site=first["site"],
            cluster=first["cluster"], where=where, vip=first["vip"])  # fmt: skip
    yield t("- the node would have undone it by itself after {limit} s", limit=first["limit_s"])
    if first.get("id"):
        yield t("- drill {id}", id=first["id"])
    for one in document["forced"]:
        yield t("- **forced**: {what}", what=one)


def _prediction(foreseen: Document) -> Iterator[str]:
    yield from ("", t("## Predicted"), "")
    taker = foreseen["takes_over"]
    if taker:
        yield t("- {host} takes over after {terms}", host=taker,
                terms=_terms(foreseen["takeover"]))  # fmt: skip
    else:
        yield t("- nobody takes over")
    for why in foreseen["why_not"]:
        yield f"  - {why}"
    if foreseen["outage"] is None:
        yield t("- clients get no answer until the fault is undone")
    else:
        yield t("- clients wait {terms}", terms=_terms(foreseen["outage"]))
    if foreseen["two_owners"]:
        yield t("- two LBs hold the VIP meanwhile")
    if foreseen["fails_back"]:
        yield t("- it fails back after {terms}", terms=_terms(foreseen["failback"]))
        yield t("- clients then wait {terms}", terms=_terms(foreseen["failback_outage"]))
    elif taker:
        yield t("- it stays on {host}", host=taker)
    yield from (f"- {one}" for one in foreseen["notes"])


def _terms(span: Document | None) -> str:
    if span is None:
        return t("an unknown time")
    bounds = t("{span} s", span=between(span["min_s"], span["max_s"]))
    terms = " + ".join(one["text"] for one in span["terms"])
    return f"{bounds} ({terms})" if terms else bounds


def _repeats(document: Document, runs: Sequence[Document]) -> Iterator[str]:
    yield from ("", t("## Measured over {count} runs", count=len(runs)), "")
    rows = [
        (label, *(f"{spread[key]:.3f}" for key in ("min", "median", "max")))
        for label, spread in (
            (t("outage at least, s"), document["spread"]["lower_s"]),
            (t("outage at most, s"), document["spread"]["upper_s"]),
        )
        if spread
    ]
    yield from _table(("", t("least"), t("median"), t("most")), rows)


def _verdict(run: Document) -> Iterator[str]:
    yield from ("", t("## Verdict: {verdict}", verdict=run["verdict"]), "")
    yield from (f"- {reason}" for reason in run["reasons"])
    if run["problem"]:
        yield f"- **{run['problem']}**"
    yield t("- the pair is as before") if run["healthy"] else t("- **the pair is not as before**")


def _measurements(run: Document) -> Iterator[str]:
    told = run["measured"]
    if told is None:
        return
    yield from ("", t("## Measured"), "")
    rows = [
        (t("outage"), measured_text(told)),
        (t("requests failed of sent"), f"{run['failed']} / {run['sent']}"),
        *((t("failed: {kind}", kind=kind), str(n)) for kind, n in run["failures"].items()),
        (t("longest gap between good answers"), f"{told['longest_gap_s']:.3f} s"),
    ]
    if told["detect_s"]:
        took = between(told["detect_s"]["min"], told["detect_s"]["max"])
        rows.append((t("{host} took the VIP after", host=told["taken_by"]), f"{took} s"))
    if told["two_owners_s"] is not None:
        error = f" ± {told['owners_error_s'] * 1000:.1f} ms"
        rows.append((t("two kernels held the VIP for"), f"{told['two_owners_s']:.3f} s{error}"))
        rows.append((t("no kernel held it for"), f"{told['no_owner_s']:.3f} s{error}"))
    else:
        rows.append((t("not seen while cut off"), ", ".join(told["not_seen"])))
    if told["first_node"]:
        rows.append((t("answered first afterwards"), told["first_node"]))
    for part, label in (("before", t("hits before")), ("during", t("hits during")),
                        ("after", t("hits after"))):  # fmt: skip
        hits = ", ".join(f"{name} {count}" for name, count in sorted(told["hits"][part].items()))
        rows.append((label, hits or t("none")))
    back = run["return"]
    if back:
        rows.append((t("outage on the way back"), measured_text(back)))
    probe = run["probe"]
    cost = t("unknown") if probe["cpu"] is None else f"{probe['cpu'] * 100:.1f} %"
    rows += [
        (t("probe"), t("{place}, {rate} requests/s", place=probe["place"],
                       rate=f"{probe['rate_hz']:g}")),
        (t("probe's own lag"), f"{told['lag_s'] * 1000:.1f} ms"),
        (t("probe's cost, of one core"), cost),
        (t("longest wait of the keep-alive stream"), f"{probe['keep_alive_stalled_s']:.3f} s"),
    ]  # fmt: skip
    yield from _table((t("what"), t("value")), rows)


def _timeline(run: Document) -> Iterator[str]:
    if not run["timeline"]:
        return
    zero = run["fault_at"][0] if run["fault_at"] else run["at"]
    yield from ("", t("## Time line"), "", t("Seconds from the fault, console's clock."), "")
    rows = [
        (
            f"{row['at'] - zero:+.3f}",
            f"± {row['error_s'] * 1000:.1f} ms" if row["error_s"] else "",
            row["host"] or "",
            row["text"],
        )
        for row in run["timeline"]
    ]
    yield from _table((t("at"), "", t("host"), t("what")), rows)


def _ground(first: Document) -> Iterator[str]:
    yield from ("", t("## The pair"), "")
    keys = ("host", "role", "address", "system", "keepalived", "nginx")
    rows = [tuple(row[key] or "" for key in keys) for row in first["topology"]]
    yield from _table(
        (t("host"), t("role"), t("address"), t("system"), "keepalived", "nginx"), rows
    )
    yield from ("", t("Clocks, against the console's:"), "")
    for name, one in first["clocks"].items():
        if name != "console":
            yield f"- {name}: {one['offset_s'] * 1000:+.2f} ms ± {one['error_s'] * 1000:.2f} ms"
    yield from ("", t("Configuration (SHA-256 of the text, secrets masked):"), "")
    for name, files in first["fingerprints"].items():
        yield from (f"- {name} `{path}` `{digest}`" for path, digest in files.items())


def _commands(first: Document) -> Iterator[str]:
    yield from ("", t("## What was done"))
    for number, step in enumerate(first["steps"], 1):
        took = "" if step["seconds"] is None else f", {step['seconds']:.2f} s"
        yield from ("", f"### {number}. {step['host']}: {step['title']}", "")
        yield f"{step['status']}{took}"
        if step["problem"]:
            yield from ("", step["problem"])
        for command in step["commands"]:
            who = t("as root") if command["root"] else t("as the user")
            yield from ("", f"{command['for']} ({who}):", "")
            yield from ("```sh", *command["script"].rstrip().splitlines(), "```")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(at))
