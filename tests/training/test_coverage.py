"""The shipped lessons: both languages, every row of the tutorial's table, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from haconsole.training.lesson import Lesson, Words
from haconsole.training.loading import SHIPPED, load_folder

LESSONS = load_folder(SHIPPED)
#: ``| section | what | `row-name` | lesson/step[, lesson/step] | as it is, or corrected: why |``
_ROW = re.compile(r"\|([^|]+)\|(.+)\| `([a-z0-9-]+)` \|([^|]+)\|([^|]+)\|\s*\Z")
#: Every section of the tutorial that has something to do or to know.
SECTIONS = {
    "1", "2", "2.1", "2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.1.5", "2.1.6", "2.1.7", "2.2.1",
    "2.2.2", "2.2.3", "2.2.4", "2.2.5", "2.2.6", "2.3", "3", "3.1", "3.2", "3.3", "4", "4.1", "4.2",
    "5", "5.1", "5.2", "5.3.1", "5.3.2", "5.3.3", "5.3.4", "5.3.5",
}  # fmt: skip


def rows() -> dict[str, tuple[str, list[str], str]]:
    """Row name → (section, where it is taught, how)."""
    found: dict[str, tuple[str, list[str], str]] = {}
    for line in (SHIPPED / "TUTORIAL.md").read_text(encoding="utf-8").splitlines():
        if match := _ROW.match(line):
            section, _, name, where, how = (part.strip() for part in match.groups())
            assert name not in found, f"{name} stands twice"
            found[name] = (section, [one.strip(" `") for one in where.split(",")], how)
    return found


def words_of(lesson: Lesson) -> Iterator[tuple[str, Words]]:
    yield "title", lesson.title
    yield "about", lesson.about
    for step in lesson.steps:
        for name in ("title", "text", "task", "after"):
            if text := getattr(step, name):
                yield f"{step.id}.{name}", text
        for hint in step.hints:
            yield f"{step.id}.hint", hint
        if step.predict is not None:
            yield f"{step.id}.ask", step.predict.ask
            yield f"{step.id}.because", step.predict.because
            for choice in step.predict.choices:
                yield f"{step.id}.{choice.key}", choice.words


def test_every_row_is_taught_where_it_says() -> None:
    steps = {f"{lesson.id}/{step.id}": step for lesson in LESSONS for step in lesson.steps}
    wrong = [
        f"{name}: {place}"
        for name, (_, places, _) in rows().items()
        for place in places
        if place not in steps or name not in steps[place].covers
    ]
    assert not wrong, wrong


def test_every_step_says_of_the_table_what_it_covers() -> None:
    table = rows()
    wrong = [
        f"{lesson.id}/{step.id}: {name}"
        for lesson in LESSONS
        for step in lesson.steps
        for name in step.covers
        if name not in table or f"{lesson.id}/{step.id}" not in table[name][1]
    ]
    assert not wrong, wrong


def test_every_section_has_rows_and_a_lesson() -> None:
    assert {section for section, _, _ in rows().values()} == SECTIONS
    assert {one for lesson in LESSONS for one in lesson.tutorial} >= SECTIONS


def test_what_is_corrected_says_why() -> None:
    hows = Counter(how.partition(":")[0] for _, _, how in rows().values())
    assert set(hows) == {"as it is", "corrected"}
    assert all(
        how.partition(":")[2].strip() for _, _, how in rows().values() if how.startswith("corr")
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_both_languages_say_the_same(lesson: Lesson) -> None:
    for place, text in words_of(lesson):
        assert re.search("[\u4e00-\u9fff]", text.zh) or text.zh == text.en, f"{place}: {text.zh}"
        assert not re.search("[\u4e00-\u9fff]", text.en), place
        # What is typed is the same in both.
        assert Counter(re.findall("`([^`]+)`", text.en)) == Counter(
            re.findall("`([^`]+)`", text.zh)
        ), f"{lesson.file}: {place}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_step_fits_beside_the_cluster(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert len(step.text.en.split()) <= 130, f"{lesson.id}/{step.id}"
        for line in step.text.en.splitlines():
            if line.startswith("    ") or "|" in line:
                assert len(line) <= 60, f"{lesson.id}/{step.id}: {line}"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_a_task_has_hints_from_a_nudge_to_the_answer(lesson: Lesson) -> None:
    assert all(len(step.hints) >= 2 for step in lesson.steps if step.task)


def test_the_walk_is_in_the_tutorials_order() -> None:
    files = [lesson.file.rpartition("/")[2] for lesson in LESSONS]
    assert [name[:2] for name in files] == [f"{n:02}" for n in range(1, len(files) + 1)]
    assert [name[3:].removesuffix(".yaml") for name in files] == [one.id for one in LESSONS]
    assert LESSONS[-1].exam is not None
