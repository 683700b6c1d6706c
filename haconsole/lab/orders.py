"""Orders to a lab from a console that is open on it: the lab's own command, in a process apart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

from haconsole.words import locale_for_children

from .errors import LabError
from .tools import last_words


async def order(*words: str) -> str:
    """Run ``haconsole lab WORDS…``; returns the last thing it said, or raises ``LabError`` with it.

    When we are cancelled it is told to end, and awaited.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "haconsole",
        "lab",
        *words,
        env={**os.environ, **locale_for_children()},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # A terminal's Ctrl-C goes to everyone in its foreground; this is the console's to end.
        start_new_session=True,
    )
    try:
        _, err = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    said = last_words(err.decode("utf-8", "replace"))
    if process.returncode:
        raise LabError(said)
    return said
