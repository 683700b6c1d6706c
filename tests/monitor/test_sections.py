"""Composed scripts, run by a real sh, and taken apart again."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.monitor.sections import compose, split


def run(script: str, path: str = "/usr/sbin:/usr/bin:/sbin:/bin") -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, check=False, env={"PATH": path}
    )
    return done.stdout


def test_each_question_has_its_answer_and_its_status() -> None:
    script, nonce = compose({"one": "echo 1", "two": "echo no >&2; false", "three": "(exit 7)"})
    sections = split(run(script), nonce)
    assert {name: (s.status, s.text) for name, s in sections.items()} == {
        "one": (0, "1\n"),
        "two": (1, "no\n"),
        "three": (7, ""),
    }
    assert sections["two"].problem == "no"
    assert sections["three"].problem == "exit status 7"


def test_a_missing_tool_is_named() -> None:
    script, nonce = compose({"link": "ip -o link show", "one": "echo 1"})
    sections = split(run(script, path="/nonexistent"), nonce)
    assert sections["link"].problem == "ip is missing on the node"
    assert sections["one"].problem is None


def test_output_without_a_last_newline_does_not_swallow_the_mark() -> None:
    script, nonce = compose({"one": "printf abc", "two": "echo 2"})
    sections = split(run(script), nonce)
    assert sections["one"].text.strip() == "abc"
    assert sections["two"].text == "2\n"


def test_a_section_that_was_cut_off_is_left_out() -> None:
    script, nonce = compose({"one": "echo 1", "two": "echo 2"})
    output = run(script)
    assert "two" not in split(output[: output.rindex("<")], nonce)


@given(st.text())
def test_nothing_that_a_node_prints_passes_for_a_mark(text: str) -> None:
    _, nonce = compose({"one": "true"})
    assert split(text, nonce) == {}


@pytest.mark.parametrize("name", ["one", "units"])
def test_a_forged_mark_of_another_nonce_is_plain_output(name: str) -> None:
    script, nonce = compose({name: "echo '<0123456789abcdef 0>'"})
    assert split(run(script), nonce)[name].text == "<0123456789abcdef 0>\n"
