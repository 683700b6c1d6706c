"""What happened since the step began, and what the diagnosis makes of how things stand."""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.domain.ownership import VipVerdict
from haconsole.domain.rules.registry import BY_CAUSE
from haconsole.domain.state import MomentKind, Severity
from haconsole.domain.verdict import Level
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.journal import drills
from haconsole.training.standing import Seen

from .owning import holding
from .probe import ANY, CAUSE, HOST, SECONDS, YES_NO, Probe, Settings, optional, words, yes
from .sight import Sight

#: What no learner can mend: a slow machine holds the hosts of a demo or a lab up.
_OF_THE_MACHINE = frozenset({"host-starved"})


async def _finding(sight: Sight, settings: Settings) -> Seen:
    cause = settings["cause"]
    diagnosis = await sight.diagnose()
    every = (*diagnosis.findings, *(one for one, _ in diagnosis.explained))
    found = next((one for one in every if one.cause == cause), None)
    if not yes(settings, "present"):
        if found is not None:
            return Seen(False, note("still found: {title}", title=found.title))
        return Seen(True, note("no longer found: {about}", about=BY_CAUSE[cause].about))
    if found is not None:
        return Seen(True, note("found: {title}", title=found.title))
    others = ", ".join(one.cause for one in diagnosis.findings)
    if others:
        return Seen(False, note("the diagnosis has {others}, not {cause}", others=others,
                                cause=cause))  # fmt: skip
    return Seen(False, note("the diagnosis finds nothing wrong"))


async def _healthy(sight: Sight, settings: Settings) -> Seen:
    view = sight.view()
    if view.verdict is not VipVerdict.OWNED:
        unknown = view.verdict is VipVerdict.UNKNOWN
        return Seen(None if unknown else False, sight.because(view.headline))
    diagnosis = await sight.diagnose()
    for one in diagnosis.findings:
        if one.severity.rank >= Level.WARNING.rank and one.cause not in _OF_THE_MACHINE:
            return Seen(False, note("still wrong: {title}", title=one.title))
    if diagnosis.settling:
        return Seen(False, note("the pair still settles"))
    vip = sight.cluster.vips[0].address
    reading = sight.state.answers.get(vip)
    answer = reading.fresh(sight.now, 10.0) if reading else None
    if answer is None or not answer.ok:
        return Seen(None if answer is None else False, note("{vip} is not served", vip=vip))
    return Seen(True, note("one owner, {host}; nothing is wrong", host=view.owners[0]))


async def _journal(sight: Sight, settings: Settings) -> Seen:
    host, text = settings["host"], settings["says"]
    known = sight.known(host)
    offset = known.offset_s
    for line in reversed(known.journal_tail):
        if line.node_at - offset >= sight.since - 1.0 and text in line.text:
            return Seen(True, note("the journal of {host} says: {line}", host=host,
                                   line=line.text[:100]))  # fmt: skip
    said = note("the journal of {host} does not say “{text}” yet", host=host, text=text)
    return Seen(False, said)


async def _moved(sight: Sight, settings: Settings) -> Seen:
    """The VIP is at ``to``, and came there since the step began, from ``from`` where it says."""
    to = settings["to"]
    vip = sight.cluster.vips[0].address
    owner = sight.state.ownership.get(vip)
    view = sight.view()
    if owner is None or view.verdict is VipVerdict.UNKNOWN:
        return Seen(None, view.headline)
    if owner.owners != (to,):
        where = ", ".join(owner.owners) or note("nowhere")
        return Seen(False, sight.because(note("the VIP is on {where}, not on {to}", where=where,
                                              to=to)))  # fmt: skip
    if owner.changed_at is None or owner.changed_at < sight.since - 0.5:
        return Seen(False, note("{to} had the VIP already before this step", to=to))
    away = settings.get("from")
    if away is not None and holding(sight, away) is not False:
        return Seen(None, note("whether {host} gave the VIP up is not known yet", host=away))
    seconds = f"{owner.changed_at - sight.since:.1f}"
    return Seen(True, note("the VIP came to {to}, {seconds} s after this step began", to=to,
                           seconds=seconds))  # fmt: skip


async def _outage(sight: Sight, settings: Settings) -> Seen:
    """The longest time since the step began in which this console got no answer of the VIP."""
    vip = sight.cluster.vips[0].address
    moments = [
        one
        for one in sight.state.timeline
        if one.kind is MomentKind.ANSWER
        and one.at >= sight.since - 1.0
        and one.note.values.get("vip") == vip
    ]
    longest, began = 0.0, None
    for one in moments:
        if one.severity is Severity.ERROR:
            began = one.at if began is None else began
        elif began is not None:
            longest, began = max(longest, one.at - began), None
    if began is not None:
        seconds = f"{sight.now - began:.0f}"
        return Seen(False, sight.because(note("no answer since {seconds} s", seconds=seconds)))
    said = (
        note("clients waited about {seconds} s (seen by one request a second)",
             seconds=f"{longest:.1f}")
        if longest
        else note("no request of this console's went without an answer (one a second)")
    )  # fmt: skip
    return Seen(longest <= float(settings["at-most"]), said)


async def _drilled(sight: Sight, settings: Settings) -> Seen:
    scenario, wanted = settings["scenario"], settings.get("verdict")
    mine = [
        one
        for one in drills.every()
        if one["scenario"] == scenario
        and float(one["at"]) >= sight.since - 1.0
        and one.get("site") == sight.feed.site.name
    ]
    if not mine:
        return Seen(False, note("no drill {scenario} since this step began", scenario=scenario))
    verdict, measured = str(mine[0].get("verdict")), mine[0].get("measured") or {}
    lower, upper = measured.get("lower_s"), measured.get("upper_s")
    said = note("drill {scenario}: {verdict}", scenario=scenario, verdict=verdict)
    if isinstance(lower, int | float) and isinstance(upper, int | float):
        said = note("{said}; clients waited {lower} to {upper} s", said=said, lower=f"{lower:.3f}",
                    upper=f"{upper:.3f}")  # fmt: skip
    return Seen(wanted is None or verdict == wanted, said)


PROBES = (
    Probe("finding", note("the diagnosis names a cause, or does not any more"),
          {"cause": CAUSE, "present": optional(YES_NO)}, _finding),
    Probe("healthy", note("one owner, served, nothing wrong"), {}, _healthy),
    Probe("journal", note("what a journal says since the step began"), {"host": HOST, "says": ANY},
          _journal),
    Probe("moved", note("the VIP came to an LB since the step began"),
          {"to": HOST, "from": optional(HOST)}, _moved),
    Probe("outage", note("how long the VIP went without an answer since the step began"),
          {"at-most": SECONDS}, _outage),
    Probe("drilled", note("a drill was done since the step began"),
          {"scenario": words(*(one.value for one in Scenario)),
           "verdict": optional(words("as-predicted", "different", "opposite", "void"))}, _drilled),
)  # fmt: skip
