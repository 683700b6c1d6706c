"""Finding a hit log on a node, and following it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from haconsole.domain.model import Cluster, Role
from haconsole.transport.commands import Command
from haconsole.words import t

from .sections import Section, compose, split

#: Where hits are looked for when the inventory names no file: ours first, the usual one last.
KNOWN_PATHS = ("/var/log/nginx/haconsole.log", "/var/log/nginx/access.log")
#: Lines of the past that the first look at a log begins with.
BACKLOG = 200
_BACKLOG_BYTES = 100_000
#: Seconds between two looks at the file. tail's inotify mode wakes up for every line: at 5,000
#: lines/s that is 23 % of a core; ten looks a second are below 1 %.
_LOOK_S = "0.1"


def paths(cluster: Cluster, role: Role) -> tuple[str, ...]:
    """Return the files to look at, best first. The inventory's path is meant for the LBs."""
    if cluster.hit_log.path and role is Role.LB:
        return (cluster.hit_log.path,)
    return KNOWN_PATHS


@dataclass(frozen=True, slots=True)
class Found:
    """A log that can be read, with its newest lines."""

    path: str
    sample: tuple[str, ...]
    polls: bool


class Finder:
    """The command that looks for a hit log, and what its output means."""

    def __init__(self, candidates: tuple[str, ...]) -> None:
        self._candidates = candidates
        questions = {
            # Bounded in bytes first: a log may hold lines of any length. ``head`` says why not.
            f"log{i}": f"head -c 0 -- {shlex.quote(path)} && "
            f"tail -c {_BACKLOG_BYTES} -- {shlex.quote(path)} | tail -n {BACKLOG}"
            for i, path in enumerate(candidates)
        }
        # An undocumented option of GNU tail, so it is tried before it is relied on.
        questions["polls"] = f"tail ---disable-inotify -s {_LOOK_S} -n 0 /dev/null"
        script, self._nonce = compose(questions)
        self.command = Command(name="find the hit log", script=script, root=True)

    def found(self, output: str) -> tuple[list[Found], str]:
        """Return the logs that exist, best first, and why there is none."""
        sections = split(output, self._nonce)
        polls = "polls" in sections and sections["polls"].status == 0
        found: list[Found] = []
        problem = t("the reading was cut off")
        for index, path in enumerate(self._candidates):
            section: Section | None = sections.get(f"log{index}")
            if section is None:
                continue
            if section.problem is None:
                found.append(Found(path, tuple(section.text.splitlines()), polls))
            else:
                problem = t("no hit log: {why}", why=section.problem)
        return found, problem


def follow(found: Found) -> Command:
    """Return the command that follows a log from its end, across rotation."""
    how = f"---disable-inotify -s {_LOOK_S} " if found.polls else ""
    script = f"exec tail {how}-n 0 -F -- {shlex.quote(found.path)} 2>/dev/null"
    return Command(name="hit log stream", script=script, root=True)
