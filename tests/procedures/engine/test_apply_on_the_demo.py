"""``haconsole apply`` asked on a terminal, and with a report that cannot be kept: on the demo."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from haconsole.demo import serve
from haconsole.demo.serve import Demo

pytest.importorskip("termios", reason="SKIPPED: a POSIX terminal is needed to be asked on one")
pytestmark = pytest.mark.asyncio(loop_scope="module")
#: Takes the terminal for its own, as a shell's child has it.
_ON_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from haconsole.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def demo() -> AsyncIterator[Demo]:
    async with serve.running(rate=0.0) as running:
        yield running


def answered(words: list[str], question: str, typed: bytes) -> tuple[int, str]:
    """Call it on a terminal, type at the question; returns the exit status and what was shown."""
    near, far = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", _ON_A_TERMINAL, *words],
        stdin=far, stdout=far, stderr=far, start_new_session=True,
    )  # fmt: skip
    os.close(far)
    seen = b""
    try:
        while question.encode() not in seen:
            chunk = _read(near)
            assert chunk, seen.decode()
            seen += chunk
        os.write(near, typed)
        while chunk := _read(near):
            seen += chunk
        return child.wait(30), seen.decode()
    finally:
        child.kill()
        child.wait()
        os.close(near)


def _read(near: int) -> bytes:
    if not select.select([near], [], [], 30)[0]:
        return b""
    try:
        return os.read(near, 4096)
    except OSError:  # its program has closed it
        return b""


@pytest.mark.parametrize(
    ("words", "question", "typed", "status", "says"),
    [
        (
            ["configure-pair", "--set", "auth=pass", "--set", "auth_pass=-"],
            "auth_pass: ",
            b"\x04",
            2,
            "haconsole: auth_pass: nothing was typed.",
        ),
        (["configure-pair", "--set", "auth_pass=-"], "auth_pass: ", b"\x03", 130, ""),
        (["restart-nginx", "--write"], "Run it (yes/no)? ", b"\x03", 130, ""),
        (["restart-nginx", "--write"], "Run it (yes/no)? ", b"\x04", 2, ""),
        (["restart-nginx", "--write"], "Run it (yes/no)? ", b"no\n", 2, ""),
    ],
)
async def test_a_question_is_left_without_a_traceback(
    demo: Demo, words: list[str], question: str, typed: bytes, status: int, says: str
) -> None:
    call = ["apply", str(demo.inventory), *words]
    ended, shown = await asyncio.to_thread(answered, call, question, typed)
    assert ended == status, shown
    assert says in shown
    assert "Traceback" not in shown


async def test_what_was_done_is_told_though_its_report_is_not_kept(demo: Demo) -> None:
    words = ["restart-nginx", "--set", "host=web01", "--write", "--yes", "--report", "/dev/full"]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "haconsole", "apply", str(demo.inventory), *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, problems = await child.communicate()
    assert said.decode() == "1 step changed something; all is as planned.\n"
    assert "haconsole: /dev/full could not be written: No space left" in problems.decode()
    assert child.returncode == 1
