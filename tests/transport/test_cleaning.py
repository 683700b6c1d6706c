"""Nothing hostile comes out of the cleaning, whatever goes in."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from haconsole.transport.cleaning import CUT, clean, clean_line, clean_words
from haconsole.transport.splitting import LineSplitter

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def allowed(character: str) -> bool:
    if character in "\t\n":
        return True
    if character in BIDI or 0xE0000 <= ord(character) <= 0xE007F:
        return False
    return unicodedata.category(character) not in ("Cc", "Zl", "Zp", "Cs")


@given(st.binary())
def test_bytes_become_harmless_text(data):
    assert all(map(allowed, clean(data)))


@given(st.text())
def test_text_becomes_harmless(text):
    assert all(map(allowed, clean(text)))


@given(st.one_of(st.binary(), st.text()))
def test_cleaning_again_changes_nothing(data):
    once = clean(data)
    assert clean(once) == once
    assert clean(once.encode()) == once


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_passes_unchanged(text):
    assert clean(text.encode()) == text


@given(st.binary())
def test_a_line_stays_one_line(data):
    line = clean_line(data)
    assert "\n" not in line
    assert len(line.splitlines()) <= 1


@given(st.binary(), st.integers(2, 50))
def test_words_fit_in_a_sentence(data, limit):
    words = clean_words(data, limit)
    assert len(words) <= limit
    assert "\n" not in words
    assert "\t" not in words


def test_escape_sequences_are_shown_not_obeyed():
    assert clean(b"\x1b]0;owned\x07") == "␛]0;owned␇"
    assert clean("\x9b31m") == "\ufffd31m"
    assert clean(b"\x7f\x00\x0d") == "␡␀␍"


def test_letters_beyond_ascii_stay():
    assert clean("Grüße, 主机 ✓ 👩\u200d🔧".encode()) == "Grüße, 主机 ✓ 👩\u200d🔧"


def test_bad_utf8_is_marked():
    assert clean(b"a\xffb") == "a\ufffdb"


def test_windows_line_ends():
    assert clean(b"a\r\nb\r\n") == "a\nb\n"
    assert clean_line(b"a\r") == "a"


@given(st.lists(st.binary(max_size=60), max_size=20), st.integers(1, 12))
def test_splitting_is_the_same_however_the_bytes_come(chunks, limit):
    data = b"".join(chunks)
    splitter = LineSplitter(limit)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)] + [splitter.rest()]
    cut = CUT.encode()
    assert lines == [
        line if len(line) <= limit else line[:limit] + cut for line in data.split(b"\n")
    ]


def test_a_ten_megabyte_line_is_held_to_its_limit():
    splitter = LineSplitter(1000)
    for _ in range(10_000):
        assert splitter.feed(b"x" * 1024) == []
    (line,) = splitter.feed(b"end\nnext")
    assert line == b"x" * 1000 + CUT.encode()
    assert splitter.rest() == b"next"


def test_the_fast_path_and_the_slow_path_agree():
    suspicious = re.compile(r"[^\t\n -~]")
    for code in range(128):
        text = clean(bytes([code, 65]))
        assert (suspicious.search(chr(code)) is None) == (text == chr(code) + "A"), code
