"""What a keepalived.conf says, as far as VRRP is concerned. ``None``: it does not say."""

from __future__ import annotations

from dataclasses import dataclass

from .notes import Note


@dataclass(frozen=True, slots=True)
class ConfProblem:
    """Something in a file that cannot be understood, and where (lines count from 1)."""

    file: str
    line: int
    note: Note

    def __str__(self) -> str:
        """Return ``file:line: sentence``."""
        return f"{self.file}:{self.line}: {self.note}"


@dataclass(frozen=True, slots=True)
class ScriptConf:
    """A ``vrrp_script`` block. Times in seconds. ``file``: the one that it stands in.

    ``argv`` is what the daemon starts: ``script`` without its quotes and escapes.
    """

    name: str
    line: int
    script: str | None = None
    interval_s: float | None = None
    timeout_s: float | None = None
    weight: int | None = None
    fall: int | None = None
    rise: int | None = None
    user: str | None = None
    argv: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class VipConf:
    """An address of a ``virtual_ipaddress`` block, canonical and without prefix."""

    address: str
    line: int
    prefix: int | None = None
    interface: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class TrackConf:
    """An entry of a ``track_script`` or ``track_interface`` block, with its own weight."""

    name: str
    line: int
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class InstanceConf:
    """A ``vrrp_instance`` block.

    ``auth_fingerprint`` stands for the password: equal on two nodes of one session exactly when
    the parts that count (8 characters, RFC 2338) are equal, and worthless elsewhere.
    ``other_tracks``: names from ``track_process``, ``track_file`` and ``track_bfd``.
    """

    name: str
    line: int
    state: str | None = None
    interface: str | None = None
    vrid: int | None = None
    priority: int | None = None
    advert_int_s: float | None = None
    version: int | None = None
    nopreempt: bool = False
    preempt_delay_s: float | None = None
    strict: bool = False
    auth_type: str | None = None
    auth_fingerprint: str | None = None
    vips: tuple[VipConf, ...] = ()
    excluded_vips: tuple[VipConf, ...] = ()
    unicast_source: str | None = None
    unicast_peers: tuple[str, ...] = ()
    track_scripts: tuple[TrackConf, ...] = ()
    track_interfaces: tuple[TrackConf, ...] = ()
    file: str = ""
    other_tracks: tuple[str, ...] = ()
    down_timer_adverts: int | None = None
    garp_refresh_s: float | None = None
    higher_prio_send_advert: bool | None = None
    garp_delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class SyncGroupConf:
    """A ``vrrp_sync_group`` block and the instances that move together.

    ``tracks_weight``: weights of checks count although the group forbids them
    (``sync_group_tracking_weight``; ``global_tracking`` before 2.0).
    """

    name: str
    line: int
    members: tuple[str, ...] = ()
    file: str = ""
    tracks_weight: bool = False


@dataclass(frozen=True, slots=True)
class KeepalivedConf:
    """One file and those that it includes, as far as they were there to be read.

    ``includes`` are the names in it, ``missing_includes`` the paths and patterns without a file.
    """

    file: str
    router_id: str | None = None
    script_security: bool = False
    script_user: str | None = None
    vrrp_version: int | None = None
    vrrp_strict: bool = False
    state_dump_file: str | None = None
    json_dump_file: str | None = None
    scripts: tuple[ScriptConf, ...] = ()
    instances: tuple[InstanceConf, ...] = ()
    sync_groups: tuple[SyncGroupConf, ...] = ()
    includes: tuple[str, ...] = ()
    problems: tuple[ConfProblem, ...] = ()
    missing_includes: tuple[str, ...] = ()
    #: The ``vrrp_`` settings that hold where an instance does not say.
    down_timer_adverts: int | None = None
    garp_refresh_s: float | None = None
    higher_prio_send_advert: bool | None = None
    garp_delay_s: float | None = None
