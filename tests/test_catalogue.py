"""The Chinese catalogue says what the code says, with the same fields, and is built from its .po."""

from __future__ import annotations

import string
from collections.abc import Iterator

import pytest

from haconsole import words
from haconsole.ui.presentation.ink import clean
from tests.support import catalogue

CHINESE = catalogue.read()
MESSAGES = [one for one in CHINESE if one.id]
#: What a learner sees all the time.
LEARNERS = ("ui", "training")


@pytest.fixture
def english() -> Iterator[None]:
    yield
    words.set_language("en")


def fields(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:  # a brace that is meant as one: nothing is filled in
        return set()


def strings(one: object) -> tuple[str, ...]:
    return tuple(one) if isinstance(one, list | tuple) else (str(one),)


def test_the_mo_is_built_from_the_po() -> None:
    told = "run: python -m tests.support.catalogue"
    assert catalogue.MO.read_bytes() == catalogue.built(CHINESE), told


def test_nothing_is_translated_that_the_code_does_not_say() -> None:
    said = catalogue.texts()
    stale = [one.id for one in MESSAGES if not set(catalogue.ids_of(one)) <= said]
    assert stale == [], "run: python -m tests.support.catalogue --prune"


def test_translations_name_the_same_fields() -> None:
    wrong = [
        (one.id, each)
        for one in MESSAGES
        for each in strings(one.string)
        if fields(each) != fields(catalogue.ids_of(one)[-1])
    ]
    assert wrong == []


def test_translations_are_there_and_hold_nothing_that_a_terminal_obeys() -> None:
    for one in MESSAGES:
        for each in strings(one.string):
            assert each, one.id
            assert clean(each.replace("\n", "")) == each.replace("\n", ""), one.id


def test_spaces_at_the_edges_stay() -> None:
    """Parts of a line are put together with them."""
    for one in MESSAGES:
        ref = catalogue.ids_of(one)[-1]
        for each in strings(one.string):
            assert each.endswith(" ") is ref.endswith(" "), one.id


def test_what_a_learner_sees_is_translated() -> None:
    """A sentence that was just written may wait for its translation; not many of them may."""
    known = {each for one in MESSAGES for each in catalogue.ids_of(one)}
    parts = catalogue.marked()
    seen = [ids for part, ids in parts.items() if part.partition("/")[0] in LEARNERS]
    said = set[str]().union(*seen)
    missing = sorted(said - known)
    assert len(missing) <= 0.02 * len(said), missing


@pytest.mark.parametrize(
    ("names", "language"),
    [
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_GB.UTF-8"}, "zh_CN"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "C"}, "zh_CN"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "zh_TW.Big5"}, "zh_TW"),
        ({"LANG": "POSIX"}, "en"),
        ({}, "en"),
    ],
)
def test_without_an_option_the_locale_says_the_language(
    names: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch, english: None
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    words.set_language(None)
    assert words.language() == language
    assert (words.t("done") == "完成") is language.startswith("zh")


@pytest.mark.parametrize("language", ["zh", "zh_CN", "zh-CN", "zh_TW"])
def test_every_chinese_is_the_same(language: str, english: None) -> None:
    words.set_language(language)
    assert words.t("done") == "完成"
    assert words.tn("{count} cluster", "{count} clusters", 1) == "1 个集群"


def test_what_there_is_no_catalogue_for_is_english(english: None) -> None:
    words.set_language("fr")
    assert words.t("done") == "done"
