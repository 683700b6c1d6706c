"""What the install wizards share: which hosts, which versions, what stands in the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from haconsole.domain.model import Host
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.shell import changes, quote, reads
from haconsole.words import t

#: What apt, dnf and yum take as a version: no white space, no option, nothing for a shell.
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:+~^_-]{0,99}\Z")
#: Below this, an installation is likely to end in the middle.
_ROOM_BYTES = 300 << 20


def hosts_field(hosts: Sequence[Host]) -> Field:
    """Return the question on which hosts; all of ``hosts`` unless told otherwise."""
    names = [host.name for host in hosts]

    def check(value: str) -> Note | None:
        given = [word for word in (part.strip() for part in value.split(",")) if word]
        unknown = [word for word in given if word not in names]
        if unknown:
            return note(
                "{name} is none of these hosts: {names}",
                name=unknown[0][:60],
                names=", ".join(names),
            )
        return None if given else note("at least one host is wanted")

    return Field(
        "hosts",
        FieldKind.LIST,
        note("Hosts"),
        note("Where to install, with commas between them."),
        default=", ".join(names),
        check=check,
    )


def chosen(hosts: Iterable[Host], answer: str) -> tuple[Host, ...]:
    """Return the hosts that were chosen, in the cluster's order."""
    wanted = {part.strip() for part in answer.split(",")}
    return tuple(host for host in hosts if host.name in wanted)


def facts_of(ground: Ground, host: Host) -> HostFacts:
    """Return what was found on a host; ``ProcedureError`` where it could not be read."""
    found = ground.facts.hosts.get(host.name)
    if found is None:
        why = ground.facts.problems.get(host.name) or t("it was not read")
        raise ProcedureError(t("Nothing can be planned for {host}: {why}", host=host.name, why=why))
    return found


def version_check(ground: Ground, hosts: Iterable[Host], package: str, value: str) -> Note | None:
    """Return what is wrong with a package's version, as far as the repositories told."""
    if not value:
        return None
    if wrong := version_word(value):
        return wrong
    for host in hosts:
        facts = ground.facts.hosts.get(host.name)
        found = facts.packages.get(package) if facts else None
        if found and found.candidates and value not in (*found.candidates, found.installed):
            return note(
                "the repositories of {host} do not offer {value}; they offer {offered}",
                host=host.name,
                value=value,
                offered=", ".join(found.candidates),
            )
    return None


def version_word(value: str) -> Note | None:
    """Return what is wrong with a version as a word."""
    if not value.strip() or _VERSION.match(value.strip()):
        return None
    return note("“{value}” cannot be a version", value=value[:60])


def offered(ground: Ground, hosts: Iterable[Host], package: str) -> str:
    """Return what the repositories of all these hosts offer, newest first, with commas."""
    common: list[str] | None = None
    for host in hosts:
        facts = ground.facts.hosts.get(host.name)
        found = facts.packages.get(package) if facts else None
        if found and found.candidates is not None:
            known = found.candidates
            common = [v for v in known if common is None or v in common]
    return ", ".join(common or ())


def warnings_of(found: Iterable[HostFacts], package: str) -> tuple[Note, ...]:
    """Return what may stand in the way, to be said before anything is confirmed."""
    told: list[Note] = []
    for facts in found:
        if facts.read_only:
            told.append(note("{host}: a file system is read-only.", host=facts.host))
        if facts.free_bytes is not None and facts.free_bytes < _ROOM_BYTES:
            told.append(
                note(
                    "{host}: only {free} MB are free.",
                    host=facts.host,
                    free=facts.free_bytes >> 20,
                )
            )
        known = facts.packages.get(package)
        if known and known.held:
            told.append(
                note(
                    "{host}: {package} is held (apt-mark unhold {package} releases it).",
                    host=facts.host,
                    package=package,
                )
            )
        if known and known.candidates is None and known.problem and not known.installed:
            told.append(
                note(
                    "{host}: what is offered is not known: {why}.",
                    host=facts.host,
                    why=known.problem.rstrip("."),
                )
            )
    return tuple(told)


def enable(host: str, unit: str, reason: Note) -> Step:
    """Return the step after which a unit starts at boot; it is not started now."""
    name = quote(unit)
    kept = f"/var/lib/haconsole/units/{unit}.enabled"
    do = (
        "umask 077; mkdir -p /var/lib/haconsole/units\n"
        f"[ -e {kept} ] || echo $(systemctl is-enabled {name} 2>/dev/null) >{kept}\n"
        f"systemctl daemon-reload\nsystemctl -q enable {name} || "
        f'{{ echo "{unit} could not be enabled" >&2; exit 1; }}\n'
    )
    undo = (
        f"[ -e {kept} ] || exit 0\nread e <{kept}\n"
        f"case $e in enabled*) ;; *) systemctl -q disable {name};; esac\nrm -f {kept}\n"
    )
    return Step(
        id=f"enable {unit}@{host}",
        title=note("{unit} starts at boot", unit=unit),
        reason=reason,
        host=host,
        do=changes(f"enable {unit}", do),
        check=reads(f"is {unit} enabled", f"systemctl -q is-enabled {name} 2>/dev/null || exit 1"),
        undo=changes(f"{unit} as before", undo),
    )


def answer(answers: Answers, key: str) -> str:
    """Return an answer without the blanks around it."""
    return answers[key].strip()
