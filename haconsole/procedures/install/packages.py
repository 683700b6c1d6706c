"""Steps with a package manager: lists fetched, a package put in, what it brought taken out.

What an installation brings (packages with what they pulled in, users, folders that its service
fills) is noted on the node in ``/var/lib/haconsole/packages``, so that removal takes exactly
that away. Packages that were there before and were only brought up to date stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts, Manager
from haconsole.procedures.install.packages_shell import actions, queries, removal
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.shell import changes, quote, reads
from haconsole.transport.commands import Command
from haconsole.words import t

#: Seconds that an installation may take, repositories far away included.
_INSTALL_S = 1800.0
_ELSEWHERE = note(
    "Where this host reaches no repository, build it from source with an archive of your own "
    "machine (via=source, archive=FILE), or give it a repository that it reaches."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be installed. ``record``: under which name it is noted (``packages_shell.PATHS``).

    ``version`` empty: the newest that is offered, or what is there already.
    """

    names: tuple[str, ...]
    record: str
    version: str = ""

    @property
    def words(self) -> str:
        """The names, as in a sentence."""
        return ", ".join(self.names)


def require_manager(facts: HostFacts) -> Manager:
    """Return the host's package manager; ``ProcedureError`` where there is none that we know."""
    if facts.manager is Manager.NONE:
        raise ProcedureError(
            t(
                "{host} ({os}) has neither apt, dnf nor yum: install there by hand, or build from "
                "source where its compiler and headers are there already.",
                host=facts.host,
                os=facts.os_name or t("unknown system"),
            )
        )
    return facts.manager


def install_steps(facts: HostFacts, wanted: Wanted, *, reason: Note) -> tuple[Step, ...]:
    """Return the steps that fetch the package lists and install. Raises ``ProcedureError``."""
    manager = require_manager(facts)
    return (_refresh(facts, manager, wanted), _install(facts, manager, wanted, reason))


def _refresh(facts: HostFacts, manager: Manager, wanted: Wanted) -> Step:
    offers = "".join(f'[ -n "$(offered {quote(name)})" ] || missing={quote(name)}\n'
                     for name in wanted.names)  # fmt: skip
    script = (
        actions(manager, wanted.record)
        + f"refresh || explain {quote(wanted.words)} {quote(wanted.names[0])}\n"
        + f"missing=\n{offers}"
        + '[ -z "$missing" ] || { reached; not_offered "$missing" "$missing"; }\n'
    )
    return Step(
        id=f"fetch package lists for {wanted.record}@{facts.host}",
        title=note("Fetch what the repositories offer"),
        reason=note("An old list names files that the repositories no longer have."),
        host=facts.host,
        do=changes("fetch package lists", script, timeout_s=600.0),
        check=_is_there(manager, wanted),
        expected_s=5.0,
        way_on=_ELSEWHERE,
    )


def _install(facts: HostFacts, manager: Manager, wanted: Wanted, reason: Note) -> Step:
    names, version = " ".join(wanted.names), wanted.version
    do = (
        actions(manager, wanted.record) + f"before {wanted.record}\n"
        f"put_in {quote(names)} {quote(version)} || "
        f"explain {quote(wanted.words)} {quote(wanted.names[0])} {quote(version)}\n"
        f"after {wanted.record}\n"
    )
    title = (
        note("Install {names} {version}", names=wanted.words, version=version)
        if version
        else note("Install {names}", names=wanted.words)
    )
    return Step(
        id=f"install {wanted.record}@{facts.host}",
        title=title,
        reason=reason,
        host=facts.host,
        do=changes(f"install {wanted.words}", do, timeout_s=_INSTALL_S),
        check=_is_there(manager, wanted),
        verify=_is_there(manager, wanted),
        undo=_undo(facts, manager, wanted),
        expected_s=15.0,
        way_on=_ELSEWHERE,
    )


def _undo(facts: HostFacts, manager: Manager, wanted: Wanted) -> Command:
    """Take out what came; a package that was only brought to another version goes back to it."""
    name = wanted.names[0]
    package = facts.packages.get(name)
    if wanted.version and package and package.installed:
        script = (
            actions(manager, wanted.record)
            + f"put_in {quote(name)} {quote(package.installed)} || explain {name} {name}\n"
        )
    else:
        script = removal(manager, wanted.record) + f"gone_with {wanted.record}\n"
    return changes(f"{wanted.words} as before", script, timeout_s=_INSTALL_S)


def _is_there(manager: Manager, wanted: Wanted) -> Command:
    tests = []
    for name in wanted.names:
        test = f'[ "$v" = {quote(wanted.version)} ]' if wanted.version else '[ -n "$v" ]'
        tests.append(
            f'v=$(there {quote(name)}); {test} || {{ echo "{name}: ${{v:-not installed}}" >&2; '
            "exit 1; }\n"
        )
    # As root: some builds of rpm keep a data base for each user.
    return reads(f"is {wanted.words} installed", queries(manager) + "".join(tests), root=True)


def remove_step(facts: HostFacts, record: str, *, title: Note) -> Step:
    """Return the step that takes out what an installation brought, as noted on the host."""
    manager = require_manager(facts)
    here = f"/var/lib/haconsole/packages/{record}"
    return Step(
        id=f"remove {record}@{facts.host}",
        title=title,
        reason=note("This tool brought it, and notes of what it pulled in are on the host."),
        host=facts.host,
        do=changes(
            f"remove {record}",
            removal(manager, record) + f"gone_with {record}\n",
            timeout_s=_INSTALL_S,
        ),
        check=reads(
            f"is {record} gone",
            f"[ ! -e {here}.brought ] && [ ! -e {here}.before ] || exit 1",
            root=True,
        ),
        expected_s=10.0,
    )
