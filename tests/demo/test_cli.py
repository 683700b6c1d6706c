"""``haconsole demo`` as a person has it: hosts, console, faults, and nothing left of any of it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.support.waiting import processes

HOSTS = [sys.executable, "-m", "haconsole", "demo", "--hosts-only"]


def until(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Hosts:
    """``haconsole demo --hosts-only`` in a temporary folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.process = subprocess.Popen(
            [*HOSTS, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )
        assert self.process.stdout
        self.inventory = Path(self.process.stdout.readline().strip())
        assert self.inventory.is_file(), self.process.communicate()
        self.port = int(self.inventory.read_text().partition("port: ")[2].partition("}")[0])

    def ask(self, order: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def ended(self) -> tuple[int, str]:
        """Wait for its end, see that nothing is left; return its status and last words."""
        out, err = self.process.communicate(timeout=10)
        assert not listens(self.port)
        assert list(self.folder.iterdir()) == []
        return self.process.returncode, out + err


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Hosts]]:
    begun: list[Hosts] = []

    def hosts(*options: str) -> Hosts:
        begun.append(Hosts(tmp_path / f"demo{len(begun)}", *options))
        return begun[-1]

    yield hosts
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def verdict(inventory: Path) -> tuple[str, list[str]]:
    argv = [sys.executable, "-m", "haconsole", "status", str(inventory), "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    vip = json.loads(done.stdout)["clusters"][0]["vips"][0]
    return vip["verdict"], vip["owners"]


def test_the_first_line_is_the_inventory_and_two_demos_stand_side_by_side(
    start: Callable[..., Hosts],
) -> None:
    one, two = start(), start("--scenario", "stop")
    assert one.inventory.is_absolute()
    assert one.port != two.port
    assert verdict(one.inventory) == ("owned", ["lb01"])
    until(lambda: verdict(two.inventory) == ("owned", ["lb02"]))
    assert verdict(one.inventory) == ("owned", ["lb01"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_nothing_is_left(start: Callable[..., Hosts], number: int) -> None:
    hosts = start()
    hosts.process.send_signal(number)
    assert hosts.ended() == (0, "")


@pytest.mark.parametrize("number", [None, signal.SIGTERM])
def test_hosts_of_a_console_end_with_it(start: Callable[..., Hosts], number: int | None) -> None:
    hosts = start("--until-eof")
    if number is not None:  # with its orders still open
        hosts.process.send_signal(number)
        hosts.process.wait(10)
    assert hosts.ended() == (0, "")


def test_orders_are_answered_in_a_line_each(start: Callable[..., Hosts]) -> None:
    hosts = start("--until-eof")
    assert hosts.ask("fault crsh") == "error There is no fault 'crsh'; did you mean 'crash'?"
    assert hosts.ask("fault crash bastion").startswith("error The fault 'crash' cannot be made on")
    assert hosts.ask("dance") == "error The demo does not know the order 'dance'."
    assert hosts.ask("fault stop lb01") == "ok stop on lb01: made."
    until(lambda: verdict(hosts.inventory) == ("owned", ["lb02"]))
    assert hosts.ask("heal") == "ok The demo is healthy."
    assert verdict(hosts.inventory) == ("owned", ["lb01"])


def test_the_end_of_orders_interrupts_a_healing(start: Callable[..., Hosts]) -> None:
    hosts = start("--until-eof")
    assert hosts.ask("fault crash") == "ok crash on lb01: made."
    assert hosts.process.stdin
    hosts.process.stdin.write("heal\n")
    began = time.monotonic()
    assert hosts.ended() == (0, "")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scenario", "crsh"), "haconsole: There is no fault 'crsh'; did you mean 'crash'?\n"),
        (
            ("--state", "fresh", "--scenario", "stop"),
            "haconsole: --scenario makes a fault in a pair that works: not in a fresh one.\n",
        ),
        (
            ("--state", "fresh", "--flaw", "no-check"),
            "haconsole: --flaw is about a pair that is configured: a fresh one is not.\n",
        ),
        (("--rate", "-1"), "haconsole: --rate -1.0: 0 to 1000 requests a second.\n"),
    ],
)
def test_bad_use_is_one_sentence(options: tuple[str, ...], said: str) -> None:
    done = subprocess.run([*HOSTS, *options], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_a_console_without_a_terminal_is_one_sentence() -> None:
    done = subprocess.run(HOSTS[:-1], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("haconsole: The demo's console needs a terminal;")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    terminal = Terminal.console("demo")
    yield terminal
    terminal.close()


def children(parent: int) -> list[int]:
    return [
        pid for pid in processes("--until-eof") if f"PPid:\t{parent}\n" in status_of(pid)
    ]  # fmt: skip


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""


def choose(terminal: Terminal, words: str, shown: str) -> None:
    """Choose a row of the palette."""
    terminal.type(":")
    terminal.until("Search for commands|Search")
    terminal.type(words)
    terminal.until(shown)
    terminal.type("\r\r")  # a second Enter hurts nobody


def gone(tmp_path: Path, pid: int) -> bool:
    return not status_of(pid) and not list(tmp_path.glob("haconsole-demo-*"))


def test_the_console_makes_a_fault_and_heals_it(console: Terminal, tmp_path: Path) -> None:
    console.until(r"\bSERVING\b")
    console.until("Try +: fault crash")
    [hosts] = children(console.process.pid)
    choose(console, "fault crash", "fault: crash on lb01")
    console.until("GHOST VIP|SPLIT BRAIN")
    choose(console, "heal", "Undo every fault")
    console.until("The demo is healthy", 40)
    console.until(r"[^T] SERVING\b(?!,)", 30)
    assert not re.search("GHOST VIP|SPLIT BRAIN", "\n".join(console.lines[:5]))
    console.type("q")
    assert console.process.wait(10) == 0
    assert gone(tmp_path, hosts)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_console(console: Terminal, tmp_path: Path, number: int) -> None:
    console.until(r"\bSERVING\b")
    [hosts] = children(console.process.pid)
    console.process.send_signal(number)
    console.process.wait(10)
    until(lambda: gone(tmp_path, hosts))
    assert "Traceback" not in console.text


@pytest.mark.parametrize("family", ["apt", "yum"])
def test_fresh_hosts_have_nobody_who_owns_the_address(
    start: Callable[..., Hosts], family: str
) -> None:
    hosts = start("--state", "fresh", "--family", family)
    assert "mirror" not in hosts.inventory.read_text()
    assert verdict(hosts.inventory) == ("unowned", [])
