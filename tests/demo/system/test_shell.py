"""The model's shell beside the real one: same output, same status."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haconsole.demo.system.sh.parser import parse
from tests.demo.system.hosts import ENV, make_host

DASH = shutil.which("dash")
CORPUS = (Path(__file__).parent / "corpus.txt").read_text().split("\n%%\n")
needs_dash = pytest.mark.skipif(DASH is None, reason="dash is not installed on this machine")


def really(script: str, *, fed: bool, folder: str = "/") -> tuple[int, bytes, bytes]:
    """Run a script in the real dash, named ``sh``."""
    argv = ["sh"] if fed else ["sh", "-c", script]
    done = subprocess.run(
        argv,
        executable=DASH,
        input=script.encode() if fed else b"",
        capture_output=True,
        env=ENV,
        cwd=folder,
        timeout=10,
        check=False,
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return status, done.stdout, done.stderr


async def modelled(host, script: str, *, fed: bool) -> tuple[int, bytes, bytes]:
    """Run a script in the model."""
    argv = ["sh"] if fed else ["sh", "-c", script]
    run = host.run(argv, stdin=script.encode() if fed else b"", env=ENV)
    return await asyncio.wait_for(run, 5)


@needs_dash
@pytest.mark.parametrize("fed", [False, True], ids=["-c", "stdin"])
async def test_scripts_do_what_they_do_in_dash(host, fed):
    different = []
    for script in CORPUS:
        text = script + "\n"
        expected, got = really(text, fed=fed), await modelled(host, text, fed=fed)
        if expected[:2] != got[:2]:
            different.append((script, expected, got))
    assert not different
    assert len(CORPUS) > 140


@needs_dash
@pytest.mark.parametrize(
    "script",
    [
        "nosuchcmd_x", "/nosuch/cmd", "/etc/passwd", "/tmp", "echo 'open", "if true", "echo )",
        "fi", "cd /nonexistent", "read x < /nonexistent", "echo x > /nonexistent/dir",
        "set -u; echo $nope", "echo ${x?gone}", "echo ${x:?}", "shift 5", "readonly r=1; r=2",
        "[ a -lt 2 ]", "sh -c 'kill -9 $$'; echo $?", "exit abc", "kill -0 99999",
        "echo $((1/0))", "echo $((1 +))", "echo\nnosuch_on_line_2", "echo a >&9",
        ". /nonexistent", "printf '%d' abc", "set -x; a=1; echo $a", "return abc", "kill",
        "trap x NOSUCH", "umask 9", "getopts a x -b",
    ],
)  # fmt: skip
async def test_complaints_are_in_the_words_of_dash(host, script):
    expected, got = really(script, fed=False), await modelled(host, script, fed=False)
    assert got == expected


WORDS = st.sampled_from(
    ["a", '"b c"', "'d  e'", "$x", '"$x"', "${y:-z}", '"${x#?}"', "$#", '"$@"', "$*", "${#x}",
     "$(echo s t)", '"$(echo s t)"', "$((1+2))", "\\$x", '""', "${x%b*}", "${n+set}", "$?",
     "`echo q`", "f:g", "~", "*.none", "a'b'\"c\"$x"]
)  # fmt: skip


def commands(inner):
    word_list = st.lists(WORDS, min_size=0, max_size=3).map(" ".join)
    pair = st.tuples(inner, inner)
    return st.one_of(
        word_list.map(lambda w: f"echo {w}"),
        pair.map(lambda p: f"{p[0]}; {p[1]}"),
        pair.map(lambda p: f"{p[0]} && {p[1]}"),
        pair.map(lambda p: f"{p[0]} || {p[1]}"),
        pair.map(lambda p: f"if {p[0]}; then {p[1]}; else echo else; fi"),
        inner.map(lambda i: f"( {i} )"),
        inner.map(lambda i: f"{{ {i}; }}"),
        inner.map(lambda i: f"! {i}" if not i.startswith("!") else i),
        inner.map(lambda i: f"x=$({i})"),
        inner.map(lambda i: f'{{ {i}; }} | {{ read v w; echo "<$v|$w>"; }}'),
        st.tuples(word_list, inner).map(lambda p: f"for x in {p[0]}; do {p[1]}; done"),
        word_list.map(lambda w: f"set -- {w}"),
        WORDS.map(lambda w: f"x={w}"),
        WORDS.map(lambda w: f"case {w} in a*) echo A;; *b*) echo B;; *) echo C;; esac"),
        st.tuples(WORDS, WORDS).map(lambda p: f'[ "{p[0]}" = {p[1]} ]'.replace('""', '"')),
        inner.map(lambda i: f"f() {{ {i}; return 3; }}; f 1 2"),
        inner.map(lambda i: f"cat <<E\n$x {{}} \\$y\nE\n{i}"),
    )


SCRIPTS = st.recursive(
    st.sampled_from([":", "false", "echo hi", "x='a b'", "IFS=:", "unset x", "shift"]),
    commands,
    max_leaves=6,
)


@needs_dash
def test_any_script_does_what_it_does_in_dash():
    runner = asyncio.Runner()

    @settings(
        max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(SCRIPTS)
    def check(script):
        text = f"x=ab; set -- p 'q r'\n{script}\n"
        expected = really(text, fed=False)

        async def run():
            return await modelled(make_host(), text, fed=False)

        assert runner.run(run())[:2] == expected[:2]

    try:
        check()
    finally:
        runner.close()


async def test_a_shell_runs_each_command_as_it_comes_and_reads_no_further(host):
    script = 'read a\nfirst line\necho "got $a"\nhead -n 1\nsecond line\necho end\n'
    status, out, err = await modelled(host, script, fed=True)
    assert (status, out, err) == (0, b"got first line\nsecond line\nend\n", b"")


async def test_parsing_a_text_twice_costs_nothing():
    text = "for i in 1 2; do echo $i; done # only here"
    assert parse(text) is parse(text)


async def test_scripts_with_and_without_an_interpreter_line_can_be_run(host):
    host.files.install("/opt/one", "#!/bin/sh -e\nfalse\necho not\n", 0o755)
    host.files.install("/opt/two", 'echo "two $1"\n', 0o755)
    host.files.install("/opt/three", "#!/nosuch/interpreter\n", 0o755)
    assert (await modelled(host, "/opt/one", fed=False))[0] == 1
    assert (await modelled(host, "/opt/two x", fed=False))[1] == b"two x\n"
    status, _, err = await modelled(host, "/opt/three", fed=False)
    assert (status, err) == (127, b"sh: 1: /opt/three: not found\n")


async def test_what_is_removed_from_path_is_not_found(host):
    assert (await modelled(host, "date +%s", fed=False))[0] == 0
    host.files.unlink("/bin/date")
    status, _, err = await modelled(host, "date +%s", fed=False)
    assert (status, err) == (127, b"sh: 1: date: not found\n")


def test_the_tests_run_against_dash_in_ci():
    assert DASH or not os.environ.get("CI")
