"""/proc and versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from haconsole.parsers import proc
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_version import (
    Version,
    capabilities,
    has_json_build,
    parse_version,
)
from tests.parsers.captured import captured


def test_processes() -> None:
    text = (
        "142 (keepalived) S 1 142 142 0 -1 4194560 300 0\n"
        "143 (keepalived) T 142 142 142 0 -1\n"
        "150 (odd) name) (x) Z 142 142 142 0 -1\n"
        "cat: /proc/9/stat: No such file or directory\n"
    )
    first, second, third = proc.parse_stat(text)
    assert (first.pid, first.name, first.parent, first.frozen) == (142, "keepalived", 1, False)
    assert (second.frozen, second.alive, second.parent) == (True, True, 142)
    assert (third.name, third.alive) == ("odd) name) (x", False)


def test_this_machine() -> None:
    (me,) = proc.parse_stat(Path("/proc/self/stat").read_text())
    assert me.alive
    assert not me.frozen
    assert proc.parse_loadavg(Path("/proc/loadavg").read_text(), 2).one_minute >= 0
    boot = proc.parse_btime(Path("/proc/stat").read_text())
    assert boot > 0
    assert proc.parse_uptime(Path("/proc/uptime").read_text()) > 0


def test_numbers() -> None:
    load = proc.parse_loadavg("0.42 0.36 0.20 1/200 123\n", 4)
    assert (load.one_minute, load.processors) == (0.42, 4)
    assert proc.parse_nproc("4\n") == 4
    assert proc.parse_uptime("350735.47 234388.90\n") == 350735.47
    assert proc.parse_btime("cpu 1 2\nbtime 1795000000\nprocesses 1\n") == 1795000000.0


@pytest.mark.parametrize("text", ["", "x", "-1", "nan", "1e9", "9" * 400, "0"])
def test_no_numbers(text: str) -> None:
    for read in (proc.parse_nproc, proc.parse_btime):
        with pytest.raises(ParseError):
            read(text)
    with pytest.raises(ParseError):
        proc.parse_loadavg(text, 1)


@pytest.mark.parametrize("version", [(1, 3, 5), (2, 2, 7), (2, 4, 3)])
def test_versions_of_the_captures(version: tuple[int, int, int]) -> None:
    name = ".".join(map(str, version))
    text = captured(f"keepalived-{name}/version.txt")
    assert parse_version(text) == version
    assert str(parse_version(text)) == name
    assert has_json_build(text) is (version > (2, 0, 0))


def test_other_versions() -> None:
    assert parse_version("keepalived v2.3") == (2, 3, 0)
    assert parse_version("2.2.7") == Version(2, 2, 7)
    assert parse_version("keepalived: command not found") is None
    assert parse_version("") is None


def test_capabilities() -> None:
    old = capabilities(Version(1, 3, 5))
    assert not any(getattr(old, name) for name in old.__slots__)
    debian = capabilities(Version(2, 2, 7))
    assert debian.json_signal
    assert debian.config_test
    assert debian.effective_priority
    assert not debian.json_version_2
    assert not debian.dump_path
    new = capabilities(Version(2, 4, 3))
    assert all(getattr(new, name) for name in new.__slots__)
