"""Bad luck and bad use of the demo: a sentence, a status, and nothing left behind."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[3]
DEMO = [sys.executable, "-m", "haconsole", "demo"]
HOSTS = [*DEMO, "--hosts-only"]
#: Moments at which Ctrl-C is pressed, seconds after the start; the first imports take some 0.1 s.
MOMENTS = [random.Random(3).uniform(0.02, 2.0) for _ in range(20)]


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "TMPDIR": str(folder),
        "XDG_STATE_HOME": str(folder.parent / "state"),
        "PYTHONPATH": str(ROOT),
    }


def said_by(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, capture_output=True, text=True, check=False, env=environment(folder), timeout=20
    )


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of processes whose temporary folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return found


def left_by_a_demo(folder: Path) -> list[Path]:
    """Return a demo's folders. Python's search for libraries, when asyncssh is imported, may leave
    files of its own where it is broken off."""
    return list(folder.glob("haconsole-demo-*"))


def until(condition: Callable[[], object], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tmp"
    made.mkdir()
    return made


@pytest.fixture
def taken_port() -> int:  # type: ignore[misc]  # a generator
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_is_taken(folder: Path, taken_port: int) -> None:
    done = said_by(folder, *HOSTS, "--port", str(taken_port))
    sentence = f"The demo cannot listen on 127.0.0.1:{taken_port}: Address already in use."
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"haconsole: {sentence}\n")
    assert list(folder.iterdir()) == []


def test_a_port_that_is_taken_is_told_once_where_there_is_a_terminal(
    folder: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))
    terminal = Terminal([*DEMO, "--port", str(taken_port)])
    try:
        assert terminal.process.wait(30) == 2
    finally:
        terminal.close()
    assert [line.rstrip() for line in terminal.lines if line.strip()] == [
        f"haconsole: The demo cannot listen on 127.0.0.1:{taken_port}: Address already in use."
    ]


def test_a_port_of_ones_choice(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    hosts = subprocess.Popen(
        [*HOSTS, "--port", str(port)], stdout=subprocess.PIPE, text=True, env=environment(folder)
    )
    try:
        assert hosts.stdout is not None
        assert f"port: {port}" in Path(hosts.stdout.readline().strip()).read_text()
        with socket.create_connection(("127.0.0.1", port), 5) as link:
            assert link.recv(4) == b"SSH-"
    finally:
        hosts.terminate()
        hosts.communicate()
    assert hosts.returncode == 0


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none(folder: Path, port: str) -> None:
    done = said_by(folder, *HOSTS, f"--port={port}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"haconsole: --port {port}: 0 to 65535; 0 is any free port.\n"


def unshared(folder: Path, flags: str, script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in namespaces of its own; ``"$@"`` there is what serves a demo."""
    words = ["unshare", flags if os.geteuid() == 0 else f"-r{flags[1:]}"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        assert os.environ.get("CI") != "true", "CI must be able to make namespaces"
        pytest.skip(f"NOT TESTED: {' '.join(words)} is not possible here")
    return said_by(folder, *words, "sh", "-c", f"set -e; {script}", "sh", *HOSTS)


def test_a_machine_without_loopback(folder: Path) -> None:
    done = unshared(folder, "-n", 'exec "$@"')
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "haconsole: The demo cannot listen on 127.0.0.1: Network is unreachable.\n"
    )
    assert list(folder.iterdir()) == []


def test_a_full_disk(folder: Path) -> None:
    # One page for data: the first file takes it.
    small = 'mount -t tmpfs -o size=4k none "$TMPDIR"'
    done = unshared(folder, "-m", f'{small}; "$@" || status=$?; ls "$TMPDIR"; exit $status')
    assert (done.returncode, done.stdout) == (2, ""), "and its folder is gone"
    assert done.stderr.startswith(f"haconsole: The demo cannot write its keys to {folder}/")
    assert done.stderr.endswith(": No space left on device.\n")
    assert done.stderr.count("\n") == 1


def test_no_folder_that_can_be_written(folder: Path) -> None:
    places = '/tmp /var/tmp /usr/tmp "$TMPDIR"'
    done = unshared(
        folder,
        "-m",
        f"for place in {places}; do if [ -d $place ]; then mount --bind $place $place;"
        ' mount -o remount,bind,ro $place; fi; done; cd /proc; exec "$@"',
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("haconsole: The demo finds no folder for its keys; set TMPDIR ")
    assert done.stderr.count("\n") == 1


def interrupted(folder: Path, moment: float) -> tuple[int, str, str]:
    """Press Ctrl-C at a moment, and again while it ends; returns status and words."""
    folder.mkdir()
    hosts = subprocess.Popen(
        HOSTS,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(folder),
    )
    time.sleep(moment)
    hosts.send_signal(signal.SIGINT)
    time.sleep(moment / 20)
    hosts.send_signal(signal.SIGINT)
    out, err = hosts.communicate(timeout=30)
    return hosts.returncode, out, err


def test_ctrl_c_at_any_moment_ends_the_hosts(tmp_path: Path) -> None:
    folders = [tmp_path / f"demo{index}" for index in range(len(MOMENTS))]
    with ThreadPoolExecutor(3) as threads:
        ends = list(threads.map(interrupted, folders, MOMENTS))
    for moment, folder, (status, out, err) in zip(MOMENTS, folders, ends, strict=True):
        when = f"Ctrl-C after {moment:.3f} s: {status} {out!r} {err!r}"
        # 0: it served and was stopped; 130, or the signal itself: it had not come so far.
        assert status in ((0, 130, -signal.SIGINT) if out else (130, 0, -signal.SIGINT)), when
        # Before our first line runs, the words are Python's own.
        assert "Traceback" not in err or "haconsole" not in err, when
        assert list(folder.iterdir()) == [], when
        assert processes_of(folder) == [], when


def test_ctrl_c_at_any_moment_ends_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index, moment in enumerate(MOMENTS[:10]):
        folder = tmp_path / f"demo{index}"
        folder.mkdir()
        monkeypatch.setenv("TMPDIR", str(folder))
        terminal = Terminal(DEMO)
        try:
            time.sleep(moment * 1.5)
            terminal.process.send_signal(signal.SIGINT)
            status = terminal.process.wait(15)
        finally:
            terminal.close()
        text = f"Ctrl-C after {moment * 1.5:.3f} s: {status}\n{terminal.text}"
        assert status in (0, 130, -signal.SIGINT), text
        assert "Traceback" not in terminal.text or "haconsole" not in terminal.text, text
        until(lambda here=folder: not processes_of(here) and not left_by_a_demo(here))  # type: ignore[misc]
