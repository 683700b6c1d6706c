"""The model's tools beside the real ones: same output, same status, on the same files."""

from __future__ import annotations

import asyncio
import getpass
import shutil
import subprocess

import pytest

from tests.demo.system.hosts import ENV
from tests.support.waiting import until

FILES = {
    "a": "one\ntwo 2\nthree  3 x\n\nTwo again\nlast",
    "b": "root:x:0:0:root:/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/bash\n",
    "n": "10\n9\n2\n33\n9\n",
    "conf": 'global_defs {\n    router_id lb01 # x\n}\n  state_dump_file\t"/tmp/x.data"\n'
    'auth_pass = secret\nPassword=  two words\n"auth_data": "abc", 1\n',
    "empty": "",
    "d/one.log": "1\n",
    "d/two.txt": "2\n",
    "d/.hidden": "3\n",
}
SCRIPTS = r"""
cat a b; cat -n a; cat nothere; cat < b; cat - < b
head -n 2 a; head -n 1 a b; head -c 5 a; head -n -2 a; head -3 a; head nothere
tail -n 2 a; tail -n 1 a b; tail -c 4 a; tail -n +3 a; tail -2 n; tail -c +3 n; tail -n 0 a; tail -q -n 1 a b
tail -n 1 nothere; tail -n 1 -- a; printf 'x\ny\n' | tail -n 1; tail -n x a
wc a; wc -l a b; wc -c < a; wc -w a; wc -l < empty; cat a | wc
cut -d: -f1,3 b; cut -d : -f 2- b; cut -c 1-3 a; cut -d' ' -f2 a; cut -s -d' ' -f2 a; cut -f x a
tr a-z A-Z < a; tr -d '\n' < a; tr -s ' ' < a; tr ' ' '\n' < a; tr -cd '[:digit:]' < a; tr '[:upper:]' '[:lower:]' < a; echo '"x"' | tr -d '"'
sort a; sort -n n; sort -rn n; sort -u n; sort -t: -k3 -n b; sort -k2 a; sort nothere
sort n | uniq; sort n | uniq -c; sort n | uniq -d; sort n | uniq -u
seq 3; seq 2 4; seq 1 2 7; seq 3 -1 1; seq -s, 3; seq -w 8 11; seq 0
grep two a; grep -i two a; grep -v o a; grep -c o a; grep -n o a; grep -q two a; echo $?; grep -q nope a; echo $?; grep x nothere; echo $?
grep -o '[0-9]' a; grep -E '^(one|last)$' a; grep -F '2' a b; grep -l root a b; grep -L root a b; grep -h o a b; grep -w Two a; grep -x one a
grep '^$' a; grep 'o\{1,\}' a; grep -e one -e last a; grep '\(o\)n' a; grep -A 1 two a; grep -B1 -n last a; grep -m 1 o a; grep '[[:space:]]3' a; grep -s x nothere; echo $?
grep -o 'ops\|root' b; grep -E 'a+b?|t{1}' a; grep 'a*$' n; grep -vc '^#' conf
sed 's/o/0/' a; sed 's/o/0/g' a; sed -n 's/two/2/p' a; sed -n 2p a; sed '2d' a; sed '$d' a; sed -n '$p' a; sed '/^$/d' a; sed -n '/two/,/last/p' a
sed 's/\([Pp]assword *= *\).*/\1***/; s/\("auth_data": *\)"[^"]*"/\1"***"/' conf; sed -n 's/^[[:space:]]*state_dump_file[[:space:]]\{1,\}//p' conf | tr -d '"'
sed -E 's/(o)(n)?/<\1\2>/g' a; sed 's|/|_|g' b; sed 's/x/&&/' b; sed -e '1s/^/# /' -e '2s/$/ end/' a; sed '2,3!d' a; sed 1q a; sed -n '1,2{s/o/O/;p}' a; sed 'y/abc/xyz/' a
sed '2i\before' a; sed '2a after' a; sed '2c changed' a; sed -n '/two/=' a; sed 's/t/T/2' a; sed -n '1~2p' a; sed '2,+1d' a; sed '/one/,2d' a; sed 's/a\.b/x/' a; sed -s 's/$/x/' empty
sed -i 's/one/1/' a; cat a; sed -i.bak 's/two/2/' a; cat a a.bak; sed x nothere; echo $?; sed 'k' a; sed 's/a' a; sed '/^global/,/^}/d' conf; sed 'N;s/\n/ /' n; sed -n 'h;$!d;x;p' n; sed '/3/!s/$/ z/' n
cksum a; cksum < b; cat a b | cksum; sha256sum a; md5sum < a; sha256sum a b > sums; sha256sum -c sums; base64 a; base64 -w0 a | base64 -d; printf 123456789 | cksum; echo QUJD | base64 -d
stat -c '%s %n' a; stat -c %F a d empty; stat -c '%a %A %U %u %g %h' a; stat nothere; echo $?; stat -c %Y nothere 2>/dev/null; echo $?
date -u -d @0 +%Y-%m-%dT%H:%M:%SZ; date -u -d @1700000000.25 '+%s %N %a %b %e %j %T %F %D %R %H%M %p %I %y %u %%'; date -u -d @86399 +%-H:%-M; date -u -d '2024-02-29 12:00:00 UTC' +%s; date -u -d @0; date -u -R -d @0; date -u -Iseconds -d @0; date +; date -d nonsense; date nonsense
mkdir x; mkdir x; mkdir -p x/y/z; mkdir q/r; ls x x/y; rmdir x; rmdir x/y/z; ls -d x/y; mkdir -m 700 s; stat -c %a s; rm x; rm -r x; ls x; rm nothere; rm -f nothere; echo $?
cp a c; cat c; cp -p a p; cp d e; cp -r d e; ls -A e; cp nothere c; cp a b d; ls d; cp a b c2; mv c m; ls c m; mv nothere z; mv m d; ls d; mv -f a b; cat b
ln -s a l; readlink l; cat l; readlink a; echo $?; ln -s b l; ln -sf b l; cat l; ln a hard; stat -c %h a; ls -l l | cut -c 1-10; readlink -f l | grep -c /b; test -L l && echo link; rm a; cat hard; ln -s nowhere dangling; cat dangling; [ -e dangling ] || echo gone
chmod 600 a; stat -c %a a; chmod u+x,g=r,o-rwx a; stat -c %a a; chmod +x b; stat -c %a b; chmod nonsense a; chmod 644 nothere; chmod -R go-rwx d; stat -c %a d/one.log; touch t; test -s t || echo empty; touch -d @5 t; stat -c %Y t; touch -c nope; ls nope
find d | sort; find d -name '*.log'; find . -type d | sort; find d -maxdepth 0; find nothere; find d -name '*.txt' -delete; ls d
basename /x/y.conf .conf; basename a; basename /; dirname /x/y; dirname y; dirname /; basename -s .c a.c; dirname a/b/
echo x | tee t1 t2; cat t1 t2; echo y | tee -a t1; cat t1; ls t*
true; echo $?; false; echo $?; env -i X=1 sh -c 'echo $X$HOME'; env X=2 sh -c 'echo $X'; env nosuchcmd; echo $?; env -u HOME sh -c 'echo [$HOME]'; printenv HOME; command env printf '%s-%d\n' a 5
timeout 0.1 sleep 5; echo $?; timeout 5 sh -c 'exit 3'; echo $?; timeout -s KILL 0.1 sleep 5; echo $?; timeout 1 nosuchcmd; echo $?; timeout x true; echo $?; sleep x; echo $?; sleep; echo $?; sleep 0.01s
printf 'a b\nc\n' | xargs echo; printf 'a\nb\n' | xargs -n 1 echo x; printf 'a\nb\n' | xargs -I{} echo '<{}>'; printf '' | xargs -r echo no; printf '' | xargs echo; printf 'a\0b' | xargs -0 -n1; echo x | xargs false; echo $?
sh -c 'kill -0 $$; echo $?'; kill -0 99999; echo $?; setsid sh -c 'echo in'; nohup sh -c 'echo up' 2>/dev/null; sh -c 'sleep 0.01 & wait; echo waited'
yes | head -n 2; seq 100000 | head -n 1; seq 5 | tail -n +4 | cat; seq 20 | sed -n '$='; echo abc | cut -c2
id -u; id -un; whoami; uname -s; uname; getconf CLK_TCK; nproc >/dev/null; echo $?; which sh >/dev/null; echo $?; which nosuchcmd; echo $?; hostname >/dev/null
[ a = a ]; echo $?; /usr/bin/test 1 -lt 2; echo $?; /usr/bin/[ 1 -lt 2 ]; echo $?; /usr/bin/printf '%05.1f|%s\n' 3.14159 x; /usr/bin/echo -n hi; echo
mktemp -u /tmp/x.XXXXXX | grep -c '^/tmp/x\.......$'; f=$(mktemp); test -f "$f" && stat -c '%a %s' "$f"; rm "$f"; g=$(mktemp -d); test -d "$g" && rmdir "$g"; mktemp x; echo $?
install -m 750 a i; stat -c %a i; install -D a deep/er/i; cat deep/er/i; install -d k; ls -d k; df -P / | wc -l; ls -1 d; ls -a d; ls nothere; echo $?; ls
""".strip().splitlines()
TOOLS_NEEDED = (
    "dash",
    "sed",
    "grep",
    "stat",
    "timeout",
    "setsid",
    "base64",
    "sha256sum",
    "getconf",
)
MISSING = [tool for tool in TOOLS_NEEDED if shutil.which(tool) is None]
needs_gnu = pytest.mark.skipif(
    bool(MISSING) or b"GNU" not in subprocess.run(
        ["sed", "--version"], capture_output=True, check=False
    ).stdout,
    reason="the GNU tools to compare with are not installed on this machine",
)  # fmt: skip


