"""What a real pair showed in every state, as a file: the measure for demo and lab alike.

``recorded.json``: state → what is seen there. Only ``healthy`` is told in full; of the other
states stands there what is other than in health, ``null`` where nothing is asked (no link).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from haconsole.domain.events import LinkStatus
from haconsole.lab.faults import FAULTS

from .answers import Answers, Asker
from .portrait import Portrait
from .worlds import Watched

FILE = Path(__file__).with_name("recorded.json")
HEALTHY = "healthy"
#: The one that cuts every link comes last: it has no answers, and costs a login everywhere.
STATES = (HEALTHY, *(name for name in FAULTS if name != "sshd-stop"), "sshd-stop")


@dataclass(frozen=True)
class Seen:
    """What the console says of a state, and what the hosts that can be reached answer in it."""

    portrait: Portrait
    answers: Mapping[str, Answers]


async def take(case: Watched) -> Seen:
    """Return what the console says now, and ask every host that can be reached everything."""
    said = case.portrait()
    hosts = [h for h in case.watch.state.site.hosts if case.link(h.name) is LinkStatus.UP]
    answers = {}
    for host in hosts:
        asker = Asker(case.watch, host)
        answers[host.name] = await asker.ask()
        case.sent |= asker.sent
    return Seen(said, answers)


def flat(seen: Seen) -> dict[str, str]:
    """Return everything seen as lines with names, to be compared."""
    lines = dict(seen.portrait)
    for host, answers in seen.answers.items():
        lines |= {f"{host}: {command}": meaning for command, meaning in answers.items()}
    return lines


def write(seen: Mapping[str, Seen]) -> None:
    """Write the file anew."""
    health = flat(seen[HEALTHY])
    told: dict[str, dict[str, str | None]] = {}
    for state, one in seen.items():
        lines = flat(one)
        other = {k: lines.get(k) for k in health | lines if lines.get(k) != health.get(k)}
        told[state] = {**health} if state == HEALTHY else other
    FILE.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read() -> dict[str, dict[str, str]]:
    """Return for every state all lines that are seen in it."""
    told: dict[str, dict[str, str | None]] = json.loads(FILE.read_text(encoding="utf-8"))
    health = told[HEALTHY]
    whole = {state: {**health, **lines} for state, lines in told.items()}
    return {
        state: {k: v for k, v in lines.items() if v is not None} for state, lines in whole.items()
    }
