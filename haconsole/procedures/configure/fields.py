"""Checks of answers as they are typed, and the questions that several wizards share."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_interface

from haconsole.domain.notes import Note, note
from haconsole.domain.vrrp import MAX_WEIGHT
from haconsole.procedures.form import Answers, Field, FieldKind
from haconsole.procedures.recipes.pair import AUTH_LENGTH, CheckSettings, VipSettings

Check = Callable[[str], Note | None]
#: Interface names as the kernel allows them (``dev_valid_name``).
_INTERFACE = re.compile(r"[^\s/:\"'{}#!$]{1,15}\Z")
#: Words that need no quotes in keepalived.conf.
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")
#: What keepalived's reader takes for itself: comments, quotes, blocks, definitions, conditions.
_TAKEN = frozenset("\"'#!{}$@\\~<>")


def whole(least: int, most: int) -> Check:
    """Return what refuses anything but a whole number of a range."""

    def check(value: str) -> Note | None:
        if re.fullmatch(r"[-+]?\d{1,9}", value) and least <= int(value) <= most:
            return None
        return note("a number from {least} to {most} is wanted", least=least, most=most)

    return check


def seconds(least: float, most: float) -> Check:
    """Return what refuses anything but seconds of a range."""

    def check(value: str) -> Note | None:
        if re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", value) and least <= float(value) <= most:
            return None
        return note("{least} to {most} seconds are wanted", least=least, most=most)

    return check


def interface(value: str) -> Note | None:
    """Refuse what is no interface's name."""
    return None if _INTERFACE.match(value) else note("the name of an interface is wanted: eth0")


def name(value: str) -> Note | None:
    """Refuse what would need quotes."""
    if _NAME.match(value):
        return None
    return note("letters, digits, dots, dashes and underscores are wanted")


def user(value: str) -> Note | None:
    """Refuse what is no user's name."""
    return None if _USER.match(value) else note("the name of a user is wanted: nobody")


def password(value: str) -> Note | None:
    """Refuse what keepalived would not read as one word of at most eight characters."""
    if len(value) > AUTH_LENGTH:
        return note("only {n} characters count: a longer one promises too much", n=AUTH_LENGTH)
    if any(not "!" <= character <= "~" or character in _TAKEN for character in value):
        return note(
            "letters, digits and plain signs are wanted: no spaces, quotes, braces or # ! $ @"
        )
    return None


def address(family: int) -> Check:
    """Return what refuses anything but an address of a family; empty is for the whole to judge."""

    def check(value: str) -> Note | None:
        try:
            if not value or ip_address(value).version == family:
                return None
        except ValueError:
            pass
        return note("an IPv{family} address is wanted", family=family)

    return check


def words(value: str) -> tuple[str, ...]:
    """Return the parts of a list."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def vip_list(value: str) -> Note | None:
    """Refuse what is no list of addresses."""
    seen: set[str] = set()
    for word in words(value):
        try:
            vip = to_vip(word)
        except ValueError:
            return note("“{word}” is no address: 10.0.0.100 or 10.0.0.100/24", word=word[:60])
        if vip.address in seen:
            return note("{address} is there twice", address=vip.address)
        seen.add(vip.address)
    return None if seen else note("at least one address is wanted")


def to_vip(word: str) -> VipSettings:
    """Return a word of such a list; ``ValueError`` if it is no address."""
    if "%" in word:
        raise ValueError(word)
    if "/" in word:
        whole_word = ip_interface(word)
        return VipSettings(str(whole_word.ip), whole_word.network.prefixlen)
    return VipSettings(str(ip_address(word)))


def backend_list(value: str) -> Note | None:
    """Refuse what is no list of addresses with ports."""
    found = words(value)
    for word in found:
        try:
            to_backend(word)
        except ValueError:
            return note("“{word}” is no backend: 10.0.0.51 or 10.0.0.51:8080", word=word[:60])
    if len(set(found)) < len(found):
        return note("a backend is there twice")
    return None if found else note("at least one backend is wanted")


def to_backend(word: str) -> tuple[str, int]:
    """Return a backend's address and port; ``ValueError`` if it is none."""
    match = re.fullmatch(r"\[(?P<six>[0-9a-fA-F:.]+)\](?::(?P<port6>\d{1,5}))?", word) or (
        re.fullmatch(r"(?P<four>[0-9.]+)(?::(?P<port4>\d{1,5}))?", word)
    )
    if match is None:
        raise ValueError(word)
    groups = match.groupdict()
    port = int(groups.get("port6") or groups.get("port4") or 80)
    if not 0 < port < 65536:
        raise ValueError(word)
    return str(ip_address(groups.get("six") or groups.get("four") or "")), port


def absolute_path(value: str) -> Note | None:
    """Refuse what is no plain absolute path."""
    if re.fullmatch(r"(?:/[A-Za-z0-9._-]+)+", value) and ".." not in value.split("/"):
        return None
    return note("an absolute path of plain characters is wanted: /code")


def check_fields(
    now: CheckSettings, script_user: str, shown: Callable[[Answers], bool]
) -> tuple[Field, ...]:
    """Return the questions about the health check, with what is so now as defaults."""

    def number(key: str, default: int, least: int, most: int, label: Note, text: Note) -> Field:
        kind = FieldKind.INTEGER
        return Field(key, kind, label, text, str(default), (), whole(least, most), None, shown)

    return (
        number("check_interval", now.interval_s, 1, 3600, note("Seconds between checks"), note(
            "The script looks once and exits; keepalived starts it this often. A script that "
            "loops, as the tutorial's does, never ends by itself: keepalived ends it with SIGTERM "
            "(“exited due to signal 15”) and counts a failure."
        )),
        number("check_timeout", now.timeout_s, 1, 3600, note("Seconds until silence is a no"), note(
            "A check that takes longer is ended and counts as failed; so it has to be below the "
            "interval."
        )),
        number("check_fall", now.fall, 1, 100, note("Failures until it counts"), note(
            "So many failures in a row make the check failed: two forgive a single hiccup."
        )),
        number("check_rise", now.rise, 1, 100, note("Successes until it counts"), note(
            "So many successes in a row make it good again."
        )),
        number("check_weight", now.weight, -MAX_WEIGHT, MAX_WEIGHT, note("A failure costs"), note(
            "0: the LB goes to FAULT and hands the VIP over at once, which is best. A positive "
            "weight is added to the priority while the check passes, a negative one while it "
            "fails; either has to be larger than the gap between the priorities."
        )),
        Field("script_user", FieldKind.TEXT, note("User that runs the check"), note(
            "It needs no rights at all. The script itself belongs to root and only root may "
            "change it, or keepalived's script security refuses to run it."
        ), script_user, (), user, None, shown),
    )  # fmt: skip


def to_check(answers: Answers) -> CheckSettings:
    """Return the check that was answered; ``ValueError`` for what is no number."""
    return CheckSettings(
        interval_s=int(answers["check_interval"]),
        timeout_s=int(answers["check_timeout"]),
        weight=int(answers["check_weight"]),
        fall=int(answers["check_fall"]),
        rise=int(answers["check_rise"]),
    )
