"""What earlier drills left: a console that died leaves a folder on the node, and its undo works on.

Once undone, only the record stays, and whoever drills next clears it away. One that is not undone
yet is somebody's drill, or will be undone by its node soon; one whose timer was lost with a reboot
has to be undone by hand, which :func:`clear` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from haconsole.domain.model import Cluster
from haconsole.procedures.drill import node_side
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.steps.shell import reads
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t

_READ = f"""\
for d in {node_side.DRILLS}/*/; do
  [ -d "$d" ] || continue
  d=${{d%/}}; echo "drill ${{d##*/}}"
  [ ! -e "$d/about" ] || cat "$d/about"
  for f in due broken undone; do [ ! -e "$d/$f" ] || echo "$f $(head -n 1 "$d/$f")"; done
done
read -r up rest </proc/uptime
echo "now $(date +%s.%N) ${{up%%.*}} $(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
"""
#: Seconds past its time after which an undo that was armed is taken for lost.
_LATE_S = 5.0


@dataclass(frozen=True, slots=True)
class Leftover:
    """A drill's folder on a node. Times are epoch seconds of the node's clock.

    ``due``: when the node undoes it by itself; ``None``: nobody will (its machine was rebooted
    since, or was to be), so that :func:`clear` has to. ``undone_at`` ``None``: it is not undone;
    ``by`` is ``console``, ``timer`` or ``hand``. ``broken``: the fault was made (at least begun).
    """

    host: str
    drill_id: str
    scenario: str = ""
    since: float | None = None
    due: float | None = None
    undone_at: float | None = None
    by: str = ""
    who: str = ""
    broken: bool = False

    @property
    def undone(self) -> bool:
        """Whether only the record is left."""
        return self.undone_at is not None

    @property
    def pending(self) -> bool:
        """Whether the node is still going to undo it by itself."""
        return not self.undone and self.due is not None


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left on hosts. ``problems``: host → why it could not be asked."""

    found: tuple[Leftover, ...] = ()
    problems: Mapping[str, TransportError] = field(default_factory=lambda: MappingProxyType({}))


async def remains(door: Door, cluster: Cluster) -> Remains:
    """Return what is left on a cluster's hosts, as far as they can be asked; changes nothing."""
    command = reads("leftovers of drills", _READ, root=True)

    async def one(host: str) -> list[Leftover] | TransportError:
        try:
            return understand(host, (await door.run(host, command)).stdout)
        except TransportError as error:
            return error

    names = [host.name for host in cluster.hosts]
    answers = dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))
    problems = {name: one for name, one in answers.items() if isinstance(one, TransportError)}
    found = (left for lefts in answers.values() if isinstance(lefts, list) for left in lefts)
    return Remains(tuple(found), MappingProxyType(problems))


async def leftovers(door: Door, cluster: Cluster) -> tuple[Leftover, ...]:
    """Return what is left on every host of a cluster; changes nothing.

    Raises ``TransportError`` where one of them cannot be asked.
    """
    left = await remains(door, cluster)
    for problem in left.problems.values():
        raise problem
    return left.found


async def clear(door: Door, left: Leftover) -> None:
    """Clear one away, after undoing what nobody will undo otherwise.

    Raises ``ProcedureError`` while its node is still going to undo it, and where it cannot be
    undone or cleared; ``TransportError``.
    """
    if left.pending:
        raise ProcedureError(
            t("The drill {scenario} on {host} is not undone yet: the node does it by itself.",
              scenario=left.scenario, host=left.host)
        )  # fmt: skip
    result = await door.run(left.host, node_side.clear(left.drill_id))
    if not result.ok:
        words = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["-"]
        raise ProcedureError(
            t("The drill {scenario} on {host} could not be undone: {reason}. Look at {folder} "
              "there, and run its undo by hand (sh undo).", scenario=left.scenario, host=left.host,
              reason=words[-1], folder=node_side.folder(left.drill_id))
        )  # fmt: skip


async def clear_undone(door: Door, cluster: Cluster) -> tuple[Leftover, ...]:
    """Clear away every drill that is undone or that nobody else will undo; returns the others."""
    waiting = []
    for left in await leftovers(door, cluster):
        if left.pending:
            waiting.append(left)
        else:
            await clear(door, left)
    return tuple(waiting)


def understand(host: str, text: str) -> list[Leftover]:
    """Read what a node says of its drills."""
    found: list[tuple[str, dict[str, str]]] = []
    now = ["0", "0", ""]
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == "drill":
            found.append((value, {}))
        elif key == "now":
            now = [*value.split(), "", "", ""][:3]
        elif found:
            found[-1][1][key] = value
    if not text.strip().rpartition("\n")[2].startswith("now "):
        raise TransportError(t("The drills on {host} could not be read.", host=host))
    return [_leftover(host, name, facts, now) for name, facts in found]


def _leftover(host: str, name: str, facts: Mapping[str, str], now: list[str]) -> Leftover:
    at, up, boot = [*facts.get("due", "").split(), "", "", ""][:3]
    _, undone, by = [*facts.get("undone", "").split(), "", "", ""][:3]
    late = (_number(now[1]) or 0.0) > (_number(up) or 0.0) + _LATE_S
    alive = boot == now[2] and not late
    return Leftover(
        host,
        name,
        facts.get("scenario", ""),
        since=_number(facts.get("since", "")),
        due=_number(at) if alive else None,
        undone_at=_number(undone),
        by=by,
        who=facts.get("who", "").strip("-"),
        broken="broken" in facts,
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
