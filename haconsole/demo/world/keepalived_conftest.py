"""What keepalived says about its configuration before it runs (``keepalived -t``).

Exit status of ``-t``: 0 good, 4 errors but it would run, 5 scripts that are not safe, 3 nothing
that it could run (keepalived's ``main.c``, 2.0.4 and later).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.nodes import Caller
from haconsole.demo.system.tree import X
from haconsole.domain.conf import KeepalivedConf
from haconsole.parsers.conf_text import Statement, parse_tree
from haconsole.parsers.keepalived_conf import extract

from .spec import DaemonSpec, daemon_spec
from .stack import Stack

GOOD, FATAL, ERRORS, SECURITY = 0, 3, 4, 5


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOP = _words(
    """global_defs static_ipaddress static_routes static_rules vrrp_script vrrp_instance
    vrrp_sync_group virtual_server virtual_server_group vrrp_track_process vrrp_track_file
    track_file garp_group static_track_group bfd_instance net_namespace instance include includer
    includem includew ssl linkbeat_use_polling"""
)
_INSTANCE = _words(
    """state interface virtual_router_id priority advert_int authentication virtual_ipaddress
    virtual_ipaddress_excluded virtual_routes virtual_rules track_script track_interface
    track_process track_file track_bfd unicast_peer unicast_src_ip mcast_src_ip nopreempt preempt
    preempt_delay version garp_master_delay garp_master_repeat garp_master_refresh
    garp_master_refresh_repeat garp_lower_prio_delay garp_lower_prio_repeat
    lower_prio_no_advert higher_prio_send_advert native_ipv6 dont_track_primary use_vmac
    vmac_xmit_base accept no_accept strict_mode skip_check_adv_addr notify notify_master
    notify_backup notify_fault notify_stop notify_deleted notify_master_rx_lower_pri smtp_alert
    no_smtp_alert debug down_timer_adverts promote_secondaries linkbeat_use_polling
    kernel_rx_buf_size check_unicast_src old_unicast_checksum track_src_ip
    notify_priority_changes virtual_routes_excluded"""
)
_SCRIPT = _words("script interval timeout weight fall rise user init_fail")


@dataclass(slots=True)
class Verdict:
    """What was found. ``lines`` are keepalived's; ``status`` is that of ``-t``."""

    conf: KeepalivedConf
    spec: DaemonSpec
    lines: list[str] = field(default_factory=list)
    status: int = GOOD
    #: Whether it asks for virtual servers, which take the kernel's IPVS.
    balances: bool = False

    def note(self, line: str, status: int) -> None:
        """Add a line; the worst status counts, and security above plain errors."""
        self.lines.append(line)
        self.status = FATAL if FATAL in (status, self.status) else max(self.status, status)


def read(machine: Machine, stack: Stack, path: str) -> Verdict:
    """Read a configuration as the daemon does; raises ``OSError`` when there is none."""
    text = machine.files.read(path).decode("utf-8", "replace")
    tree = parse_tree(text, path)
    conf = extract(tree)
    sources = {nic.name: stack.first_ipv4(nic.name) for nic in stack.nics}
    verdict = Verdict(conf, daemon_spec(conf, text, machine.hostname, sources))
    verdict.balances = re.search(r"(?m)^\s*virtual_server\s", text) is not None
    for line, words in _unknown(tree.statements):
        verdict.note(f"({path}: Line {line}) {words}", ERRORS)
    for problem in conf.problems:
        text = problem.note.template.format(**problem.note.values)
        verdict.note(f"({path}: Line {problem.line}) {_braces(text)}", ERRORS)
    _interfaces(verdict, stack, path)
    _scripts(verdict, machine)
    return verdict


def _braces(text: str) -> str:
    """Say it as keepalived does where it has words of its own."""
    if "never closed" in text:
        return "Missing '}' at end of block"
    if "too many" in text:
        return "Unexpected '}' - ignoring"
    return text


def _unknown(statements: tuple[Statement, ...]) -> Iterator[tuple[int, str]]:
    for statement in statements:
        key = statement.key
        if key not in _TOP and key[:1] not in "$@":
            yield statement.line, f"Unknown keyword '{key}'"
        known = {"vrrp_instance": _INSTANCE, "vrrp_script": _SCRIPT}.get(key)
        for inner in (statement.block or ()) if known else ():
            if known and inner.key not in known and inner.key[:1] not in "$@":
                yield inner.line, f"Unknown keyword '{inner.key}'"


def _interfaces(verdict: Verdict, stack: Stack, path: str) -> None:
    missing = False
    for instance in verdict.conf.instances:
        where = f"({path}: Line {instance.line})"
        if instance.interface and stack.nic_named(instance.interface) is None:
            verdict.note(
                f"{where} WARNING - interface {instance.interface} for vrrp_instance "
                f"{instance.name} doesn't exist",
                ERRORS,
            )
            missing = True
        if not instance.vrid:
            verdict.note(f"({instance.name}) the virtual router id must be set", ERRORS)
    if missing:
        verdict.note("Non-existent interface specified in configuration", FATAL)


def _scripts(verdict: Verdict, machine: Machine) -> None:
    conf, files = verdict.conf, machine.files
    used = {track.name for instance in conf.instances for track in instance.track_scripts}
    user = machine.users.get(conf.script_user or "keepalived_script")
    if user is None and conf.scripts:
        verdict.lines.append("Script user 'keepalived_script' does not exist")
    if conf.scripts and not conf.script_security:
        verdict.lines.append(
            "SECURITY VIOLATION - scripts are being executed but script_security not enabled."
        )
        verdict.status = max(verdict.status, SECURITY) if user is None else verdict.status
    for script in conf.scripts:
        words = shlex.split(script.script or "")
        path = words[0] if words else ""
        caller = Caller(user.uid, user.gid) if user else Caller(0, 0)
        if path.startswith("/") and not files.exists(path):
            verdict.note(f"Unable to access script `{path}`", ERRORS)
            verdict.note(f"Disabling track script {script.name} since not found/accessible", ERRORS)
        elif path.startswith("/") and not files.allows(path, X, caller):
            verdict.note(f"WARNING - script '{path}' is not executable for uid:gid "
                         f"{caller.uid}:{caller.gid} - disabling.", ERRORS)  # fmt: skip
        elif path.startswith("/") and conf.script_security and _is_unsafe(machine, path):
            verdict.note(f"Unsafe permissions found for script '{path}' - disabling.", SECURITY)
        elif script.name not in used:
            verdict.lines.append(f"Warning - script {script.name} is not used")


def _is_unsafe(machine: Machine, path: str) -> bool:
    """Whether somebody but root could change a script or a folder above it (keepalived(8))."""
    parts = path.strip("/").split("/")
    for count in range(len(parts) + 1):
        stat = machine.files.stat("/" + "/".join(parts[:count]))
        sticky = stat.mode & 0o1000 and count < len(parts)
        if stat.uid != 0 or (stat.mode & 0o022 and not sticky):
            return True
    return False
