"""What the processes and the dump of a keepalived are taken for."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.daemon import Daemon, DaemonSource, Instance, VrrpState
from haconsole.monitor.daemon import _PROCESSES, DaemonReader
from haconsole.monitor.firewall import FirewallReader
from haconsole.parsers.errors import ParseError
from haconsole.transport.commands import Result
from tests.domain import pair

DATA = Path(__file__).parent.parent / "data" / "captures"
MASTER = Daemon(
    running=True,
    source=DaemonSource.DUMP,
    version="2.2.7",
    pid=100,
    instances=(Instance("VI_1", VrrpState.MASTER),),
)
TWO = "100 (keepalived) S 1 100 100 0\n101 (keepalived) S 100 100 100 0\n"


def answer(reader: DaemonReader, processes: str, status: int = 0) -> Result:
    """What ``reader.look`` prints on a node with these processes."""
    nonce = reader.look.script.split("<", 1)[1].split(" ", 1)[0]
    text = f"<{nonce} processes>\n{processes}<{nonce} {status}>\n"
    text += f"<{nonce} firewall>\n123 45\n<{nonce} 0>\n"
    return Result(0, text, "", 10.0, 0.01)


def dumped(text: str, status: int = 0) -> Result:
    return Result(status, text, "", 10.0, 0.01)


def test_no_process_is_no_daemon() -> None:
    reader = DaemonReader()
    daemon, dump, rules = reader.looked(answer(reader, ""), MASTER)
    assert daemon is not None
    assert not daemon.running
    assert not dump
    assert rules == "123 45"


def test_a_daemon_that_is_not_known_yet_wants_a_dump() -> None:
    reader = DaemonReader()
    assert reader.looked(answer(reader, TWO), None)[:2] == (None, True)


def test_an_unchanged_daemon_keeps_what_is_known_of_it() -> None:
    reader = DaemonReader()
    reader.looked(answer(reader, TWO), None)
    daemon, dump, _ = reader.looked(answer(reader, TWO), MASTER)
    assert daemon is not None
    assert daemon.instances == MASTER.instances
    assert not dump


def test_other_processes_are_another_daemon() -> None:
    reader = DaemonReader()
    reader.looked(answer(reader, TWO), None)
    other = TWO.replace("10", "20")
    assert reader.looked(answer(reader, other), MASTER)[:2] == (None, True)


def test_a_stopped_process_is_a_frozen_daemon_and_is_not_signalled() -> None:
    reader = DaemonReader()
    reader.looked(answer(reader, TWO), None)
    frozen = TWO.replace("101 (keepalived) S", "101 (keepalived) T")
    daemon, dump, _ = reader.looked(answer(reader, frozen), MASTER)
    assert daemon is not None
    assert daemon.frozen
    assert daemon.instances == MASTER.instances
    assert not dump
    awake, dump, _ = reader.looked(answer(reader, TWO), daemon)
    assert awake is not None
    assert not awake.frozen
    assert dump


def test_zombies_and_garbage_are_no_processes() -> None:
    reader = DaemonReader()
    text = "1 (keepalived) Z 1\nnonsense\n7 (a) b) c) S 1 2\n"
    daemon, _, _ = reader.looked(answer(reader, text), None)
    assert daemon is None, "7 is a process, whatever its name"
    daemon, _, _ = reader.looked(answer(reader, "1 (keepalived) Z 1\n"), None)
    assert daemon is not None
    assert not daemon.running


def test_a_reading_that_failed_is_no_answer() -> None:
    reader = DaemonReader()
    with pytest.raises(ParseError):
        reader.looked(answer(reader, "sh: no\n", status=1), None)
    with pytest.raises(ParseError, match="cut off"):
        reader.looked(dumped(""), None)


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_a_dump_of_each_version(version: str) -> None:
    folder = DATA / f"keepalived-{version}"
    file = next(iter(sorted(folder.glob("healthy/lb01.*.data"))))
    daemon = DaemonReader().dumped(dumped(file.read_text()))
    assert daemon.source is DaemonSource.DUMP
    assert [i.name for i in daemon.instances] == ["VI_1"]


@pytest.mark.parametrize(
    ("status", "words"), [(3, "not run"), (6, "within a second"), (9, "no dump")]
)
def test_why_there_is_no_dump(status: int, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        DaemonReader().dumped(dumped("", status))


def test_the_dump_leaves_the_node_without_its_password() -> None:
    script = DaemonReader().dump().script
    mask = script.split("exec ", 1)[1].split(' "$path"')[0]
    for line in ("   Password = 123456", '  "auth_data": "123456",', "     auth password = s3cret"):
        done = subprocess.run(
            ["sh", "-c", mask], input=line, capture_output=True, text=True, check=True
        )
        assert "***" in done.stdout
        assert "123456" not in done.stdout
        assert "s3cret" not in done.stdout


@pytest.mark.parametrize("path", ["/usr/bin:/bin", "/nonexistent"])
def test_processes_are_found_with_and_without_pgrep(path: str, tmp_path: Path) -> None:
    named_so = tmp_path / "keepalived"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", named_so)
    with subprocess.Popen([named_so, "60"]) as process:
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", _PROCESSES],
                capture_output=True,
                text=True,
                check=False,
                env={"PATH": path},
            )
        finally:
            process.kill()
    assert (done.returncode, done.stderr) == (0, "")
    found = [line.split(" ", 2)[:2] for line in done.stdout.splitlines()]
    assert [str(process.pid), "(keepalived)"] in found
    assert all(name == "(keepalived)" for _, name in found)


def test_without_a_fingerprint_the_rules_are_read_every_time() -> None:
    reader = DaemonReader()
    told = answer(reader, TWO)
    lame = Result(0, told.stdout.replace("123 45\n", "sh: cksum: not found\n"), "", 10.0, 0.01)
    nonce = reader.look.script.split("<", 1)[1].split(" ", 1)[0]
    head, _, _ = lame.stdout.rpartition(f"<{nonce} 0>")
    _, _, rules = reader.looked(replace(lame, stdout=f"{head}<{nonce} 127>\n"), None)
    assert rules == ""
    firewall = FirewallReader(pair.SITE.clusters[0].lbs[0], pair.SITE.clusters[0])
    assert firewall.changed("")
