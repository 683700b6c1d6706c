"""The sudo password of a user who has one, typed at a terminal: it is nowhere afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from haconsole.lab.api import LabHandle

pytest.importorskip("termios", reason="SKIPPED: a POSIX terminal is needed to be asked on one")

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOSTS = ("lb01", "lb02", "web01", "web02")
#: In keepalived.conf, which is where it belongs, and nowhere else.
AUTH_PASS = "Zx9qPw7k"
#: Every process with its arguments and its environment.
_PROCESSES = (
    "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; tr '\\0' ' ' <$p/environ; echo; done "
    "2>/dev/null"
)
PATIENCE_S = 240.0


@contextmanager
def _watched(looks: list[Callable[[], str]]) -> Iterator[set[str]]:
    """Look again and again, until the block ends; yields every line that was seen."""
    seen: set[str] = set()
    over = threading.Event()

    def watch(look: Callable[[], str]) -> None:
        while not over.is_set():
            seen.update(look().splitlines())

    threads = [threading.Thread(target=watch, args=(look,)) for look in looks]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _typed(argv: list[str], folder: Path, answer: str) -> tuple[int, str, str]:
    """Run a program on a terminal of its own and answer each question for a password.

    Returns its status, what the terminal showed and what went to standard output.
    """
    near, far = os.openpty()
    out = folder / "stdout.json"
    with out.open("wb") as stdout:
        child = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *argv],
            stdin=far,
            stderr=far,
            stdout=stdout,
            env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        )
    os.close(far)
    shown, answered = b"", 0
    os.set_blocking(near, False)
    deadline = time.monotonic() + PATIENCE_S
    try:
        while child.poll() is None:
            assert time.monotonic() < deadline, shown
            shown += _read(near)
            if shown.count(b"sudo password on") > answered:
                answered += 1
                os.write(near, answer.encode() + b"\n")
        shown += _read(near)
    finally:
        child.kill()
        child.wait()
        os.close(near)
    return child.returncode, shown.decode(), out.read_text()


def _read(terminal: int) -> bytes:
    """Return what a terminal shows next; waits a little for it."""
    import select

    ready, _, _ = select.select([terminal], [], [], 0.1)
    try:
        return os.read(terminal, 65536) if ready else b""
    except OSError:  # its program has closed it
        return b""


def _files_with(lab: LabHandle, host: str, secret: str) -> list[str]:
    """Return the files of a host that hold a secret, those in memory included."""
    grep = ["grep", "-r", "-l", "-s", "-F", "-e", secret, "/var", "/run", "/tmp", "/etc"]
    return lab.exec(host, grep).stdout.splitlines()


def test_a_sudo_password_is_asked_once_and_is_nowhere(pair: LabHandle, tmp_path: Path) -> None:
    password = (pair.places.root / "ops-pw.password").read_text().strip()
    inventory = tmp_path / "pair.yaml"
    text = pair.inventory.read_text().replace("user: ops\n", "user: ops-pw\n")
    inventory.write_text("\n".join(x for x in text.splitlines() if not x.startswith("#")))
    (tmp_path / "secret").write_text(AUTH_PASS)

    def of(host: str) -> Callable[[], str]:
        return lambda: pair.exec(host, ["sh", "-c", _PROCESSES]).stdout

    def here() -> str:
        return subprocess.run(
            ["ps", "axwweo", "args"], check=True, capture_output=True, text=True
        ).stdout

    report = tmp_path / "report.md"
    with _watched([of("lb01"), of("lb02"), here]) as processes:
        status, shown, printed = _typed(
            [
                *(sys.executable, "-m", "haconsole", "apply", str(inventory), "configure-pair"),
                *("--write", "--yes", "--overwrite", "--json", "--report", str(report)),
                *("--set", "auth=pass", "--set", f"auth_pass=@{tmp_path / 'secret'}"),
            ],
            tmp_path,
            password,
        )
    assert status == 0, shown
    # Once for all four hosts, each of which was named.
    assert shown.count("sudo password on") == 1
    question = next(line for line in shown.splitlines() if "sudo password on" in line)
    assert all(host in question for host in HOSTS)
    assert any("sudo -S" in line for line in processes)
    assert any("/var/lib/haconsole/jobs/" in line for line in processes)
    assert AUTH_PASS in pair.exec("lb01", ["cat", "/etc/keepalived/keepalived.conf"]).stdout

    ledger = tmp_path / "state" / "haconsole" / "ledger.jsonl"
    haystack = {
        "terminal": shown,
        "json": printed,
        "report": report.read_text(),
        "ledger": ledger.read_text(),
        "processes": "\n".join(processes),
    }
    for host in HOSTS:
        haystack[f"journal of {host}"] = pair.exec(host, ["journalctl", "--no-pager", "-q"]).stdout
        haystack[f"files of {host}"] = password if _files_with(pair, host, password) else ""
        assert len(haystack[f"journal of {host}"]) > 1000
    assert "/etc/keepalived/keepalived.conf" in _files_with(pair, "lb01", AUTH_PASS)
    assert "place" in haystack["ledger"] and "place" in haystack["json"]
    assert [name for name, text in haystack.items() if password in text] == []
    assert [name for name, text in haystack.items() if AUTH_PASS in text] == []
