"""The text that keepalived writes on SIGUSR2 (``/tmp/keepalived.stats``), 1.3.5 to 2.4.3."""

from __future__ import annotations

from haconsole.domain.stats import VrrpStats

from .errors import ParseError

_MAX_LINE = 512
#: (section, label) → counter; labels repeat between sections.
_COUNTERS = {
    ("Advertisements", "Received"): "advert_rcvd",
    ("Advertisements", "Sent"): "advert_sent",
    ("", "Became master"): "become_master",
    ("", "Released master"): "release_master",
    ("Packet Errors", "Length"): "packet_len_err",
    ("Packet Errors", "TTL"): "ip_ttl_err",
    ("Packet Errors", "Invalid Type"): "invalid_type_rcvd",
    ("Packet Errors", "Advertisement Interval"): "advert_interval_err",
    ("Packet Errors", "Address List"): "addr_list_err",
    ("Authentication Errors", "Invalid Type"): "invalid_authtype",
    ("Authentication Errors", "Type Mismatch"): "authtype_mismatch",
    ("Authentication Errors", "Failure"): "auth_failure",
    ("Priority Zero", "Received"): "pri_zero_rcvd",
    ("Priority Zero", "Sent"): "pri_zero_sent",
}


def parse_stats(text: str) -> tuple[VrrpStats, ...]:
    """Read the statistics, one :class:`VrrpStats` an instance, in the file's order.

    A counter that is missing (a build without authentication) stays 0. Raises ``ParseError``
    when no instance is in the text.
    """
    found: list[tuple[str, dict[str, int]]] = []
    section = ""
    for line in text.splitlines():
        label, colon, value = line[:_MAX_LINE].partition(":")
        indent = len(label) - len(label.lstrip())
        label, value = label.strip(), value.strip()
        if not colon:
            continue
        if label == "VRRP Instance":
            found.append((value, {}))
            section = ""
        elif not value:
            section = label
        else:
            name = _COUNTERS.get((section if indent > 2 else "", label))
            if name and found and value.isascii() and value.isdigit() and len(value) < 21:
                found[-1][1].setdefault(name, int(value))
    if not found:
        raise ParseError("The text is no statistics of keepalived.")
    return tuple(VrrpStats(instance, **counters) for instance, counters in found)
