"""The shell text that every login shell must read alike."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haconsole.transport.process import new_nonce
from haconsole.transport.wrappers import frame, launch, shell_body, solo_body

BODIES = [shell_body("nonce"), solo_body("nonce", 0, 45), solo_body("nonce", 12345, 0.9)]


@pytest.mark.parametrize("body", BODIES, ids=["shell", "solo", "fed"])
@pytest.mark.parametrize("become", ["", "sudo -n", "sudo -S -k -p hac1f%%:"])
def test_the_request_is_one_line_that_fish_and_csh_read_like_sh(body, become):
    request = launch(body, become)
    assert request.count("'") == 4, "quoted words only: LEAD and BODY"
    assert not set(request) & set("!\n\r")
    assert "\\'" not in request
    assert "\\\\" not in request
    assert request.isascii()


@pytest.mark.parametrize("body", BODIES, ids=["shell", "solo", "fed"])
@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_the_bodies_are_sound_shell(body, shell, needs):
    needs(shell)
    done = subprocess.run([shell, "-n", "-c", body], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_nonces_are_never_the_same():
    assert len({new_nonce() for _ in range(1000)}) == 1000


PLAIN = st.text(alphabet=" abz019,./:=@_%+-\n;&|$`'\"(){}<>*?~#\\!\t", max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["echo", "true", ":", "cat", "cd", "exit", "x=1;"]), PLAIN)
def test_whatever_is_framed_the_shell_goes_on(first, rest):
    """Two frames go into a real sh, and the second must answer as if the first never was."""
    script = f"{first} {rest}".replace("\x00", "")
    feed = frame(script, "one") + frame("pwd; echo ${x-unset}", "two")
    done = subprocess.run(["sh"], input=feed, capture_output=True, check=False, cwd="/", timeout=20)
    answer = done.stdout.partition(b"\x1eone ")[2].partition(b"\x1e")[2]
    assert answer.partition(b"\x1etwo ")[0] == b"/\nunset\n", script
    assert done.stderr.count(b"\x1eone\x1e") == 1, script
