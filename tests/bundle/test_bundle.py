"""Folders of files: names, order, stamps, what cannot be read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from haconsole.cli import main
from haconsole.domain.daemon import LogKind
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.journal.bundle import BundleError, read_bundle
from haconsole.journal.logfile import read_log
from tests.parsers.captured import CAPTURES

SPLIT = CAPTURES / "keepalived-2.4.3" / "firewall_split"
STARTED = "Starting Keepalived v2.2.7 (01/16,2022)"


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (f"2026-11-22T08:19:37.500000+00:00 lb01 keepalived: {STARTED}", 1795335577.5),
        (f"2026-11-22T09:19:37.500000+01:00 lb01 keepalived: {STARTED}", 1795335577.5),
        (f"2026-11-22 08:19:37,500 {STARTED}", 1795335577.5),
        (f"Sun Nov 22 08:19:37 2026: {STARTED}", 1795335577.0),
    ],
)
def test_stamps_are_understood(line: str, at: float) -> None:
    (read,) = read_log(line)
    assert read.at == at


def test_a_stamp_without_a_year_takes_the_newest_one_told() -> None:
    text = (
        f"Nov 22 08:19:37 lb01 Keepalived[1]: {STARTED}\nSun Nov 22 08:19:39 2026: (VI_1) removing"
    )
    assert [line.at for line in read_log(text)] == [1795335577.0, 1795335579.0]


def test_a_line_without_a_stamp_belongs_to_the_one_before() -> None:
    lines = read_log(f"2026-11-22T08:19:37+00:00 lb01 keepalived: {STARTED}\n  and more of it\n")
    assert lines[0].at == lines[1].at == 1795335577.0


def test_the_journals_json_is_read_too() -> None:
    entry = {
        "__REALTIME_TIMESTAMP": "1795335577500000",
        "_SYSTEMD_UNIT": "keepalived.service",
        "SYSLOG_IDENTIFIER": "Keepalived_vrrp",
        "PRIORITY": "6",
        "MESSAGE": "(VI_1) Entering MASTER STATE",
    }
    (line,) = read_log(json.dumps(entry))
    assert line.at == 1795335577.5
    assert line.fact and line.fact.kind is LogKind.TRANSITION


def test_names_of_nodes_may_hold_dots(tmp_path: Path) -> None:
    for path in SPLIT.iterdir():
        node, _, rest = path.name.partition(".")
        shutil.copy(path, tmp_path / f"{node}.shop.example.{rest}")
    shots = read_bundle(tmp_path)
    assert [shot.name for shot in shots] == ["split", "healed"]
    assert [n.name for n in shots[0].case.nodes] == ["lb01.shop.example", "lb02.shop.example"]
    assert diagnose(shots[0].case).findings[0].cause == "firewall-blocks-vrrp"


def test_a_moment_without_a_name_is_the_only_one(tmp_path: Path) -> None:
    for path in SPLIT.glob("*.split.*"):
        shutil.copy(path, tmp_path / path.name.replace(".split", ""))
    (shot,) = read_bundle(tmp_path)
    assert shot.name == ""
    diagnosis = diagnose(shot.case)
    assert diagnosis.findings[0].cause == "firewall-blocks-vrrp"
    assert {one.what for one in diagnosis.missing} == {"conf", "log"}


def test_what_is_no_bundle_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is no folder"):
        read_bundle(tmp_path / "nothing")
    (tmp_path / "notes.txt").write_text("none")
    with pytest.raises(BundleError, match="holds nothing that could be diagnosed"):
        read_bundle(tmp_path)


def test_a_file_that_makes_no_sense_is_missing_and_named(tmp_path: Path) -> None:
    for path in SPLIT.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "lb01.split.stats").write_bytes(b"\xff\x00 nothing")
    (tmp_path / "lb01.split.ip.json").write_text('[{"ifname":')
    (tmp_path / "lb01.split.ip.txt").unlink()
    diagnosis = diagnose(read_bundle(tmp_path)[0].case)
    told = [str(one.note) for one in diagnosis.missing]
    assert any("lb01.split.stats cannot be read" in one for one in told), told
    assert any("lb01.split.ip.json cannot be read" in one for one in told), told


def test_the_command_prints_json_and_exits_as_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--bundle", str(SPLIT), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert told["verdict"] == "CRITICAL"
    (finding,) = told["findings"]
    assert finding["cause"] == "firewall-blocks-vrrp"
    assert finding["of"] == "split"
    assert 0 < finding["confidence"] <= 1
    assert finding["evidence"] and all(one["shown_by"] for one in finding["evidence"])
    assert finding["fix"]["procedure"] == "recover-split-brain"
    assert "--set vip=" in finding["fix"]["command"]
    assert [one["of"] for one in told["diagnoses"]] == ["split", "healed"]


def test_one_moment_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--bundle", str(SPLIT), "--moment", "healed"]) == 0
    assert "nothing wrong was found" in capsys.readouterr().out
    assert main(["doctor", "--bundle", str(SPLIT), "--moment", "noon"]) == 3
    assert "choose from split, healed" in capsys.readouterr().err


def test_the_text_names_cause_evidence_and_fix(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--bundle", str(CAPTURES / "keepalived-2.4.3" / "auth_mismatch")])
    told = capsys.readouterr().out
    for word in ("auth-mismatch", "lb01.conf", "password A", "password B", "fix-mismatch"):
        assert word in told
    assert "123456" not in told


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_nothing_of_a_bundle_reaches_the_terminal(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """OSC 52 would set the operator's clipboard; a bundle is somebody else's text."""
    hostile = "chk\x1b]52;c;cHduZWQ=\x07\x9b2J"
    for name, priority in (("lb01", 100), ("lb02", 90)):
        (tmp_path / f"{name}.conf").write_text(
            f'vrrp_script "{hostile}" {{\n script "/bin/false"\n interval 2\n weight -20\n}}\n'
            "vrrp_instance VI {\n state MASTER\n interface eth0\n virtual_router_id 50\n"
            f" priority {priority}\n virtual_ipaddress {{ 10.0.0.100/24 }}\n"
            f' track_script {{ "{hostile}"\n "other{hostile}" }}\n}}\n'
        )
        said = "2026-11-22T10:00:0{} " + name + " Keepalived_vrrp[1]: {}\n"
        (tmp_path / f"{name}.log").write_text(
            said.format(0, "Starting VRRP child process, pid=2")
            + said.format(2, f"VRRP_Script({hostile}) failed (exited with status 1)")
            + said.format(2, f"Script `{hostile}` now returning 1")
            + said.format(3, "(VI) Entering FAULT STATE")
        )
    main(["doctor", "--bundle", str(tmp_path), *more])
    told = capsys.readouterr().out
    assert "chk" in told
    assert not {"\x1b", "\x07", "\x9b"} & set(told)
    assert "\\u001b" not in told


def test_neither_or_both_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 3
    assert main(["doctor", "site.yaml", "--bundle", "x"]) == 3
    assert "wants an inventory, or --bundle" in capsys.readouterr().err


def test_every_cause_is_listed_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--list", "--json"]) == 0
    causes = [one["cause"] for one in json.loads(capsys.readouterr().out)["causes"]]
    assert len(causes) == len(set(causes)) > 40
    assert main(["doctor", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == causes
