"""``haconsole journal export``: an incident for somebody who was not there, and no secret in it."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from haconsole.cli import main
from haconsole.domain.state import State
from haconsole.journal.ledger import Ledger
from haconsole.journal.recording import Limits, Recorder
from haconsole.journal.recording_reading import read_recording
from haconsole.journal.replay_reel import Reel
from haconsole.transport.commands import Effect, LedgerEntry
from tests.support.parts import NOW, addresses, moved, pair_site
from tests.support.planted import CONF, SECRETS, secret_events
from tests.support.recordings import FOLDER
from tests.support.states import healthy

FILE = FOLDER / "split-brain.jsonl"


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def ledger(at: float, host: str, script: str, effect: Effect = Effect.CHANGES) -> None:
    Ledger().record(
        LedgerEntry(at, host, "open the firewall", script, effect, True, "done", 0, 0.5)
    )


def exported(*words: object) -> int:
    return main(["journal", "export", *map(str, words)])


def test_the_report_tells_the_incident(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, last = read_recording(FILE).first, read_recording(FILE).last
    ledger(first + 70, "lb02", "firewall-cmd --add-protocol=vrrp --password=S3cr3tAuth")
    ledger(first + 71, "lb01", "ip address", Effect.READS)
    ledger(first - 10, "lb01", "before the window")
    ledger(first + 70, "elsewhere", "another site")
    assert exported("--recording", FILE, tmp_path / "out") == 0
    out = capsys.readouterr().out
    assert out.startswith("CRITICAL: split brain: 10.0.0.100 on lb01 AND lb02\n")
    assert "firewall-blocks-vrrp" in out
    page = (tmp_path / "out" / "report.md").read_text()
    for wanted in (
        "# Incident report: demo",
        " | CRITICAL | split brain: 10.0.0.100 on lb01 AND lb02 |",
        "### `firewall-blocks-vrrp` · The firewall drops VRRP that comes in on lb02",
        "| lb02 | VIPs held | - | **10.0.0.100** | **10.0.0.100** |",
        "| 13:35:11.488 | lb02 | error | firewall (firewalld) now drops VRRP |",
        "**lb02**: open the firewall: done 0",
        "      firewall-cmd --add-protocol=vrrp --password=********",
        "Readings, by their lines in the ledger: open the firewall (1).",
        "keepalived.conf is there for 1 of 2 LBs",
    ):
        assert wanted in page
    assert "link-down" not in page, "a console that still connects has found nothing"
    assert "before the window" not in page
    assert "another site" not in page
    assert last - first > 80


def test_the_bundle_is_read_by_the_doctor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported("--recording", FILE, tmp_path / "out") == 0
    capsys.readouterr()
    assert main(["doctor", "--json", "--bundle", str(tmp_path / "out")]) == 2
    told = json.loads(capsys.readouterr().out)
    assert [one["of"] for one in told["diagnoses"]] == ["1-before", "2-worst", "3-after"]
    causes = {one["of"]: one["causes"] for one in told["diagnoses"]}
    assert causes["1-before"] == []
    assert causes["2-worst"] == causes["3-after"] == ["firewall-blocks-vrrp"]


def test_its_recording_shows_the_same_from_the_window_s_first_moment(tmp_path: Path) -> None:
    whole = Reel(read_recording(FILE))
    assert exported("--recording", FILE, "--from", "+60", "--to", "+75", tmp_path / "out") == 0
    part = Reel(read_recording(tmp_path / "out" / "recording.jsonl"))
    assert (part.first, part.last) == (whole.first + 60, whole.first + 75)
    assert [stop.text for stop in part.stops] == [stop.text for stop in whole.stops]
    for after in (60.0, 64.6, 74.9):
        one = whole.state_at(whole.upto(whole.first + after))
        other = part.state_at(part.upto(whole.first + after))
        for name, host in one.hosts.items():
            known = other.host(name)
            assert (known.addresses, known.daemon, known.units, known.firewall, known.link) == (
                host.addresses,
                host.daemon,
                host.units,
                host.firewall,
                host.link,
            )


@pytest.mark.parametrize("name", ["folder", "archive.zip"])
def test_no_secret_is_in_any_byte(name: str, tmp_path: Path) -> None:
    site = pair_site()
    recorder = Recorder(site, NOW - 600).begin()
    events = [*healthy().events, *secret_events()]
    recorder.take(events, State.begin(site, NOW))
    for host in ("lb01", "lb02"):
        recorder.file(NOW, host, "/etc/keepalived/keepalived.conf", CONF)
    recorder.mark(NOW, "password=hunter2x")
    recorder.close(NOW + 1)
    ledger(NOW, "lb01", CONF)
    ledger(NOW, "lb01", "curl --header 'Authorization: Basic basicZZZ' http://o:pw-in-url@h/")
    target = tmp_path / name
    assert exported(target) == 0
    if name.endswith(".zip"):
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        with zipfile.ZipFile(target) as archive:
            archive.extractall(tmp_path / "unpacked")
        target = tmp_path / "unpacked" / "archive"
    files = sorted(target.iterdir())
    assert {"report.md", "recording.jsonl", "lb01.conf", "lb01.log"} <= {one.name for one in files}
    for file in files:
        data = file.read_bytes()
        assert [one for one in SECRETS if one.encode() in data] == [], file.name
    assert "auth_pass ********" in (target / "lb01.conf").read_text()
    assert "auth_pass ********" in (target / "report.md").read_text()


def test_hostile_text_is_text_in_the_report(tmp_path: Path) -> None:
    site = pair_site()
    recorder = Recorder(site, NOW - 600).begin()
    recorder.take(healthy().events, State.begin(site, NOW))
    recorder.mark(NOW, "# x | <script>alert(1)</script> `a` \x1b[2J\n## y")
    recorder.close(NOW + 1)
    assert exported(tmp_path / "out") == 0
    page = (tmp_path / "out" / "report.md").read_text()
    assert "<script>" not in page
    assert "\x1b" not in page
    assert "\n## y" not in page
    assert r"\# x \| \<script\>alert(1)" in page


def test_a_session_of_several_files_is_one_incident(tmp_path: Path) -> None:
    made = read_recording(FILE)
    recorder = Recorder(made.site, made.begun, limits=Limits(file_bytes=40_000)).begin()
    for event in made.events:
        recorder.take((event,), State.begin(made.site, made.begun))
    recorder.close()
    assert exported(tmp_path / "joined") == 0
    assert exported("--recording", FILE, tmp_path / "whole") == 0
    joined, whole = (
        read_recording(tmp_path / name / "recording.jsonl").events for name in ("joined", "whole")
    )
    assert joined == whole


def test_the_time_that_was_asked_for_chooses_the_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = pair_site()
    lb02 = site.clusters[0].lbs[1]
    for begun in (NOW, NOW + 5000):
        recorder = Recorder(site, begun).begin()
        events = [moved(begun + 1, lb02, "10.0.0.100", added=True)]
        recorder.take([addresses(begun, lb02), *events], State.begin(site, begun))
        recorder.close(begun + 100)
    words = ["--from", "2026-11-22T14:02:00+00:00", "--to", "2026-11-22T14:04:00+00:00"]
    assert exported(*words, tmp_path / "early") == 0
    assert read_recording(tmp_path / "early" / "recording.jsonl").begun == NOW
    assert exported(tmp_path / "newest") == 0
    assert read_recording(tmp_path / "newest" / "recording.jsonl").begun == NOW + 5000
    capsys.readouterr()
    assert exported("--from", "2020-01-01", "--to", "2020-01-02", tmp_path / "none") == 2
    assert "No recording covers that time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from", "+80", "--to", "+10"], "--from is after --to"),
        (["--to", "2020-01-01"], "--from is after --to"),
        (["--from", "2020-01-01", "--to", "2020-01-02"], "has nothing of that time"),
        (["--from", "soon"], "'soon' is no moment"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = exported("--recording", FILE, *words, tmp_path / "out")
    err = capsys.readouterr().err
    assert result == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["folder", "file.zip"])
def test_nothing_is_overwritten(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / name
    assert exported("--recording", FILE, target) == 0
    assert exported("--recording", FILE, target) == 2
    assert "is there already: name a new one" in capsys.readouterr().err
    (tmp_path / "plain").write_text("")
    assert exported("--recording", FILE, tmp_path / "plain" / "below") == 2
    assert "Not a directory" in capsys.readouterr().err
