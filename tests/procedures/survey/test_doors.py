"""A survey of hosts that answer, and of hosts that do not."""

from __future__ import annotations

from dataclasses import dataclass, field

from haconsole.domain.model import Cluster, Site
from haconsole.procedures.survey import survey
from haconsole.transport.commands import Command, Result
from haconsole.transport.errors import BecomeError, LinkDownError

from ..install.grounds import ground


@dataclass
class Scripted:
    """A door to hosts that print what they are told to."""

    says: dict[str, Exception | str]
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def site(self) -> Site:
        return ground().site

    async def wait_up(self, host: str) -> None:
        return

    async def run(self, host: str, command: Command) -> Result:
        self.asked.append((host, command.name))
        said = self.says[host]
        if isinstance(said, Exception):
            raise said
        return Result(0, said, "", 1.0, 0.1)


async def test_a_host_that_cannot_be_read_is_a_problem_and_no_obstacle() -> None:
    cluster: Cluster = ground().cluster
    door = Scripted(
        {
            "lb01": LinkDownError("lb01 does not answer."),
            "lb02": BecomeError("ops may not become root on lb02."),
            "web01": "cut off",
            "web02": "",
        }
    )
    facts = await survey(door, cluster, timeout_s=1.0)  # type: ignore[arg-type]
    assert facts.hosts == {}
    assert facts.problems == {
        "lb01": "lb01 does not answer.",
        "lb02": "ops may not become root on lb02.",
        "web01": "web01 could not be read to the end; the survey was cut off.",
        "web02": "web02 could not be read to the end; the survey was cut off.",
    }
    assert sorted(door.asked) == [(name, "survey") for name in sorted(facts.problems)]
