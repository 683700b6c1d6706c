"""Host keys: known, unknown, changed, of another kind, revoked, certified."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import asyncssh
import pytest

from haconsole.domain.events import LinkStatus
from haconsole.transport.errors import RefusedError
from haconsole.transport.knownhosts import KnownHosts, fingerprint
from tests.support.sshsite import Answers, SshSite
from tests.support.waiting import until
from tests.transport.conftest import open_door


def line(lab: SshSite, key: asyncssh.SSHKey, marker: str = "", name: str = "lb01") -> str:
    public = key.export_public_key("openssh").decode()
    return f"{marker}[127.0.0.1]:{lab.daemon(name).port} {public}"


@pytest.fixture
async def direct(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        yield lab


async def refused(lab: SshSite, answers: Answers) -> str:
    async with open_door(lab.site, answers) as door:
        await until(lambda: any(e.status is LinkStatus.REFUSED for e in door.events))
        host = next(e.host for e in door.events if e.status is LinkStatus.REFUSED)
        with pytest.raises(RefusedError) as caught:
            await door.sh("true", host=host)
        assert str(caught.value) == door.detail(host)
        return str(caught.value)


async def test_an_unknown_key_is_asked_about_and_kept(direct):
    direct.known_hosts.unlink()
    answers = Answers(trust=True)
    async with open_door(direct.site, answers) as door:
        await door.up("lb01", "lb02")
    by_host = {question.host: question for question in answers.keys}
    daemon = direct.daemon("lb01")
    assert by_host["lb01"].fingerprint == fingerprint(daemon.host_key)
    assert by_host["lb01"].fingerprint.startswith("SHA256:")
    assert (by_host["lb01"].port, by_host["lb01"].algorithm) == (daemon.port, "ssh-ed25519")
    assert stat.S_IMODE(direct.known_hosts.stat().st_mode) == 0o600
    assert f"[127.0.0.1]:{daemon.port} ssh-ed25519 " in direct.known_hosts.read_text()
    async with open_door(direct.site, Answers(trust=False)) as door:
        await door.up("lb01", "lb02")


async def test_an_unknown_key_that_is_declined_is_refused_and_not_asked_again(direct):
    direct.known_hosts.write_text(line(direct, direct.daemon("lb02").host_key, name="lb02"))
    answers = Answers(trust=False)
    sentence = await refused(direct, answers)
    assert len(answers.keys) == 1
    assert fingerprint(direct.daemon("lb01").host_key) in sentence
    assert "it was not trusted" in sentence


async def test_retrying_a_refused_host_asks_again(direct):
    direct.known_hosts.unlink()
    answers = Answers(trust=False)
    async with open_door(direct.site, answers) as door:
        await until(lambda: len(answers.keys) == 2)
        answers.trust = True
        door.transport.retry("lb01")
        await door.up("lb01")


async def test_a_changed_key_is_refused_without_a_question(direct):
    old = asyncssh.generate_private_key("ssh-ed25519")
    keep = direct.known_hosts.read_text().splitlines()
    direct.known_hosts.write_text("# mine\n" + line(direct, old) + keep[1] + "\n")
    answers = Answers(trust=True)
    sentence = await refused(direct, answers)
    assert answers.keys == []
    assert fingerprint(old) in sentence
    assert fingerprint(direct.daemon("lb01").host_key) in sentence
    assert f"{direct.known_hosts}:2" in sentence


async def test_only_a_key_of_another_kind_is_known(direct):
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    direct.known_hosts.write_text(
        line(direct, direct.daemon("lb02").host_key, name="lb02") + line(direct, other)
    )
    answers = Answers(trust=True)
    sentence = await refused(direct, answers)
    assert answers.keys == []
    assert "no host key of the known kind ecdsa-sha2-nistp256" in sentence
    assert f"{direct.known_hosts}:2" in sentence


async def test_a_revoked_key_is_refused(direct):
    key = direct.daemon("lb01").host_key
    with direct.known_hosts.open("a") as file:
        file.write(line(direct, key, "@revoked "))
    answers = Answers(trust=True)
    assert "revoked" in await refused(direct, answers)
    assert answers.keys == []


async def test_a_key_signed_by_a_known_authority_is_trusted(tmp_path):
    authority = asyncssh.generate_private_key("ssh-ed25519")
    async with SshSite(tmp_path, jump=False) as lab:
        daemon = lab.daemon("lb01")
        certificate = authority.generate_host_certificate(
            daemon.host_key, "lb01", principals=["127.0.0.1"]
        )
        await daemon.stop()
        daemon.certificate = certificate
        await daemon.start()
        public = authority.export_public_key("openssh").decode()
        lab.known_hosts.write_text(f"@cert-authority 127.0.0.* {public}")
        async with open_door(lab.site, Answers(trust=False)) as door:
            await door.up("lb01")


async def test_a_bad_line_in_known_hosts_does_no_harm(direct):
    good = direct.known_hosts.read_text()
    direct.known_hosts.write_text("what is this\n@strange marker line\n|1|bad|hash x\n" + good)
    async with open_door(direct.site) as door:
        await door.up("lb01")


async def test_questions_come_one_at_a_time(direct):
    direct.known_hosts.unlink()
    asked, open_questions = [], 0

    class Slow(Answers):
        async def trust_host_key(self, question):
            nonlocal open_questions
            open_questions += 1
            asked.append(open_questions)
            await asyncio.sleep(0)
            open_questions -= 1
            return True

    async with open_door(direct.site, Slow()) as door:
        await door.up("lb01", "lb02")
    assert asked == [1, 1]


def test_adding_to_a_file_without_a_last_newline(tmp_path):
    path = tmp_path / "deep" / "known_hosts"
    first, second = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    known = KnownHosts([path])
    known.add("a.example", 22, first)
    path.write_text(path.read_text().rstrip("\n"))
    known.add("::1", 2222, second)
    lines = path.read_text().splitlines()
    assert [text.split()[0] for text in lines] == ["a.example", "[::1]:2222"]
    assert [entry.line for entry in known.entries("::1", 2222)] == [2]
    assert known.trust("a.example", 22).keys[0] == first.convert_to_public()


def test_a_hashed_name_is_found(tmp_path):
    path = tmp_path / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519")
    import base64
    import hashlib
    import hmac

    salt = b"0123456789abcdefghij"
    name = hmac.new(salt, b"web.example", hashlib.sha1).digest()
    hashed = f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(name).decode()}"
    path.write_text(f"{hashed} {key.export_public_key('openssh').decode()}")
    assert KnownHosts([path]).entries("web.example", 22)[0].line == 1


def test_the_plain_name_counts_on_another_port_but_proves_no_change(tmp_path):
    path = tmp_path / "known_hosts"
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.write_text(f"h.example {key.export_public_key('openssh').decode()}")
    known = KnownHosts([path])
    trust = known.trust("h.example", 2222)
    assert (list(trust.keys), list(trust.by_name)) == ([], [key.convert_to_public()])
    assert known.entries("h.example", 2222) == []


def test_an_unwritable_file_is_a_sentence(tmp_path):
    folder = tmp_path / "file"
    folder.write_text("")
    key = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(RefusedError, match="cannot be written"):
        KnownHosts([Path(folder / "known_hosts")]).add("h", 22, key)
