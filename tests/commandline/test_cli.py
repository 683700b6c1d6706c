"""The command line: bad use is one sentence and a status, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from haconsole import __version__
from haconsole.cli import COMMANDS


def run(*words: str, **options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "haconsole", *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout


def test_version() -> None:
    assert run("--version").stdout == f"haconsole {__version__}\n"


@pytest.mark.parametrize("words", [[], ["--nonsense"], ["status"], ["lab", "nonsense"]])
def test_bad_usage(words: list[str]) -> None:
    done = run(*words)
    # To monitoring, 2 would be CRITICAL.
    assert done.returncode == (3 if words[:1] == ["status"] else 2)
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [[], ["status"], ["doctor"]])
def test_an_inventory_that_is_not_there(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "nowhere.yaml"
    done = run(*command, str(file))
    assert done.returncode == (3 if command else 2)
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr


def test_an_inventory_with_mistakes_names_each(tmp_path: Path) -> None:
    file = tmp_path / "pair.yaml"
    file.write_text("site: x\nclusters:\n  pair:\n    lbz: {}\n")
    done = run("status", str(file))
    assert done.returncode == 3
    assert f"{file}:4: clusters.pair.lbz" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_console_needs_a_terminal(tmp_path: Path) -> None:
    samples = Path(__file__).parents[2] / "sample-inventories"
    done = run(str(samples / "minimal.yaml"))
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    done = subprocess.run(
        f"{sys.executable} -m haconsole inventory schema | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "{"
    assert not done.stderr


def test_nothing_heavy_is_imported_for_help() -> None:
    code = (
        "import sys; from haconsole.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('textual', 'asyncssh', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_output_that_cannot_be_written_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "haconsole", "inventory", "schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == ("haconsole: the output could not be written: No space left on device\n")
