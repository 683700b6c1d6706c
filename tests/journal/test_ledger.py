"""The ledger: everything is in it, repeats are counted, nobody else reads it."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.journal import ledger as module
from haconsole.journal.ledger import Ledger, default_path
from haconsole.transport.commands import Effect, LedgerEntry

READ = LedgerEntry(1.0, "lb01", "full reading", "ip", Effect.READS, False, "done", 0, 0.01)


def rows(ledger: Ledger) -> list[dict[str, object]]:
    return [json.loads(line) for line in ledger.path.read_text().splitlines()]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "state" / "ledger.jsonl")


def test_repeated_readings_are_counted(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.record(READ)
    ledger.record(replace(READ, outcome="timeout", exit_status=None))
    ledger.record(replace(READ, outcome="timeout", exit_status=None))
    ledger.close()
    told = rows(ledger)
    assert [row.get("outcome") or row["repeated"] for row in told] == ["done", 4, "timeout", 1]
    assert len(ledger.recent) == 7


def test_every_change_stands_by_itself(ledger: Ledger) -> None:
    change = replace(READ, name="stop", effect=Effect.CHANGES)
    for _ in range(3):
        ledger.record(change)
    ledger.close()
    assert [row["name"] for row in rows(ledger)] == ["stop"] * 3


def test_other_scripts_of_one_name_are_no_repeats(ledger: Ledger) -> None:
    files = ("/etc/keepalived/keepalived.conf", "/etc/nginx/ssl/site.key", "/etc/nginx/.htpasswd")
    for _ in range(3):  # by turns, as a reading as root and then without, or one VIP and the next
        for file in files:
            ledger.record(replace(READ, name="read a file", script=f"cat {file}"))
        ledger.record(replace(READ, name="read a file", script=f"cat {files[0]}", root=True))
    told = rows(ledger)
    assert [(row["script"], row["root"]) for row in told] == [
        *((f"cat {file}", False) for file in files),
        (f"cat {files[0]}", True),
    ]
    ledger.close()
    again = rows(ledger)[4:]
    assert [(row["script"], row["root"], row["repeated"]) for row in again] == [
        *((f"cat {file}", False, 2) for file in files),
        (f"cat {files[0]}", True, 2),
    ]


def test_what_is_counted_is_bounded(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RUNS", 2)
    for script in ("a", "a", "b", "a", "c", "d", "a"):
        ledger.record(replace(READ, script=script))
    ledger.close()
    told = [(row["script"], row.get("repeated")) for row in rows(ledger)]
    assert told == [
        *(("a", None), ("b", None), ("c", None)),  # b, longest unheard of, goes without a word
        *(("a", 2), ("d", None)),
        ("a", None),
    ]


def test_only_its_owner_reads_it(ledger: Ledger) -> None:
    ledger.record(READ)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700


def test_it_is_bounded(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT_BYTES", 1000)
    for number in range(50):
        ledger.record(replace(READ, name=f"reading {number}"))
    kept = list(ledger.path.parent.iterdir())
    assert len(kept) == 2
    assert sum(file.stat().st_size for file in kept) < 3000


def test_a_ledger_that_cannot_be_written_says_so_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = Ledger(tmp_path / "file" / "ledger.jsonl")
    ledger.record(READ)
    assert ledger.problem is not None
    assert str(ledger.path) in ledger.problem
    assert len(ledger.recent) == 1


def test_it_stands_where_the_system_wants_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert default_path() == Path("/somewhere/haconsole/ledger.jsonl")
