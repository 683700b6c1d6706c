"""What lessons say, in both languages: Markdown, wrapping, checks, scores. No event loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.domain.notes import note
from haconsole.training.lesson import Check
from haconsole.training.standing import CheckView, Seen
from haconsole.ui.lessoning import preselected
from haconsole.ui.presentation.ink import Ink, Tone, cells, plain, wrap
from haconsole.ui.presentation.lessonexam import foot_lines, page_lines
from haconsole.ui.presentation.lessonlist import about_lines, head_lines, lesson_line
from haconsole.ui.presentation.lessonmarkdown import inline_line, markdown_lines
from haconsole.ui.presentation.lessonpage import page_of
from haconsole.ui.presentation.lessonwork import check_words, work_lines
from haconsole.words import set_language
from tests.support.states import NOW

from .exams import EXAMS, SHELVED
from .film import PHASES, SHELF

CLOSES = "，。；：！？、）》」”"
OPENS = "（《「“"
CHINESE = "lb02 现在持有 VIP（10.0.0.100），已经 4 秒；“抢占”会怎样？看《手册》，再按 Enter 继续。"


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("en")


# Wrapping


@pytest.mark.parametrize("width", range(20, 60))  # the longest unbroken piece has 17 cells
def test_chinese_fills_its_lines_and_keeps_its_punctuation(width: int) -> None:
    lines = [plain(line) for line in wrap((Ink(" ● "), Ink(CHINESE)), width, hang=3)]
    assert "".join("".join(lines).split()) == "".join(f" ● {CHINESE}".split())
    for line in lines:
        assert cells(line) <= width
        assert line.strip()[0] not in CLOSES
        assert line.strip()[-1] not in OPENS
    # Text that may break anywhere leaves no line half empty (but before the address, a long word).
    assert all(cells(line) >= width - 18 for line in lines[:-1])


def test_a_full_stop_stays_with_the_word_before_it() -> None:
    line = (Ink("run "), Ink("keepalived", Tone.ACCENT), Ink(". Then look"))
    assert [plain(each) for each in wrap(line, 14)] == ["run ", "keepalived. ", "Then look"]


@given(st.text(alphabet=f"ab c1持有{CLOSES}{OPENS}`*", max_size=80), st.integers(4, 40))
def test_wrapping_loses_nothing_and_never_leaves_the_line(text: str, width: int) -> None:
    lines = [plain(line) for line in wrap((Ink(text),), width)]
    assert all(cells(line) <= width for line in lines)
    if len(lines) < 50:
        assert "".join("".join(lines).split()) == "".join(text.split())


# Markdown

TEXT = """\
# 标题

现在 lb01 是 **MASTER**，
请看 `ip addr`。

1. one
2. two is `long` enough to be broken
   - inner

```
indented
  more
```

| key | 含义 |
|---|---|
| `priority` | 较大的成为 MASTER |

