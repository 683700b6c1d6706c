"""The progress file: kept, merged, and never in the way of learning."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from haconsole.training.progress import Record
from haconsole.training.score import Tally


def test_what_was_learned_is_there_next_time(tmp_path: Path) -> None:
    file = tmp_path / "state" / "training.json"
    record = Record(file, clock=lambda: 100.0)
    assert record.unused
    record.stands("vrrp", "back", {"first": Tally(hints=2), "back": Tally(wrong=True)}, ("first",))
    again = Record(file)
    known = again.of("vrrp")
    assert (known.left_at, known.passed, known.at) == ("back", ("first",), 100.0)
    assert known.tallies == {"first": Tally(hints=2), "back": Tally(wrong=True)}
    assert again.unfinished() == "vrrp"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["training.json"]


def test_best_and_last_are_kept_and_a_finished_go_is_no_longer_unfinished(tmp_path: Path) -> None:
    record = Record(tmp_path / "training.json")
    for score in (70, 40):
        record.stands("vrrp", "first", {}, ())
        record.finished("vrrp", score)
    known = Record(tmp_path / "training.json").of("vrrp")
    assert (known.best, known.last, known.times, known.left_at) == (70, 40, 2, "")
    assert record.unfinished() is None


def test_two_consoles_do_not_forget_each_others_lessons(tmp_path: Path) -> None:
    one, other = Record(tmp_path / "training.json"), Record(tmp_path / "training.json")
    one.finished("vrrp", 90)
    other.finished("install", 80)
    one.stands("split-brain", "see", {}, ())
    found = Record(tmp_path / "training.json")
    assert [found.of(name).best for name in ("vrrp", "install")] == [90, 80]
    assert found.unfinished() == "split-brain"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"version": 2, "lessons": {}}',
        b'{"version": 1, "lessons": []}',
        b'{"version": 1, "lessons": {"vrrp": 3}}',
        b'{"version": 1, "lessons": {"vrrp": {"best": "much"}}}',
        b'{"version": 1, "lessons": {"vrrp": {"tallies": {"first": 1}}}}',
        b'{"version": 1, "lessons": {"vrrp": {"passed": null}}}',
        b'{"version": 1, "lessons": {"vrrp": {"at": null}}}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_ours_is_kept_aside_and_begun_anew(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "training.json"
    file.write_bytes(text)
    record = Record(file)
    assert record.unused
    assert "kept as training.json.kept" in str(record.problem)
    assert (tmp_path / "training.json.kept").read_bytes() == text
    record.finished("vrrp", 50)
    assert json.loads(file.read_text())["lessons"]["vrrp"]["best"] == 50


def test_progress_that_cannot_be_written_is_said_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    record = Record(tmp_path / "state" / "training.json")
    record.finished("vrrp", 50)
    assert record.of("vrrp").best == 50
    assert "what you learn now is not kept" in str(record.problem)
