"""Files in their place, on a real host: whole or not at all, kept, and back again."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest

from haconsole.domain.notes import note
from haconsole.lab.api import LabHandle
from haconsole.procedures.engine import Run
from haconsole.procedures.facts import FoundFile
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.steps.files import (
    KEEPALIVED_TEST,
    NGINX_TEST,
    place_file,
    put_back_origin,
    remove_file,
)
from haconsole.transport.commands import Effect, LedgerEntry
from tests.support.entering import entering

pytestmark = pytest.mark.lab
WEB = "web01"
LB = "lb02"


def plan_of(*steps: Step) -> Plan:
    return Plan("try", note("Try"), "web", (Phase(note("All"), (steps,)),))


def place(path: str, text: str, *, host: str = WEB, before: str | None = None, **how) -> Step:
    found = FoundFile(path, before, managed=True)
    return place_file(host, found, text, title=note("a file"), reason=note("a test"), **how)


async def run(lab: LabHandle, *steps: Step, ledger: list[LedgerEntry] | None = None) -> Run:
    async with entering(lab.inventory, [WEB, LB], ledger=ledger) as door:
        going = Run(door, plan_of(*steps))
        async with asyncio.timeout(60):
            await going.execute()
        return going


def content(lab: LabHandle, path: str, host: str = WEB) -> str:
    return lab.exec(host, ["cat", path]).stdout


def gone(lab: LabHandle, path: str, host: str = WEB) -> bool:
    return lab.exec(host, ["test", "-e", path]).returncode == 1


async def test_a_file_is_placed_once_and_taken_back(lab: LabHandle) -> None:
    path = "/srv/new place/deep/a file.conf"
    step = place(path, "auth_pass geheim12\n", mode=0o640, owner="root:www-data")
    ledger: list[LedgerEntry] = []
    first = await run(lab, step, ledger=ledger)
    assert first.progress.status is RunStatus.DONE, first.progress
    assert content(lab, path) == "auth_pass geheim12\n"
    assert lab.exec(WEB, ["stat", "-c", "%a %U:%G", path]).stdout == "640 root:www-data\n"
    assert first.can_roll_back
    assert "geheim12" not in "".join(entry.script + entry.name for entry in ledger)

    ledger.clear()
    async with entering(lab.inventory, [WEB], ledger=ledger) as door:
        again = Run(door, plan_of(step))
        await again.execute()
        assert again.progress.of(step.id).status is StepStatus.SATISFIED
        assert [e.script for e in ledger if e.effect is Effect.CHANGES] == []
        assert not again.can_roll_back

    other = place(path, "second\n", before="auth_pass geheim12\n")
    async with entering(lab.inventory, [WEB]) as door:
        second = Run(door, plan_of(other))
        await second.execute()
        assert content(lab, path) == "second\n"
        await second.roll_back()
        assert second.progress.status is RunStatus.ROLLED_BACK
        assert second.progress.of(other.id).status is StepStatus.UNDONE
    assert content(lab, path) == "auth_pass geheim12\n"
    assert lab.exec(WEB, ["stat", "-c", "%a %U:%G", path]).stdout == "640 root:www-data\n"

    await run(lab, put_back_origin(WEB, path))
    assert gone(lab, path)
    lab.exec(WEB, ["rm", "-r", "/srv/new place"])


async def test_an_nginx_that_refuses_it_keeps_its_old_file(lab: LabHandle) -> None:
    path = "/etc/nginx/conf.d/kd.test.conf"
    before = content(lab, path)
    step = place(
        path,
        "server { listen 80; brocken }\n",
        before=before,
        validate=NGINX_TEST,
        apply="systemctl reload nginx",
        healthy="curl -fsS -o /dev/null http://127.0.0.1/",
    )
    going = await run(lab, step)
    assert going.progress.status is RunStatus.FAILED
    problem = str(going.progress.of(step.id).problem)
    assert problem.startswith("nginx refuses it: ")
    assert problem.endswith(f"in {path}:1")
    assert content(lab, path) == before
    names = lab.exec(WEB, ["ls", "-A", "/etc/nginx", "/etc/nginx/conf.d"]).stdout
    assert "haconsole-" not in names


async def test_a_service_that_does_not_come_back_gets_its_old_file(lab: LabHandle) -> None:
    path = "/etc/nginx/conf.d/kd.test.conf"
    before = content(lab, path)
    step = place(
        path,
        "server { listen 81; }\n",  # valid, but nobody answers on port 80
        before=before,
        validate=NGINX_TEST,
        apply="systemctl reload nginx",
        healthy="curl -fsS -m 1 http://127.0.0.1/ | grep -q web01",
        healthy_s=1.5,
    )
    going = await run(lab, step)
    assert str(going.progress.of(step.id).problem) == (
        "the service was not healthy with it; the earlier version is back"
    )
    assert content(lab, path) == before
    assert lab.exec(WEB, ["curl", "-fsS", "http://127.0.0.1/"]).returncode == 0


async def test_a_keepalived_that_refuses_it(lab: LabHandle) -> None:
    path = "/etc/keepalived/keepalived.conf"
    before = content(lab, path, LB)
    broken = before.replace("virtual_router_id", "virtual_ruoter_id")
    step = place(path, broken, host=LB, before=before, validate=KEEPALIVED_TEST)
    going = await run(lab, step)
    assert str(going.progress.of(step.id).problem).startswith("keepalived refuses it: ")
    assert content(lab, path, LB) == before


async def test_a_refused_file_is_rolled_back_to_what_was_there_just_before(lab: LabHandle) -> None:
    """Not to what an earlier run had replaced, nor to nothing where that had made it."""
    path = "/srv/rolled"
    await run(lab, place(path, "v1\n"))
    for before, text in (("v1\n", "v2\n"), ("v2\n", "v3\n")):
        refused = place(path, text, before=before, validate='fail "no"')
        async with entering(lab.inventory, [WEB]) as door:
            going = Run(door, plan_of(refused))
            await going.execute()
            assert str(going.progress.of(refused.id).problem) == "no"
            assert going.can_roll_back
            await going.roll_back()
            assert going.progress.status is RunStatus.ROLLED_BACK
        assert content(lab, path) == before
        await run(lab, place(path, text, before=before))
    async with entering(lab.inventory, [WEB]) as door:
        last = place(path, "v4\n", before="v3\n")
        going = Run(door, plan_of(last))
        await going.execute()
        lab.exec(WEB, ["sh", "-c", f"echo mine >{path}"])
        await going.roll_back()
        assert going.progress.status is RunStatus.FAILED
        assert "was changed since" in str(going.progress.of(last.id).problem)
    assert content(lab, path) == "mine\n"
    await run(lab, put_back_origin(WEB, path))
    assert gone(lab, path)


async def test_a_link_is_taken_away_and_comes_back(lab: LabHandle) -> None:
    lab.exec(WEB, ["sh", "-c", "echo kept >/srv/there; ln -s there /srv/link"])
    step = remove_file(WEB, FoundFile("/srv/link", "kept\n"), title=note("x"), reason=note("y"))
    async with entering(lab.inventory, [WEB]) as door:
        going = Run(door, plan_of(step))
        await going.execute()
        assert lab.exec(WEB, ["test", "-L", "/srv/link"]).returncode == 1
        assert content(lab, "/srv/there") == "kept\n"
        await going.roll_back()
    assert lab.exec(WEB, ["readlink", "/srv/link"]).stdout == "there\n"
    lab.exec(WEB, ["rm", "/srv/there", "/srv/link"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [("size=64k", "No space left on device"), ("ro", "Read-only file system")],
)
async def test_a_place_without_room_or_right(lab: LabHandle, options: str, reason: str) -> None:
    # Mounted inside the host's own name space, and gone with it.
    lab.exec(WEB, ["sh", "-c", f"mkdir -p /srv/x; mount -t tmpfs -o {options} none /srv/x"])
    try:
        step = place("/srv/x/file", "x" * 200_000)
        going = await run(lab, step)
        assert str(going.progress.of(step.id).problem).endswith(reason)
        assert lab.exec(WEB, ["ls", "-A", "/srv/x"]).stdout == ""
    finally:
        lab.exec(WEB, ["sh", "-c", "umount /srv/x; rmdir /srv/x"])


async def test_foreign_files_are_not_replaced_without_a_word(lab: LabHandle) -> None:
    lab.exec(WEB, ["sh", "-c", "echo mine >/srv/mine"])
    found = FoundFile("/srv/mine", "mine\n")
    step = place_file(WEB, found, "ours\n", title=note("x"), reason=note("y"))
    ledger: list[LedgerEntry] = []
    async with entering(lab.inventory, [WEB], ledger=ledger) as door:
        refused = await Run(door, plan_of(step)).execute()
        assert refused.status is RunStatus.FAILED
        assert "did not write web01:/srv/mine" in str(refused.problem)
        assert content(lab, "/srv/mine") == "mine\n"
        assert not any(entry.effect is Effect.CHANGES for entry in ledger)
        allowed = Run(door, plan_of(step), overwrite=True)
        await allowed.execute()
        assert content(lab, "/srv/mine") == "ours\n"
        await allowed.roll_back()
    assert content(lab, "/srv/mine") == "mine\n"
    lab.exec(WEB, ["rm", "/srv/mine"])


async def test_what_changed_since_the_plan_is_not_replaced(lab: LabHandle) -> None:
    lab.exec(WEB, ["sh", "-c", "echo planned >/srv/seen"])
    seen = sha256(b"planned\n").hexdigest()
    found = FoundFile("/srv/seen", "planned\n", managed=True, sum=seen)
    step = place_file(WEB, found, "ours\n", title=note("x"), reason=note("y"))
    lab.exec(WEB, ["sh", "-c", "echo other >/srv/seen"])
    going = await run(lab, step)
    assert str(going.progress.of(step.id).problem) == (
        "/srv/seen is not as it was when the plan was made; make the plan anew"
    )
    assert content(lab, "/srv/seen") == "other\n"
    lab.exec(WEB, ["sh", "-c", "echo planned >/srv/seen"])
    assert (await run(lab, step)).progress.status is RunStatus.DONE
    assert content(lab, "/srv/seen") == "ours\n"
    await run(lab, put_back_origin(WEB, "/srv/seen"))

    # A file that no survey read: not there for the plan, and nobody's package's.
    unread = place("/srv/seen", "again\n")
    going = await run(lab, unread)
    problem = str(going.progress.of(unread.id).problem)
    assert problem.startswith("/srv/seen is there, and this tool did not write it")
    assert content(lab, "/srv/seen") == "planned\n"
    lab.exec(WEB, ["rm", "/srv/seen"])
