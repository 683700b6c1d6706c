"""Running the system's own tools, with errors as sentences."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from haconsole.words import t

from .errors import LabError


def say(text: str) -> None:
    """Show one line of progress on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def run(
    argv: Sequence[str], what: str, *, stdin: str | None = None, timeout_s: float = 60.0
) -> str:
    """Run a tool and return its stdout.

    ``what`` names the step for the error: ``LabError`` says the step and the tool's last words.
    """
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError:
        raise LabError(t("{what} failed: {tool} is missing.", what=what, tool=argv[0])) from None
    except subprocess.TimeoutExpired:
        raise LabError(
            t("{what} took longer than {seconds} s.", what=what, seconds=round(timeout_s))
        ) from None
    if done.returncode:
        words = last_words(done.stderr or done.stdout)
        raise LabError(t("{what} failed: {words}", what=what, words=words))
    return done.stdout


def last_words(output: str) -> str:
    """Return the line of a tool's output that best says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("E:", "error:", "Error:"))]
    return (telling or lines or [t("it said nothing")])[-1][:300]


def wait_for(done: Callable[[], bool], timeout_s: float, every_s: float = 0.05) -> bool:
    """Ask ``done`` until it is true; returns whether it became so within ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    while True:
        if done():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(every_s)
