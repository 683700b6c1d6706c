"""From the text of a single value to what it means: addresses, prefixes, check URLs, paths."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
)
from pathlib import Path
from typing import TypeAlias

from haconsole.words import t

from .problems import shown
from .scalars import BadValueError

IpAddress: TypeAlias = "IPv4Address | IPv6Address"
Network: TypeAlias = "IPv4Network | IPv6Network"

_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_DOTTED = re.compile(r"[0-9.]+")
_LEADING_ZERO = re.compile(r"(?:^|\.)0[0-9]")
_URL = re.compile(r"(https?)://(\[[^\]/]*\]|[^\[\]/:?#]*)(?::([0-9]{1,9}))?(/[!-\"$-~]*)?")


@dataclass(frozen=True, slots=True)
class VipAddress:
    """A virtual address as it was written: canonical, with the prefix length if one was given."""

    ip: IpAddress
    prefix: int | None

    @property
    def text(self) -> str:
        """The canonical address without its prefix length."""
        return str(self.ip)

    @property
    def network(self) -> Network | None:
        """The network that the prefix length names; ``None`` where it names none with others."""
        if self.prefix is None or self.prefix == self.ip.max_prefixlen:
            return None
        return ip_interface(f"{self.ip}/{self.prefix}").network


@dataclass(frozen=True, slots=True)
class CheckUrl:
    """Where an answer is asked for."""

    tls: bool
    ip: IpAddress
    port: int
    path: str


def host_address(text: str) -> str:
    """Return the canonical address, or the name, by which an sshd is reached.

    Names may come from DNS, from ``/etc/hosts`` or from an SSH configuration file.
    """
    expected = t("an IPv4 or IPv6 address, or a host name")
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    hint = _misplaced(text)
    if hint:
        raise BadValueError(hint, expected)
    if _DOTTED.fullmatch(text) or ":" in text or not _HOST_NAME.fullmatch(text):
        raise BadValueError(_bad_address(text), expected)
    return text


def _misplaced(text: str) -> str | None:
    """Say what stands in an address that has a key of its own; ``None``: nothing does."""
    if "@" in text:
        return t("a user name stands in the address; it goes under 'user'")
    if "://" in text:
        return t("{value} is a URL", value=shown(text))
    if "/" in text:
        return t("{value} has a prefix length or a path", value=shown(text))
    if text.startswith("["):
        return t("{value} stands in brackets; they and a port are not part of it",
                 value=shown(text))  # fmt: skip
    if text.count(":") == 1:
        return t("{value} has a port; it goes under 'port'", value=shown(text))
    return None


def _bad_address(text: str) -> str:
    if _DOTTED.fullmatch(text) and _LEADING_ZERO.search(text):
        return t("{value} has a leading zero, which some programs read as octal", value=shown(text))
    return t("{value} is no address", value=shown(text))


def vip_address(text: str) -> VipAddress:
    """Return a virtual address: IPv4 or IPv6, with or without a prefix length."""
    expected = t("an IPv4 or IPv6 address, or one with its prefix length such as 10.0.0.100/24")
    head, slash, tail = text.partition("/")
    try:
        ip = ip_address(head)
    except ValueError:
        raise BadValueError(_bad_address(text), expected) from None
    _check_vip(ip, text, expected)
    if not slash:
        return VipAddress(ip, None)
    if not re.fullmatch(r"[1-9][0-9]{0,2}", tail, re.ASCII) or int(tail) > ip.max_prefixlen:
        what = t("{value} is no prefix length of this address", value=shown(tail))
        raise BadValueError(what, t("a whole number from 1 to {most}", most=ip.max_prefixlen))
    prefix = int(tail)
    network = ip_interface(f"{ip}/{prefix}").network
    if ip.version == 4 and prefix < 31 and ip in (network[0], network[-1]):
        what = t("{value} is the network's own or its broadcast address", value=shown(text))
        raise BadValueError(what, t("the address of a host in that network"))
    return VipAddress(ip, prefix)


def _check_vip(ip: IpAddress, text: str, expected: str) -> None:
    if isinstance(ip, IPv6Address) and ip.scope_id:
        what = t("{value} names an interface; it goes under 'interface'", value=shown(text))
        raise BadValueError(what, expected)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        what = t("{value} is an IPv4 address written as IPv6", value=shown(text))
        raise BadValueError(what, t("the IPv4 address itself"))
    if ip.is_multicast or ip.is_unspecified or str(ip) == "255.255.255.255":
        what = t("{value} is no address that one host can own", value=shown(text))
        raise BadValueError(what, expected)


def check_url(text: str) -> CheckUrl:
    """Return what a check asks for; its host is an address, since it must be the VIP's own."""
    expected = t("a URL of the VIP itself, such as http://10.0.0.100:8080/health")
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise BadValueError(t("a user name or password stands in this URL"), expected)
    found = _URL.fullmatch(text)
    if not found:
        raise BadValueError(t("{value} is no such URL", value=shown(text)), expected)
    scheme, host, port, path = found.groups()
    try:
        ip = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        what = t("the host {host} of this URL is no address", host=shown(host))
        raise BadValueError(what, expected) from None
    number = int(port) if port else {"http": 80, "https": 443}[scheme]
    if not 0 < number < 65536:
        raise BadValueError(t("{port} is no port", port=shown(port)), expected)
    return CheckUrl(scheme == "https", ip, number, path or "/")


def local_path(text: str) -> Path:
    """Return a path on this machine, ``~`` and ``$VARIABLES`` written out; it may be relative.

    Whether the file exists is not asked: an inventory may be checked on another machine than
    the one it is used on, so a missing file is an error when a connection needs it.
    """
    expected = t("the path of a file on this machine")
    filled = os.path.expandvars(text)
    if left := re.search(r"\$(\w+|\{[^}]*\})", filled):
        what = t("the environment has no variable {name}", name=shown(left[0]))
        raise BadValueError(what, expected)
    try:
        return Path(filled).expanduser()
    except RuntimeError:
        what = t("{value} names no home directory that is known here", value=shown(text))
        raise BadValueError(what, expected) from None
