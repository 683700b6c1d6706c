"""Asking a node's firewall what it does to VRRP; only when its rules have changed.

The kernel's rules decide (``nft``, ``iptables``) and cost milliseconds; ``firewall-cmd`` is a
Python program that costs a third of a second, so it is asked only where they cannot be read.
"""

from __future__ import annotations

from haconsole.domain.facts import Firewall
from haconsole.domain.model import Cluster, Host
from haconsole.domain.state import State
from haconsole.parsers.errors import ParseError
from haconsole.parsers.firewall import parse_firewall
from haconsole.transport.commands import Command, Result
from haconsole.words import t

from .sections import compose, split

#: Prints a fingerprint of the rules in force; -s leaves out counters, which move without a change.
FINGERPRINT = "{ nft -s list ruleset || iptables -S; } 2>/dev/null | cksum"
_ZONE = """nft list ruleset >/dev/null 2>&1 || iptables -S >/dev/null 2>&1 ||
firewall-cmd --list-all"""


class FirewallReader:
    """Reads one node's firewall; remembers the fingerprint of the rules it last read."""

    def __init__(self, host: Host, cluster: Cluster) -> None:
        self._interface = next((vip.interface for vip in cluster.vips if vip.interface), "")
        self._peers = {lb.name: lb.address for lb in cluster.lbs if lb is not host}
        self._seen: str | None = None
        questions = {
            "firewalld": "systemctl is-active firewalld || :",
            "nft": "nft list ruleset",
            "iptables": "nft list ruleset >/dev/null 2>&1 || iptables -S",
            "zone": _ZONE,
        }
        script, self._nonce = compose(questions)
        self.command = Command(name="firewall rules", script=script, root=True)

    def changed(self, fingerprint: str) -> bool:
        """Whether the rules may be others than those last understood.

        Without a fingerprint (``""``: the node has no ``cksum``) nobody can tell, so they may.
        """
        return not fingerprint or fingerprint != self._seen

    def understand(self, result: Result, fingerprint: str, known: State) -> Firewall:
        """Return what the firewall does; raises ``ParseError`` when nothing could be read.

        ``known`` tells the peers' addresses on the VIPs' interface, from which their adverts
        come; the address by which SSH reaches a peer may be another one.
        """
        sections = split(result.stdout, self._nonce)
        texts = {
            name: section.text if section.problem is None else ""
            for name, section in sections.items()
        }
        if len(texts) < 4 or not any(
            sections[name].problem is None for name in ("nft", "iptables", "zone")
        ):
            raise ParseError(t("neither nft, iptables nor firewall-cmd could be asked"))
        running = texts["firewalld"].strip() == "active"
        firewall = parse_firewall(
            firewalld="running" if running else "",
            zone=texts["zone"],
            nft=texts["nft"],
            iptables=texts["iptables"],
            interface=self._interface or "",
            peers=[a for peer in self._peers for a in self._adverts_from(known, peer)],
        )
        self._seen = fingerprint
        return firewall

    def _adverts_from(self, known: State, peer: str) -> list[str]:
        addresses = known.host(peer).addresses.value or ()
        there = [
            a.address for a in addresses if a.interface == self._interface and "." in a.address
        ]
        vips = {vip.address for cluster in known.site.clusters for vip in cluster.vips}
        return [address for address in there if address not in vips] or [self._peers[peer]]
