"""What a diagnosis reads beside the monitor, and its active evidence, on a healthy pair."""

from __future__ import annotations

from haconsole.domain.model import Host
from haconsole.domain.rules.finding import ActiveCheck
from haconsole.monitor.casework.consult import Consultation
from haconsole.monitor.casework.evidence import COUNTERS, ping_command, wire_command
from haconsole.monitor.casework.extras import Around, Extras, understand
from haconsole.monitor.casework.questions import questions
from haconsole.monitor.sections import compose, split
from haconsole.parsers.keepalived_stats import parse_stats
from haconsole.parsers.tcpdump import parse_adverts
from haconsole.transport.commands import Command, Result

from .answers import script_of
from .worlds import Watched

#: What demo and lab both have to answer.
EXPECTED = {
    "lb01 reading": (
        "conf /etc/keepalived/keepalived.conf VI_1 vrid 50 prio 150; "
        "script /etc/keepalived/check_nginx.sh 755 root:root loops:False user keepalived_script:True loose:''; "
        "daemons 1; log True; nginx True backends 10.0.0.51 10.0.0.52; errors 0; "
        "at boot allowed; nonlocal False; drift 0; disks True; uptime True; denials 0; missing 0"
    ),
    "web01 reading": (
        "conf none; daemons none; log False; nginx True backends ; errors none; at boot none; "
        "nonlocal None; drift 0; disks True; uptime True; denials none; missing 0"
    ),
    "lb01 wire": "10.0.0.10 → 224.0.0.18 v2 vrid 50 prio 150 none every 1.0 10.0.0.100",
    "lb02 wire": "10.0.0.10 → 224.0.0.18 v2 vrid 50 prio 150 none every 1.0 10.0.0.100",
    "lb01 counters": "VI_1 sent:True errors:False",
    "lb02 counters": "VI_1 received:True errors:False",
    "web01 ping lb01": "0",
    "web01 ping nobody": "1",
    "causes": "",
}


async def take_evidence(case: Watched) -> dict[str, str]:
    """Ask everything that a diagnosis asks; returns what the answers mean."""
    (cluster,) = case.watch.state.site.clusters
    hosts = {host.name: host for host in cluster.hosts}
    told: dict[str, str] = {}
    for name in ("lb01", "web01"):
        told[f"{name} reading"] = await _read(case, hosts[name])
    for name in ("lb01", "lb02"):
        result = await _run(case, name, wire_command("eth0", 2.5))
        adverts = {
            f"{a.source} → {a.destination} v{a.version} vrid {a.vrid} prio {a.priority} {a.auth} "
            f"every {a.interval_s} {' '.join(a.addresses)}"
            for a in parse_adverts(result.stdout)
        }
        told[f"{name} wire"] = ", ".join(sorted(adverts))
        result = await _run(case, name, COUNTERS)
        (counters,) = parse_stats(result.stdout)
        # What the other way round was counted is a matter of the past.
        does = (
            f"sent:{counters.advert_sent > 0}"
            if name == "lb01"
            else f"received:{counters.advert_rcvd > 0}"
        )
        told[f"{name} counters"] = f"{counters.instance} {does} errors:{counters.errors > 0}"
    for whom, address in (("lb01", "10.0.0.10"), ("nobody", "10.0.0.222")):
        result = await _run(case, "web01", ping_command(address))
        told[f"web01 ping {whom}"] = result.stdout.splitlines()[0]
    consultation = Consultation(case.watch.monitor, case.watch.door, cluster)
    found = await consultation.examine()
    assert ActiveCheck.REQUESTS not in found.wants
    told["causes"] = ", ".join(one.cause for one in found.findings)
    return told


async def _run(case: Watched, host: str, command: Command) -> Result:
    case.sent.add((command.name, script_of(command.script)))
    return await case.watch.door.run(host, command)


async def _read(case: Watched, host: Host) -> str:
    script, nonce = compose(questions(host.role))
    result = await _run(case, host.name, Command("diagnosis", script, root=True))
    around = Around(host.name, None, "eth0", ("10.0.0.10", "10.0.0.11"))
    return _meaning(understand(split(result.stdout, nonce), result.started_at, around))


def _meaning(read: Extras) -> str:
    said = ["conf none"]
    if read.conf:
        one = read.conf.value.instances[0]
        said = [f"conf {read.conf.value.file} {one.name} vrid {one.vrid} prio {one.priority}"]
    said += [
        f"script {s.path} {s.mode:o} {s.owner} loops:{s.loops} user {s.user}:{s.user_exists} "
        f"loose:{s.parents_writable!r}"
        for s in (read.scripts.value if read.scripts else ())
    ]
    pids = {one.pid for one in read.processes.value} if read.processes else set()
    parents = [p for p in (read.processes.value if read.processes else ()) if p.parent not in pids]
    backends = " ".join(
        server.address
        for upstream in (read.nginx_conf.value.upstreams if read.nginx_conf else ())
        for server in upstream.servers
    )
    said += [
        f"daemons {len(parents) if read.processes else 'none'}",
        f"log {bool(read.log and read.log.value)}",
        f"nginx {read.nginx_test.value.ok if read.nginx_test else None} backends {backends}",
        f"errors {len(read.nginx_errors.value.backends) if read.nginx_errors else 'none'}",
        f"at boot {read.firewall_at_boot.value.vrrp.value if read.firewall_at_boot else 'none'}",
        f"nonlocal {read.nonlocal_bind.value if read.nonlocal_bind else None}",
        f"drift {len(read.drift.value) if read.drift else 'none'}",
        f"disks {bool(read.disks and read.disks.value)}",
        f"uptime {bool(read.uptime_s)}",
        f"denials {len(read.denials.value) if read.denials else 'none'}",
        f"missing {len(read.missing)}",
    ]
    return "; ".join(said)
