"""``haconsole journal``: drills and changes are listed, shown and compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haconsole.cli import main
from haconsole.journal.drills import keep
from haconsole.journal.ledger import Ledger
from haconsole.procedures.drill.report import as_json, as_markdown
from haconsole.transport.commands import Effect, LedgerEntry
from tests.procedures.drill.report.made import result

AT = 1_795_356_151.0


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three drills, of which the last had another configuration, and changes between them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for index, (gap_s, priority) in enumerate(((0.62, 150), (0.64, 150), (0.66, 140))):
        made = result(
            drill_id=f"d{index}-stop", at=AT + 1000 * index, gap_s=gap_s, priority=priority
        )
        keep(as_json(made), as_markdown(made))
    script = "cat >/etc/nginx/nginx.conf"
    Ledger().record(
        LedgerEntry(AT + 1500, "lb01", "place a file", script, Effect.CHANGES, True, "done", 0, 0.5)
    )
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["journal", *words]) == 0
    return capsys.readouterr().out


def test_the_list_is_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    rows = said(capsys, "list").splitlines()[1:]
    assert [row.split()[0] for row in rows] == [
        "d2-stop",
        "changes-261122-142731",
        "d1-stop",
        "d0-stop",
    ]
    assert "as-predicted: 0.6" in rows[0]
    assert len(said(capsys, "list", "--most", "2").splitlines()) == 3


def test_the_list_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(said(capsys, "list", "--json"))
    assert document["version"] == 1
    assert [one["kind"] for one in document["entries"]] == ["drill", "changes", "drill", "drill"]


def test_a_drill_is_shown_as_its_report(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, "show", "d1")
    assert page.startswith("# Drill stop on lb01: as-predicted\n")
    assert json.loads(said(capsys, "show", "d1-stop", "--json"))["id"] == "d1-stop"


def test_changes_are_shown_with_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert "cat >/etc/nginx/nginx.conf" in said(capsys, "show", "changes-261122-142731")


def test_the_trend_says_what_was_configured_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    trend = json.loads(said(capsys, "trend", "d0", "--json"))
    assert [one["id"] for one in trend["points"]] == ["d0-stop", "d1-stop", "d2-stop"]
    assert [one["changed"] for one in trend["points"]] == [
        [],
        [],
        ["lb01 /etc/keepalived/keepalived.conf"],
    ]
    assert 0.64 <= trend["median_upper_s"] <= 0.65
    rows = said(capsys, "trend", "d0").splitlines()
    assert rows[3].strip() == "changed: lb01 /etc/keepalived/keepalived.conf"


def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["journal", "show", "nothing"]) == 2
    assert "no entry nothing" in capsys.readouterr().err
    assert main(["journal", "trend", "d"]) == 2


def test_an_empty_journal_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "new"))
    assert said(capsys, "list") == "Nothing is kept yet.\n"
