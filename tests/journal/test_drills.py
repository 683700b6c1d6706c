"""Drills are kept, found again, bounded, and compared over time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haconsole.journal import changes, drills
from haconsole.journal.drills import JournalError, every, find, keep, kind_of, median_upper, trend
from haconsole.journal.ledger import Ledger
from haconsole.transport.commands import Effect, LedgerEntry


def document(name: str, at: float, upper_s: float = 0.7, *, conf: str = "a") -> dict[str, object]:
    return {
        "id": name,
        "at": at,
        "scenario": "stop",
        "site": "shop",
        "cluster": "pair",
        "vip": "10.0.0.100",
        "target": "lb01",
        "verdict": "as-predicted",
        "measured": {"lower_s": upper_s - 0.004, "upper_s": upper_s},
        "fingerprints": {"lb01": {"/etc/keepalived/keepalived.conf": conf}},
    }


def test_what_is_kept_is_found_again_newest_first(tmp_path: Path) -> None:
    for index in range(3):
        page = keep(document(f"d{index}-x", 100.0 + index), f"# page {index}\n", tmp_path)
        assert page.read_text() == f"# page {index}\n"
        assert page.stat().st_mode & 0o77 == 0
    assert [one["id"] for one in every(tmp_path)] == ["d2-x", "d1-x", "d0-x"]
    assert (find("d1", tmp_path) or {})["id"] == "d1-x"
    assert find("d", tmp_path) is None
    assert find("nothing", tmp_path) is None


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drills, "MOST", 2)
    for index in range(4):
        keep(document(f"d{index}", 100.0 + index), "page", tmp_path)
    assert [one["id"] for one in every(tmp_path)] == ["d3", "d2"]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "d2.json",
        "d2.md",
        "d3.json",
        "d3.md",
    ]


def test_a_broken_file_hides_no_other(tmp_path: Path) -> None:
    keep(document("good", 1.0), "page", tmp_path)
    (tmp_path / "bad.json").write_text('{"id": ')
    (tmp_path / "list.json").write_text("[]")
    assert [one["id"] for one in every(tmp_path)] == ["good"]


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "drills").write_text("a file where the folder should be")
    with pytest.raises(JournalError, match="drills"):
        keep(document("d", 1.0), "page", tmp_path / "drills")
    with pytest.raises(JournalError, match="cannot be a drill's name"):
        keep(document("../d", 1.0), "page", tmp_path)


def test_the_trend_says_what_changed_between() -> None:
    rows = [
        document("d1", 1.0, 0.70),
        document("d2", 2.0, 0.72),
        document("d3", 3.0, 3.60, conf="b"),
        {**document("other", 2.5), "target": "lb02"},
    ]
    points = trend(kind_of(rows[0]), rows)
    assert [one.drill_id for one in points] == ["d1", "d2", "d3"]
    assert [one.changed for one in points] == [(), (), ("lb01 /etc/keepalived/keepalived.conf",)]
    assert median_upper(points) == 0.72


def test_a_void_drill_is_in_the_trend_and_not_in_its_median() -> None:
    rows = [document("d1", 1.0, 0.7), {**document("d2", 2.0, 9.0), "verdict": "void"}]
    points = trend(kind_of(rows[0]), rows)
    assert len(points) == 2
    assert median_upper(points) == 0.7


def entry(at: float, name: str, *, effect: Effect = Effect.CHANGES, status: int = 0) -> LedgerEntry:
    return LedgerEntry(at, "lb01", name, "true", effect, True, "done", status, 0.5)


def test_changes_are_read_back_from_the_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for one in (
        entry(1000.0, "place a file"),
        entry(1001.0, "look", effect=Effect.READS),
        entry(1001.5, "hold the lock"),
        entry(1002.0, "reload", status=1),
        entry(5000.0, "stop nginx"),
    ):
        ledger.record(one)
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"effect": "changes", broken\n')
    newest, oldest = changes.every(tmp_path / "ledger.jsonl")
    assert newest.names == ("stop nginx",)
    assert oldest.names == ("place a file", "reload")
    assert (oldest.failed, oldest.hosts, oldest.at) == (1, ("lb01",), 1000.0)
    assert oldest.id == "changes-700101-001640"
    assert json.dumps(oldest.entries)


def test_without_a_journal_there_is_nothing(tmp_path: Path) -> None:
    assert every(tmp_path / "none") == []
    assert changes.every(tmp_path / "none.jsonl") == []
