"""Demos in processes of their own, and ``haconsole drill`` on them: what an operator does."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from haconsole.commandline.drill import GOOD, VOID
from haconsole.inventory import load
from haconsole.transport.commands import Command
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

#: Prints whatever of a drill is on a node.
_LEFT = """
ls -A /var/lib/haconsole/drills /var/lib/haconsole/jobs 2>/dev/null
systemctl list-units --all --plain --no-legend 'haconsole-*'
ls -A /run/systemd/transient 2>/dev/null
ls -d /run/systemd/system/*.d 2>/dev/null
nft list tables | grep -v 'inet firewalld'
for f in /etc/keepalived/* /etc/nginx/*; do case $f in *haconsole-drill*) echo "$f" ;; esac; done
for d in /proc/[0-9]*; do
  read -r line <"$d/stat" && case ${line##*)} in " T "*) echo "stopped: $line" ;; esac
done 2>/dev/null
for u in keepalived nginx; do systemctl is-active -q $u || ! systemctl is-enabled -q $u || echo $u; done
:
"""


#: How often a drill is done until its measurement proves something.
TRIES = 3


@dataclass(frozen=True)
class Outcome:
    """How a drill ended: its exit status, what it printed, and the live lines.

    ``void``: why earlier measurements of it proved nothing, one entry each.
    """

    status: int
    told: dict[str, Any]
    said: str
    void: tuple[str, ...] = ()

    @property
    def story(self) -> str:
        """All that a failed test has to show; a string, which pytest does not cut."""
        told = self.told
        rows = [f"exit status {self.status}: {told.get('verdict')}"]
        rows += [f"  measured nothing: {why}" for why in self.void]
        rows += [f"  because {why}" for why in told.get("reasons", ())]
        for key in ("problem", "healthy", "predicted", "measured", "return", "probe", "clocks"):
            if key in told:
                rows.append(f"{key}: {json.dumps(told[key], ensure_ascii=False)}")
        report = self.said.rpartition("report: ")[2].strip()
        page = Path(report).read_text("utf-8") if report.endswith(".md") else ""
        return "\n".join([*rows, "", self.said, page])


@contextlib.contextmanager
def demo(*options: str) -> Iterator[Path]:
    """Serve hosts; yields their inventory. They end with us, however we do."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof"),
            *("--rate", "0", *options),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin and process.stdout
    try:
        yield Path(process.stdout.readline().strip())
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def drill(inventory: Path, state: Path, *words: str) -> Outcome:
    """Run ``haconsole drill``; again where a measurement proves nothing, as an operator would.

    How often that was needed is told in the outcome. The last try counts, whatever it is.
    """
    argv = [sys.executable, "-m", "haconsole", "drill", str(inventory), *words]
    void: list[str] = []
    while True:
        done = subprocess.run(
            [*argv, "--write", "--yes", "--yes", "--json"],
            capture_output=True,
            check=False,
            text=True,
            timeout=180,
            env={**os.environ, "XDG_STATE_HOME": str(state)},
        )
        told = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        if done.returncode != VOID or len(void) == TRIES - 1:
            return Outcome(done.returncode, told, done.stderr, tuple(void))
        void.append("; ".join(told.get("reasons", ["-"])))


async def left_on(inventory: Path) -> dict[str, str]:
    """What of drills is left on the nodes, by host."""
    door = Transport(load(inventory), prompter=NoPrompter())
    await door.start()
    found = {}
    try:
        cluster = door.site.clusters[0]
        for host in (*cluster.lbs, *cluster.webs):
            await door.wait_up(host.name)
            result = await door.run(host.name, Command("what is left", _LEFT, root=True))
            assert result.ok, result.stderr
            if result.stdout.strip():
                found[host.name] = result.stdout
    finally:
        await door.close()
    return found


def good(outcome: Outcome) -> bool:
    """Whether a drill showed what was predicted, and left the pair well."""
    return outcome.status == GOOD
