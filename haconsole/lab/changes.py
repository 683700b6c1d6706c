"""What faults do to a configuration, on the text alone: the lab's and the demo's are the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from haconsole.words import t

from .errors import LabError


def drop_last_brace(text: str) -> str:
    """Return the text without its last closing brace."""
    head, _, tail = text.rpartition("}")
    return head + tail


def other_vrid(text: str) -> str:
    """Return a keepalived.conf with another virtual_router_id."""
    return _replaced(r"(virtual_router_id\s+)(\d+)", lambda m: f"{m[1]}{int(m[2]) % 255 + 1}", text)


def other_advert_int(text: str) -> str:
    """Return a keepalived.conf with an advert_int two seconds longer."""
    return _replaced(r"(advert_int\s+)([\d.]+)", lambda m: f"{m[1]}{float(m[2]) + 2:g}", text)


def other_vips(text: str) -> str:
    """Return a keepalived.conf with one VIP more."""
    return _replaced(
        r"(virtual_ipaddress\s*\{[ \t]*\n)", lambda m: f"{m[1]}        10.0.0.101\n", text
    )


def other_password(text: str) -> str:
    """Return a keepalived.conf with another password, or with one where there was none."""
    if "auth_pass" in text:
        return _replaced(r"(auth_pass\s+)\S+", lambda m: f"{m[1]}another1", text)
    block = "    authentication {\n        auth_type PASS\n        auth_pass another1\n    }\n"
    return _replaced(r"(\n)([ \t]*virtual_ipaddress\s*\{)", lambda m: f"{m[1]}{block}{m[2]}", text)


def _replaced(pattern: str, change: Callable[[re.Match[str]], str], text: str) -> str:
    changed, count = re.subn(pattern, change, text, count=1)
    if not count:
        raise LabError(t("The keepalived.conf has nothing that this fault could change."))
    return changed


CHANGES: dict[str, Callable[[str], str]] = {
    "advert_int": other_advert_int,
    "brace": drop_last_brace,
    "password": other_password,
    "vips": other_vips,
    "vrid": other_vrid,
}