> said
"""


@pytest.mark.parametrize("width", [20, 40, 76])
def test_markdown_fits(width: int) -> None:
    assert all(cells(plain(line)) <= width for line in markdown_lines(TEXT, width))


def test_markdown_is_laid_out() -> None:
    told = [plain(line).rstrip() for line in markdown_lines(TEXT, 40)]
    assert told == [
        "标题",
        "",
        "现在 lb01 是 MASTER，请看 ip addr。",
        "",
        "1. one",
        "2. two is long enough to be broken",
        "   • inner",
        "",
        "  indented",
        "    more",
        "",
        "key       含义",
        "priority  较大的成为 MASTER",
        "",
        "▏ said",
    ]


def test_markdown_obeys_nothing() -> None:
    text = "a <b>x</b> [red]y[/] \x1b]0;t\x07 <script>"
    told = "".join(plain(line) for line in markdown_lines(text, 76))
    assert "[red]y[/]" in told
    assert "\x1b" not in told
    assert "\x07" not in told


def test_a_task_is_one_line_without_marks() -> None:
    line = inline_line("Stop `keepalived` **now**", Tone.STRONG)
    assert plain(line) == "Stop keepalived now"
    tones = {part.text.strip(): part.tone for part in line if part.text.strip()}
    assert tones == {"Stop": Tone.STRONG, "keepalived": Tone.ACCENT, "now": Tone.STRONG}


# A step


@pytest.mark.parametrize("room", [4, 7, 11])
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", PHASES)
def test_the_foot_keeps_its_size(name: str, width: int, room: int, language: str) -> None:
    lines = work_lines(PHASES[name], width, room, NOW)
    assert len(lines) == room
    assert all(cells(plain(line)) <= width for line in lines)


@pytest.mark.parametrize("name", PHASES)
def test_the_page_fits(name: str, language: str) -> None:
    for width in (30, 76, 120):
        page = page_of(PHASES[name], width)
        assert all(cells(plain(line)) <= min(width, 84) for line in page.lines)
        assert 0 <= page.newest <= len(page.lines)


def said(name: str) -> str:
    return "\n".join(plain(line) for line in page_of(PHASES[name], 80).lines)


def test_the_answer_is_told_only_when_it_was_seen() -> None:
    for name in ("asking", "preparing", "working", "hinted", "solving"):
        assert "A graceful stop resigns" not in said(name), name
        assert "lb02 heard the resignation" not in said(name), name
    assert "It came otherwise: lb02" in said("passed")
    assert "You predicted it: lb02" in said("right")
    assert "A graceful stop resigns" in said("right")


def test_hints_are_told_only_as_far_as_they_were_asked_for() -> None:
    assert "HINT" not in said("working")
    assert "HINT 2 OF 2" in said("hinted")
    assert "HINT 2" not in said("passed")


@pytest.mark.parametrize(
    ("seen", "since", "done", "deadline", "word"),
    [
        (True, NOW - 9, True, None, "done"),
        (True, NOW - 1, False, NOW - 5, "holds"),
        (None, None, False, NOW - 5, "unknown"),
        (False, None, False, NOW + 5, "waiting"),
        (False, None, False, None, "waiting"),
        (False, None, False, NOW - 5, "late"),
    ],
)
def test_what_a_check_is_called(
    seen: bool | None, since: float | None, done: bool, deadline: float | None, word: str
) -> None:
    view = CheckView(Check("owner"), Seen(seen, note("x")), since, done)
    assert check_words(view, NOW, deadline)[1] == word


def test_more_checks_than_lines_are_counted() -> None:
    progress = PHASES["working"]
    many = replace(progress, checks=progress.checks * 4)
    told = "\n".join(plain(line) for line in work_lines(many, 80, 7, NOW))
    shown = told.count("waiting") + told.count("unknown")
    assert f"… and {12 - shown} more checks" in told


# The list


def test_every_row_fits(language: str) -> None:
    for width in (60, 80, 120):
        for number, one in enumerate((*SHELF, SHELVED), 1):
            assert cells(plain(lesson_line(one, number, width))) == width
            assert len(about_lines(one, (), width, 4)) == 4
        assert len(head_lines(SHELF, why_not="", cluster="pair", width=width)) == 2


def test_columns_stand_under_each_other(language: str) -> None:
    places = set()
    for number, one in enumerate(SHELF, 1):
        row = plain(lesson_line(one, number, 80))
        mark = "§" if "§" in row else None
        if mark:
            places.add(cells(row[: row.index(mark)]))
    assert len(places) == 1


def test_the_newest_unfinished_lesson_is_preselected() -> None:
    assert preselected(SHELF) == 3
    fresh = [replace(one, begun=False, done=False) for one in SHELF]
    assert preselected(fresh) == 0
    assert preselected([replace(one, begun=False) for one in SHELF]) == 3
    assert preselected(()) == 0


# The exam


@pytest.mark.parametrize("name", EXAMS)
def test_the_exam_fits(name: str, language: str) -> None:
    for width in (60, 80, 120):
        lines = foot_lines(EXAMS[name], width, 4)
        assert len(lines) == 4
        assert all(
            cells(plain(line)) <= width for line in (*lines, *page_lines(EXAMS[name], width))
        )