def plain(text: bytes) -> list[bytes]:
    """Lines without what distinguishes shells' names and typographic quotes."""
    return text.replace("‘".encode(), b"'").replace("’".encode(), b"'").splitlines()


@needs_gnu
@pytest.mark.parametrize("script", SCRIPTS, ids=[script[:40] for script in SCRIPTS])
async def test_tools_do_what_they_really_do(host, tmp_path, script):
    if getpass.getuser() != "root" and ("id -u" in script or "%U" in script):
        pytest.skip("who runs the tests is not root, who runs on the model")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o644)
        host.files.install(str(tmp_path / name), text)
    (tmp_path / "d").chmod(0o755)
    env = ENV | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    real = subprocess.run(
        ["sh", "-c", script], executable=shutil.which("dash"), cwd=tmp_path, env=env,
        capture_output=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    status, out, err = await asyncio.wait_for(
        host.run(["sh", "-c", script], env=env, cwd=str(tmp_path)), 20
    )
    assert plain(out) == plain(real.stdout)
    assert plain(err) == plain(real.stderr)
    assert status == real.returncode


async def test_ps_tells_of_processes_as_they_are(host):
    stopped = host.spawn(["sleep", "1000"], uid=1000)
    host.spawn(["sh", "-c", "sleep 500; :"])
    await until(lambda: len(host.processes.find("sleep")) == 2)
    stopped.signal(19)
    _, out, _ = await host.run(["ps", "-eo", "stat,user,args", "--no-headers"])
    rows = [line.split(None, 2) for line in out.decode().splitlines()]
    assert ["T", "ops", "sleep 1000"] in rows
    assert ["S", "root", "sh -c sleep 500; :"] in rows
    assert ["R", "root", "ps -eo stat,user,args --no-headers"] in rows
    _, out, _ = await host.run(["ps", "aux"])
    assert out.split(b"\n")[0].split()[:2] == [b"USER", b"PID"]
    assert (await host.run(["pgrep", "-x", "slee"]))[0] == 1
    _, out, _ = await host.run(["pgrep", "-f", "sleep 10+"])
    assert out == f"{stopped.pid}\n".encode()
    assert (await host.run(["pkill", "-KILL", "-x", "sleep"]))[0] == 0
    await until(lambda: not host.processes.find("sleep"))


async def test_logger_hands_its_line_to_the_host(host):
    heard = []
    host.log = lambda *line: heard.append(line)
    await host.run(["logger", "-t", "drill", "-p", "daemon.err", "a", "line"])
    await host.run(["logger"], stdin=b"one\ntwo\n")
    assert heard == [
        ("daemon.err", "drill", "a line"),
        ("user.notice", "root", "one"),
        ("user.notice", "root", "two"),
    ]


@pytest.mark.parametrize(
    ("argv", "uid", "stdin", "status", "out", "err"),
    [
        (["-n", "id", "-u"], 1000, b"", 0, b"0\n", b""),
        (["-n", "id", "-u"], 1001, b"", 1, b"", b"sudo: a password is required\n"),
        (["-S", "-k", "-p", "", "id", "-u"], 1001, b"right\n", 0, b"0\n", b""),
        (["-S", "-p", "", "cat"], 1001, b"right\nrest\n", 0, b"rest\n", b""),
        (["-S", "-p", "P:", "true"], 1001, b"a\nright\n", 0, b"", b"P:Sorry, try again.\nP:"),
        (["-S", "-p", "%%%p%:", "true"], 1001, b"right\n", 0, b"", b"%ops-pw%:"),
        (
            ["-S", "-p", "", "true"], 1001, b"a\nb\nc\n", 1, b"",
            b"Sorry, try again.\nSorry, try again.\nsudo: 3 incorrect password attempts\n",
        ),
        (["-n", "nosuch"], 1000, b"", 1, b"", b"sudo: nosuch: command not found\n"),
        (["-u", "ops", "id", "-un"], 0, b"", 0, b"ops\n", b""),
        (["-u", "nobody2", "id"], 0, b"", 1, b"", None),
        (["-n", "sh", "-c", "exit 7"], 1000, b"", 7, b"", b""),
        (["-n", "sh", "-c", "echo $SUDO_USER $HOME"], 1000, b"", 0, b"ops /root\n", b""),
    ],
)  # fmt: skip
async def test_sudo(host, monkeypatch, argv, uid, stdin, status, out, err):
    monkeypatch.setattr("haconsole.demo.system.tools.sudo.WRONG_PASSWORD_S", 0.01)
    got = await host.run(["sudo", *argv], stdin=stdin, uid=uid, env=ENV)
    assert got[:2] == (status, out)
    assert err is None or got[2] == err


async def test_tail_follows_until_the_process_it_was_told_of_ends(host):
    host.files.write("/log", "x\n")
    waited = host.spawn(["sleep", "1000"])
    tail = host.spawn(["tail", "-f", "-s", "0.01", f"--pid={waited.pid}", "/log"])
    await until(lambda: host.processes.find("tail"))
    waited.signal(15)
    assert await asyncio.wait_for(tail.wait(), 5) == 0


async def test_a_full_disk_and_a_read_only_one_are_told(host):
    host.files.store.capacity = host.files.store.used + 10
    status, _, err = await host.run(["sh", "-c", "echo 0123456789 > /tmp/x"])
    assert (status, err) == (1, b"sh: 1: echo: write error: No space left on device\n")
    host.files.store.capacity = host.files.store.used
    status, _, err = await host.run(["cp", "/bin/sh", "/tmp/y"])
    assert status == 1
    assert b"No space left on device" in err
    host.files.store.read_only = True
    status, _, err = await host.run(["sh", "-c", "echo x > /tmp/z"])
    assert (status, err) == (2, b"sh: 1: cannot create /tmp/z: Read-only file system\n")
    assert (await host.run(["sh", "-c", "echo x > /dev/null"]))[0] == 0
