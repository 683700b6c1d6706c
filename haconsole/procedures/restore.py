"""The procedure that puts an earlier version of a managed file back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from haconsole.domain.notes import Note, note
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.live import password_in
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import FoundFile, HostFacts
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form, Objection
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_CONF, NGINX_CONF
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.steps.files import KEEPALIVED_TEST, NGINX_TEST, place_file
from haconsole.telling import say
from haconsole.transport.cleaning import clean

#: The answer that means the newest version that is kept of the file.
NEWEST = "newest"
_RELOAD = "if systemctl -q is-active {unit}; then systemctl reload {unit}; fi"
_UP = "systemctl -q is-failed {unit} && return 1; :"


def form(ground: Ground) -> Form:
    """Return the questions: which file of which host, which version. Pure."""
    files = tuple(dict.fromkeys(found.path for _, found in _restorable(ground)))
    hosts = tuple(dict.fromkeys(facts.host for facts, _ in _restorable(ground)))
    versions = sorted({v for _, found in _restorable(ground) for v in found.kept}, reverse=True)
    if not files:
        return Form(
            note("Restore an earlier file"),
            note("There is none: this tool has replaced no file of these hosts."),
            judge=lambda answers: _judge(ground, answers),
        )
    return Form(
        note("Restore an earlier file"),
        note("Earlier versions of the files that this tool manages are kept on each host."),
        (
            _choice("host", note("Host"), note("Where the file is."), hosts),
            _choice("file", note("File"), note("Files with earlier versions."), files),
            Field(
                "version",
                FieldKind.CHOICE,
                note("Version"),
                note("When it was replaced (UTC); 0 is what was there before this tool came."),
                default=NEWEST,
                choices=(
                    Choice(NEWEST, note("the newest of that file")),
                    *(Choice(version, _when(version)) for version in versions),
                ),
            ),
        ),
        judge=lambda answers: _judge(ground, answers),
    )


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: one file. Raises ``ProcedureError`` if there is no such version."""
    if wrong := _judge(ground, answers):
        raise ProcedureError(say(wrong[0].note))
    facts = ground.facts.hosts[answers["host"]]
    found = facts.file(answers["file"])
    version = max(found.kept) if answers["version"] == NEWEST else answers["version"]
    text = found.kept[version]
    mode, owner = _rights(found, version)
    validate, unit = _reader(found.path)
    step = place_file(
        facts.host,
        found,
        text,
        title=note("{path} as of {when}", path=found.path, when=_when(version)),
        reason=note("What is there now is kept as a version of its own."),
        mode=mode,
        owner=owner,
        validate=validate,
        apply=_RELOAD.format(unit=unit) if unit else "",
        healthy=_UP.format(unit=unit) if unit else "",
    )
    if step.file is not None:
        after = clean(text.encode("utf-8", "surrogateescape"))
        step = replace(step, file=replace(step.file, after=after))
    return Plan(
        "restore",
        note("Restore {path} on {host}", path=found.path, host=facts.host),
        ground.cluster.name,
        (Phase(note("Restore"), ((step,),)),),
        answers=tuple(sorted({**answers, "version": version}.items())),
    )


def _restorable(ground: Ground) -> Iterator[tuple[HostFacts, FoundFile]]:
    for host in ground.cluster.hosts:
        facts = ground.facts.hosts.get(host.name)
        if facts is not None:
            for _, found in sorted(facts.files.items()):
                if found.kept:
                    yield facts, found


def _choice(key: str, label: Note, text: Note, values: tuple[str, ...]) -> Field:
    return Field(
        key,
        FieldKind.CHOICE,
        label,
        text,
        default=values[0] if values else "",
        choices=tuple(Choice(value, note("{value}", value=value)) for value in values),
    )


def _judge(ground: Ground, answers: Answers) -> tuple[Objection, ...]:
    if not any(_restorable(ground)):
        return (Objection(note("No earlier version of any file is kept on these hosts.")),)
    facts = ground.facts.hosts.get(answers["host"])
    kept = facts.file(answers["file"]).kept if facts else {}
    if not kept:
        return (
            Objection(
                note("There are no earlier versions of {file} on {host}.",
                     file=answers["file"], host=answers["host"]),
                ("host", "file"),
            ),
        )  # fmt: skip
    if answers["version"] not in (*kept, NEWEST):
        return (
            Objection(
                note("{file} on {host} has no version {version}; it has {versions}.",
                     file=answers["file"], host=answers["host"], version=answers["version"],
                     versions=", ".join(sorted(kept, reverse=True))),
                ("version",),
            ),
        )  # fmt: skip
    return ()


def _when(version: str) -> Note:
    """``20261122T120000Z`` (perhaps with ``+`` for others of that second) → a date to read."""
    if version == "0":
        return note("before this tool came")
    try:
        at = datetime.strptime(version.rstrip("+"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return note("{version}", version=version)
    return note("{when} UTC", when=f"{at:%Y-%m-%d %H:%M:%S}")


def _rights(found: FoundFile, version: str) -> tuple[int, str]:
    """Return mode and owner of a version as it is restored: its own, not those of what is there.

    A password is nothing for every user of the host to read, whoever could before; and a check
    that cannot be run takes its LB into FAULT.
    """
    mode, owner = found.rights.get(version, (found.mode, found.owner))
    if "UNKNOWN" in owner:  # stat(1) of who is no user there any more
        owner = found.owner
    text = found.kept[version]
    if found.path == KEEPALIVED_CONF and password_in(text, read_conf(text).instances) is not None:
        mode &= ~0o007
    if found.path == CHECK_SCRIPT:
        mode |= 0o555
    return mode, owner


def _reader(path: str) -> tuple[str, str]:
    """Return how a file is validated, and the service that reads it."""
    if path == KEEPALIVED_CONF:
        return KEEPALIVED_TEST, "keepalived.service"
    if path == NGINX_CONF or path.startswith("/etc/nginx/conf.d/"):
        return NGINX_TEST, "nginx.service"
    if path == CHECK_SCRIPT:
        return 'sh -n "$NEW" || fail "it is no script that sh can read"', ""
    return "", ""
