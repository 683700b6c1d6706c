"""Somebody new, in a real terminal: from the demo to the first green check, and on the next day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from haconsole.training.progress import Record
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

#: From the command to the first green check, seconds; the keys are pressed without thinking.
AT_MOST_S = 180.0
_LEAVE_SHELL = "\x1d"  # Ctrl+]
_ENTER = "\r"


@pytest.fixture
def open_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Terminal]]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    begun: list[Terminal] = []

    def console(*words: str) -> Terminal:
        begun.append(Terminal.console(*words, size=(80, 24)))
        return begun[-1]

    yield console
    for one in begun:
        one.close()


def test_from_the_demo_to_the_first_green_check_and_on_the_next_day(
    open_console: Callable[..., Terminal], tmp_path: Path
) -> None:
    began = time.monotonic()
    demo = open_console("demo", "--lang", "en")
    demo.until("New here\\? 8", 40.0)
    demo.type("8")
    demo.until("What keepalived does", 40.0)
    demo.type(_ENTER)
    demo.until("DO +Stop keepalived on lb01", 40.0)
    demo.type("t")
    demo.until(r"root@lb01:~#", 40.0)
    demo.type(f"systemctl stop keepalived{_ENTER}")
    demo.until(r"root@lb01:~#\s+root@lb01:~#|stop keepalived\s+root@lb01:~#", 40.0)
    demo.type(_LEAVE_SHELL)
    demo.until("DONE.*100 points", 40.0)
    assert time.monotonic() - began < AT_MOST_S
    demo.process.kill()
    demo.process.wait(10)
    record = Record(tmp_path / "state" / "haconsole" / "training.json")
    assert record.of("vrrp").passed == ("first",)

    again = open_console("train", "continue", "--lang", "en")
    again.until(r"step 2 of 5", 40.0)
    again.until("10.0.0.100 on lb02", 40.0)
