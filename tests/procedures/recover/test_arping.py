"""Two programs are called arping, and one says 0 where the other says 1: only one is believed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from haconsole.procedures.recover.shell import announce, somebody_else

VIP = "10.0.0.100"
#: ``$SAYS`` is its exit status. Thomas Habets' is 1 where nobody answers, whatever -D means to it.
HABETS = """\
case " $* " in *" --help "*)
  echo "ARPing 2.21, by Thomas Habets <thomas@habets.se>"; exit 0 ;; esac
echo "arping $*" >>"$CALLS"; exit "$SAYS"
"""
#: That of iputils knows no long options; with -D it is 1 where somebody answers, 2 on errors.
IPUTILS = """\
case $1 in --*) printf '\\nUsage:\\n  arping [options] <destination>\\n' >&2; exit 2 ;; esac
echo "arping $*" >>"$CALLS"; exit "$SAYS"
"""
SYSTEMCTL = 'echo "systemctl $*" >>"$CALLS"\n'


class Node:
    """A shell that finds nothing but these programs."""

    def __init__(self, folder: Path, arping: str) -> None:
        self._folder = folder
        self._calls = folder / "calls"
        self._calls.touch()
        self._add("systemctl", SYSTEMCTL)
        if arping:
            self._add("arping", arping)
        grep = shutil.which("grep")
        assert grep is not None
        (folder / "grep").symlink_to(grep)

    def _add(self, name: str, script: str) -> None:
        file = self._folder / name
        file.write_text(f"#!/bin/sh\n{script}")
        file.chmod(0o755)

    def status(self, script: str, says: int = 0) -> int:
        world = {"PATH": os.fspath(self._folder), "CALLS": str(self._calls), "SAYS": str(says)}
        return subprocess.run(["/bin/sh", "-c", script], env=world, check=False).returncode

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()


@pytest.mark.parametrize(
    ("arping", "says", "somebody"),
    [
        (IPUTILS, 0, False),
        (IPUTILS, 1, True),
        (IPUTILS, 2, False),
        (HABETS, 0, False),
        (HABETS, 1, False),
        ("", 0, False),
    ],
    ids=["nobody", "somebody", "no such device", "another arping", "and none answers", "none"],
)
def test_somebody_else_is_only_who_was_seen(
    tmp_path: Path, arping: str, says: int, somebody: bool
) -> None:
    node = Node(tmp_path, arping)
    assert (node.status(somebody_else(VIP, "eth0"), says) == 0) is somebody
    asked = [f"arping -q -D -c 2 -w 2 -I eth0 {VIP}"] if arping is IPUTILS else []
    assert node.calls == asked


@pytest.mark.parametrize(
    ("arping", "called"),
    [
        (IPUTILS, f"arping -q -U -c 3 -w 4 -I eth0 {VIP}"),
        (HABETS, "systemctl reload keepalived"),
        ("", "systemctl reload keepalived"),
    ],
    ids=["iputils", "another arping", "none"],
)
def test_everybody_is_told_in_a_way_that_is_there(tmp_path: Path, arping: str, called: str) -> None:
    node = Node(tmp_path, arping)
    assert node.status(announce(VIP, "eth0")) == 0
    assert node.calls == [called]
