"""A shell inside the console: key → its echo on the screen, and what a flood costs.

Key → echo is measured at the outside of a real terminal, in the console and beside it in plain
``ssh`` through the same jump host. Then ``yes`` runs in the shell: the console's CPU is read from
the kernel with the shell on show and behind another screen, and Ctrl+] and Ctrl-C are timed.

``python -m tests.benchmarks.bench_terminal [INVENTORY]`` (default: a demo's hosts)
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from haconsole.domain.model import Site
from haconsole.inventory import load
from tests.support.terminal import Terminal

KEYS, FLOOD_S = 120, 4.0
GOAL_S, GOAL_FLOOD_PERCENT, GOAL_BACK_S = 0.05, 60.0, 0.5


@contextlib.contextmanager
def hosts() -> Iterator[Path]:
    """Serve a demo's hosts in a process of their own."""
    words = ["-m", "haconsole", "demo", "--hosts-only", "--until-eof", "--rate", "0"]
    with subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Path(process.stdout.readline().strip())
        process.stdin.close()


def echoes(terminal: Terminal) -> list[float]:
    """Type letters one by one; return the seconds until each was on the screen."""
    took = []
    for number in range(KEYS):
        letter = "abcdefghij"[number % 10]
        count = terminal.text.count(letter * 1)
        began = time.monotonic()
        terminal.type(letter)
        while terminal.text.count(letter) <= count:
            if time.monotonic() - began > 5:
                raise AssertionError(f"{letter!r} is not echoed:\n{terminal.text}")
            time.sleep(0.001)
        took.append(time.monotonic() - began)
        time.sleep(0.03)
    terminal.type("\x15")
    return took


def said(name: str, took: list[float]) -> None:
    """Print a row."""
    took = sorted(took)
    p95 = took[int(len(took) * 0.95)]
    print(f"{name:34} p50 {statistics.median(took) * 1000:6.1f} ms   p95 {p95 * 1000:6.1f} ms")


def cpu_s(terminal: Terminal) -> float:
    """Return the CPU seconds that the program behind a terminal has taken."""
    fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load_percent(terminal: Terminal) -> float:
    """Return the share of a core that it takes now."""
    before, began = cpu_s(terminal), time.monotonic()
    time.sleep(FLOOD_S)
    return 100 * (cpu_s(terminal) - before) / (time.monotonic() - began)


def plain_ssh(site: Site) -> list[str]:
    """Return ssh's words for lb01 through the jump host, with the same key."""
    lb, jump = site.host("lb01").access, site.jumps[0].access
    key = str(lb.identity_files[0])
    common = f"-F none -i {key} -o UserKnownHostsFile={lb.known_hosts} -o ControlPath=none"
    way = f"ssh {common} -p {jump.port} -W %h:%p {jump.user}@{jump.address}"
    return ["ssh", "-tt", *common.split(), "-o", f"ProxyCommand={way}", f"{lb.user}@{lb.address}"]


def console(inventory: Path) -> None:
    """Measure the console's."""
    terminal = Terminal.console(str(inventory), "--write", "--no-record", size=(100, 30))
    try:
        terminal.until("SERVING", 60)
        terminal.type("2")
        terminal.until("overview")
        terminal.type("t")
        terminal.until(r"root@lb01")
        said("key → echo, the console", echoes(terminal))
        idle = load_percent(terminal)
        terminal.type("yes\r")
        terminal.until(r"^y *$\n^y *$")
        flood = load_percent(terminal)
        began = time.monotonic()
        terminal.type("\x1d")
        terminal.until("overview")
        back = time.monotonic() - began
        hidden = load_percent(terminal)
        terminal.type("t")
        terminal.until(r"^y *$\n^y *$")
        began = time.monotonic()
        terminal.type("\x03")
        terminal.until(r"\^C[^$]*root@lb01", 60)
        ended = time.monotonic() - began
        print(
            f"{'CPU of the console':34} idle {idle:.1f} %   a flood on show {flood:.1f} %   "
            f"behind another screen {hidden:.1f} %   (goal ≤ {GOAL_FLOOD_PERCENT:g} %)"
        )
        print(f"{'in the flood':34} Ctrl+] → console {back:.3f} s (goal ≤ {GOAL_BACK_S:g} s)   "
              f"Ctrl-C → prompt {ended:.2f} s")  # fmt: skip
    finally:
        terminal.close()


def main(inventory: Path) -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        alone = Terminal(plain_ssh(load(inventory)), size=(100, 28))
        try:
            alone.until(r"[#$] *$", 30)
            said("key → echo, plain ssh", echoes(alone))
        finally:
            alone.close()
        console(inventory)
        print(f"goal: key → echo p95 ≤ {GOAL_S * 1000:g} ms over what ssh takes")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with hosts() as served:
            main(served)
