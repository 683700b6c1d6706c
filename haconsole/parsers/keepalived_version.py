"""keepalived's version, and what a daemon of that version can do.

Source of the boundaries: keepalived's tagged sources and ChangeLog (1.3.5 to 2.4.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_VERSION = re.compile(r"(?:[Kk]eepalived )?v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?")
_BANNER = re.compile(r"Keepalived v(\d{1,4})\.(\d{1,4})\.(\d{1,4})")


class Version(NamedTuple):
    """A version of keepalived; compares as versions do."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        """Return ``2.2.7``."""
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Version | None:
    """Read ``Keepalived v2.2.7 (01/16,2022)`` anywhere in ``text``, or a bare ``2.2.7``.

    Returns ``None`` when there is no version; never raises.
    """
    match = _BANNER.search(text) or _VERSION.match(text.strip())
    return Version(*(int(part or 0) for part in match.groups())) if match else None


def has_json_build(version_text: str) -> bool:
    """Whether ``keepalived --version`` says that it was built with ``--enable-json``."""
    options = re.search(r"^Config options:(.*)$", version_text, re.MULTILINE)
    return options is not None and "JSON" in options[1].split()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a daemon of a version can do. JSON also needs a build that has it."""

    #: ``keepalived --signum=NAME`` and SIGJSON (1.3.8).
    json_signal: bool
    #: ``json_version 2`` in the configuration (2.2.8).
    json_version_2: bool
    #: ``keepalived -t`` (2.0.4).
    config_test: bool
    #: The text dump says the effective priority (2.0.0; 1.3.5 logs its changes only).
    effective_priority: bool
    #: ``track_process`` (2.0.11).
    track_process: bool
    #: Notify FIFO (1.3.6).
    notify_fifo: bool
    #: ``vrrp_startup_delay`` (2.0.16).
    startup_delay: bool
    #: ``down_timer_adverts`` (2.2.3).
    down_timer_adverts: bool
    #: ``state_dump_file`` and its kin say where dumps go; else they are in ``/tmp`` (2.3.3).
    dump_path: bool
    #: Dumps mask the password (2.4.0).
    masks_password: bool
    #: A rejected advert leaves the backup's timer running, so that it becomes master (2.0.0).
    rejected_advert_times_out: bool


def capabilities(version: Version) -> Capabilities:
    """Return what a daemon of ``version`` can do."""
    return Capabilities(
        json_signal=version >= (1, 3, 8),
        json_version_2=version >= (2, 2, 8),
        config_test=version >= (2, 0, 4),
        effective_priority=version >= (2, 0, 0),
        track_process=version >= (2, 0, 11),
        notify_fifo=version >= (1, 3, 6),
        startup_delay=version >= (2, 0, 16),
        down_timer_adverts=version >= (2, 2, 3),
        dump_path=version >= (2, 3, 3),
        masks_password=version >= (2, 4, 0),
        rejected_advert_times_out=version >= (2, 0, 0),
    )
