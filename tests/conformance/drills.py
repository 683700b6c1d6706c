"""What a drill's commands say and leave on the nodes, meanwhile and afterwards."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from haconsole.inventory import load
from haconsole.procedures.engine import Run
from haconsole.transport.commands import Command
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.procedures.drill.console import ground_of, merged, planned

#: Drills at the same time that do not disturb one another: (scenario, target, where to look).
BATCHES: Mapping[str, Sequence[tuple[str, str | None, Sequence[str]]]] = {
    "services": (
        ("stop", "lb01", ["lb01"]),
        ("freeze", "lb02", ["lb02"]),
        ("backend-down", "web01", ["web01"]),
    ),
    "files": (("nginx-broken", "lb01", ["lb01"]), ("check-fail", "lb02", ["lb02"])),
    "elections": (("crash", "lb01", ["lb01"]), ("partition", None, ["lb01", "lb02"])),
    "switchover": (("switchover", "lb01", ["lb01", "lb02"]),),
    # Nobody gets to a node whose link is down, or that reboots.
    "away": (("link-down", "lb01", []), ("failback", "lb02", [])),
    "reboot": (("reboot", "lb01", []),),
}
LIMIT_S = 12.0
_LOOK = """
D=/var/lib/haconsole/drills/{id}; U=haconsole-undo-{id}
stat -c '%a %U' $D; ls -A $D; cut -d' ' -f1 $D/about
for p in Unit AccuracyUSec RemainAfterElapse LoadState ActiveState SubState Transient
do systemctl show -p $p $U.timer; done
for p in LoadState ActiveState SubState; do systemctl show -p $p $U.service; done
systemctl list-timers --all --no-legend $U.timer | wc -l
systemctl list-units --all --plain --no-legend "$U.*" | sed 's/  */ /g'
systemctl is-active $U.timer $U.service keepalived nginx
systemctl show -p Restart keepalived; ls /run/systemd/system/keepalived.service.d 2>&1
nft list table inet haconsole_drill 2>&1 | sed 's/packets [0-9]* bytes [0-9]*/N/; s/^ *//'
ls -A /etc/keepalived /etc/nginx | grep drill
nginx -t >/dev/null 2>&1; echo "nginx -t: $?"
for p in $(pgrep -x keepalived); do read -r line </proc/$p/stat; set -- ${{line##*)}}; echo $1; done
:
"""
Told = dict[str, list[str]]


def masked(text: str) -> str:
    """Leave out what is another every time: the clock, and the drill's id."""
    return re.sub(r"(@[a-z]+(?:-[a-z]+)?) [0-9.]+", r"\1 T", text)


async def told_by(inventory: Path) -> Told:
    """Run every drill, without a probe; returns each step's end and what was seen meanwhile."""
    door = Transport(load(inventory), prompter=NoPrompter(), writable=True)
    await door.start()
    found: Told = {}
    try:
        for batch in BATCHES:
            await _run(door, batch, found)
    finally:
        await door.close()
    return found


async def _run(door: Transport, batch: str, found: Told) -> None:
    ground = await ground_of(door, door.site.clusters[0])
    drills = [(one, f"c-{one[0]}") for one in BATCHES[batch]]
    plans = [
        planned(ground, scenario, target, drill_id, limit_s=LIMIT_S)
        for (scenario, target, _), drill_id in drills
    ]

    async def look() -> None:
        for (scenario, _, hosts), drill_id in drills:
            for host in hosts:
                script = _LOOK.format(id=drill_id)
                result = await door.run(host, Command("look", script, root=True))
                found[f"{scenario} on {host} meanwhile"] = result.stdout.splitlines()

    run = Run(door, merged(plans), holds={"observe": look})
    await run.execute()
    for step in run.plan.steps:
        stands = run.progress.of(step.id)
        # Who undoes what a node cannot be asked to is a matter of moments.
        said = [masked(line) for line in stands.output if not line.startswith("@undone-by")]
        found[step.id] = [stands.status.value, *said]


def main() -> None:
    """Record a real pair."""
    told = asyncio.run(told_by(Path(sys.argv[1])))
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (Path(__file__).parent / "drills.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
