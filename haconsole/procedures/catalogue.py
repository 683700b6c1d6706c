"""Every procedure by name; each is imported when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from haconsole.domain.model import Cluster, Site
from haconsole.domain.notes import Note, note
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import ClusterFacts
from haconsole.procedures.form import Answers, Form
from haconsole.procedures.plan import Plan


@dataclass(frozen=True, slots=True)
class Ground:
    """What a procedure is planned on."""

    site: Site
    cluster: Cluster
    facts: ClusterFacts


class Procedure(Protocol):
    """One wizard. Modules of the catalogue define ``form`` and ``plan`` with these shapes."""

    def form(self, ground: Ground) -> Form:
        """Return the questions, with defaults from what was found. Pure."""
        ...

    def plan(self, ground: Ground, answers: Answers) -> Plan:
        """Return the plan for all answers (``Form.fill``). Pure; raises ``ProcedureError``."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A procedure's name and what it is for. ``module`` holds its ``form`` and ``plan``.

    ``repositories``: its questions want to know what the package managers offer. ``health``: they
    want to know how well each LB serves.
    """

    name: str
    title: Note
    about: Note
    module: str
    repositories: bool = False
    health: bool = False

    def load(self) -> Procedure:
        """Import it."""
        module: Procedure = import_module(self.module)
        return module


_HERE = "haconsole.procedures"
ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            "build-pair",
            note("Build the whole pair"),
            note("From bare hosts to one VIP owner: everything below, in order."),
            f"{_HERE}.build_pair",
            repositories=True,
        ),
        Entry(
            "install-keepalived",
            note("Install keepalived"),
            note("By the package manager, or built from source."),
            f"{_HERE}.install.keepalived",
            repositories=True,
        ),
        Entry(
            "install-nginx",
            note("Install nginx"),
            note("By the package manager, on LBs and web nodes."),
            f"{_HERE}.install.nginx",
            repositories=True,
        ),
        Entry(
            "configure-balancer",
            note("Configure the balancer"),
            note("nginx on the LBs: upstreams, failure limits, the log that the hit log wants."),
            f"{_HERE}.configure.balancer",
        ),
        Entry(
            "configure-web",
            note("Configure the web nodes"),
            note("nginx on the web nodes: the site's root and its first page."),
            f"{_HERE}.configure.web",
        ),
        Entry(
            "install-check",
            note("Install the health check"),
            note("What keepalived asks about nginx, and what a bad answer costs."),
            f"{_HERE}.configure.check",
        ),
        Entry(
            "configure-pair",
            note("Configure the pair"),
            note("keepalived.conf of every LB: VRID, priorities, VIPs, adverts, check."),
            f"{_HERE}.configure.pair",
        ),
        Entry(
            "allow-vrrp",
            note("Let VRRP and HTTP through the firewall"),
            note("firewalld, nftables or iptables, now and after a reboot."),
            f"{_HERE}.configure.firewall",
        ),
        Entry(
            "remove",
            note("Take everything back"),
            note("Services, files and packages that this tool brought: as it was before."),
            f"{_HERE}.remove",
        ),
        Entry(
            "restore",
            note("Restore an earlier file"),
            note("Any earlier version of a file that this tool manages."),
            f"{_HERE}.restore",
        ),
        Entry(
            "recover-split-brain",
            note("Recover from split brain"),
            note("One survivor, the cause removed, one owner proven from four sides."),
            f"{_HERE}.recover.split_brain",
            health=True,
        ),
        Entry(
            "recover-ghost-vip",
            note("Remove a ghost VIP"),
            note("An address that a dead keepalived left behind."),
            f"{_HERE}.recover.ghost_vip",
        ),
        Entry(
            "recover-no-owner",
            note("Get an owner for the VIP"),
            note("Link, nginx and keepalived, on the best LB first."),
            f"{_HERE}.recover.no_owner",
            health=True,
        ),
        Entry(
            "recover-stale-arp",
            note("Correct stale ARP"),
            note("The owner tells everybody its MAC, now and every minute."),
            f"{_HERE}.recover.stale_arp",
        ),
        Entry(
            "fix-mismatch",
            note("Make the pair's settings match"),
            note("VRID, authentication, advert_int, version, VIPs, equal priorities."),
            f"{_HERE}.recover.mismatch",
            health=True,
        ),
        Entry(
            "restart-nginx",
            note("Restart nginx"),
            note("Its configuration is tested before anything stops."),
            f"{_HERE}.recover.nginx",
        ),
        Entry(
            "drain",
            note("Take a host out for maintenance"),
            note("An LB gives the VIP up, a web node gets no more requests."),
            f"{_HERE}.recover.drain",
        ),
        Entry(
            "bring-back",
            note("Bring a host back"),
            note("What drain took out takes part again."),
            f"{_HERE}.recover.bring_back",
        ),
        Entry(
            "install-detector",
            note("Install the detector"),
            note("On the LBs and a third host: who owns the VIP by ARP, told in the journal."),
            f"{_HERE}.detector.install",
        ),
    )
}


def entry(name: str) -> Entry:
    """Return a procedure's entry; ``ProcedureError`` names the nearest one."""
    from difflib import get_close_matches

    from haconsole.words import t

    if name in ENTRIES:
        return ENTRIES[name]
    near = get_close_matches(name, ENTRIES, 1)
    hint = t(" Did you mean {name}?", name=near[0]) if near else ""
    raise ProcedureError(
        t("There is no procedure {name}.{hint} There are: {names}.", name=name, hint=hint,
          names=", ".join(ENTRIES))
    )  # fmt: skip
