"""What the sections of a diagnosis' reading mean."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from haconsole.domain.conf import KeepalivedConf
from haconsole.domain.facts import Firewall, VrrpFirewall
from haconsole.domain.nginx_conf import NginxConf
from haconsole.domain.notes import Note, note
from haconsole.domain.rules.case import Missing, Seen
from haconsole.domain.rules.pieces import (
    Detected,
    Disk,
    Drift,
    KeepalivedProcess,
    NginxErrors,
    NginxTest,
    ScriptFacts,
)
from haconsole.journal.logfile import Line, read_log
from haconsole.monitor.casework.detected import detected
from haconsole.monitor.sections import Section
from haconsole.parsers.conf.reading import MemoryFiles, Reading
from haconsole.parsers.errors import ParseError
from haconsole.parsers.firewall import parse_firewall
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import Version
from haconsole.parsers.masking import mask_secrets
from haconsole.parsers.nginx_conf import read_dump
from haconsole.parsers.proc import parse_stat
from haconsole.transport.cleaning import clean

T = TypeVar("T")
#: How far back nginx's errors about backends speak for the present.
ERRORS_S = 30.0
_STARTED_FIELD = 19  # of /proc/PID/stat after the name's ")" and the state: starttime, ticks
_TICKS = 100.0  # sysconf(_SC_CLK_TCK) on every Linux that there is
_YOUNG_S = 3.0
_ERROR = re.compile(
    r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[\w+\] \S+ (?:\*\d+ )?(.{1,200}?),? (?:while |client: ).*"
    r'upstream: "\w+://([^/"]{1,200})'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What was read on one host beside the monitor's readings; ``None``: not known.

    ``log``: times are the node's clock still; a recording has it among its events. ``missing``:
    what could not be read, and why.
    """

    at: float
    conf: Seen[KeepalivedConf] | None = None
    #: The node's clock.
    conf_changed_at: Seen[float] | None = None
    log: Seen[tuple[Line, ...]] | None = None
    scripts: Seen[tuple[ScriptFacts, ...]] | None = None
    processes: Seen[tuple[KeepalivedProcess, ...]] | None = None
    uptime_s: Seen[float] | None = None
    disks: Seen[tuple[Disk, ...]] | None = None
    nginx_conf: Seen[NginxConf] | None = None
    nginx_test: Seen[NginxTest] | None = None
    nginx_errors: Seen[NginxErrors] | None = None
    firewall_at_boot: Seen[Firewall] | None = None
    nonlocal_bind: Seen[bool] | None = None
    denials: Seen[tuple[str, ...]] | None = None
    drift: Seen[tuple[Drift, ...]] | None = None
    detected: Seen[tuple[Detected, ...]] | None = None
    missing: tuple[Missing, ...] = ()
    #: keepalived's files by path, the main one first; secrets are masked.
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Around:
    """What understanding needs from elsewhere: who the node is, what runs, whence adverts come."""

    node: str
    version: Version | None = None
    interface: str = ""
    peers: Sequence[str] = ()


def understand(sections: Mapping[str, Section], at: float, around: Around) -> Extras:
    """Return what the sections of one host say; what makes no sense is missing."""
    reader = _Reader(sections, at, around.node)
    uptime = reader.take("uptime", lambda text: float(text.split()[0]), "cat /proc/uptime")
    conf, changed, files = _conf(reader, around)
    errors = "tail /var/log/nginx/error.log"
    return Extras(
        at=at,
        conf=conf,
        conf_changed_at=changed,
        log=reader.take("journal", read_log, "journalctl -u keepalived"),
        scripts=reader.take("scripts", lambda text: _scripts(text, conf), "ls -l"),
        processes=reader.take(
            "processes",
            lambda text: _processes(text, uptime.value if uptime else None),
            "pgrep -ax keepalived",
        ),
        uptime_s=uptime,
        disks=reader.take("disks", _disks, "df -h"),
        nginx_conf=reader.take("nginx", _nginx_conf, "nginx -T"),
        nginx_test=_nginx_test(sections.get("nginx"), at),
        nginx_errors=reader.take("errors", _errors, errors),
        firewall_at_boot=_firewall(reader, around),
        nonlocal_bind=reader.take(
            "bind",
            lambda text: {"0": False, "1": True}.get(text.strip()),
            "sysctl net.ipv4.ip_nonlocal_bind",
        ),
        denials=reader.take(
            "denials", lambda text: tuple(text.splitlines()), "ausearch -m avc -ts recent"
        ),
        drift=reader.take("drift", _drift, "sha256sum"),
        detected=reader.take("detector", detected, "haconsole-detector --once"),
        missing=tuple(reader.missing),
        files=files,
    )


