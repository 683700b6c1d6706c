"""The procedure that takes everything back: services, files, packages, builds, and its own notes.

What it knows comes from the hosts: files with what was there before them, packages with what
they pulled in, a build with its list of files, services with how they were found. What was not
brought by this tool stays. Caches, lists and logs of the package managers stay too.
"""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.records import take_back
from haconsole.procedures.detector import shipping as detector
from haconsole.procedures.facts import FoundFile, HostFacts
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.install import packages, source
from haconsole.procedures.install.common import chosen, facts_of, hosts_field
from haconsole.procedures.install.packages_shell import PATHS
from haconsole.procedures.paths import STATE_DIR
from haconsole.procedures.plan import FileChange, Lane, Phase, Plan, Step
from haconsole.procedures.steps.files import put_back_origin
from haconsole.procedures.steps.services import stop_and_disable
from haconsole.procedures.steps.shell import changes, quote, reads
from haconsole.transport.cleaning import clean

_KEEPALIVED, _NGINX = "keepalived.service", "nginx.service"
_DETECTOR = note("Its program is taken away; until it is stopped it watches.")
_TITLES = {
    "keepalived": note("Remove keepalived, and what it pulled in"),
    "nginx": note("Remove nginx, and what it pulled in"),
    "build": note("Remove the build tools"),
}


