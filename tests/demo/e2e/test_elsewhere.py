"""The console and its demo on systems that lack what Linux has."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.terminal import Terminal

ELSEWHERE = [sys.executable, "-X", "warn_default_encoding", "-m", "tests.demo.e2e.elsewhere"]
SYSTEMS = ("win32", "darwin")
_IMPORT_ALL = """
import pkgutil, sys
from tests.demo.e2e.elsewhere import pretend
pretend(sys.argv[1])
import haconsole
for module in pkgutil.walk_packages(haconsole.__path__, "haconsole."):
    if not module.name.startswith(("haconsole.lab.", "haconsole.__main__")):
        __import__(module.name)
"""


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_but_the_labs_can_be_imported(system: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, system], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_the_command_line_tells_of_itself(system: str, word: str) -> None:
    done = run(system, word)
    assert (done.returncode, done.stderr) == (0, "")
    assert "haconsole" in done.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_lab_says_in_a_sentence_that_it_needs_linux(system: str) -> None:
    done = run(system, "lab", "status")
    assert done.returncode == 2
    assert done.stderr == f"The lab needs Linux; this is {system}.\n"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_demo_is_served_and_looked_at(system: str, tmp_path: Path) -> None:
    folder = tmp_path / "Büro, Erdgeschoß"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder), "XDG_STATE_HOME": str(tmp_path)}
    hosts = subprocess.Popen(
        [*ELSEWHERE, system, "demo", "--hosts-only"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert hosts.stdout is not None
        inventory = hosts.stdout.readline().strip()
        looked = run(system, "status", inventory, "--json", **environment)
        assert (looked.returncode, looked.stderr) == (0, "")
        assert json.loads(looked.stdout)["verdict"] == "OK"
        hosts.send_signal(signal.SIGINT)
        assert hosts.communicate(timeout=10) == ("", "")
    finally:
        hosts.kill()
        hosts.wait()
    assert hosts.returncode == 0
    assert list(folder.iterdir()) == []


def run(system: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ELSEWHERE, system, *words],
        capture_output=True,
        text=True,
        check=False,
        env=environment or None,
        timeout=60,
    )


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_console_opens_on_a_demo(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Büro"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    terminal = Terminal([*ELSEWHERE, system, "demo"])
    try:
        terminal.until(r"● SERVING")
        terminal.type("q")
        assert terminal.process.wait(10) == 0
    finally:
        terminal.close()
    assert "Traceback" not in terminal.text
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("coding", ["cp1252", "ascii"])
def test_a_terminal_of_few_characters_is_told_what_it_can_show(coding: str, tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONIOENCODING": coding}
    environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    hosts = subprocess.Popen(
        [sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    try:
        assert hosts.stdin is not None
        assert hosts.stdout is not None
        inventory = hosts.stdout.readline().strip()
        done = subprocess.run(
            [sys.executable, "-m", "haconsole", "status", inventory],
            capture_output=True,
            encoding=coding,
            check=False,
            env=environment,
        )
        hosts.stdin.close()
        assert hosts.wait(10) == 0
    finally:
        hosts.kill()
        hosts.wait()
    assert (done.returncode, done.stderr) == (0, "")
    assert "lb01" in done.stdout