class _Reader:
    def __init__(self, sections: Mapping[str, Section], at: float, node: str) -> None:
        self._sections = sections
        self._at = at
        self._node = node
        self.missing: list[Missing] = []

    def take(self, name: str, read: Callable[[str], T | None], by: str) -> Seen[T] | None:
        """Return what a section says; why there is nothing goes to the missing."""
        section = self._sections.get(name)
        if section is None:
            return None
        problem = section.problem
        if problem is None:
            try:
                value = read(section.text)
            except (ParseError, ValueError, IndexError) as error:
                problem = str(error)
            else:
                return None if value is None else Seen(value, self._at, by)
        if name in _TOLD:
            self.missing.append(Missing(name, _why(self._node, name, problem), self._node))
        return None


#: Sections whose absence a diagnosis tells; the others are no loss, or are told elsewhere.
_TOLD = {
    "conf": note("keepalived.conf"),
    "journal": note("the journal"),
}


def _why(node: str, name: str, problem: str) -> Note:
    return note("{host}: {what} cannot be read: {problem}", host=node, what=_TOLD[name],
                problem=problem)  # fmt: skip


def _texts(text: str) -> dict[str, dict[str, str]]:
    """``f PATH`` begins a file; the lines behind it are its facts, by their letter."""
    found: dict[str, dict[str, str]] = {}
    facts: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == "f":
            facts = found.setdefault(value, {})
        else:
            facts[key] = f"{facts[key]}\n{value}" if key == "d" and key in facts else value
    return found


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise ParseError("The text is cut off.") from None


def _files(text: str) -> dict[str, tuple[str, str]]:
    """Return path → (text, when it was written), the main file first."""
    found = _texts(text)
    return {
        path: (_decoded(facts.get("t", "")), facts.get("w", "")) for path, facts in found.items()
    }


def _conf(
    reader: _Reader, around: Around
) -> tuple[Seen[KeepalivedConf] | None, Seen[float] | None, Mapping[str, str]]:
    raw = reader.take("conf", _files, "")
    if raw is None or not raw.value:
        return None, None, MappingProxyType({})
    texts = {path: text for path, (text, _) in raw.value.items()}
    path = next(iter(texts))
    reading = Reading(around.node, around.version, MemoryFiles(texts))
    conf = Seen(read_conf(texts[path], path, reading), raw.at, f"cat {path}")
    _, written = raw.value[path]
    changed = Seen(float(written), raw.at, f"stat {path}") if written.isdigit() else None
    shown = {name: clean(mask_secrets(text).encode()) for name, text in texts.items()}
    return conf, changed, MappingProxyType(shown)


def _scripts(text: str, conf: Seen[KeepalivedConf] | None) -> tuple[ScriptFacts, ...]:
    """Return the checks' scripts. Programs (no ``#!``) have no text to be judged."""
    users: dict[str, str] = {}
    for line in text.splitlines():
        if line[:2] == "u ":
            answer, _, user = line[2:].partition(" ")
            users[user] = answer
    files = _texts("\n".join(line for line in text.splitlines() if line[:2] != "u "))
    found = []
    for script in conf.value.scripts if conf else ():
        words = script.argv or tuple((script.script or "").split())
        named = [word for word in words[:2] if word in files]
        path = named[-1] if named else ""
        if not path:
            continue
        facts = files[path]
        mode, _, owner = facts.get("m", "").partition(" ")
        body = _decoded(facts.get("t", ""))
        user = (script.user or (conf.value.script_user if conf else None) or "").split(" ")[0]
        found.append(
            ScriptFacts(
                check=script.name,
                path=path,
                exists="m" in facts,
                # Run by an interpreter (``sh /path``) it needs no x bit of its own.
                mode=(int(mode, 8) if mode.isdigit() else 0) | (0o100 if len(named) > 1 else 0),
                owner=owner or "root:root",
                text=body if body.startswith("#!") or len(named) > 1 else "",
                user=user,
                user_exists=users[user] == "yes" if user in users else None,
                parents_writable=_loose(facts.get("d", "")),
            )
        )
    return tuple(found)


