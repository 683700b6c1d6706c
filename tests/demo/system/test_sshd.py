"""The console's own transport against modelled hosts: it cannot tell them from real ones."""

from __future__ import annotations

import contextlib

import pytest

from haconsole.demo.system.sshd import SshConnection
from haconsole.transport.commands import Command, Effect
from haconsole.transport.errors import BecomeError, CommandTimeoutError
from tests.demo.system.sites import DemoSite
from tests.support.sshsite import Answers
from tests.support.waiting import until
from tests.transport.conftest import open_door


def left(site, name="lb01"):
    """The processes of a host that are neither init nor sshd."""
    return [p.argv for p in site.hosts[name].processes if p.pid != 1 and p.comm != "sshd"]


@pytest.fixture
async def demo(tmp_path):
    async with DemoSite(tmp_path) as site:
        yield site


@pytest.fixture
async def door(demo):
    async with open_door(demo.site) as opened:
        yield await opened.up("lb01")


@pytest.mark.parametrize(
    ("script", "status", "stdout"),
    [
        ("echo hi", 0, "hi\n"),
        ("exit 3", 3, ""),
        ("echo \"it's\" 'a \"b\"' \\\\ '$HOME' `echo tick`", 0, 'it\'s a "b" \\ $HOME tick\n'),
        ("cat <<'END'\nline '1'\nEND\n", 0, "line '1'\n"),
        ("cat", 0, ""),
        ("", 0, ""),
        ("exec sh -c 'echo replaced; exit 9'", 9, "replaced\n"),
        ("set -eu; false; echo not here", 1, ""),
        ("kill -9 $(sh -c 'echo $PPID')", 137, ""),
        ("echo $LC_ALL$LANGUAGE; pwd", 0, "C\n/\n"),
        ("printf '\\036'", 0, "␞"),
        ("echo 'open", 2, ""),
        ("fi", 2, ""),
        ("id -un; hostname", 0, "ops\nlb01\n"),
        ("nosuchtool", 127, ""),
    ],
)
async def test_commands(door, script, status, stdout):
    result = await door.sh(script)
    assert (result.exit_status, result.stdout) == (status, stdout)
    assert (await door.sh("echo next")).stdout == "next\n"


async def test_nothing_leaks_from_one_command_into_the_next(door):
    await door.sh("cd /tmp; leak=1; PATH=/nowhere; f() { echo f; }; umask 777; trap 'echo t' EXIT")
    after = await door.sh("pwd; echo ${leak-none}; umask; f")
    assert after.stdout.splitlines() == ["/", "none", "0022"]
    assert after.exit_status == 127


async def test_root_rights_without_a_password(demo, door):
    assert (await door.sh("id -u", root=True)).stdout == "0\n"
    assert (await door.sh("id -u")).stdout == "1000\n"
    await demo.hosts["lb01"].run(["sh", "-c", "echo secret >/root/x; chmod 600 /root/x"])
    assert (await door.sh("cat /root/x")).exit_status == 1
    assert (await door.sh("cat /root/x", root=True)).stdout == "secret\n"


@pytest.fixture
def no_penalty(monkeypatch):
    """PAM's pause after a wrong password is real, and not what is tested here."""
    monkeypatch.setattr("haconsole.demo.system.tools.sudo.WRONG_PASSWORD_S", 0.05)


@pytest.mark.usefixtures("no_penalty")
async def test_root_rights_with_a_password(tmp_path):
    async with DemoSite(tmp_path, user="ops-pw") as site:
        answers = Answers("wrong", "right")
        async with open_door(site.site, answers) as door:
            await door.up("lb01")
            assert (await door.sh("id -u", root=True)).stdout == "0\n"
            assert [question.attempt for question in answers.questions] == [1, 2]
            result = await door.sh("cat; id -u", root=True, stdin=b"given\n")
            assert result.stdout == "given\n0\n"


@pytest.mark.usefixtures("no_penalty")
@pytest.mark.parametrize(
    ("user", "answers", "reason"),
    [
        ("guest", ("right",), "guest is not in the sudoers file"),
        ("ops-pw", ("a", "b", "c"), "did not take the password, 3 times"),
        ("ops-pw", (None,), "was not given"),
    ],
)
async def test_root_rights_refused(tmp_path, user, answers, reason):
    async with DemoSite(tmp_path, user=user) as site, open_door(site.site, Answers(*answers)) as d:
        await d.up("lb01")
        with pytest.raises(BecomeError, match=reason):
            await d.sh("id -u", root=True)


async def test_a_missing_sudo_is_named(demo, door):
    demo.hosts["lb01"].files.unlink("/usr/bin/sudo")
    with pytest.raises(BecomeError, match="sudo is not installed there"):
        await door.sh("id -u", root=True)


