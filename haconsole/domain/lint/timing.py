"""Times and passwords that VRRP, or keepalived, does not have.

Sources: RFC 3768 and RFC 5798 for adverts; RFC 2338, 5.3.10 for passwords; keepalived's
``vrrp_script_thread`` for checks. Times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.notes import note
from haconsole.domain.vrrp import MOST_V2_S, MOST_V3_S

from .election import Fault

#: RFC 2338, 5.3.10: more characters of a password than this are sent by nobody.
AUTH_LENGTH = 8


def adverts(seconds: float, *, version_2: bool, version_3: bool) -> Iterator[Fault]:
    """Find an interval that a version of VRRP that is spoken cannot say."""
    if version_2 and (seconds != int(seconds) or seconds > MOST_V2_S):
        yield Fault(
            "advert-interval",
            note("VRRPv2 sends adverts every 1 to 255 whole seconds; parts of one need VRRPv3."),
            ("advert_int", "vrrp_version"),
        )
    elif version_3 and seconds > MOST_V3_S:
        yield Fault(
            "advert-interval",
            note("VRRPv3 sends adverts every {most} seconds at most.", most=MOST_V3_S),
            ("advert_int",),
        )


def passwords(length: int, *, version_3: bool, six: bool) -> Iterator[Fault]:
    """Find a password that is not sent, or not all of it. ``six``: there are IPv6 addresses."""
    keys = ("auth", "auth_pass")
    if version_3:
        yield Fault("auth-v3", note("VRRPv3 knows no passwords (RFC 5798): choose none."), keys)
    elif six:
        yield Fault(
            "auth-v3",
            note("IPv6 addresses need VRRPv3, which knows no passwords (RFC 5798): choose none."),
            keys,
        )
    if length > AUTH_LENGTH:
        yield Fault(
            "auth-length",
            note(
                "Only the first {n} characters of a password are sent: this one has {length}.",
                n=AUTH_LENGTH,
                length=length,
            ),
            keys,
        )


def check_times(timeout_s: float, interval_s: float) -> Iterator[Fault]:
    """Find a check that is not over when the next is due."""
    if timeout_s >= interval_s:
        yield Fault(
            "check-timeout",
            note(
                "The check's time-out ({timeout} s) has to be below its interval ({interval} s): "
                "keepalived ends a check that still runs when the next is due (SIGTERM), and "
                "that counts as failed.",
                timeout=f"{timeout_s:g}",
                interval=f"{interval_s:g}",
            ),
            ("check_timeout", "check_interval"),
        )
