"""The JSON that keepalived writes on SIGJSON (``/tmp/keepalived.json``): instances, counters.

Version 1 is a list of ``{data, stats}``, one an instance; version 2 (``json_version 2``, since
2.2.8) an object whose ``vrrp`` is that list. Scripts' states are in neither. ``auth_data`` is
the password in clear before 2.4: it is never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from haconsole.domain.daemon import Instance, VrrpState
from haconsole.domain.stats import COUNTERS, VrrpStats

from . import jsontext
from .errors import ParseError

#: keepalived's numbers (``vrrp.h``).
_STATES = (VrrpState.INIT, VrrpState.BACKUP, VrrpState.MASTER, VrrpState.FAULT)
#: ``VRRP_AUTH_*`` (``vrrp.h``), named as the text dump names them.
_AUTH_TYPES = {0: "none", 1: "SIMPLE_PASSWORD", 2: "IPSEC_AH"}


@dataclass(frozen=True, slots=True)
class JsonReading:
    """What a JSON dump says. ``version``: of the JSON, 1 or 2."""

    instances: tuple[Instance, ...]
    stats: tuple[VrrpStats, ...]
    version: int = 1


def parse_json(text: str) -> JsonReading:
    """Read a JSON dump. An instance without a name or a known state is left out.

    Raises ``ParseError`` when the text is not JSON (a dump that is still being written is cut
    off, before 2.3's atomic rename), or no dump. An empty list is a daemon without VRRP.
    """
    value = jsontext.load(text, "keepalived's JSON dump")
    version = 1
    if jsontext.is_object(value):
        value, version = value.get("vrrp"), 2
    if not isinstance(value, list):
        raise ParseError("The JSON is no dump of keepalived.")
    instances: list[Instance] = []
    stats: list[VrrpStats] = []
    for entry in jsontext.objects(value):
        data, counters = entry.get("data"), entry.get("stats")
        instance = _instance(data) if jsontext.is_object(data) else None
        if instance is None:
            continue
        instances.append(instance)
        if jsontext.is_object(counters):
            known = {name: jsontext.int_of(counters, name) or 0 for name in COUNTERS}
            stats.append(VrrpStats(instance.name, **known))
    return JsonReading(tuple(instances), tuple(stats), version)


def _instance(data: dict[str, object]) -> Instance | None:
    name, number = jsontext.text_of(data, "iname"), jsontext.int_of(data, "state")
    if name is None or number is None or not 0 <= number < len(_STATES):
        return None
    nopreempt = data.get("nopreempt")
    version = jsontext.int_of(data, "version")
    # VRRPv3 has no authentication (RFC 5798, 5.2): its 0 says nothing.
    auth = None if version == 3 else jsontext.int_of(data, "auth_type")
    # A master's value is a left-over of the time when it was a backup.
    master = jsontext.int_of(data, "master_priority") if number == 1 else None
    return Instance(
        name=name,
        state=_STATES[number],
        interface=jsontext.text_of(data, "ifp_ifname"),
        vrid=jsontext.int_of(data, "vrid"),
        version=version,
        base_priority=jsontext.int_of(data, "base_priority"),
        effective_priority=jsontext.int_of(data, "effective_priority"),
        advert_int_s=jsontext.number_of(data, "adver_int"),
        last_transition=jsontext.number_of(data, "last_transition") or None,
        vips=(*_vips(data.get("vips")), *_vips(data.get("evips"))),
        master_priority=master or None,
        nopreempt=nopreempt if isinstance(nopreempt, bool) else None,
        auth_type=None if auth is None else _AUTH_TYPES.get(auth),
    )


def _vips(value: object) -> Iterator[str]:
    """``10.0.0.100/24 dev eth0 scope global label eth0:vip set`` → ``10.0.0.100``."""
    for entry in value if isinstance(value, list) else ():
        if not isinstance(entry, str):
            continue
        try:
            yield str(ip_address(entry.strip().partition(" ")[0].partition("/")[0]))
        except ValueError:
            continue
