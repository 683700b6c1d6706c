"""What is asked on the terminal, and Ctrl-C while it is asked."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("termios", reason="SKIPPED: a POSIX terminal is needed to be asked on one")

#: Takes the terminal for its own, as a shell's child has it, and asks.
_ASK = """
import asyncio, fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from haconsole.commandline.prompting import TerminalPrompter
from haconsole.domain.notes import note
from haconsole.transport.prompts import SecretKind, SecretQuestion
kind = next(iter(SecretKind))
question = SecretQuestion(kind, "lb01", note("sudo password on lb01"), False, 1)
try:
    print("got", asyncio.run(TerminalPrompter().secret(question)))
except KeyboardInterrupt:
    raise SystemExit(130)
"""


@pytest.mark.parametrize(("typed", "status"), [(b"\x03", 130), (b"x y\n", 0), (b"\x04", 0)])
def test_a_question_is_answered_or_left(typed: bytes, status: int) -> None:
    import termios

    near, far = os.openpty()
    try:
        child = subprocess.Popen(
            [sys.executable, "-c", _ASK], stdin=far, stdout=far, stderr=far, start_new_session=True
        )
        seen = b""
        while b"sudo password" not in seen:
            seen += os.read(near, 1024)
        assert not termios.tcgetattr(far)[3] & termios.ECHO
        os.write(near, typed)
        try:
            assert child.wait(20) == status
        finally:
            child.kill()
        assert termios.tcgetattr(far)[3] & termios.ECHO
        if status == 0:
            said = os.read(near, 1024)
            assert (b"got x y" if typed.startswith(b"x") else b"got None") in said
    finally:
        os.close(near)
        os.close(far)
