"""What is missing is named in one sentence, before anything is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.lab import distribution, kernel, requirements
from haconsole.lab.errors import LabError, MissingError, UsageError
from haconsole.lab.places import LabPlaces
from tests.lab.looks import COMMAND, cli

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def test_the_packages_are_printed_and_nothing_else() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "haconsole.lab.requirements"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.split() == list(requirements.PACKAGES)
    assert printed.stdout.count("\n") == 1
    assert printed.stderr == ""


@pytest.fixture
def readable_by_all() -> Iterator[Path]:
    """A copy of the package, as the checkout may lie where only root reads."""
    with tempfile.TemporaryDirectory() as directory:
        there = Path(directory)
        there.chmod(0o755)
        package = Path(requirements.__file__).parents[1]
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, there / "haconsole", ignore=ignored)
        yield there


@root
@pytest.mark.parametrize("command", ["up", "down", "status", "heal"])
def test_without_root_one_sentence_says_so(command: str, readable_by_all: Path) -> None:
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all")
    done = subprocess.run(
        [*nobody, *_python(), "-m", "haconsole.lab", command],
        capture_output=True,
        text=True,
        cwd=readable_by_all,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "The lab needs root: run it again with sudo.\n")


def _python() -> tuple[str, ...]:
    """A Python that nobody may run as well: the system's, where ours is in root's home."""
    resolved = Path(sys.executable).resolve()
    readable = all(parent.stat().st_mode & 0o001 for parent in resolved.parents)
    return (str(resolved) if readable else "/usr/bin/python3", "-B")


@root
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(requirements.PACKAGES, "no-such-package", ("no-such-tool",))
    with pytest.raises(
        MissingError,
        match=r"run 'apt-get install -y --no-install-recommends no-such-package'\.$",
    ):
        requirements.check()


@root
def test_a_short_path_is_enough() -> None:
    done = cli("status", "--name", "never-begun", PATH="/usr/local/bin")
    assert (done.returncode, done.stderr) == (1, "")
    script = (
        "from haconsole.lab import requirements as r; r.check_rights(); print(r.missing_packages())"
    )
    done = subprocess.run(
        [COMMAND[0], "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": "/usr/local/bin"},
        check=True,
    )
    assert done.stdout.strip() == str(requirements.missing_packages())


@root
def test_a_missing_kernel_feature_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # A kernel without these cannot be had here; the questions are asked for something it lacks.
    monkeypatch.setattr(kernel, "_OVERLAY", "no-such-filesystem")
    monkeypatch.setattr(kernel, "_BRIDGE", "no-such-device")
    with pytest.raises(MissingError, match=r"The kernel lacks what the lab needs: bridge, overlay"):
        requirements.check()


@root
def test_too_little_room_for_more_hosts_is_said() -> None:
    with pytest.raises(MissingError, match=r"sysctl fs\.inotify\.max_user_instances"):
        requirements.check_room(10**6)


def test_this_machine_knows_its_distribution() -> None:
    if not shutil.which("apt-get"):
        pytest.skip("THIS MACHINE HAS NO APT: nothing to read")
    here = distribution.here()
    assert here.main in here.sources
    assert here.codename == here.main.suite


@pytest.mark.parametrize("name", ["", "Lab", "a/b", "../x", "a" * 21, "-a", "a b"])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a lab's name"):
        LabPlaces.of(name)
    done = cli("status", f"--name={name}")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_errors_are_sentences() -> None:
    assert issubclass(MissingError, LabError)
    assert (LabError.exit_status, MissingError.exit_status) == (1, 2)


def test_the_command_line_starts_fast_and_light() -> None:
    """Neither textual nor asyncssh nor YAML is loaded to parse arguments."""
    script = (
        "import argparse, sys\n"
        "from haconsole.lab import cli\n"
        "p = argparse.ArgumentParser()\n"
        "cli.add_parser(p.add_subparsers())\n"
        "p.parse_args(['lab', 'up', '--name', 'x', '--state', 'fresh', '--family', 'yum'])\n"
        "print(sorted({'textual', 'asyncssh', 'yaml', 'asyncio', 'rich'} & set(sys.modules)))\n"
    )
    done = subprocess.run([COMMAND[0], "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
