"""An incident as a page of Markdown, for people who were not there. Pure: a story in, text out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from haconsole.domain.model import Host, Role
from haconsole.domain.rules.finding import Evidence
from haconsole.domain.state import State
from haconsole.domain.verdict import KEEPALIVED, NGINX, Level
from haconsole.parsers.masking import mask_secrets
from haconsole.telling import say
from haconsole.transport.cleaning import clean_words
from haconsole.words import t

from .export_story import Found, Story

_MOST_MOMENTS = 1000
_MOST_SCRIPT = 4000
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def report(story: Story, bundle: Iterable[str]) -> str:
    """Return the page. ``bundle``: names of the files beside it."""
    files = sorted(bundle)
    parts = (
        _head(story),
        _verdicts(story),
        _findings(story),
        _sides(story),
        _timeline(story),
        _commands(story),
        _limits(story, files),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _head(story: Story) -> Iterator[str]:
    worst = max(story.verdicts, key=lambda one: one.level.rank)
    yield t("# Incident report: {site}", site=_text(story.site.name))
    yield ""
    yield t("{first} to {last} UTC, by the console's clock. Made from a recording ({by}); no host "
            "was asked.", first=_day(story.first), last=_day(story.last),
            by=_text(story.recording.by))  # fmt: skip
    yield ""
    begin, end = story.verdicts[0], story.verdicts[-1]
    yield t("- At the beginning: **{level}**, {said}", level=begin.level.value,
            said=_text(begin.headline))  # fmt: skip
    yield t("- Worst, at {at}: **{level}**, {said}", at=_clock(worst.at), level=worst.level.value,
            said=_text(worst.headline))  # fmt: skip
    yield t("- At the end: **{level}**, {said}", level=end.level.value, said=_text(end.headline))
    for level in (Level.CRITICAL, Level.UNKNOWN, Level.WARNING):
        if seconds := story.seconds_of(level):
            yield t("- {level} for {seconds} s in all", level=level.value, seconds=f"{seconds:.1f}")
    for mark in story.marks:
        yield t("- Marked by the operator at {at}: {said}", at=_clock(mark.at),
                said=_text(mark.text))  # fmt: skip
    yield ""


def _verdicts(story: Story) -> Iterator[str]:
    yield t("## Verdicts")
    yield ""
    rows = [(_clock(one.at), one.level.value, _text(one.headline)) for one in story.verdicts]
    yield from _table((t("at"), t("verdict"), t("what")), rows)


def _findings(story: Story) -> Iterator[str]:
    yield t("## What was found then")
    yield ""
    if not story.found:
        yield t("Nothing wrong was found in what was recorded.")
        yield ""
    for one in story.found:
        yield from _finding(one, several=len(story.site.clusters) > 1)


def _finding(one: Found, *, several: bool) -> Iterator[str]:
    best = one.best
    yield f"### `{best.cause}` · {_text(say(best.title))}"
    yield ""
    yield t("- {level}, {sureness} ({confidence}); found {first} to {last} in {cluster}",
            level=best.severity.value, sureness=say(best.sureness),
            confidence=f"{best.confidence:.2f}", first=_clock(one.first), last=_clock(one.last),
            cluster=_text(one.cluster))  # fmt: skip
    yield t("- Impact: {text}", text=_text(say(best.impact)))
    yield from (t("- Evidence: {text}", text=_evidence(each)) for each in best.evidence)
    yield from (t("- Ruled out: {text}", text=_text(say(each))) for each in best.ruled_out)
    shell = best.fix.shell(one.cluster if several else "")
    how = f" (`{shell.replace('`', chr(39))}`)" if shell else ""
    yield t("- Fix: {text}", text=_text(say(best.fix.note))) + how
    yield ""


def _evidence(one: Evidence) -> str:
    when = f"{_clock(one.at)} " if one.at is not None else ""
    node = f"{_text(one.node)}: " if one.node else ""
    shown = f" (`{one.command.replace('`', chr(39))}`)" if one.command else ""
    return f"{when}{node}{_text(say(one.note))}{shown}"


def _sides(story: Story) -> Iterator[str]:
    yield t("## Before and after")
    yield ""
    head = (
        t("node"),
        t("what"),
        _clock(story.before_at),
        _clock(story.worst_at),
        _clock(story.last),
    )
    rows: list[Sequence[str]] = []
    for cluster in story.site.clusters:
        for host in cluster.hosts:
            sides = [_side(state, host) for state in (story.before, story.worst, story.after)]
            for what in sides[0]:
                values = [side[what] for side in sides]
                if len(set(values)) > 1:
                    values = [f"**{value}**" if value != values[0] else value for value in values]
                rows.append((_text(host.name), what, *values))
    yield from _table(head, rows)


def _side(state: State, host: Host) -> dict[str, str]:
    """Return what is worth comparing of a host, as it was read last."""
    known = state.host(host.name)
    told = {t("link"): known.link.status.value}
    cluster = state.site.cluster_of(host.name)
    if host.role is Role.LB and cluster is not None:
        held = {one.address for one in known.addresses.value or ()}
        vips = [vip.address for vip in cluster.vips if vip.address in held]
        unread = known.addresses.value is None
        told[t("VIPs held")] = "?" if unread else _text(", ".join(vips)) or "-"
        daemon = known.daemon.value
        instances = daemon.instances if daemon else ()
        told["VRRP"] = (
            _text(", ".join(f"{one.name} {one.state.value} {one.priority}" for one in instances))
            or "-"
        )
        told[t("firewall")] = known.firewall.value.vrrp.value if known.firewall.value else "?"
    for name in (KEEPALIVED, NGINX) if host.role is Role.LB else (NGINX,):
        unit = known.unit(name)
        told[name.removesuffix(".service")] = _text(unit.active) if unit else "?"
    return told


def _timeline(story: Story) -> Iterator[str]:
    yield t("## Time line")
    yield ""
    rows = [
        (one.at, _text(one.host), one.severity.value, _text(say(one.note)))
        for one in story.moments[-_MOST_MOMENTS:]
    ]
    rows += [(one.at, "", t("mark"), _text(one.text)) for one in story.marks]
    rows.sort(key=lambda row: row[0])
    left_out = len(story.moments) - _MOST_MOMENTS
    if left_out > 0:
        yield t("The newest {most}; {count} older ones are in the recording.", most=_MOST_MOMENTS,
                count=left_out)  # fmt: skip
        yield ""
    head = (t("at"), t("node"), t("how bad"), t("what changed"))
    yield from _table(head, [(_clock(at), *rest) for at, *rest in rows])


def _commands(story: Story) -> Iterator[str]:
    yield t("## Commands")
    yield ""
    changing = [row for row in story.commands if row.get("effect") != "reads"]
    reading = Counter(
        str(row.get("name")) for row in story.commands if row.get("effect") == "reads"
    )
    if not changing:
        yield t("The ledger of this machine has no changing command in this time.")
        yield ""
    for row in changing:
        status = "" if row.get("exit_status") is None else f" {row['exit_status']}"
        outcome = _text(f"{row.get('outcome')}{status}")
        yield (
            f"- {_clock(float(row['at']))} **{_text(str(row['host']))}**: "
            f"{_text(str(row.get('name')))}: {outcome}"
        )
        script = mask_secrets(str(row.get("script", "")))[:_MOST_SCRIPT]
        # Indented code: no line of it can end the block.
        yield ""
        yield from (f"      {clean_words(line, 500)}" for line in script.splitlines())
        yield ""
    if reading:
        said = ", ".join(f"{_text(name)} ({count})" for name, count in reading.most_common(20))
        yield t("Readings, by their lines in the ledger: {what}.", what=said)
        yield ""


def _limits(story: Story, files: Sequence[str]) -> Iterator[str]:
    yield t("## What is here, and what is not")
    yield ""
    yield t("- Secrets that could be told by their names were replaced before they were recorded; "
            "users, ports and keys of this console are not in it.")  # fmt: skip
    yield t("- `recording.jsonl` opens with `haconsole replay`; `haconsole doctor --bundle` reads "
            "this folder.")  # fmt: skip
    yield t("- What was found is judged from what was watched, and from the closer looks that the "
            "operator took then (captures, counters, files).")  # fmt: skip
    yield t("- In the bundle dumps and addresses are written from readings, not by keepalived and "
            "`ip`; counters (`.stats`), the firewall, services and web nodes have no place in "
            "it.")  # fmt: skip
    yield t("- Of busy seconds some hits are kept whole, the others as counts.")
    lbs = [host.name for cluster in story.site.clusters for host in cluster.lbs]
    confs = [name for name in files if name.endswith(".conf")]
    if len(confs) < len(lbs):
        yield t("- keepalived.conf is there for {count} of {all} LBs: files are recorded when the "
                "operator looks at them.", count=len(confs), all=len(lbs))  # fmt: skip
    if story.recording.cut:
        yield t("- The recording's last line is unfinished: the console was killed.")
    yield from (f"- `{name}`" for name in files)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
    yield ""


def _text(text: str) -> str:
    """Return remote text that is nothing but text in Markdown."""
    return _SPECIAL.sub(r"\\\1", clean_words(mask_secrets(text), 600))


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]
