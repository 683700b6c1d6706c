"""Commands in the long-lived shell: exact, isolated, bounded, cleaned."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from haconsole.transport.commands import Command, Effect
from haconsole.transport.errors import (
    CommandTimeoutError,
    LinkDownError,
    ReadOnlyRefusedError,
    TransportError,
)
from tests.support.sshsite import SshSite
from tests.support.waiting import processes, until
from tests.transport.conftest import open_door


@pytest.mark.parametrize(
    ("script", "status", "stdout"),
    [
        ("echo hi", 0, "hi\n"),
        ("printf 'no newline'", 0, "no newline"),
        ("exit 3", 3, ""),
        ("(exit 255)", 255, ""),
        ("echo \"it's\" 'a \"b\"' \\\\ '$HOME' `echo tick`", 0, 'it\'s a "b" \\ $HOME tick\n'),
        ("cat <<'END'\nline '1'\nEND\n", 0, "line '1'\n"),
        ("if true\nthen echo yes\nfi", 0, "yes\n"),
        ("for i in 1 2; do echo $i; done # comment", 0, "1\n2\n"),
        ("set -- a b; shift; echo $1", 0, "b\n"),
        ("cat", 0, ""),
        ("", 0, ""),
        ("exec sh -c 'echo replaced; exit 9'", 9, "replaced\n"),
        ("set -eu; false; echo not here", 1, ""),
        ("kill -9 $(sh -c 'echo $PPID')", 137, ""),
        ("echo $LC_ALL$LANGUAGE; pwd", 0, "C\n/\n"),
        ("printf '\\036'", 0, "␞"),
        ("echo plain words", 0, "plain words\n"),
        ("cat", 0, ""),
        ("cat /proc/self/nowhere", 1, ""),
        ("echo *", 0, None),
        ("echo a=1; a=1", 0, "a=1\n"),
    ],
)
async def test_exact_output_and_status(door, script, status, stdout):
    result = await door.sh(script)
    assert result.exit_status == status
    assert stdout is None or result.stdout == stdout


@pytest.mark.parametrize("script", ["echo 'open", "if true", "echo )", "${", "<<END", "fi"])
async def test_a_syntax_error_stays_in_its_command(door, script):
    result = await door.sh(script)
    assert (await door.sh("echo next")).stdout == "next\n"
    if script != "<<END":
        assert result.exit_status != 0
        assert result.stderr


async def test_nothing_leaks_from_one_command_into_the_next(door):
    await door.sh("cd /tmp; leak=1; PATH=/nowhere; f() { echo f; }; umask 777; trap 'echo t' EXIT")
    after = await door.sh("pwd; echo ${leak-none}; umask; f", host="lb01")
    assert after.stdout.splitlines()[:2] == ["/", "none"]
    assert "777" not in after.stdout
    assert after.exit_status == 127


async def test_output_and_errors_are_kept_apart(door):
    result = await door.sh("echo out; echo err >&2; echo out2")
    assert (result.stdout, result.stderr) == ("out\nout2\n", "err\n")


async def test_hostile_output_is_cleaned(door):
    result = await door.sh("printf '\\033]0;title\\007 \\377 [/b]'; printf '\\233x' >&2")
    assert result.stdout == "␛]0;title␇ \ufffd [/b]"
    assert "\x9b" not in result.stderr


async def test_commands_of_one_host_take_turns(door):
    results = await asyncio.gather(*(door.sh(f"echo {n}; echo {n} >&2") for n in range(20)))
    assert [r.stdout for r in results] == [f"{n}\n" for n in range(20)]
    assert [r.stderr for r in results] == [f"{n}\n" for n in range(20)]


async def test_a_warm_command_opens_no_channel(lab, door):
    requests = lab.daemon("lb01").behaviour.requests
    before = len(requests)
    for _ in range(5):
        await door.sh(":")
    assert len(requests) == before == 1


async def test_a_time_out_ends_the_command_on_the_node(door):
    marker = uuid.uuid4().hex
    with pytest.raises(CommandTimeoutError, match="“test” on lb01 gave no answer within 0\\.3 s"):
        await door.sh(f"sh -c 'sleep 1000; : {marker}'", timeout_s=0.3)
    assert (await door.sh("echo back")).stdout == "back\n"
    await until(lambda: not processes(marker))
    assert [entry.outcome for entry in door.ledger] == ["timeout", "done"]


async def test_a_command_that_ignores_sigterm_is_killed(door):
    marker = uuid.uuid4().hex
    with pytest.raises(CommandTimeoutError):
        await door.sh(
            f"sh -c 'trap \"\" TERM; while :; do sleep 0.1; : {marker}; done'", timeout_s=0.3
        )
    await until(lambda: not processes(marker))


async def test_a_cancelled_command_ends_and_the_shell_stays_in_step(door):
    marker = uuid.uuid4().hex
    task = asyncio.create_task(door.sh(f"sh -c 'echo first; sleep 1000; : {marker}'"))
    await until(lambda: processes(marker))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await door.sh("echo second")).stdout == "second\n"
    await until(lambda: not processes(marker))


async def test_output_past_the_limit_is_cut(door):
    result = await door.sh("yes | head -c 100000; echo; echo err >&2", max_bytes=1000)
    assert result.truncated
    assert len(result.stdout) == 1000
    assert (result.exit_status, result.stderr) == (0, "err\n")


async def test_a_flood_is_ended(door):
    marker = uuid.uuid4().hex
    result = await door.sh(f"yes {marker}", max_bytes=10_000)
    assert result.truncated
    assert len(result.stdout) == 10_000
    await until(lambda: not processes(marker))
    assert (await door.sh("echo calm")).stdout == "calm\n"


async def test_standard_input_reaches_the_command_and_no_list(lab, door):
    secret = b"pass'word\n\x00\xff" * 20_000
    result = await door.sh("wc -c; cat", stdin=secret, max_bytes=50)
    assert result.stdout.split()[0] == str(len(secret))
    assert all("pass" not in entry.script for entry in door.ledger)
    assert not any("pass" in request for request in lab.daemon("lb01").behaviour.requests)


async def test_standard_input_that_nobody_reads_is_no_harm(door):
    result = await door.sh("echo done; exit 4", stdin=b"x" * 300_000)
    assert (result.stdout, result.exit_status) == ("done\n", 4)


async def test_a_long_command_does_not_hold_up_the_shell(door):
    slow = asyncio.create_task(door.sh("sleep 1; echo slow", timeout_s=60))
    await asyncio.sleep(0)
    assert (await door.sh("echo quick")).stdout == "quick\n"
    assert not slow.done()
    assert (await slow).stdout == "slow\n"


async def test_a_shell_that_dies_is_opened_again(door):
    with pytest.raises(LinkDownError, match="The shell on lb01 ended under “test”"):
        await door.sh("kill -9 $$")
    assert (await door.sh("echo new")).stdout == "new\n"


async def test_late_output_of_a_background_job_is_not_the_next_command_s(door):
    await door.sh("(sleep 0.2; echo late) & echo now")
    await door.sh("sleep 0.5")
    assert (await door.sh("echo next")).stdout == "next\n"


async def test_changes_are_refused_before_anything_is_sent(lab, door):
    before = list(lab.daemon("lb01").behaviour.requests)
    with pytest.raises(
        ReadOnlyRefusedError, match="“test” changes lb01, and this console is read-only"
    ):
        await door.sh("touch /tmp/never", effect=Effect.CHANGES)
    with pytest.raises(ReadOnlyRefusedError):
        async for _ in door.transport.stream("lb01", Command("s", "x", effect=Effect.CHANGES)):
            pass
    assert lab.daemon("lb01").behaviour.requests == before
    assert [entry.outcome for entry in door.ledger] == ["refused", "refused"]


async def test_changes_pass_when_writing_is_unlocked(lab, tmp_path):
    target = tmp_path / "made"
    async with open_door(lab.site, writable=True) as door:
        await door.up("lb01")
        await door.sh(f"touch {target}", effect=Effect.CHANGES)
    assert target.exists()
    assert door.ledger[-1].effect is Effect.CHANGES


@pytest.mark.parametrize("shell", ["/usr/bin/fish", "/usr/bin/csh", "/bin/bash", "/bin/dash"])
async def test_any_login_shell_will_do(tmp_path, shell, needs):
    needs(shell)
    async with SshSite(tmp_path, jump=False) as lab:
        lab.daemon("lb01").behaviour.login_shell = shell
        lab.daemon("lb01").behaviour.env = {"LANG": "tlh_KX.odd", "HOME": str(tmp_path)}
        async with open_door(lab.site) as door:
            await door.up("lb01")
            result = await door.sh("echo 'it works'; echo $LC_ALL; exit 5")
            assert (result.stdout, result.stderr, result.exit_status) == ("it works\nC\n", "", 5)
            fed = await door.sh("cat; printf '%s\\n' 'a\\b'", stdin=b"fed\n")
            assert (fed.stdout, fed.exit_status) == ("fed\na\\b\n", 0)
            batches = [b async for b in door.transport.stream("lb01", Command("s", "echo 'x y'"))]
            assert [line for batch in batches for line in batch.lines] == ["x y"]


async def test_an_account_without_a_shell_says_why(tmp_path):
    shell = tmp_path / "nologin"
    shell.write_text("#!/bin/sh\necho 'This account is currently not available.'\nexit 1\n")
    shell.chmod(0o755)
    async with SshSite(tmp_path, jump=False) as lab:
        lab.daemon("lb01").behaviour.login_shell = str(shell)
        async with open_door(lab.site) as door:
            await door.up("lb01")
            with pytest.raises(TransportError, match="lb01 did not start a shell for us: This acc"):
                await door.sh("true")


async def test_banners_of_rc_files_are_passed_over(tmp_path):
    shell = tmp_path / "loudshell"
    shell.write_text('#!/bin/sh\nyes banner | head -n 5000\necho warn >&2\nexec sh -c "$2"\n')
    shell.chmod(0o755)
    async with SshSite(tmp_path, jump=False) as lab:
        lab.daemon("lb01").behaviour.login_shell = str(shell)
        async with open_door(lab.site) as door:
            await door.up("lb01")
            result = await door.sh("echo clean")
            assert (result.stdout, result.stderr) == ("clean\n", "")
