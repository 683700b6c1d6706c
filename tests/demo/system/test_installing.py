"""The tools that installers and file writers use, beside the real ones where there are any."""

from __future__ import annotations

import pytest

SCRIPTS = {
    "diff": "printf 'a\\nb\\nc\\n' > a; printf 'a\\nB\\nc\\nd\\n' > b; diff a b; echo $?; diff a a; "
    "diff -u --label x --label y a b; diff -q a b; diff a nosuch; echo $?; diff -U0 --label x "
    "--label y a b; cmp a b; cmp -s a b; echo $?",
    "flock": "exec 9>lk; flock -n 9 && echo got; flock -n lk echo no; echo $?; "
    "flock -E 77 -n lk true; echo $?; flock -u 9; flock -n lk -c 'echo yes'; "
    "flock lk sh -c 'exit 5'; echo $?; flock -s 9; flock -s -n lk echo shared",
    "tar": "mkdir d; echo x > d/x; tar czf t.tgz d; tar tzf t.tgz; mkdir e; "
    "tar xzf t.tgz -C e --strip-components=1; cat e/x; tar xf nosuch; echo $?; "
    "tar czf - d | tar tzf -; tar xf t.tgz nosuch; echo $?",
    "install": "echo x > a; install -m 600 a b; stat -c %a b; install -D -m 640 a p/q/c; "
    "stat -c %a p/q/c; install -d -m 750 dd; stat -c %a dd; install -c a dd; ls dd; "
    "install nosuch z; echo $?",
    "eval": "nosuchcmd_a; eval nosuchcmd_b; eval 'true; nosuchcmd_c'; echo $?; (eval nosuchcmd_d); "
    "eval 'cd /nosuch'; x=$(eval nosuchcmd_e); eval nosuchcmd_f | cat; nosuchcmd_g",
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_as_the_real_ones(host, name, tmp_path):
    import subprocess

    host.files.mkdir("/work", parents=True)
    argv = ["sh", "-c", SCRIPTS[name]]
    real = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})  # fmt: skip
    status, out, err = await host.run(argv, cwd="/work")
    assert (status, out.decode(), err.decode()) == (real.returncode, real.stdout, real.stderr)


async def test_accounts_come_and_go(host):
    async def sh(script):
        status, out, err = await host.run(["sh", "-c", script])
        return status, (out + err).decode()

    add = "useradd -r -M -s /usr/sbin/nologin checker"
    assert await sh(add) == (0, "")
    assert await sh(add) == (9, "useradd: user 'checker' already exists\n")
    assert await sh("getent passwd checker") == (
        0, "checker:x:999:999::/home/checker:/usr/sbin/nologin\n")  # fmt: skip
    assert "checker" in (await sh("grep ^checker: /etc/passwd /etc/group"))[1]
    assert (await sh("touch /x; chown checker:checker /x; stat -c %U:%G /x"))[1] == (
        "checker:checker\n"
    )
    assert await sh("userdel checker; getent group checker") == (2, "")
    assert await sh("userdel checker") == (6, "userdel: user 'checker' does not exist\n")
    assert await sh("groupadd -r g; groupadd -r g") == (9, "groupadd: group 'g' already exists\n")


async def test_a_disk_that_turns_read_only(host):
    async def sh(script):
        status, out, err = await host.run(["sh", "-c", script])
        return status, (out + err).decode()

    assert await sh("findmnt -no OPTIONS -T /etc") == (0, "rw,relatime\n")
    assert await sh("mount -o remount,ro /; findmnt -no OPTIONS /") == (0, "ro,relatime\n")
    assert (await sh("touch /etc/x"))[1] == "touch: cannot touch '/etc/x': Read-only file system\n"
    assert (await sh("useradd -r x"))[0] == 1
    assert await sh("mount -o remount,rw / && touch /etc/x") == (0, "")
