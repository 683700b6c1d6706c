"""The folder of a demo: its keys and its inventory; gone with it, or with the next demo."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from haconsole.words import t

#: What the folder of a demo is called, before its process id.
PREFIX = "haconsole-demo-"
_OF_A_DEMO = re.compile(re.escape(PREFIX) + r"(\d+)-\w+")


class ServeError(Exception):
    """The demo cannot be served here; the message is the sentence to show."""


def make() -> Path:
    """Make a folder of this process's, for its user alone. Raises ``ServeError``."""
    try:
        sweep(Path(tempfile.gettempdir()))
        return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    except OSError as error:
        raise ServeError(
            t(
                "The demo finds no folder for its keys; set TMPDIR to one that can be written"
                " ({why}).",
                why=error.strerror or error,
            )
        ) from None


def unwritable(folder: Path, error: OSError) -> ServeError:
    """Return the error that says that nothing can be written there."""
    return ServeError(
        t("The demo cannot write its keys to {folder}: {why}.", folder=folder, why=_why(error))
    )


def deaf(port: int, error: OSError) -> ServeError:
    """Return the error that says that the port cannot be had; 0: that none can."""
    if port:
        return ServeError(
            t("The demo cannot listen on 127.0.0.1:{port}: {why}.", port=port, why=_why(error))
        )
    return ServeError(t("The demo cannot listen on 127.0.0.1: {why}.", why=_why(error)))


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def remove(folder: Path) -> None:
    """Remove a demo's folder with all that is in it; it may be gone already."""
    # Where a file that somebody reads cannot be removed (Windows), the rest still goes.
    shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what demos that were killed (SIGKILL) left in ``folder``: keys and inventories."""
    if os.name != "posix":
        # Elsewhere there is no harmless way to ask whether a process lives.
        return
    for left in folder.glob(f"{PREFIX}*"):
        made = _OF_A_DEMO.fullmatch(left.name)
        if made and not _lives(int(made[1])):
            remove(left)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it lives, and is somebody else's
    return True
