"""The program as it is put on a node: one file that any Python runs, and what it asks the wire."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from haconsole.procedures.detector.program import main, wire
from haconsole.procedures.detector.shipping import program, unit
from haconsole.procedures.recipes.header import is_managed


def _runs(name: str) -> bool:
    path = shutil.which(name)
    return (
        path is not None
        and subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0
    )


PYTHONS = [name for name in ("python2.7", "python3.6", "python3.8", "python3") if _runs(name)]


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_runs_it(python: str, tmp_path: Path) -> None:
    """By its own first lines, and by each Python that there is."""
    file = tmp_path / "haconsole-detector"
    file.write_text(program())
    file.chmod(0o755)
    bad = tmp_path / "settings"
    bad.write_text("me nobody\n")
    for command in ([python, str(file)], [str(file)]):
        done = subprocess.run([*command, "--what"], check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (
            3,
            "haconsole-detector [--once | --state | --check [FILE]]\n",
        )
        done = subprocess.run(
            [*command, "--check", str(bad)], check=False, capture_output=True, text=True
        )
        assert done.returncode == 3
        assert done.stderr.startswith(f"{bad}: ")
        assert "Traceback" not in done.stderr


def test_it_says_whose_it_is() -> None:
    assert is_managed(program())
    assert is_managed(unit())
    assert len(program()) < 24_000


def test_the_question_for_a_vip_tells_nobody_anything() -> None:
    """RFC 5227, 2.1.1: a probe's sender address is zero, so it changes no cache."""
    mac = wire.raw("02:00:00:00:00:0a")
    data = wire.frame(mac, wire.UNKNOWN_IP, "10.0.0.100")
    assert len(data) == 60
    assert data[:14] == b"\xff" * 6 + mac + b"\x08\x06"
    assert data[14:22] == b"\x00\x01\x08\x00\x06\x04\x00\x01"
    assert data[22:28] == mac
    assert data[28:32] == b"\0" * 4
    assert data[38:42] == socket.inet_aton("10.0.0.100")
    assert wire.answer(data) is None


def test_only_whole_replies_are_answers() -> None:
    mac = wire.raw("02:00:00:00:00:0b")
    reply = bytearray(wire.frame(mac, "10.0.0.100", "10.0.0.51"))
    reply[21] = wire.REPLY
    assert wire.answer(bytes(reply)) == ("10.0.0.100", "02:00:00:00:00:0b")
    assert wire.answer(bytes(reply[:41])) is None
    reply[12] = 0x86
    assert wire.answer(bytes(reply)) is None


_TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.0.0.0
        /24 link UNICAST
Local:
     +-- 10.0.0.0/24 2 0 2
        |-- 10.0.0.10
           /32 host LOCAL
        |-- 10.0.0.100
           /32 host LOCAL
        |-- 10.0.0.255
           /32 link BROADCAST
"""


def test_an_address_is_not_another_that_begins_like_it(tmp_path: Path) -> None:
    """grep finds 10.0.0.10 in 10.0.0.100, which is what the tutorial's script does."""
    file = tmp_path / "fib_trie"
    file.write_text(_TRIE)
    assert wire.holds("10.0.0.10", str(file))
    assert wire.holds("10.0.0.100", str(file))
    file.write_text(_TRIE.replace("|-- 10.0.0.100", "|-- 10.0.0.101"))
    assert not wire.holds("10.0.0.100", str(file))
    file.write_text(_TRIE.replace("|-- 10.0.0.10\n", "|-- 10.0.0.9\n"))
    assert not wire.holds("10.0.0.10", str(file))
    assert not wire.holds("10.0.0.255", str(file))
    assert not wire.holds("10.0.0.10", str(tmp_path / "none"))


def test_what_others_may_write_is_not_run(tmp_path: Path) -> None:
    assert main.trusted("/bin/sh") == ""
    assert "no absolute path" in main.trusted("page")
    assert "/nothing" in main.trusted("/nothing")
    hook = tmp_path / "page"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    assert "by others than root" in main.trusted(str(hook))
    assert "is no program" in main.trusted("/usr/bin")


class Told:
    """A hook's journal."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, level: int, text: str) -> None:
        self.lines.append(text)


def _over(hook: main.Hook) -> None:
    while hook.process is not None or hook.waiting:
        hook.tick()
        time.sleep(0.01)


@pytest.mark.skipif(main.trusted("/usr/bin/touch") != "", reason="programs here are not root's")
def test_the_hook_is_run_with_three_words_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = Told()
    hook = main.Hook("/usr/bin/touch", told)
    hook.call("two-owners", "10.0.0.100", "a sentence of words")
    for word in ("one-owner", "no-owner"):
        hook.call(word, "10.0.0.100", "later")
    _over(hook)
    made = set(os.listdir(tmp_path))
    assert {"two-owners", "10.0.0.100", "a sentence of words", "no-owner"} <= made
    assert told.lines == []


@pytest.mark.skipif(main.trusted("/usr/bin/sleep") != "", reason="programs here are not root's")
def test_a_hook_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "HOOK_S", 0.1)
    told = Told()
    hook = main.Hook("/usr/bin/sleep", told)
    hook.call("60", "60", "60")
    process = hook.process
    _over(hook)
    assert process.returncode == -9
    assert told.lines == ["/usr/bin/sleep took too long and was ended"]


def test_a_hook_that_others_may_write_is_told_and_not_run(tmp_path: Path) -> None:
    script = tmp_path / "page"
    script.write_text(f"#!/bin/sh\n: >{tmp_path}/ran\n")
    script.chmod(0o777)
    told = Told()
    hook = main.Hook(str(script), told)
    hook.call("two-owners", "10.0.0.100", "words")
    _over(hook)
    assert "the hook is not run: " in told.lines[0]
    assert not (tmp_path / "ran").exists()


def test_a_state_file_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "save", _full)
    assert main.kept("{}") == f"{main.STATE} cannot be written: No space left on device"


def _full(text: str, path: str = "") -> None:
    raise OSError(errno.ENOSPC, "")


def test_the_state_file_is_never_half_there(tmp_path: Path) -> None:
    file = tmp_path / "run" / "detector.json"
    for text in ("one\n", "two\n"):
        main.save(text, str(file))
        assert file.read_text() == text
        assert os.listdir(file.parent) == [file.name]
        assert file.stat().st_mode & 0o777 == 0o644
