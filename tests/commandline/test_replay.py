"""``haconsole replay``, as it is typed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from haconsole.cli import main
from haconsole.journal.recording import Recorder, folder
from haconsole.journal.recording_reading import read_recording
from tests.support.parts import NOW
from tests.support.recordings import FOLDER
from tests.support.states import healthy
from tests.support.terminal import Terminal

FILE = FOLDER / "split-brain.jsonl"


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_without_a_file_it_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay"]) == 0
    assert f"Nothing is recorded yet in {folder()}." in capsys.readouterr().out
    scene = healthy()
    recorder = Recorder(scene.site, NOW - 600).begin()
    recorder.take(scene.events, scene.state)
    recorder.close()
    assert main(["replay"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith(str(recorder.path))
    assert str(recorder.path).startswith(f"{folder()}/shop-20261122T")


def test_what_happened_is_listed_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--stops", str(FILE)]) == 0
    lines = [line[21:] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "beginning: demo",
        "WARNING: lb02: its firewall (firewalld) drops VRRP",
        "CRITICAL: split brain: 10.0.0.100 on lb01 AND lb02",
        "end",
    ]


def test_it_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(FILE)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "a replay needs a terminal" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: No such file or directory"),
        ([str(FOLDER)], "Is a directory"),
        (["README.md"], "README.md is no recording of haconsole."),
        ([str(FILE), "--at", "noon"], "'noon' is no moment"),
    ],
)
def test_what_cannot_be_replayed_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", *words]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
    assert said.err.startswith("haconsole: ")


def test_it_opens_at_the_moment_that_was_asked_for() -> None:
    words = [sys.executable, "-m", "haconsole", "replay", str(FILE), "--at", "end-5s"]
    terminal = Terminal(words, size=(100, 30))
    try:
        terminal.until("SPLIT BRAIN", 30)
        terminal.until("RECORDING")
        terminal.type("q")
        assert terminal.process.wait(20) == 0
    finally:
        terminal.close()
    assert read_recording(FILE).ended is None


@pytest.mark.slow
@pytest.mark.parametrize("records", [True, False])
def test_a_console_is_recorded_unless_it_is_told_not_to(
    records: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal.console("demo", *([] if records else ["--no-record"]), size=(80, 24))
    try:
        terminal.until("SERVING", 40)
        terminal.type("q")
        assert terminal.process.wait(20) == 0
    finally:
        terminal.close()
    if not records:
        assert not folder().exists()
        return
    [path] = folder().iterdir()
    recording = read_recording(path)
    assert recording.ended is not None
    assert not recording.cut
    assert main(["replay", "--stops", str(path)]) == 0
    assert "beginning: demo" in capsys.readouterr().out
