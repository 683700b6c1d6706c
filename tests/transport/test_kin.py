"""One sudo password for the hosts of a cluster: asked once, tried where the question said so."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from haconsole.domain.model import Become, Host
from haconsole.transport.commands import Command
from haconsole.transport.errors import BecomeError
from haconsole.transport.kin import Kin
from tests.support.sshsite import Answers, SshSite
from tests.transport.conftest import open_door

#: As sudo -S does, and it notes what it was given.
SUDO = """#!/bin/sh
[ "$1" = -n ] && { echo "sudo: a password is required" >&2; exit 1; }
prompt=$4
shift 4
tries=0
while :; do
    printf "$prompt" >&2
    IFS= read -r given || { echo "sudo: no password was provided" >&2; exit 1; }
    echo "$given" >>"$SUDO_GIVEN"
    [ "$given" = "$SUDO_PASSWORD" ] && break
    tries=$((tries + 1))
    [ $tries = 3 ] && { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
    echo "Sorry, try again." >&2
done
AS_ROOT=yes; export AS_ROOT
exec "$@"
"""
WHO = Command("who", "echo ${AS_ROOT:-no}", root=True)


@pytest.fixture
async def lab(tmp_path):
    async with SshSite(tmp_path, jump=False, become=Become.SUDO) as site:
        tools = tmp_path / "tools"
        tools.mkdir()
        for name, text in (("sudo", SUDO), ("id", "#!/bin/sh\necho 1000\n")):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        yield site


def passwords(lab: SshSite, **of: str) -> None:
    for name, password in of.items():
        lab.daemon(name).behaviour.env = {
            "PATH": f"{lab.folder}/tools:/usr/bin:/bin",
            "SUDO_PASSWORD": password,
            "SUDO_GIVEN": f"{lab.folder}/given.{name}",
        }


def given(lab: SshSite, name: str) -> list[str]:
    path = lab.folder / f"given.{name}"
    return path.read_text().split() if path.exists() else []


async def both(door) -> list[str]:
    found = await asyncio.gather(*(door.transport.run(name, WHO) for name in ("lb01", "lb02")))
    return [result.stdout.strip() for result in found]


async def test_one_answer_is_enough_for_hosts_that_are_alike(lab):
    passwords(lab, lb01="sesame", lb02="sesame")
    answers = Answers("sesame")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01", "lb02")
        assert await both(door) == ["yes", "yes"]
    (question,) = answers.questions
    assert all(name in str(question.text) for name in ("lb01", "lb02"))
    assert (given(lab, "lb01"), given(lab, "lb02")) == (["sesame"], ["sesame"])


async def test_an_answer_that_was_wrong_goes_nowhere_else(lab):
    passwords(lab, lb01="sesame", lb02="sesame")
    answers = Answers("wrong", "sesame")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01", "lb02")
        assert await both(door) == ["yes", "yes"]
    assert [question.attempt for question in answers.questions] == [1, 2]
    first = answers.questions[0].host
    other = "lb02" if first == "lb01" else "lb01"
    assert (given(lab, first), given(lab, other)) == (["wrong", "sesame"], ["sesame"])


async def test_a_host_with_a_password_of_its_own_is_asked_for_it(lab):
    passwords(lab, lb01="sesame", lb02="other")
    answers = Answers("sesame", "other")
    async with open_door(lab.site, answers) as door:
        await door.up("lb01", "lb02")
        assert (await door.transport.run("lb01", WHO)).stdout == "yes\n"
        assert (await door.transport.run("lb02", WHO)).stdout == "yes\n"
        # On its own channel, so that sudo judges it once more: each has its own.
        fed = Command("fed", "cat; echo $AS_ROOT", root=True, stdin=b"")
        for name in ("lb01", "lb02"):
            assert (await door.transport.run(name, replace(fed, stdin=b"in\n"))).stdout
    assert [(q.host, q.attempt) for q in answers.questions] == [("lb01", 1), ("lb02", 1)]
    assert set(given(lab, "lb01")) == {"sesame"}
    assert given(lab, "lb02").count("sesame") == 1


async def test_declining_for_one_leaves_the_other_to_be_asked(lab):
    passwords(lab, lb01="sesame", lb02="sesame")
    async with open_door(lab.site, Answers(None, "sesame")) as door:
        await door.up("lb01", "lb02")
        with pytest.raises(BecomeError, match="was not given"):
            await door.transport.run("lb01", WHO)
        assert (await door.transport.run("lb02", WHO)).stdout == "yes\n"
        assert given(lab, "lb01") == []  # until it is tried again, by the operator's word
        door.transport.retry("lb01")
        assert (await door.transport.run("lb01", WHO)).stdout == "yes\n"


async def test_another_users_password_is_not_tried(lab):
    passwords(lab, lb01="sesame", lb02="sesame")

    def entered(host: Host) -> Host:
        user = "somebody" if host.name == "lb02" else host.access.user
        return replace(host, access=replace(host.access, user=user))

    cluster = lab.site.clusters[0]
    lbs = tuple(map(entered, cluster.lbs))
    kin = Kin([replace(cluster, lbs=lbs)])
    assert str(kin.question("lb01")) == "sudo password on lb01"
    kin.took("lb01", "sesame")
    assert (kin.lent("lb01"), kin.lent("lb02")) == ("sesame", None)


def test_a_password_that_a_host_refused_is_not_tried_there_again():
    kin = Kin()
    kin.took("lb01", "a")
    assert kin.lent("lb01") == "a"
    kin.refused("lb01", "b")
    assert kin.lent("lb01") == "a"
    kin.refused("lb01", "a")
    assert kin.lent("lb01") is None
    kin.took("lb01", "b")
    assert kin.lent("lb01") == "b"
