"""What a keepalived.conf asks a daemon to do: instances and checks with every default filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from haconsole.domain.conf import InstanceConf, KeepalivedConf, ScriptConf, VipConf
from haconsole.domain.vrrp import DEFAULT_ADVERT_INT_S, DEFAULT_PRIORITY, GARP_DELAY_S, advert_int

_AUTH_TYPES = {"PASS": 1, "AH": 2}


@dataclass(frozen=True, slots=True)
class VipSpec:
    """An address to own. ``prefix`` as the kernel gets it; ``text`` as the configuration has it."""

    address: str
    prefix: int
    device: str
    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """One ``vrrp_instance``. ``tracks``: names of weightless and (name, weight) of other checks."""

    name: str
    interface: str
    vrid: int
    source: str
    priority: int = DEFAULT_PRIORITY
    advert_int_s: float = DEFAULT_ADVERT_INT_S
    version: int = 2
    vips: tuple[VipSpec, ...] = ()
    excluded: tuple[VipSpec, ...] = ()
    auth_type: int = 0
    password: str = ""
    wants_master: bool = False
    nopreempt: bool = False
    preempt_delay_s: float = 0.0
    peers: tuple[str, ...] = ()
    tracks: tuple[tuple[str, int], ...] = ()
    garp_delay_s: float = GARP_DELAY_S
    garp_repeat: int = 5
    garp_refresh_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One ``vrrp_script``. Times are seconds; ``timeout_s`` 0: as long as the interval."""

    name: str
    script: str
    interval_s: float = 1.0
    timeout_s: float = 0.0
    weight: int = 0
    rise: int = 1
    fall: int = 1
    user: str | None = None


@dataclass(frozen=True, slots=True)
class DaemonSpec:
    """A whole configuration."""

    router_id: str
    instances: tuple[InstanceSpec, ...]
    checks: tuple[CheckSpec, ...]
    script_security: bool = False
    script_user: str | None = None
    garp_refresh_s: float = 0.0


def daemon_spec(
    conf: KeepalivedConf, text: str, hostname: str, sources: dict[str, str]
) -> DaemonSpec:
    """Fill in the defaults. ``sources``: the first IPv4 address of each interface.

    ``text`` is the file that ``conf`` was read from: passwords are nowhere else.
    """
    lines = text.splitlines()
    checks = tuple(_check(script, conf.script_user) for script in conf.scripts)
    weights = {check.name: check.weight for check in checks}
    refresh = _number(text, "vrrp_garp_master_refresh")
    return DaemonSpec(
        router_id=conf.router_id or hostname,
        instances=tuple(
            _instance(one, conf, weights, lines, sources.get(one.interface or "", ""), refresh)
            for one in conf.instances
        ),
        checks=checks,
        script_security=conf.script_security,
        script_user=conf.script_user,
        garp_refresh_s=refresh,
    )


def _instance(
    conf: InstanceConf,
    whole: KeepalivedConf,
    weights: dict[str, int],
    lines: list[str],
    source: str,
    refresh: float,
) -> InstanceSpec:
    interface = conf.interface or ""
    version = conf.version or whole.vrrp_version or 2
    return InstanceSpec(
        name=conf.name,
        interface=interface,
        vrid=conf.vrid or 0,
        source=conf.unicast_source or source,
        priority=DEFAULT_PRIORITY if conf.priority is None else conf.priority,
        advert_int_s=advert_int(conf.advert_int_s, version),
        version=version,
        vips=tuple(_vip(vip, interface) for vip in conf.vips),
        excluded=tuple(_vip(vip, interface) for vip in conf.excluded_vips),
        # VRRPv3 has no authentication (RFC 5798, 5.2).
        auth_type=_AUTH_TYPES.get((conf.auth_type or "").upper(), 0) if version == 2 else 0,
        password=_password(lines, conf) if version == 2 else "",
        wants_master=conf.state == "MASTER",
        # vrrp.c: "nopreempt will not work with initial state MASTER - clearing", "preempt delay
        # will not work with initial state MASTER", "incompatible with nopreempt mode".
        nopreempt=conf.nopreempt and conf.state != "MASTER",
        preempt_delay_s=0.0
        if conf.state == "MASTER" or conf.nopreempt
        else conf.preempt_delay_s or 0.0,
        peers=conf.unicast_peers,
        tracks=tuple(
            (track.name, weights.get(track.name, 0) if track.weight is None else track.weight)
            for track in conf.track_scripts
            if track.name in weights
        ),
        garp_refresh_s=refresh,
    )


def _check(conf: ScriptConf, user: str | None) -> CheckSpec:
    return CheckSpec(
        name=conf.name,
        script=conf.script or "",
        interval_s=conf.interval_s or 1.0,
        timeout_s=conf.timeout_s or 0.0,
        weight=conf.weight or 0,
        rise=conf.rise or 1,
        fall=conf.fall or 1,
        user=conf.user or user,
    )


def _vip(conf: VipConf, interface: str) -> VipSpec:
    full = 128 if ":" in conf.address else 32
    prefix = full if conf.prefix is None else conf.prefix
    device = conf.interface or interface
    text = conf.address if conf.prefix is None else f"{conf.address}/{conf.prefix}"
    return VipSpec(conf.address, prefix, device, text, conf.label)


def _password(lines: list[str], conf: InstanceConf) -> str:
    """Return the password of the instance's block: the first one after its name."""
    for line in lines[max(0, conf.line - 1) :] if conf.auth_fingerprint else ():
        if match := re.search(r"\bauth_pass\s+\"?([^\s\"}]+)", line):
            return match[1]
    return ""


def _number(text: str, key: str) -> float:
    match = re.search(rf"^\s*{key}\s+(\d+(?:\.\d+)?)", text, re.MULTILINE)
    return float(match[1]) if match else 0.0
