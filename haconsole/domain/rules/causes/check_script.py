"""A check's script cannot do its work: it loops, is not there, cannot be run, stops keepalived."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import CheckStatus
from ...notes import Note, note
from ...verdict import Level
from ..case import Case, NodeCase
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import seen
from ..pieces import ScriptFacts

_EXPLAINS = frozenset({"check-failing", "check-overruns", "check-disabled"})
#: A user that every host has.
_ANYWHERE = "nobody"
_IMPACT = note("keepalived learns nothing of nginx: the VIP moves for no reason, or stays put.")


def _each(case: Case) -> Iterator[tuple[NodeCase, ScriptFacts]]:
    for node in case.lbs:
        for script in node.scripts.value if node.scripts else ():
            yield node, script


def _finding(cause: str, title: Note, node: NodeCase, script: ScriptFacts, *said: Note) -> Finding:
    daemon = node.daemon.value if node.daemon else None
    known = next((c for c in (daemon.checks if daemon else ()) if c.name == script.check), None)
    felt = known is not None and known.status in (CheckStatus.BAD, CheckStatus.DISABLED)
    evidence = [Evidence(one, node.name, node.scripts.at if node.scripts else None, by)
                for one in said for by in (f"ls -l {script.path}; cat {script.path}",)]  # fmt: skip
    if known is not None and known.status is not None:
        told = note("{host}: check {check} is {status}", host=node.name, check=script.check,
                    status=known.status)  # fmt: skip
        evidence.append(seen(node, node.daemon, told))
    return Finding(
        cause=cause,
        title=title,
        severity=Level.WARNING,
        confidence=0.95 if felt else 0.88,
        nodes=(node.name,),
        evidence=tuple(evidence),
        impact=_IMPACT,
        fix=Fix(
            note("Install a check that looks once and exits 0 or 1, owned by root."),
            "install-check",
            {"script_user": _ANYWHERE} if cause == "check-no-user" else {},
        ),
    )


def _loops(case: Case) -> Iterator[Finding]:
    for node, script in _each(case):
        if script.exists and script.loops:
            title = note("The check {check} on {host} never ends: its script loops",
                         check=script.check, host=node.name)  # fmt: skip
            said = note("{path}: {line}", path=script.path, line=script.loop)
            yield _finding("check-loops", title, node, script, said)


def _stops(case: Case) -> Iterator[Finding]:
    for node, script in _each(case):
        if script.exists and script.stops_keepalived:
            title = note("The check {check} on {host} stops keepalived itself",
                         check=script.check, host=node.name)  # fmt: skip
            said = note("{path} stops keepalived, which then runs no check that could start it",
                        path=script.path)  # fmt: skip
            yield _finding("check-stops-keepalived", title, node, script, said)


def _missing(case: Case) -> Iterator[Finding]:
    for node, script in _each(case):
        if not script.exists:
            title = note("The script of the check {check} is not there on {host}",
                         check=script.check, host=node.name)  # fmt: skip
            said = note("there is no {path}", path=script.path)
            yield _finding("check-missing", title, node, script, said)


def _not_executable(case: Case) -> Iterator[Finding]:
    for node, script in _each(case):
        if script.exists and not script.executable:
            title = note("The script of the check {check} on {host} is not executable",
                         check=script.check, host=node.name)  # fmt: skip
            said = note("{path} has the mode {mode}", path=script.path, mode=f"{script.mode:04o}")
            yield _finding("check-not-executable", title, node, script, said)


def _wrong_owner(case: Case) -> Iterator[Finding]:
    for node, script in _each(case):
        secure = node.conf is not None and node.conf.value.script_security
        if not script.exists or not secure or not script.others_may_write:
            continue
        if script.user not in ("", "root"):
            continue  # script security asks only about scripts that root runs
        title = note("keepalived on {host} switches the check {check} off: others may write it",
                     host=node.name, check=script.check)  # fmt: skip
        said = note(
            "{path} belongs to {owner}, mode {mode}{folder}",
            path=script.path,
            owner=script.owner,
            mode=f"{script.mode:04o}",
            folder=f"; {script.parents_writable}" if script.parents_writable else "",
        )
        yield _finding("check-wrong-owner", title, node, script, said)


def _no_user(case: Case) -> Iterator[Finding]:
    for node, script in _each(case):
        if script.exists and script.user and script.user_exists is False:
            title = note("The user {user} that should run the check {check} is not on {host}",
                         user=script.user, check=script.check, host=node.name)  # fmt: skip
            said = note("there is no user {user}", user=script.user)
            yield _finding("check-no-user", title, node, script, said)


RULES = (
    Rule("check-loops", note("A check's script loops instead of looking once."), _loops,
         explains=_EXPLAINS),
    Rule("check-stops-keepalived", note("A check's script stops keepalived itself."), _stops,
         explains=_EXPLAINS | {"keepalived-stopped"}),
    Rule("check-missing", note("A check's script is not there."), _missing, explains=_EXPLAINS),
    Rule("check-not-executable", note("A check's script is not executable."), _not_executable,
         explains=_EXPLAINS),
    Rule("check-wrong-owner", note("A check's script could be changed by others than root, so "
                                   "keepalived switches it off."), _wrong_owner,
         explains=_EXPLAINS),
    Rule("check-no-user", note("The user that should run a check does not exist."), _no_user,
         explains=_EXPLAINS),
)  # fmt: skip
