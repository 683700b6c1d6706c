"""The whole pair on real bare hosts, built and taken back by consoles killed at every step."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from haconsole.lab import api
from haconsole.lab.api import LabHandle
from haconsole.lab.topology import Family, LabState
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Plan, Step
from haconsole.procedures.progress import RunStatus
from tests.procedures.driving import driving, files_of, services_of, told
from tests.procedures.killing import Kills

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HOSTS = ("lb01", "lb02", "web01", "web02")
#: By source: so that the steps of packages (nginx, the tools) and those of a build are met.
ANSWERS = {
    "via": "source",
    "version": "2.2.7",
    "url": "http://mirror/source/keepalived-{version}.tar.gz",
    "options": "--disable-lvs --disable-checksum-compat",
}
#: What Debian's packages, or the step before, have done already when the turn comes.
FOUND_SO = ("start nginx.service", "restart keepalived")
#: Steps that may come and go on one host while a kill for the sake of another is on its way.
MOST_PASSED = 3
#: The rules of a firewalld that runs no more: nothing but SSH gets in.
_LEFT_BEHIND = """\
add table inet firewalld
add chain inet firewalld filter_INPUT { type filter hook input priority filter + 10 ; }
add rule inet firewalld filter_INPUT ct state { established, related } accept
add rule inet firewalld filter_INPUT meta l4proto { icmp, ipv6-icmp } accept
add rule inet firewalld filter_INPUT iifname lo accept
add rule inet firewalld filter_INPUT tcp dport 22 accept
add rule inet firewalld filter_INPUT reject with icmpx admin-prohibited
"""
#: nginx's package brings this one, as a link to a file of its own.
DEFAULT_SITE = "/etc/nginx/sites-enabled/default"


@dataclass(frozen=True)
class Ground:
    """Hosts, and how they were before anybody touched them."""

    lab: LabHandle
    files: dict[str, set[str]]
    services: dict[str, set[str]]


@pytest.fixture(scope="module")
def ground(lab_possible: None) -> Iterator[Ground]:
    lab = api.up(f"k{os.getpid()}", LabState.FRESH, Family.APT)
    for host in HOSTS[1:]:  # firewall-cmd takes long, and every console asks it
        stop = "systemctl disable --now firewalld; nft flush ruleset"
        assert lab.exec(host, ["sh", "-c", stop]).returncode == 0
    assert lab.exec("lb02", ["nft", _LEFT_BEHIND]).returncode == 0
    files = {host: files_of(lab, host) for host in HOSTS}
    yield Ground(lab, files, {host: services_of(lab, host) for host in HOSTS})
    lab.down()


def _sum(text: str | None) -> str:
    return "absent" if text is None else hashlib.sha256(text.encode()).hexdigest()


class Files:
    """The files that a plan changes, as they are on the hosts: each is one of its two texts."""

    def __init__(self, lab: LabHandle, plan: Plan) -> None:
        self._lab = lab
        self._steps = [step for step in plan.steps if step.file and step.file.changes]
        #: Those of the plan that were seen with their new text.
        self.new: set[str] = set()

    @property
    def all(self) -> set[str]:
        return {step.id for step in self._steps}

    async def look(self) -> None:
        """See that every file is whole, and that none has its old text again."""
        sums = {host: await asyncio.to_thread(self._sums, host) for host in HOSTS}
        new = set()
        for step in self._steps:
            assert step.file is not None
            now = sums[step.host][step.file.path]
            assert now in self._allowed(step, sums), f"{step.id}: {now}"
            new |= {step.id} if now == _sum(step.file.after) else set()
        back = {one for one in self.new - new if DEFAULT_SITE not in one}
        assert back == set()  # the package takes its own along when it goes
        self.new = new

    def _allowed(self, step: Step, sums: dict[str, dict[str, str]]) -> set[str]:
        change = step.file
        assert change is not None
        allowed = {_sum(change.before), _sum(change.after)}
        if change.path == DEFAULT_SITE:  # on bare hosts it is not there before the package is
            allowed.add(sums[step.host]["/etc/nginx/sites-available/default"])
        return allowed

    def _sums(self, host: str) -> dict[str, str]:
        paths = [s.file.path for s in self._steps if s.file and s.host == host]
        words = " ".join(map(shlex.quote, [*paths, "/etc/nginx/sites-available/default"]))
        script = (
            f"for f in {words}; do s=absent; [ ! -e $f ] || {{ s=$(sha256sum <$f) || s=absent; }}\n"
            'echo "$f ${s%% *}"; done'
        )
        done = self._lab.exec(host, ["sh", "-c", script])
        assert done.returncode == 0, done.stderr
        return dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())


def _words() -> list[str]:
    return ["--overwrite", *(f"--set={key}={value}" for key, value in ANSWERS.items())]


def _left_over(lab: LabHandle, host: str) -> str:
    script = (
        "find / -xdev -name '*.haconsole-new'; ls -A /var/lib/haconsole/jobs 2>/dev/null; "
        "systemctl list-units --plain --no-legend 'haconsole-*'; :"
    )
    return lab.exec(host, ["sh", "-c", script]).stdout


async def test_a_pair_is_built_by_consoles_killed_at_every_step(ground: Ground) -> None:
    lab = ground.lab
    async with driving(lab) as console:
        plan = await console.plan("build-pair", **ANSWERS)
    files = Files(lab, plan)
    assert len(files.all) >= 20
    kills = Kills(lab.inventory, plan, _words())
    await kills.until_done(files.look)
    await files.look()
    assert files.new == files.all

    mutating = {step.id for step in plan.steps if step.mutating}
    assert kills.missed == set()
    found_so = {one for one in mutating if one.startswith(FOUND_SO)}
    assert mutating - kills.met - kills.passed - found_so == set()
    assert len(kills.passed - kills.met) <= MOST_PASSED
    assert kills.just_done and kills.under_way
    owners = [host for host in HOSTS if " 10.0.0.100/" in lab.exec(host, ["ip", "address"]).stdout]
    assert owners == ["lb01"]
    async with driving(lab) as console:
        await console.apply("build-pair", **ANSWERS)
        assert console.changes == []
    assert {host: _left_over(lab, host) for host in HOSTS} == dict.fromkeys(HOSTS, "")


async def test_a_pair_is_taken_back_by_consoles_killed_at_every_step(ground: Ground) -> None:
    lab = ground.lab
    async with driving(lab) as console:
        again = Run(console.door, await console.plan("build-pair", **ANSWERS), overwrite=True)
        assert (await again.execute()).status is RunStatus.DONE, told(again)
        plan = await console.plan("remove")
    files = Files(lab, plan)
    kills = Kills(lab.inventory, plan)
    await kills.until_done(files.look)
    assert kills.missed == set()
    left = {step.id for step in plan.steps if step.mutating} - kills.met - kills.passed
    assert left == {"take back@web01", "take back@web02"}  # where no firewall was opened
    assert len(kills.passed - kills.met) <= MOST_PASSED
    for host in HOSTS:
        assert sorted(files_of(lab, host) ^ ground.files[host]) == []
        assert sorted(services_of(lab, host) ^ ground.services[host]) == []
        assert _left_over(lab, host) == ""
