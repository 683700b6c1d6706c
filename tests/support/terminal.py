"""A real console in a real terminal: what a person would see, with the time it was seen."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from fcntl import ioctl
from termios import TIOCSWINSZ

import pyte


class Terminal:
    """A program behind a pseudo-terminal, drawn by a terminal emulator as its bytes come.

    ``on_paint`` is called in the reading thread after each chunk was drawn, with the screen's
    lines and the time (epoch seconds) at which the chunk came.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        on_paint: Callable[[Sequence[str], float], None] = lambda lines, at: None,
    ) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        #: Everything that the program wrote to the terminal.
        self.raw = bytearray()
        self._stream = pyte.ByteStream(self.screen)
        self._on_paint = on_paint
        self._lock = threading.Lock()
        self._master, slave = pty.openpty()
        ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            # Whoever runs the tests may ignore it (nohup), and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 - no lock is held
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def console(cls, *arguments: str, **options: object) -> Terminal:
        """Start ``haconsole ARGUMENTS``."""
        return cls([sys.executable, "-m", "haconsole", *arguments], **options)  # type: ignore[arg-type]

    @property
    def lines(self) -> list[str]:
        """What stands on the screen."""
        with self._lock:
            return list(self.screen.display)

    @property
    def text(self) -> str:
        """What stands on the screen, as one text."""
        return "\n".join(line.rstrip() for line in self.lines)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def until(self, pattern: str, timeout_s: float = 20.0) -> re.Match[str]:
        """Return when the screen shows ``pattern``; fail with the screen otherwise."""
        deadline = time.monotonic() + timeout_s
        while True:
            if match := re.search(pattern, self.text, re.MULTILINE):
                return match
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"no {pattern!r} within {timeout_s} s on:\n{self.text}")
            time.sleep(0.02)

    def close(self) -> int:
        """End the program (asked first), and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        status = self.process.wait()
        self._reader.join(2)
        os.close(self._master)
        return status

    def _read(self) -> None:
        while True:
            try:
                if not select.select([self._master], [], [], 1.0)[0]:
                    if self.process.poll() is not None:
                        return
                    continue
                chunk = os.read(self._master, 65536)
            except OSError:
                return
            if not chunk:
                return
            at = time.time()
            with self._lock:
                self.raw += chunk
                self._stream.feed(chunk)
                lines = list(self.screen.display)
            self._on_paint(lines, at)
