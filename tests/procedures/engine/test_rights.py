"""Who may not, and who is not there: each ends in one sentence at the step concerned."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from haconsole.domain.model import Become, Site
from haconsole.domain.notes import note
from haconsole.inventory import load
from haconsole.lab.api import LabHandle
from haconsole.procedures.catalogue import entry
from haconsole.procedures.engine import Run
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.prepare import prepare
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.steps.shell import changes
from haconsole.transport.transport import Transport
from tests.live.watching import Operator
from tests.procedures.engine.test_runs import plan_of, touching

pytestmark = pytest.mark.lab


@contextlib.asynccontextmanager
async def as_user(
    lab: LabHandle, user: str, become: Become, answers: Sequence[str | None] = ()
) -> AsyncIterator[Transport]:
    site = load(lab.inventory)

    def entered(site: Site) -> Site:
        clusters = tuple(
            replace(
                cluster,
                webs=tuple(
                    replace(host, access=replace(host.access, user=user, become=become))
                    for host in cluster.webs
                ),
            )
            for cluster in site.clusters
        )
        return replace(site, clusters=clusters)

    door = Transport(entered(site), prompter=Operator(list(answers)), writable=True)
    await door.start()
    try:
        async with asyncio.timeout(20):
            await door.wait_up("web01")
        yield door
    finally:
        await door.close()


async def ended(door: Transport) -> str:
    """Run a plan that has to fail; returns its sentence, wherever it stands."""
    going = Run(door, plan_of((touching("a"), touching("b"))))
    async with asyncio.timeout(60):
        await going.execute()
    assert going.progress.status is RunStatus.FAILED
    assert going.progress.of("b@web01").status is not StepStatus.DONE
    return str(going.progress.problem or going.progress.of("a@web01").problem)


async def test_a_user_without_root_rights(lab: LabHandle) -> None:
    async with as_user(lab, "ops", Become.NONE) as door:
        assert "become: none" in await ended(door)


async def test_a_wrong_sudo_password(lab: LabHandle) -> None:
    async with as_user(lab, "ops-pw", Become.SUDO, ["wrong"] * 3) as door:
        assert "sudo did not take the password, 3 times" in await ended(door)


async def test_the_right_sudo_password_is_asked_once_and_seen_nowhere(lab: LabHandle) -> None:
    password = (lab.places.root / "ops-pw.password").read_text().strip()
    try:
        async with as_user(lab, "ops-pw", Become.SUDO, [password]) as door:
            going = Run(door, plan_of((touching("a", script="ps axww"), touching("b"))))
            await going.execute()
            assert going.progress.status is RunStatus.DONE
            assert password not in repr(going.progress)
            assert going.progress.of("a@web01").output
    finally:
        lab.exec("web01", ["rm", "-rf", "/run/try"])


async def test_a_host_that_vanishes_under_a_step(
    lab: LabHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haconsole.procedures.stepping.LINK_PATIENCE_S", 3.0)
    step = touching("a", script="sleep 2; systemctl stop ssh; pkill -9 -x sshd; sleep 2")
    try:
        async with as_user(lab, "ops", Become.SUDO) as door:
            going = Run(door, plan_of((step, touching("b"))))
            async with asyncio.timeout(60):
                await going.execute()
            problem = str(going.progress.of(step.id).problem)
            assert problem.startswith("The link did not come back within 3 s. What was begun may")
            assert going.progress.of("b@web01").status is StepStatus.SKIPPED
        lab.exec("web01", ["systemctl", "restart", "ssh"])
        async with as_user(lab, "ops", Become.SUDO) as door:
            again = Run(door, plan_of((step, touching("b"))))
            await again.execute()
            assert again.progress.status is RunStatus.DONE
            assert again.progress.of(step.id).status is StepStatus.SATISFIED
    finally:
        lab.exec("web01", ["systemctl", "restart", "ssh"])
        lab.exec("web01", ["rm", "-rf", "/run/try"])


async def test_a_cluster_that_cannot_be_read_whole_is_not_planned(lab: LabHandle) -> None:
    lab.exec("web02", ["systemctl", "stop", "ssh"])
    lab.exec("web02", ["pkill", "-x", "sshd"])
    try:
        async with as_user(lab, "ops", Become.SUDO) as door:
            cluster = door.site.clusters[0]
            with pytest.raises(ProcedureError, match=r"^web02 could not be read, so there is no"):
                await prepare(door, cluster, entry("configure-web"), timeout_s=3)
    finally:
        lab.exec("web02", ["systemctl", "start", "ssh"])


async def test_a_missing_flock_is_named(lab: LabHandle) -> None:
    lab.exec("web01", ["mv", "/usr/bin/flock", "/usr/bin/flock.away"])
    try:
        async with as_user(lab, "ops", Become.SUDO) as door:
            assert "flock (util-linux) is missing" in await ended(door)
    finally:
        lab.exec("web01", ["mv", "/usr/bin/flock.away", "/usr/bin/flock"])


async def test_a_step_without_words_says_its_status(lab: LabHandle) -> None:
    step = replace(touching("a"), do=changes("end", "exit 9"), id="end@web01")
    async with as_user(lab, "ops", Become.SUDO) as door:
        going = Run(door, Plan("x", note("X"), "web", (Phase(note("Y"), ((step,),)),)))
        await going.execute()
        assert str(going.progress.of(step.id).problem) == "it ended with status 9"
