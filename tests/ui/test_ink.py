"""Ink: what is placed has the width it is given, and nothing in it is obeyed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from haconsole.ui.plain import to_ascii
from haconsole.ui.presentation.ink import (
    Ink,
    Tone,
    clean,
    clip,
    fit,
    ink,
    join,
    pad,
    plain,
    spread,
    width_of,
    wrap,
)
from haconsole.ui.presentation.units import (
    duration,
    latency,
    number,
    offset,
    percent,
    rate,
    sparkline,
    time_with_ms,
)

#: Anything that may come over a wire, with more of the dangerous than chance would give.
hostile = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\x1b[]\\/()#@$\x07\x9b\x00\r\n\t\u202e\u200bab漢e\u0301[/b]", max_size=60),
    st.sampled_from(
        [
            "\x1b]0;owned\x07",
            "\x1b[2J\x1b[H",
            "[/b][@click=app.quit]x[/]",
            "[bold red]",
            "\udcff\udc80",
            "a\u202eb",
            "漢字" * 20,
            "e\u0301" * 30,
            "\u0000\u0085\u2028",
            "👩‍👩‍👧‍👦",
        ]
    ),
)


def obeyed(text: str) -> bool:
    """Whether a terminal would act on a character of the text."""
    return any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


@given(hostile)
def test_clean_text_has_nothing_that_is_obeyed(text: str) -> None:
    assert not obeyed(clean(text))
    clean(text).encode("utf-8")


@given(hostile, st.integers(0, 40), st.booleans())
def test_fit_has_exactly_the_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right=right)) == width


@given(st.lists(hostile, max_size=5), st.integers(0, 60))
def test_clip_and_pad_keep_the_width(texts: list[str], width: int) -> None:
    line = tuple(ink(text) for text in texts)
    assert width_of(clip(line, width)) <= width
    assert width_of(pad(line, width)) == width


@given(st.lists(hostile, max_size=5), st.integers(4, 60), st.integers(0, 3))
def test_wrapped_lines_fit(texts: list[str], width: int, hang: int) -> None:
    line = tuple(ink(text) for text in texts)
    assert all(width_of(item) <= width for item in wrap(line, width, hang=hang))


@given(hostile)
def test_ascii_keeps_the_cells(text: str) -> None:
    cleaned = clean(text)
    folded = to_ascii(cleaned)
    assert folded.isascii()
    assert len(folded) == sum(cell_len(char) for char in cleaned)


def test_what_is_cut_off_shows() -> None:
    assert fit("keepalived", 6) == "keepa…"
    assert plain(clip((Ink("keep"), Ink("alived")), 6)) == "keepa…"


def test_wrap_breaks_between_words_and_hangs() -> None:
    lines = wrap((Ink("lb01 cannot be reached"),), 12, hang=2)
    assert [plain(line) for line in lines] == ["lb01 cannot ", "  be reached"]


def test_wrap_breaks_a_word_only_where_it_must() -> None:
    lines = wrap((Ink("key SHA256:abcdefghijkl"),), 10)
    assert [plain(line) for line in lines] == ["key ", "SHA256:abc", "defghijkl"]


def test_an_endless_word_makes_no_endless_list() -> None:
    assert len(wrap((Ink("x" * 1_000_000),), 20)) <= 50


def test_spread_gives_the_right_side_its_room() -> None:
    line = spread((Ink("a long left side"),), (Ink("right"),), 14)
    assert plain(line) == "a long…  right"


def test_join_leaves_out_what_is_empty() -> None:
    assert plain(join([(Ink("a"),), (), (Ink("b"),)], " · ")) == "a · b"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (41.9, "41 s"), (200, "3 m 20 s"), (7500, "2 h 5 m"), (273_600, "3 d 4 h")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_numbers_are_short() -> None:
    assert [latency(s) for s in (-1, 0.0008, 0.012, 1.25)] == ["-", "0.8 ms", "12 ms", "1.25 s"]
    assert [rate(r) for r in (0, 0.4, 128.2, 12345)] == ["0/s", "0.4/s", "128/s", "12.3k/s"]
    assert [percent(p) for p in (0.501, 0.9999, 1)] == ["50.1 %", "99.9 %", "100 %"]
    assert number(1234567) == "1,234,567"
    assert [offset(s) for s in (0.0003, -1.2, -1e-6)] == ["+0.3 ms", "-1.20 s", "0.0 ms"]


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_any_time_can_be_written(at: float) -> None:
    assert len(time_with_ms(at)) == 12


def test_sparkline_is_as_long_as_it_may_be() -> None:
    assert sparkline([0, 0], 5) == "▁▁"
    assert sparkline([1, 2, 4, 4], 3) == "▃▆▆"
    assert sparkline([], 5) == ""


def test_tones_are_words_of_a_theme() -> None:
    assert len({tone.value for tone in Tone}) == len(Tone)
