"""A ready pair's files, from the recipes that the console's own wizards use.

The lab writes them before its hosts boot, and the demo's hosts begin with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from haconsole.procedures import paths
from haconsole.procedures.recipes import nginx, units
from haconsole.procedures.recipes.check import Asker, check_script
from haconsole.procedures.recipes.keepalived import keepalived_conf as conf_of
from haconsole.procedures.recipes.pair import LbSettings, PairSettings, VipSettings, VrrpState

from .topology import INTERFACE, LBS, VIP, VRID, WEBS, Node, Part

KEEPALIVED_CONF = paths.KEEPALIVED_CONF
BALANCER_CONF = paths.SERVER_CONF
ZONE = "/etc/firewalld/zones/public.xml"
#: The rich rule that lets VRRP in, as ``firewall-cmd`` takes it.
VRRP_RULE = 'rule protocol value="vrrp" accept'


@dataclass(frozen=True, slots=True)
class File:
    """A file on a host; owned by root."""

    path: str
    text: str
    mode: int = 0o644


def pair_settings(
    *,
    vrid: int = VRID,
    advert_int: int = 1,
    vips: Sequence[str] = (VIP,),
    password: str | None = None,
) -> PairSettings:
    """Return what the ready pair shares; the arguments are what a mismatch changes."""
    states = {LBS[0]: VrrpState.MASTER}
    return PairSettings(
        lbs=tuple(
            LbSettings(node.name, states.get(node, VrrpState.BACKUP), node.priority, INTERFACE)
            for node in LBS
        ),
        vips=tuple(VipSettings(vip) for vip in vips),
        vrid=vrid,
        advert_int_s=advert_int,
        password=password,
    )


def keepalived_conf(
    node: Node,
    *,
    vrid: int = VRID,
    advert_int: int = 1,
    vips: Sequence[str] = (VIP,),
    password: str | None = None,
) -> str:
    """Return an LB's keepalived.conf; the arguments are what a mismatch changes."""
    settings = pair_settings(vrid=vrid, advert_int=advert_int, vips=vips, password=password)
    return conf_of(settings, node.name)


def service_files(node: Node) -> list[File]:
    """Return the configuration of a ready host's services."""
    if node.part not in (Part.LB, Part.WEB):
        return []
    zone = File(ZONE, zone_xml(vrrp=node.part is Part.LB))
    restart = File(paths.NGINX_RESTART, units.nginx_restart())
    if node.part is Part.WEB:
        return [
            zone,
            File(paths.SERVER_CONF, nginx.web_conf(nginx.WebSettings())),
            File(paths.INDEX_PAGE, nginx.first_page(node.name)),
            restart,
        ]
    backends = tuple(web.address for web in WEBS)
    return [
        zone,
        File(paths.KEEPALIVED_CONF, keepalived_conf(node)),
        File(paths.CHECK_SCRIPT, check_script(Asker.CURL), 0o755),
        # RHEL's default: say in the journal what is received and why it is refused.
        File(paths.KEEPALIVED_DEFAULT, 'DAEMON_ARGS="-D"\n'),
        File(paths.KEEPALIVED_SYSCONFIG, 'KEEPALIVED_OPTIONS="-D"\n'),
        File(paths.SERVER_CONF, nginx.balancer_conf(nginx.BalancerSettings(backends))),
        File(paths.KEEPALIVED_ORDER, units.keepalived_order()),
        File(paths.HEALTH_CONF, nginx.health_conf()),
        File(paths.LOG_CONF, nginx.log_conf()),
        restart,
    ]


def zone_xml(*, http: bool = True, vrrp: bool = False) -> str:
    """Return firewalld's public zone: ssh, and what else is let in."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<zone>",
        "  <short>Public</short>",
        '  <service name="ssh"/>',
        '  <service name="dhcpv6-client"/>',
    ]
    if http:
        lines.append('  <service name="http"/>')
    if vrrp:
        lines += ["  <rule>", '    <protocol value="vrrp"/>', "    <accept/>", "  </rule>"]
    return "\n".join([*lines, "  <forward/>", "</zone>", ""])
