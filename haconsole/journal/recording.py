"""Writes down what a session learns, while it learns it: to be replayed, and shown to others.

JSON lines in ``$XDG_STATE_HOME/haconsole/recordings``, files of their owner alone. Each batch of
events is one write, so that a killed console leaves at most its last line unfinished. Files end
at a size or an age, and each can be replayed alone: it begins with the newest of every reading.
The oldest files of the folder make room.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haconsole.domain.events import Event
from haconsole.domain.model import Site
from haconsole.domain.state import State
from haconsole.parsers.masking import mask_secrets
from haconsole.words import t

from .ledger import default_path
from .recording_beside import BesideWriter
from .recording_rows import Writer, anonymous, head, line

if TYPE_CHECKING:
    from haconsole.monitor.casework.beside import Beside

#: How a recording's file ends.
SUFFIX = ".jsonl"
#: Characters of a site's name that stand in a file's name.
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
#: Characters of a file of a node that are kept.
_MOST_OF_A_FILE = 60_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What recordings may take: bytes and seconds of one file, bytes and seconds of all."""

    file_bytes: int = 16 << 20
    file_s: float = 6 * 3600.0
    all_bytes: int = 256 << 20
    all_s: float = 14 * 86400.0


def folder() -> Path:
    """Return where recordings are kept: ``$XDG_STATE_HOME/haconsole/recordings``."""
    return default_path().parent / "recordings"


def files(place: Path | None = None) -> list[Path]:
    """Return the recordings' files, oldest first, by their names' times."""
    with contextlib.suppress(OSError):
        return sorted((place or folder()).glob(f"*{SUFFIX}"), key=lambda path: path.name[-26:])
    return []


class Recorder:
    """Takes events as a feed's listener does; never raises.

    ``problem`` is the sentence that says why nothing is recorded any more, and ``on_problem`` is
    called with it once. ``begun``: epoch seconds, the feed's clock, when its state began.
    """

    def __init__(
        self,
        site: Site,
        begun: float,
        *,
        place: Path | None = None,
        limits: Limits = Limits(),
    ) -> None:
        self.problem: str | None = None
        self.on_problem: Callable[[str], None] = lambda problem: None
        self.path: Path | None = None
        self.marks = 0
        self._site = anonymous(site)
        self._begun = begun
        self._place = place or folder()
        self._limits = limits
        self._writer = Writer()
        self._beside = BesideWriter()
        #: Files as a diagnosis read them last, so that each is kept once for as long as it stays.
        self._files: dict[tuple[str, str], str] = {}
        self._handle = -1
        self._size = self._part = 0
        self._part_begun = self._at = begun

    @property
    def recording(self) -> bool:
        """Whether what comes is written down."""
        return self._handle >= 0

    def begin(self) -> Recorder:
        """Open the first file; what hinders is in ``problem``."""
        self._guarded(lambda: self._open(self._begun))
        return self

    def take(self, events: Sequence[Event], state: State) -> None:
        """Write events down."""
        if self._handle < 0 or not events:
            return
        self._at = max(self._at, events[-1].at)
        self._guarded(lambda: self._take(events))

    def mark(self, at: float, text: str = "") -> str:
        """Mark a moment; return what the mark is called."""
        self.marks += 1
        called = text or t("mark {number}", number=self.marks)
        self._put([{"mark": mask_secrets(called), "at": at}])
        return called

    def file(self, at: float, host: str, path: str, text: str) -> None:
        """Keep a node's file as it was read at ``at``."""
        self._put([_file(at, host, path, text)])

    def beside(self, told: Beside) -> None:
        """Write down what a diagnosis learnt beside the events, and the files that it read."""
        if self._handle >= 0:
            self._guarded(lambda: self._take_beside(told))

    def _take_beside(self, told: Beside) -> None:
        row = self._beside.row(told)
        for host, read in told.extras.items():
            for path, text in read.files.items():
                if self._files.get((host, path)) != text:
                    self._files[host, path] = text
                    self._write([_file(told.at, host, path, text)])
        self._write([row] if row is not None else [])

    def close(self, at: float | None = None) -> None:
        """End the recording; ``at``: when, by default with its last event."""
        self._put([{"end": self._at if at is None else at}])
        self._shut()

    # The files

    def _put(self, rows: Iterable[dict[str, Any]]) -> None:
        if self._handle >= 0:
            self._guarded(lambda: self._write(rows))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (OSError, ValueError, TypeError, RecursionError) as error:
            # What cannot be written must not take the console along.
            self._shut()
            why = (isinstance(error, OSError) and error.strerror) or str(error)
            where = self.path or self._place
            self.problem = t("Nothing is recorded any more: {file}: {why}", file=where, why=why)
            self.on_problem(self.problem)

    def _take(self, events: Sequence[Event]) -> None:
        if self._is_full():
            self._open(self._at)
        self._write([self._writer.row(event) for event in events])

    def _is_full(self) -> bool:
        age = self._at - self._part_begun
        return self._size >= self._limits.file_bytes or age >= self._limits.file_s

    def _write(self, rows: Iterable[dict[str, Any]]) -> None:
        data = "".join(map(line, rows)).encode("utf-8", "replace")
        self._size += len(data)
        while data:
            data = data[os.write(self._handle, data) :]

    def _open(self, at: float) -> None:
        """Begin the next file, with what is known so far."""
        known = [one.event for one in self._writer.last.values()]
        self._shut()
        self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        prune(self._place, self._limits)
        self._part += 1
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        name = _UNFIT.sub("-", self._site.name)[:60] or "site"
        for number in range(1000):
            self.path = self._place / f"{name}-{stamp}-{number:03}{SUFFIX}"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
            with contextlib.suppress(FileExistsError):
                self._handle = os.open(self.path, flags, 0o600)
                break
        else:
            raise OSError(t("there are a thousand recordings of this second"))
        self._size, self._part_begun = 0, at
        self._writer = Writer()
        first = [self._writer.row(event) for event in known]
        known_files = [_file(at, *where, text) for where, text in self._files.items()]
        first += [*known_files, *self._beside.whole()]
        self._write([head(self._site, self._begun, self._part), *first])
        # Where the readings end that are repeated from the file before.
        self._write([{"from": at}] if self._part > 1 else [])

    def _shut(self) -> None:
        if self._handle >= 0:
            with contextlib.suppress(OSError):
                os.close(self._handle)
            self._handle = -1


def _file(at: float, host: str, path: str, text: str) -> dict[str, Any]:
    kept = mask_secrets(text)[:_MOST_OF_A_FILE]
    return {"file": path, "host": host, "at": at, "text": kept}


def prune(place: Path, limits: Limits) -> list[Path]:
    """Remove the oldest recordings until there is room for one more; return which went."""
    known: list[tuple[float, int, Path]] = []
    for path in files(place):
        with contextlib.suppress(OSError):
            found = path.stat()
            known.append((found.st_mtime, found.st_size, path))
    known.sort()
    total = sum(size for _, size, _ in known) + limits.file_bytes
    oldest = time.time() - limits.all_s
    gone: list[Path] = []
    for at, size, path in known:
        if at >= oldest and total <= limits.all_bytes:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            gone.append(path)
            total -= size
    return gone
