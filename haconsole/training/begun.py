"""Which lessons were begun on hosts of one's own, and not left since.

``$XDG_STATE_HOME/haconsole/training-hosts.json``, its owner's alone. A console that dies in a
lesson leaves its line there: whoever opens the lessons on those hosts next is told, and offered the
way back. A file that cannot be understood says nothing, and is written anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from haconsole.domain.model import Cluster, Site
from haconsole.training.progress import default_path, write_whole

_VERSION = 1
_MOST_BYTES = 1 << 18


def place_of(site: Site, cluster: Cluster) -> str:
    """Return what these hosts are called in the file: other hosts of the same names are others."""
    hosts = " ".join(f"{host.name}={host.address}" for host in cluster.hosts)
    return f"{site.name}/{cluster.name}: {hosts}"


@dataclass(frozen=True, slots=True)
class Unended:
    """A lesson that was begun on some hosts and not left. ``at``: when, epoch seconds."""

    lesson: str
    at: float


class Begun:
    """The file. Never raises: where it cannot be written, a lost console is not told of."""

    def __init__(self, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.file = file or default_path().with_name("training-hosts.json")
        self._clock = clock

    def of(self, place: str) -> Unended | None:
        """Return the lesson that was begun there and not left."""
        return self._read().get(place)

    def begin(self, place: str, lesson_id: str) -> None:
        """Note that a lesson is begun there."""
        self._write({**self._read(), place: Unended(lesson_id, self._clock())})

    def end(self, place: str) -> None:
        """Note that the hosts there are whole again."""
        known = self._read()
        if known.pop(place, None) is not None:
            self._write(known)

    def _write(self, known: dict[str, Unended]) -> None:
        begun = {place: asdict(one) for place, one in sorted(known.items())}
        text = json.dumps({"version": _VERSION, "begun": begun}, ensure_ascii=False, indent=1)
        write_whole(self.file, text)

    def _read(self) -> dict[str, Unended]:
        try:
            with self.file.open("rb") as opened:
                told = json.loads(opened.read(_MOST_BYTES).decode("utf-8"))
            if told["version"] != _VERSION:
                return {}
            return {
                str(place): Unended(str(one["lesson"]), float(one["at"]))
                for place, one in told["begun"].items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}