def form(ground: Ground) -> Form:
    """Return the questions. Pure."""
    return Form(
        note("Take everything back"),
        note(
            "Services that this tool brought are stopped, files become what they were, packages "
            "and builds go with what they pulled in. The VIPs go with them."
        ),
        (hosts_field(ground.cluster.hosts),),
    )


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan. Raises ``ProcedureError`` where a host could not be read."""
    found = [facts_of(ground, host) for host in chosen(ground.cluster.hosts, answers["hosts"])]
    stages = (
        (note("Stop what this tool brought"), [stop_steps(facts) for facts in found]),
        (note("Firewall as it was"), [(take_back(facts.host),) for facts in found]),
        (note("Files as they were"), [_files(facts) for facts in found]),
        (note("Services as they were"), [_services(facts) for facts in found]),
        (note("Remove what was installed"), [_installed(facts) for facts in found]),
        (note("Forget"), [(_forget(facts),) for facts in found]),
    )
    return Plan(
        "remove",
        note("Take everything back"),
        ground.cluster.name,
        tuple(
            Phase(title, tuple(lane for lane in lanes if lane))
            for title, lanes in stages
            if any(lanes)
        ),
        answers=tuple(sorted(answers.items())),
        warnings=_warnings(found),
        moves_vip=any(_brings(facts, "keepalived") or facts.built for facts in found),
    )


def stop_steps(facts: HostFacts) -> Lane:
    """Return what stops the services that go altogether."""
    reason = note("It goes with its package or build.")
    lane: list[Step] = []
    if facts.file(detector.PROGRAM).origin or facts.file(detector.UNIT_FILE).origin:
        lane.append(stop_and_disable(facts.host, detector.UNIT, reason=_DETECTOR))
    if _brings(facts, "keepalived") or facts.built:
        lane.append(stop_and_disable(facts.host, _KEEPALIVED, reason=reason))
    if _brings(facts, "nginx"):
        lane.append(stop_and_disable(facts.host, _NGINX, reason=reason))
    return tuple(lane)


def _files(facts: HostFacts) -> Lane:
    return tuple(
        _put_back(facts.host, found) for _, found in sorted(facts.files.items()) if found.origin
    )


def _put_back(host: str, found: FoundFile) -> Step:
    """Return the step for one file, with what it will be: shown before it is done."""
    first = found.kept.get("0")
    after = None if first is None else clean(first.encode("utf-8", "surrogateescape"))
    if "0" in found.versions and after is None:
        after = found.text  # too large to be shown; what is kept on the host is put back
    change = FileChange(
        found.path, found.text, after, found.mode, found.owner, foreign=found.drifted
    )
    return replace(put_back_origin(host, found.path), file=change)


def _services(facts: HostFacts) -> Lane:
    """Services that stay become what they were, and read the files that are back."""
    gone = {
        _KEEPALIVED: _brings(facts, "keepalived") or facts.built is not None,
        _NGINX: _brings(facts, "nginx"),
    }
    if not any(found.origin for found in facts.files.values()):
        return ()
    return tuple(
        _as_before(facts.host, unit)
        for unit, goes in gone.items()
        if not goes and (known := facts.unit(unit)) is not None and known.installed
    )


def _as_before(host: str, unit: str) -> Step:
    name = quote(unit)
    kept = f"{STATE_DIR}/units/{unit}"
    do = (
        f"systemctl daemon-reload\na=$(systemctl is-active {name}); e=enabled\n"
        f"[ ! -e {kept} ] || read a e <{kept}\n"
        f"if [ $a = active ]; then systemctl restart {name}; else systemctl stop {name}; fi || "
        f'{{ echo "{unit} does not start with its earlier files" >&2; exit 1; }}\n'
        f"case $e in enabled*) ;; *) systemctl -q disable {name};; esac\nrm -f {kept}\n"
        f"mkdir -p {STATE_DIR}/units && : >{kept}.before\n"
    )
    return Step(
        id=f"{unit} as before@{host}",
        title=note("{unit} as it was before", unit=unit),
        reason=note("It was there before this tool, so it stays, with its own files."),
        host=host,
        do=changes(f"{unit} as before", do),
        check=reads(
            f"is {unit} as before",
            f"[ ! -e {STATE_DIR} ] || [ -e {kept}.before ] || exit 1",
            root=True,
        ),
        expected_s=3.0,
    )


def _installed(facts: HostFacts) -> Lane:
    order = [name for name in PATHS if name in facts.records]
    others = [name for name in facts.records if name not in PATHS]
    lane: list[Step] = []
    if facts.built is not None:
        lane.append(source.remove_step(facts))
    for record in (*order, *others):
        title = _TITLES.get(record, note("Remove what came with {name}", name=record))
        lane.append(packages.remove_step(facts, record, title=title))
    return tuple(lane)


def _forget(facts: HostFacts) -> Step:
    """Return the last step: folders that were made for files, then this tool's own notes.

    The folder of jobs is this very step's; the engine clears it away when the job is over.
    """
    do = (
        f"cd / || exit 1\n[ ! -e {STATE_DIR}/directories ] || sort -r -u {STATE_DIR}/directories |"
        ' while read -r d; do [ -z "$d" ] || rmdir "$d" 2>/dev/null; done\n'
        f"for f in {STATE_DIR}/* {STATE_DIR}/.[!.]*; do\n"
        f'  [ "$f" = {STATE_DIR}/jobs ] || rm -rf "$f"\ndone\n'
        f"rm -rf {STATE_DIR}/jobs/.new-* {STATE_DIR}/jobs/.over-*\n"
        "systemctl daemon-reload; systemctl reset-failed 'keepalived*' 'nginx*' 2>/dev/null; :\n"
    )
    here = (
        f"for f in {STATE_DIR}/* {STATE_DIR}/.[!.]*; do\n"
        f'  [ "$f" = {STATE_DIR}/jobs ] || [ ! -e "$f" ] || exit 1\ndone\nexit 0\n'
    )
    return Step(
        id=f"forget@{facts.host}",
        title=note("Remove this tool's own notes"),
        reason=note("With them the earlier versions of files are gone for good."),
        host=facts.host,
        do=changes("forget", do),
        # What a console left that was killed just before it cleared this step's own job away.
        check=reads("is nothing left", f"[ ! -e {STATE_DIR} ] || exit 1", root=True),
        verify=reads("is nothing left", here, root=True),
    )


def _brings(facts: HostFacts, package: str) -> bool:
    return package in facts.brought or (package in facts.records and bool(
        (known := facts.packages.get(package)) and known.installed
    ))  # fmt: skip


def _warnings(found: list[HostFacts]) -> tuple[Note, ...]:
    told = [
        note("{host}: nginx's logs in /var/log/nginx go with it.", host=facts.host)
        for facts in found
        if _brings(facts, "nginx")
    ]
    for facts in found:
        for path, file in sorted(facts.files.items()):
            if file.drifted:
                told.append(
                    note(
                        "{host}: somebody changed {path} since this tool wrote it.",
                        host=facts.host,
                        path=path,
                    )
                )
    return tuple(told)
