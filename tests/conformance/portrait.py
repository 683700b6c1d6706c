"""What the console says of a cluster, without what differs by nature: times, loads, ids."""

from __future__ import annotations

from typing import Any

from haconsole.commandline.report import document
from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Role
from tests.live.watching import Watch

Portrait = dict[str, str]


def portrait(watch: Watch) -> Portrait:
    """Return one line for the whole, one for each jump host and one for each host."""
    told: Any = document(watch.state, watch.monitor.now())
    (cluster,) = told["clusters"]
    lines = {"verdict": " ".join([told["verdict"], *map(_vip, cluster["vips"])])}
    lines |= {jump["name"]: jump["link"] for jump in told["jumps"]}
    return lines | {host["name"]: _host(watch, host) for host in cluster["hosts"]}


def _vip(vip: Any) -> str:
    ghosts = f" ghosts:{','.join(vip['ghosts'])}" if vip["ghosts"] else ""
    return f"{vip['address']} {vip['verdict']}:{','.join(vip['owners'])}{ghosts}"


def _host(watch: Watch, host: Any) -> str:
    said = [host["link"], f"nginx:{host['nginx']['state']}"]
    known = watch.host(host["name"])
    if host["role"] == Role.LB.value:
        keepalived = host["keepalived"]
        said.append(
            f"keepalived:{keepalived['state']} {keepalived['base_priority']}"
            f"→{keepalived['effective_priority']}"
        )
        said += [f"{check['name']}:{check['status']}" for check in keepalived["checks"]]
        said.append(f"vrrp:{keepalived['vrrp_in_firewall']}")
        # Whose turn it is after an interruption depends on who came back first.
        if known.link.status is LinkStatus.UP:
            said.append(f"hits:{known.hits.value} upstream:{known.hits_upstream}")
    return " ".join(said)
