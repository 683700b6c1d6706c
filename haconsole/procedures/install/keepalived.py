"""The wizard that installs keepalived: by the package manager, or built from source."""

from __future__ import annotations

import re
from collections.abc import Sequence

from haconsole.domain.model import Host
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import AnswerError, ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form, Objection
from haconsole.procedures.install.common import (
    answer,
    chosen,
    enable,
    facts_of,
    hosts_field,
    offered,
    version_check,
    warnings_of,
)
from haconsole.procedures.install.packages import Wanted, install_steps
from haconsole.procedures.install.source import UNIT, Build, place_steps, prepare_steps
from haconsole.procedures.install.source_form import build_from, source_fields
from haconsole.procedures.paths import SOURCE_BINARY
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.telling import say

_REASON = note("It shares the VIP between the LBs.")
_ENABLED = note("After a reboot the LB takes part again without anyone's help.")
_RELEASE = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\Z")


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    hosts = ground.cluster.lbs
    known = offered(ground, hosts, "keepalived")
    choice = note(" Offered: {versions}.", versions=known) if known else note("")
    built = any(is_built(ground.facts.hosts[h.name]) for h in hosts if h.name in ground.facts.hosts)
    return Form(
        note("Install keepalived"),
        note(
            "By the package manager, or built from source. It is enabled, and starts once it has "
            "a configuration (configure-pair)."
        ),
        (
            hosts_field(hosts),
            Field(
                "via",
                FieldKind.CHOICE,
                note("Way"),
                note(
                    "A package comes with security updates; a build from source with the version "
                    "of your choice, and your own care for it."
                ),
                default="source" if built else "package",
                choices=(
                    Choice("package", note("package manager")),
                    Choice("source", note("built from source")),
                ),
            ),
            Field(
                "version",
                FieldKind.TEXT,
                note("Version"),
                note(
                    "Empty: the newest that the repositories offer (what is there stays), or the "
                    "one that the archive's name tells.{choice}",
                    choice=choice,
                ),
            ),
            *source_fields(),
        ),
        judge=lambda answers: _judge(ground, answers),
    )


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: hosts side by side, but a keepalived that runs one after another.

    Raises ``ProcedureError``; reads the archive that is to be uploaded, if there is one.
    """
    hosts = chosen(ground.cluster.lbs, answers["hosts"])
    found = [facts_of(ground, host) for host in hosts]
    if (objection := _other_way(found, answers["via"])) is not None:
        raise ProcedureError(say(objection))
    if answers["via"] == "source":
        build = build_from(answers)
        phases = _from_source(ground, found, build)
        changed = [facts for facts in found if facts.build_token != build.token]
    else:
        version = answer(answers, "version")
        phases = _from_package(ground, found, version)
        changed = [facts for facts in found if _becomes_another(facts, version)]
    running = [f for f in changed if (unit := f.unit(UNIT)) is not None and unit.running]
    return Plan(
        "install-keepalived",
        note("Install keepalived"),
        ground.cluster.name,
        phases,
        answers=tuple(sorted(answers.items())),
        warnings=warnings_of(found, "keepalived" if answers["via"] == "package" else ""),
        moves_vip=any(_owns(ground, facts) for facts in running),
    )


def is_built(facts: HostFacts) -> bool:
    """Whether the keepalived of a host was built from source (by this tool, or as it does)."""
    return facts.built is not None or facts.binary == SOURCE_BINARY


def _from_package(ground: Ground, found: Sequence[HostFacts], version: str) -> tuple[Phase, ...]:
    wanted = Wanted(("keepalived",), "keepalived", version)

    def lane(facts: HostFacts) -> Lane:
        return (*install_steps(facts, wanted, reason=_REASON), _enable(facts))

    running = any((unit := f.unit(UNIT)) is not None and unit.running for f in found)
    ordered = _owner_last(ground, found)
    return (
        Phase(note("Install keepalived"), tuple(lane(f) for f in ordered), parallel=not running),
    )  # fmt: skip


def _from_source(ground: Ground, found: Sequence[HostFacts], build: Build) -> tuple[Phase, ...]:
    lanes = tuple(prepare_steps(facts, build) for facts in found)
    placing = tuple(
        place_steps(facts, build, _enable(facts)) for facts in _owner_last(ground, found)
    )
    return (
        Phase(note("Build keepalived {version}", version=build.version), lanes),
        Phase(note("Put it in place, the owner of the VIP last"), placing, parallel=False),
    )


def _becomes_another(facts: HostFacts, version: str) -> bool:
    package = facts.packages.get("keepalived")
    return bool(version and package and package.installed != version)


def _enable(facts: HostFacts) -> Step:
    return enable(facts.host, UNIT, _ENABLED)


def _owner_last(ground: Ground, found: Sequence[HostFacts]) -> list[HostFacts]:
    """A restart of the backup moves nothing, so it goes first."""
    return sorted(found, key=lambda facts: _owns(ground, facts))


def _owns(ground: Ground, facts: HostFacts) -> bool:
    vips = {vip.address for vip in ground.cluster.vips}
    return any(address.address in vips for address in facts.addresses)


def _judge(ground: Ground, answers: Answers) -> tuple[Objection, ...]:
    hosts: tuple[Host, ...] = chosen(ground.cluster.lbs, answers["hosts"])
    found = [ground.facts.hosts[h.name] for h in hosts if h.name in ground.facts.hosts]
    told: list[Objection] = []
    if (other := _other_way(found, answers["via"])) is not None:
        told.append(Objection(other, ("via",)))
    version = answer(answers, "version")
    if answers["via"] == "package":
        if wrong := version_check(ground, hosts, "keepalived", version):
            told.append(Objection(wrong, ("version",)))
        return tuple(told)
    if version and not _RELEASE.match(version):
        told.append(
            Objection(
                note("a release of keepalived is called like 2.2.8, not “{value}”",
                     value=version[:60]),
                ("version",),
            )
        )  # fmt: skip
    try:
        build_from(answers, read=False)
    except AnswerError as error:
        told.append(Objection(note("{why}", why=str(error)), (error.key,)))
    return tuple(told)


def _other_way(found: Sequence[HostFacts], via: str) -> Note | None:
    for facts in found:
        package = facts.packages.get("keepalived")
        if via == "package" and is_built(facts):
            return note(
                "{host} has a keepalived that was built from source ({binary}): stay with "
                "via=source, or take that one away first (the procedure “remove”).",
                host=facts.host,
                binary=facts.binary or SOURCE_BINARY,
            )
        if via == "source" and package is not None and package.installed:
            return note(
                "{host} has keepalived {version} as a package: stay with via=package, or remove "
                "the package first.",
                host=facts.host,
                version=package.installed,
            )
    return None
