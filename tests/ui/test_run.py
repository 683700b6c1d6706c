"""The console on a real (pseudo-)terminal: it starts, paints, leaves, and hands the terminal back."""

from __future__ import annotations

import os
import pty
import select
import struct
import sys
import termios
import textwrap
import time
from fcntl import ioctl

SCRIPT = textwrap.dedent(
    """
    import sys
    from haconsole.ui.prompter import ScreenPrompter
    from haconsole.ui.run import run_console
    from tests.support.replay import ReplayFeed
    from tests.support.states import healthy

    scene = healthy()
    feed = ReplayFeed(scene.site, scene.events, now=scene.now)
    sys.exit(run_console(feed, prompter=ScreenPrompter()))
    """
)


class Child:
    """The console in a process of its own, and what it wrote."""

    def __init__(self) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "xterm-256color", "PYTHONPATH": os.getcwd()}
            os.environ |= {"COLUMNS": "80", "LINES": "24"}
            os.execv(sys.executable, [sys.executable, "-c", SCRIPT])
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = b""

    def read_until(self, wanted: bytes, seconds: float = 30) -> bytes:
        """Return all that was written, once ``wanted`` is in it."""
        deadline = time.monotonic() + seconds
        while wanted not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, self.seen[-2000:]
            if select.select([self.fd], [], [], left)[0]:
                try:
                    chunk = os.read(self.fd, 65536)
                except OSError:
                    chunk = b""
                assert chunk, f"ended before {wanted!r}: {self.seen[-2000:]!r}"
                self.seen += chunk
        return self.seen

    def end(self) -> int:
        """Wait for its end; return the exit status."""
        while True:
            try:
                if not (chunk := os.read(self.fd, 65536)):
                    break
            except OSError:
                break
            self.seen += chunk
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def test_it_paints_takes_keys_and_gives_the_terminal_back() -> None:
    child = Child()
    child.read_until(b"SERVING")
    os.write(child.fd, b"4")
    child.read_until(b"TIMELINE")
    os.write(child.fd, b"q")
    assert child.end() == 0
    assert b"\x1b[?1049l" in child.seen, "the alternate screen is left"
    assert b"\x1b[?25h" in child.seen, "the cursor is shown again"
    assert b"Traceback" not in child.seen