def _loose(folders: str) -> str:
    """Return the first folder on the way that others than root may write to."""
    for line in folders.splitlines():
        mode, owner, path = [*line.split(" ", 2), "", ""][:3]
        if not mode.isdigit():
            continue
        bits = int(mode, 8)
        by_others = bits & 0o002 and not bits & 0o1000
        if by_others or not owner.startswith("root:"):
            return f"{path} {owner} {mode}"
    return ""


def _processes(text: str, uptime_s: float | None) -> tuple[KeepalivedProcess, ...]:
    """Return keepalived's processes that are older than a moment, zombies left out."""
    ages = {}
    for line in text.splitlines():
        fields = line.rpartition(")")[2].split()
        pid = line.split(" ", 1)[0]
        if pid.isdigit() and len(fields) > _STARTED_FIELD and fields[_STARTED_FIELD].isdigit():
            ages[int(pid)] = int(fields[_STARTED_FIELD]) / _TICKS
    return tuple(
        KeepalivedProcess(one.pid, one.parent, one.state)
        for one in parse_stat(text)
        if one.alive
        and (uptime_s is None or one.pid not in ages or uptime_s - ages[one.pid] >= _YOUNG_S)
    )


def _disks(text: str) -> tuple[Disk, ...]:
    """Read ``df -P -k`` (POSIX): file system, size, used, available, capacity, mounted on."""
    found = {}
    for line in text.splitlines()[1:]:
        words = line.split(None, 5)
        if len(words) == 6 and words[4].endswith("%") and words[4][:-1].isdigit():
            free = int(words[3]) if words[3].isdigit() else None
            found[words[5]] = Disk(words[5], int(words[4][:-1]) / 100, free)
    return tuple(found.values())


def _nginx_conf(text: str) -> NginxConf | None:
    conf = read_dump(text)
    return conf if conf.files or conf.servers else None


def _nginx_test(section: Section | None, at: float) -> Seen[NginxTest] | None:
    """Return what nginx says to its configuration; nothing where there is no nginx."""
    if section is None or section.status == 127:
        return None
    if section.status == 0:
        return Seen(NginxTest(True), at, "nginx -t")
    said = [line for line in section.text.splitlines() if "[emerg]" in line]
    last = said or section.text.strip().splitlines()[-1:] or [""]
    if "ermission denied" in last[0]:
        return None  # asked without root rights
    return Seen(NginxTest(False, last[0][:300]), at, "nginx -t")


def _errors(text: str) -> NginxErrors | None:
    lines = text.splitlines()
    if not lines:
        return None
    now = datetime.strptime(lines[0], "%Y/%m/%d %H:%M:%S")
    found = []
    for line in lines[1:]:
        match = _ERROR.match(line[:2000])
        if match is None:
            continue
        then = datetime.strptime(match[1], "%Y/%m/%d %H:%M:%S")
        if 0 <= (now - then).total_seconds() <= ERRORS_S:
            found.append((match[3], match[2]))
    return NginxErrors(tuple(dict.fromkeys(found)), ERRORS_S)


def _firewall(reader: _Reader, around: Around) -> Seen[Firewall] | None:
    def read(text: str) -> Firewall | None:
        kind, _, rules = text.partition("\n")
        if kind == "firewalld":
            return parse_firewall(
                firewalld="running", zone=rules, interface=around.interface, peers=around.peers
            )
        if kind == "nftables" and "include" not in rules and "define" not in rules:
            return parse_firewall(nft=rules, interface=around.interface, peers=around.peers)
        return None

    found = reader.take("boot_firewall", read, "firewall-cmd --permanent --list-all")
    return None if found and found.value.vrrp is VrrpFirewall.OFF else found


def _drift(text: str) -> tuple[Drift, ...]:
    rows = (line.partition(" ") for line in text.splitlines())
    return tuple(Drift(path, said == "gone") for said, _, path in rows if path)
