"""Runs of changing commands, as the ledger has them: what failed, and when they ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from haconsole.journal import changes
from haconsole.journal.ledger import Ledger
from haconsole.transport.commands import Effect, LedgerEntry

AT = 1_700_000_000.0


def changed(
    name: str, outcome: str, status: int | None = None, *, at: float = AT, seconds: float = 0.0
) -> LedgerEntry:
    return LedgerEntry(at, "lb01", name, "a script", Effect.CHANGES, True, outcome, status, seconds)


def kept(folder: Path, *entries: LedgerEntry) -> list[changes.Changes]:
    ledger = Ledger(folder / "ledger.jsonl")
    for entry in entries:
        ledger.record(entry)
    ledger.close()
    return changes.every(ledger.path)


@pytest.mark.parametrize(
    ("outcome", "status", "failed"),
    [
        ("done", 0, 0),
        ("done", 1, 1),
        ("stream", None, 0),
        ("timeout", None, 1),
        ("refused", None, 1),
        ("lost", None, 1),
    ],
)
def test_what_failed_is_counted(
    tmp_path: Path, outcome: str, status: int | None, failed: int
) -> None:
    (run,) = kept(tmp_path, changed("stop", "done", 0), changed("start", outcome, status))
    assert run.failed == failed


@pytest.mark.parametrize("status", [0, 7, 130, None])
def test_a_shell_that_was_opened_and_closed_has_not_failed(
    tmp_path: Path, status: int | None
) -> None:
    opened = changed("terminal", "opened")
    (run,) = kept(tmp_path, opened, changed("terminal", "closed", status, seconds=3600.0))
    assert (run.failed, run.at, run.ended_at) == (0, AT, AT + 3600)


def test_a_shell_whose_link_was_lost_has_failed(tmp_path: Path) -> None:
    (run,) = kept(tmp_path, changed("terminal", "opened"), changed("terminal", "lost"))
    assert run.failed == 1


def test_what_was_changed_long_after_a_shell_is_a_run_of_its_own(tmp_path: Path) -> None:
    shell = (changed("terminal", "opened"), changed("terminal", "closed", 0, seconds=3600.0))
    during = changed("reload", "done", 0, at=AT + 1800)
    after = changed("stop", "done", 0, at=AT + 3600 + 2400)
    later, run = kept(tmp_path, *shell, during, after)
    assert (later.names, run.names) == (("stop",), ("terminal", "reload"))
