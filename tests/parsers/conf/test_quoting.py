"""Quotes and escapes of scripts, as each version of the daemon reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.parsers.conf.quoting import Rules, script_words, split_quoted
from haconsole.parsers.keepalived_conf import Reading, read_conf
from haconsole.parsers.keepalived_version import Version


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # keepalived.conf(5), "Quoted strings"
        ('abcd" efg h jkl "mnop', ("abcd efg h jkl mnop",)),
        ('abcd "efg h jkl" mnop', ("abcd", "efg h jkl", "mnop")),
        (r"\a\b\E\f\n\r\t\v", ("\a\b\x1b\f\n\r\t\v",)),
        (r"\x41\x4\x412 \101\7\08 \cA", ("A\x04A2", "A\x07\x008", "\x01")),
        (r"\\ \" \' \z \x", ("\\", '"', "'", "z", "x")),
        ("'a \"b' \"c 'd\"", ('a "b', "c 'd")),
        ("''", ("",)),
        ("", ()),
        ("  \t ", ()),
        ('"a', None),
        ("a\\", None),
        ("a\\c", ("ac",)),
    ],
)
def test_words(text: str, words: tuple[str, ...] | None) -> None:
    assert split_quoted(text) == words


def test_rules_by_version() -> None:
    assert split_quoted(r"\x414", Rules(long_hex=True)) == ("\x14",)
    assert split_quoted(r"a\ b \"", Rules(escapes=False)) == (r"a\ b", r"\"")


#: The example of keepalived.conf(5), and what it says that the parameters are.
MANUAL = r"""notify_master "/etc/keepalived/notify_event.sh ' spaces\\x20f\x69le ' '\"s p a c e \"' SG1.low master" user group"""


def test_the_manuals_example() -> None:
    assert script_words(MANUAL) == (
        "/etc/keepalived/notify_event.sh",
        r" spaces\x20file ",
        '"s p a c e "',
        "SG1.low",
        "master",
    )


@pytest.mark.parametrize(
    ("line", "version", "argv"),
    [
        ('script "/a b"', None, ("/a", "b")),
        ("script /a b", None, ("/a",)),
        ("script /a b", Version(1, 3, 5), ("/a", "b")),
        ("script \"/a 'b c'\"", None, ("/a", "b c")),
        ("script \"/a 'b c'\"", Version(1, 3, 5), ("/a", "'b", "c'")),
        ("script", None, ()),
        ('script "/a', None, ()),
    ],
)
def test_scripts(line: str, version: Version | None, argv: tuple[str, ...]) -> None:
    assert script_words(line, version) == argv


def test_a_configurations_scripts() -> None:
    text = 'vrrp_script c {\n  script   "/usr/bin/curl -H \'Host: x\'  \\"q\\" http://a/"  # c\n}\n'
    (script,) = read_conf(text, reading=Reading(version=Version(2, 2, 7))).scripts
    assert script.argv[:2] == ("/usr/bin/curl", "-H")
    assert script.argv[2] == "Host: x"


@given(
    st.text(alphabet="a \"'\\xc07\t", max_size=40), st.sampled_from([None, (1, 3, 5), (2, 2, 7)])
)
def test_never_raises(text: str, version: tuple[int, int, int] | None) -> None:
    script_words(f"script {text}", Version(*version) if version else None)


@given(st.lists(st.text(alphabet="abc .-/é", min_size=1, max_size=6), min_size=1, max_size=4))
def test_what_is_quoted_stays_one_word(words: list[str]) -> None:
    assert split_quoted(" ".join(f"'{word}'" for word in words)) == tuple(words)
