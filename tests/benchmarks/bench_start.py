"""From nothing to the full picture of a pair, beside one ``ssh -J`` login, in the same run.

``python -m tests.benchmarks.bench_start [ROUNDS]`` (default 7)
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from haconsole.domain.model import Site
from haconsole.inventory import load
from haconsole.lab import api
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

GOAL = 1.5


def ssh_config(site: Site, folder: Path) -> Path:
    """Write what OpenSSH needs to go the same way."""
    bastion, lb01 = site.jumps[0].access, site.clusters[0].lbs[0].access
    config = folder / "config"
    common = (
        f"  User {lb01.user}\n  IdentityFile {lb01.identity_files[0]}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {lb01.known_hosts}\n  BatchMode yes\n  LogLevel ERROR\n"
    )
    config.write_text(
        f"Host bastion\n  HostName {bastion.address}\n  Port {bastion.port}\n{common}"
        f"Host lb01\n  HostName {lb01.address}\n  ProxyJump bastion\n{common}"
    )
    return config


def login(config: Path) -> float:
    """Log in through the jump host once, with OpenSSH; return the seconds."""
    began = time.perf_counter()
    subprocess.run(["ssh", "-F", str(config), "lb01", "true"], check=True)
    return time.perf_counter() - began


async def picture(site: Site) -> float:
    """Start to watch; return the seconds until every host was read and the VIP answered."""
    began = time.perf_counter()
    monitor = Monitor(Transport(site, prompter=NoPrompter()))
    whole = asyncio.Event()
    monitor.subscribe(lambda _, state: whole.set() if is_whole(state) else None)
    watching = asyncio.create_task(monitor.run())
    await asyncio.wait_for(whole.wait(), 30)
    took = time.perf_counter() - began
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    return took


def main(arguments: list[str]) -> None:
    """Measure both in turn and print."""
    rounds = int(arguments[0]) if arguments else 7
    lab = api.up("start")
    try:
        site = load(lab.inventory)
        with tempfile.TemporaryDirectory() as folder:
            config = ssh_config(site, Path(folder))
            login(config)
            asyncio.run(picture(site))
            logins, pictures = [], []
            for _ in range(rounds):
                logins.append(login(config))
                pictures.append(asyncio.run(picture(site)))
    finally:
        lab.down()
    one, whole = statistics.median(logins), statistics.median(pictures)
    print(f"one ssh -J login             median {one * 1000:6.0f} ms")
    print(f"full picture of the pair     median {whole * 1000:6.0f} ms  (5 hosts, imports apart)")
    print(f"ratio                        {whole / one:.2f}  (goal {GOAL})")


if __name__ == "__main__":
    main(sys.argv[1:])
