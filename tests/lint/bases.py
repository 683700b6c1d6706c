"""Good pairs, as the wizards write them, to be broken."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.lint.findings import Finding
from haconsole.domain.lint.lint import Report, lint
from haconsole.domain.lint.source import Source
from haconsole.parsers.conf.reading import MemoryFiles, Reading
from haconsole.parsers.keepalived_conf import extract, parse_conf
from haconsole.parsers.keepalived_version import Version
from haconsole.procedures.recipes.keepalived import keepalived_conf
from haconsole.procedures.recipes.pair import (
    CheckSettings,
    LbSettings,
    PairSettings,
    VipSettings,
    VrrpState,
)

HOSTS = ("lb01", "lb02")
_LB01 = LbSettings("lb01", VrrpState.MASTER, 150, "eth0", "", "10.0.0.10", "2001:db8::10")
_LB02 = LbSettings("lb02", VrrpState.BACKUP, 100, "eth0", "", "10.0.0.11", "2001:db8::11")
_PAIR = PairSettings((_LB01, _LB02), (VipSettings("10.0.0.100"), VipSettings("10.0.0.101")), 50)
PAIRS = {
    "fault": _PAIR,
    "weight": replace(_PAIR, password="s3cret", check=CheckSettings(weight=-60)),
    "added": replace(_PAIR, check=CheckSettings(weight=60)),
    "unicast-v3": replace(
        _PAIR, unicast=True, version=3, advert_int_s=0.2, vips=(VipSettings("10.0.0.100", 24),)
    ),
    "six": replace(_PAIR, vips=(VipSettings("10.0.0.100", 24), VipSettings("2001:db8::100", 64))),
    "nopreempt": replace(_PAIR, preempt=False, lbs=(replace(_LB01, state=VrrpState.BACKUP), _LB02)),
}
#: Pair → host → its file.
TEXTS = {
    name: {host: keepalived_conf(pair, host) for host in HOSTS} for name, pair in PAIRS.items()
}


def source(
    text: str,
    host: str = "lb01",
    version: str | None = None,
    files: dict[str, str] | None = None,
    scripts: dict[str, str] | None = None,
) -> Source:
    daemon = Version(*map(int, version.split("."))) if version else None
    reading = Reading(host, daemon, MemoryFiles(files or {}))
    tree = parse_conf(text, f"{host}.conf", reading)
    return Source(host, extract(tree), tree.statements, tree.problems, daemon, scripts or {})


def judged(*texts: str, version: str | None = None) -> Report:
    """Several texts as lb01, lb02, …"""
    return lint([source(text, f"lb{at:02}", version) for at, text in enumerate(texts, 1)])


def rules(findings: tuple[Finding, ...]) -> set[str]:
    return {one.rule for one in findings}
