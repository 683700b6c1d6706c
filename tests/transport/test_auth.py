"""Logging in: keys, passphrases, the agent, passwords, questions; each asked once."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import subprocess
from pathlib import Path

import asyncssh
import pytest

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Site
from haconsole.transport.asking import Secrets
from haconsole.transport.client import Client, Identity
from haconsole.transport.errors import RefusedError
from haconsole.transport.keys import KeyFile
from haconsole.transport.knownhosts import Trust
from haconsole.transport.prompts import SecretKind
from tests.support.sshsite import Answers, SshSite
from tests.support.waiting import until
from tests.transport.conftest import open_door


def with_access(site: Site, **changes) -> Site:
    """The same site, with other ways in."""
    (cluster,) = site.clusters
    lbs = tuple(
        dataclasses.replace(host, access=dataclasses.replace(host.access, **changes))
        for host in cluster.lbs
    )
    return dataclasses.replace(site, clusters=(dataclasses.replace(cluster, lbs=lbs),))


@pytest.fixture
async def direct(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    async with SshSite(tmp_path, jump=False) as lab:
        yield lab


async def refusal(site: Site, answers: Answers) -> str:
    async with open_door(site, answers) as door:
        await until(lambda: door.events and door.last("lb01").status is LinkStatus.REFUSED)
        with pytest.raises(RefusedError):
            await door.sh("true")
        return door.detail("lb01")


def lock_key(lab: SshSite, passphrase: str) -> None:
    lab.user_key.write_private_key(
        lab.key_file, passphrase=passphrase, rounds=4, ignore_few_rounds=True
    )


async def test_a_passphrase_is_asked_once_for_all_hosts(direct):
    lock_key(direct, "sesame")
    answers = Answers("wrong", "sesame")
    async with open_door(direct.site, answers) as door:
        await door.up("lb01", "lb02")
    assert [q.kind for q in answers.questions] == [SecretKind.PASSPHRASE] * 2
    assert [q.attempt for q in answers.questions] == [1, 2]
    assert str(direct.key_file) in str(answers.questions[0].text)


async def test_three_wrong_passphrases_are_enough(direct):
    lock_key(direct, "sesame")
    answers = Answers("a", "b", "c", "d", "e", "f")
    sentence = await refusal(direct.site, answers)
    assert len(answers.questions) == 3
    assert "the question was declined" in sentence or "did not let operator in" in sentence


async def test_a_password_is_asked_and_remembered_for_the_reconnect(direct):
    site = with_access(direct.site, identity_files=())
    daemon = direct.daemon("lb01")
    daemon.behaviour.password = "right"
    answers = Answers("wrong", "right")
    site = dataclasses.replace(
        site,
        clusters=(dataclasses.replace(site.clusters[0], lbs=site.clusters[0].lbs[:1]),),
    )
    async with open_door(site, answers) as door:
        await door.up("lb01")
        assert [q.attempt for q in answers.questions] == [1, 2]
        assert str(answers.questions[0].text) == "Password of operator on lb01"
        daemon.cut()
        await until(lambda: door.last("lb01").status is not LinkStatus.UP)
        await door.up("lb01")
        assert len(answers.questions) == 2
    assert not any("right" in str(entry) for entry in door.ledger)


async def test_three_wrong_passwords_are_enough_and_nothing_is_tried_again(direct):
    site = with_access(direct.site, identity_files=())
    for daemon in direct.nodes:
        daemon.behaviour.password = "right"
    answers = Answers(*["wrong"] * 20)
    sentence = await refusal(site, answers)
    assert "did not let operator in; tried a password. Check the user and the key." in sentence
    asked = [q for q in answers.questions if q.host == "lb01"]
    assert [q.attempt for q in asked] == [1, 2, 3]


async def test_declining_a_password_refuses_the_link(direct):
    site = with_access(direct.site, identity_files=())
    for daemon in direct.nodes:
        daemon.behaviour.password = "right"
    answers = Answers(None, None)
    assert "the question was declined" in await refusal(site, answers)


async def test_questions_of_the_server_reach_the_operator(direct):
    site = with_access(direct.site, identity_files=())
    for daemon in direct.nodes:
        daemon.behaviour.challenge = ("Token \x1b[31mcode: ", "123456")
    answers = Answers("123456", "123456")
    async with open_door(site, answers) as door:
        await door.up("lb01", "lb02")
    question = answers.questions[0]
    assert question.kind is SecretKind.INTERACTIVE
    assert str(question.text).endswith("asks operator: Token ␛[31mcode:")


async def test_closing_while_a_question_is_open(direct):
    site = with_access(direct.site, identity_files=())
    direct.daemon("lb01").behaviour.password = "right"
    asked = asyncio.Event()

    class Absent(Answers):
        async def secret(self, question):
            asked.set()
            await asyncio.Event().wait()

    async with open_door(site, Absent()) as door:
        await asyncio.wait_for(asked.wait(), 10)
        await asyncio.wait_for(door.transport.close(), 1)


async def test_no_key_at_all_is_a_sentence(direct):
    site = with_access(direct.site, identity_files=())
    sentence = await refusal(site, Answers())
    assert "there was no key to try" in sentence


async def test_a_key_that_is_not_authorised_is_a_sentence(direct, tmp_path):
    stranger = tmp_path / "id_stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(stranger)
    site = with_access(direct.site, identity_files=(stranger,))
    assert "did not let operator in; tried keys" in await refusal(site, Answers())


async def test_a_missing_key_file_is_named(direct, tmp_path):
    site = with_access(direct.site, identity_files=(tmp_path / "nowhere",))
    sentence = await refusal(site, Answers())
    assert f"the key {tmp_path / 'nowhere'} cannot be used: No such file" in sentence


async def test_the_default_key_is_found(direct, tmp_path):
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    shutil.copy(direct.key_file, folder / "id_ed25519")
    async with open_door(with_access(direct.site, identity_files=())) as door:
        await door.up("lb01")


async def test_the_agent_is_asked_for_keys(direct, tmp_path, monkeypatch, needs):
    needs("ssh-agent", "ssh-add")
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        await until(socket.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(direct.key_file)], check=True)
        async with open_door(with_access(direct.site, identity_files=())) as door:
            await door.up("lb01")
        lock_key(direct, "sesame")
        direct.user_key.write_public_key(f"{direct.key_file}.pub")
        answers = Answers()
        async with open_door(direct.site, answers) as door:
            await door.up("lb01")
        assert answers.questions == [], "the agent holds that key open"
    finally:
        agent.kill()
        agent.wait()


@pytest.fixture
async def agent(tmp_path, monkeypatch, needs):
    """An agent with two keys: a stranger's, then the one that the hosts take."""
    needs("ssh-agent", "ssh-add")
    socket, stranger = tmp_path / "agent", tmp_path / "id_stranger"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        await until(socket.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(stranger)
        stranger.chmod(0o600)
        subprocess.run(["ssh-add", "-q", str(stranger), str(tmp_path / "id_test")], check=True)
        yield socket
    finally:
        running.kill()
        running.wait()


def only_public(lab: SshSite) -> Path:
    public = lab.folder / "of_the_agent.pub"
    lab.user_key.write_public_key(public)
    return public


async def test_a_public_key_names_one_of_the_agent(direct, agent):
    config = direct.folder / "config"
    config.write_text(
        f"IdentityFile {only_public(direct)}\nIdentitiesOnly yes\nIdentityAgent {agent}\n"
    )
    site = with_access(direct.site, identity_files=(), ssh_config=(config,))
    answers = Answers()
    async with open_door(site, answers) as door:
        await door.up("lb01", "lb02")
    assert answers.questions == []


async def test_the_key_that_is_named_is_the_first_of_the_agents(direct, agent):
    secrets = Secrets(Answers())
    files = [KeyFile(only_public(direct), secrets)]
    for only, count in ((False, 2), (True, 1)):
        identity = Identity("operator", files, True, str(agent), only)
        client = Client("lb01", identity, Trust(), secrets)
        offered = await client.public_key_auth_requested()
        assert offered is not None
        assert len(offered) == count
        first = offered[0]
        assert isinstance(first, asyncssh.SSHKeyPair)
        assert first.public_data == direct.user_key.public_data
        assert await client.public_key_auth_requested() is None, "no passphrase is asked for"
        client.connection_lost(None)


async def test_a_public_key_that_no_agent_has_is_a_sentence(direct):
    site = with_access(direct.site, identity_files=(only_public(direct),))
    answers = Answers()
    assert "there was no key to try" in await refusal(site, answers)
    assert answers.questions == []