async def test_passwords(tmp_path):
    async with (
        DemoSite(tmp_path, passwords=True) as site,
        open_door(site.site, Answers("right", "wrong", "right", "right")) as door,
    ):
        await door.up("lb01")
        assert (await door.sh("id -un")).stdout == "ops\n"


async def test_a_time_out_ends_the_command(demo, door):
    with pytest.raises(CommandTimeoutError):
        await door.sh("sleep 1000", timeout_s=0.2)
    assert (await door.sh("echo back")).stdout == "back\n"
    await until(lambda: ["sleep", "1000"] not in left(demo))


async def test_a_stream_ends_with_its_channel_and_leaves_nothing(demo, door):
    script = "sh -c 'sleep 1000; :' & sh -c 'echo on; sleep 1000; :'"
    async with contextlib.aclosing(
        door.transport.stream("lb01", Command("s", script, root=True))
    ) as stream:
        assert (await anext(stream)).lines == ["on"]
        assert left(demo).count(["sleep", "1000"]) == 2
    await until(lambda: ["sleep", "1000"] not in left(demo))
    assert (await door.sh("echo still up")).stdout == "still up\n"


async def test_a_finished_stream_carries_its_status(door):
    batches = [b async for b in door.transport.stream("lb01", Command("s", "echo a; exit 4"))]
    assert [line for batch in batches for line in batch.lines] == ["a"]
    assert batches[-1].exit_status == 4


async def test_a_closed_console_leaves_nothing(demo):
    async with open_door(demo.site) as door:
        await door.up("lb01")
        stream = door.transport.stream("lb01", Command("s", "echo on; sleep 1000"))
        assert (await anext(stream)).lines == ["on"]
        await door.transport.close()
        with contextlib.suppress(Exception):
            await stream.aclose()
    await until(lambda: not left(demo))


async def test_a_lapsed_heartbeat_ends_the_stream_and_the_connection(demo, monkeypatch):
    host = demo.hosts["lb01"]
    async with open_door(demo.site, beat_s=0.2) as door:
        await door.up("lb01")
        stream = door.transport.stream("lb01", Command("s", "echo on; exec sleep 1000"))
        assert (await anext(stream)).lines == ["on"]
        connection = next(iter(demo.fronts["lb01"].connections))
        assert ["sleep", "1000"] in left(demo)
        # A frozen console sends nothing, and closes nothing either.
        monkeypatch.setattr("haconsole.transport.solo.Solo._send_beat", lambda self: None)
        await until(lambda: ["sleep", "1000"] not in left(demo))
        await until(lambda: connection not in demo.fronts["lb01"].connections)
        with contextlib.suppress(Exception):
            await stream.aclose()
    await until(lambda: not host.processes.find("sleep"))


async def test_stopping_sshd_leaves_its_sessions_and_killing_them_cuts_the_link(demo, door):
    front, host = demo.fronts["lb01"], demo.hosts["lb01"]
    front.daemon.signal(15)
    await until(lambda: not front.listening.is_set())
    assert (await door.sh("echo still")).stdout == "still\n"
    await host.run(["pkill", "-x", "sshd"])
    await until(lambda: not front.connections)
    assert not host.processes.find("sshd")


async def test_a_large_output_and_a_large_input_arrive_whole(door):
    result = await door.sh("yes 0123456789 | head -c 300000 | cksum; head -c 300000 /dev/zero")
    assert result.stdout.endswith("␀" * 100)
    data = bytes(range(256)) * 2000
    result = await door.sh("cksum", stdin=data, timeout_s=20)
    again = await door.sh("cat > /tmp/in; cksum < /tmp/in", stdin=data, timeout_s=20)
    assert result.stdout == again.stdout
    assert result.stdout.split()[1] == str(len(data))


async def test_a_change_is_really_made(demo):
    async with open_door(demo.site, writable=True) as door:
        await door.up("lb01")
        script = "umask 077; cat > /etc/x.new && mv /etc/x.new /etc/x"
        result = await door.sh(script, root=True, stdin=b"text\n", effect=Effect.CHANGES)
        assert result.exit_status == 0
    host = demo.hosts["lb01"]
    assert host.files.read_text("/etc/x") == "text\n"
    assert (host.files.stat("/etc/x").mode, host.files.stat("/etc/x").uid) == (0o600, 0)


async def test_a_client_that_goes_as_it_asks_to_be_forwarded_leaves_no_trace(demo, monkeypatch):
    """What Python prints of a coroutine that was never awaited would be an error here."""
    asked = SshConnection.connection_requested
    cuts = 0

    def cut_once(connection, *words):
        nonlocal cuts
        result = asked(connection, *words)
        if not cuts:
            cuts += 1
            connection._connection.abort()
        return result

    monkeypatch.setattr(SshConnection, "connection_requested", cut_once)
    async with open_door(demo.site) as opened:
        door = await opened.up("lb01")
        assert (await door.sh("echo there")).stdout == "there\n"
    assert cuts == 1
