"""Lesson files: what is wrong with one is told with its file and line, and nothing of it is used."""

from __future__ import annotations

from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haconsole.training.lesson import DeedKind, StartState, Words
from haconsole.training.loading import SHIPPED, LessonError, load_file, load_folder
from haconsole.training.schema import schema

GOOD = """\
lesson: mine
title: {en: "Mine", zh: "我的"}
about: {en: "One line.", zh: "一行。"}
minutes: 5
tutorial: ["2.1.6"]
start:
  state: ready
  then: [{procedure: install-check, set: {check_interval: 2}}]
where: [demo]
steps:
  - step: stop
    title: {en: "Stop", zh: "停止"}
    text: {en: "Text.", zh: "文字。"}
    predict:
      ask: {en: "Who?", zh: "谁？"}
      choices: [{key: one, en: "One", zh: "一"}, {key: two, en: "Two", zh: "二"}]
      answer: two
      because: {en: "So.", zh: "如此。"}
    setup: [{fault: stop, set: {host: lb01}}]
    task: {en: "Start it.", zh: "启动它。"}
    shell: lb01
    solve: [{act: service, set: {host: lb01, unit: keepalived, do: start}}]
    checks:
      - {probe: owner, set: {host: lb01}, within: 20, hold: 2}
    hints: [{en: "A hint.", zh: "提示。"}]
    after: {en: "Seen.", zh: "看到了。"}
    covers: [stop-keepalived]
"""


def written(tmp_path: Path, text: str, name: str = "01-mine.yaml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    lesson = load_file(written(tmp_path, GOOD))
    assert (lesson.id, lesson.minutes, lesson.tutorial) == ("mine", 5, ("2.1.6",))
    assert lesson.on == ("demo",)
    assert lesson.start.state is StartState.READY
    assert lesson.start.then[0].settings == {"check_interval": "2"}
    step = lesson.step("stop")
    assert step.title == Words("Stop", "停止")
    assert step.title.within("zh_CN") == "停止"
    assert step.title.within("fr") == "Stop"
    assert step.predict is not None
    assert step.predict.choice("two").words.en == "Two"
    assert (step.setup[0].kind, step.setup[0].name) == (DeedKind.FAULT, "stop")
    assert step.solve[0].settings == {"host": "lb01", "unit": "keepalived", "do": "start"}
    assert (step.checks[0].within_s, step.checks[0].hold_s) == (20.0, 2.0)
    assert step.line == GOOD[: GOOD.index("- step: stop")].count("\n") + 1


#: (what is exchanged, for what, the line's text that the problem names, a part of the sentence).
MISTAKES = [
    ('zh: "我的"', 'xx: "我的"', "title:", "the key 'zh' is missing"),
    ('title: {en: "Stop", zh: "停止"}', 'title: {en: "Stop"}', "Stop", "'zh' is missing"),
    ("minutes: 5", "minutes: 0", "minutes", "out of range"),
    ("state: ready", "state: rady", "state", "ready or fresh"),
    ("procedure: install-check", "procedure: instal-check", "procedure", "'install-check'"),
    ("fault: stop", "fault: stopp", "fault:", "'stop'"),
    ("act: service", "act: servise", "solve", "'service'"),
    ("unit: keepalived, do: start", "do: start", "solve", "the parameter 'unit' is missing"),
    ("do: start}", "do: start, more: 1}", "solve", "there is no 'more'"),
    ("probe: owner", "probe: owned", "probe", "'owner'"),
    ("set: {host: lb01}, within", "set: {hosts: lb01}, within", "probe", "'host'"),
    ("set: {host: lb01}, within", "set: {host: 'lb 01'}, within", "probe", "the name of a host"),
    ("answer: two", "answer: three", "answer", "'three' is no choice"),
    ("key: two", "key: one", "choices", "two choices have the same key"),
    ("within: 20", "within: soon", "probe", "seconds"),
    ("where: [demo]", "where: [moon]", "where", "demo, lab or hosts"),
    ("    shell: lb01\n", "    shel: lb01\n", "shel:", "the nearest is 'shell'"),
    ('text: {en: "Text.", zh: "文字。"}', 'text: {en: "", zh: "文字。"}', "text:", "empty"),
    ('en: "A hint."', 'en: "A \\e[31mhint."', "hints", "control character (U+001B)"),
    ("lesson: mine", "lesson: Mine!", "lesson:", "small letters"),
    ("set: {host: lb01}}]\n    task", "set: {on: lb01}}]\n    task", "fault:", "quotes"),
    ("- {probe", "- {heal: all, probe", "probe", "unknown key 'heal'"),
    ("[{fault: stop, set", "[{fault: stop, act: service, set", "fault: stop", "2 deeds"),
]


@pytest.mark.parametrize(("old", "new", "line", "part"), MISTAKES)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: str, part: str
) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    file = written(tmp_path, text)
    with pytest.raises(LessonError) as caught:
        load_file(file)
    told = [p for p in caught.value.problems if part in p.message]
    assert told, str(caught.value)
    assert line in text.splitlines()[told[0].line - 1]
    assert str(told[0]).startswith(f"{file}:{told[0].line}: ")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("- a list\n", "a list stands here"),
        ("lesson: [", "not YAML"),
        (GOOD.replace("steps:", "exam:\n  pool: []\nsteps:"), "both steps and exam"),
        (GOOD[: GOOD.index("steps:")], "nothing to do"),
        (GOOD + GOOD[GOOD.index("  - step: stop") :], "there is a step 'stop' already"),
        (GOOD.replace("    solve:", "    #solve:"), "a task stands alone"),
        (GOOD[: GOOD.index("    predict:")] + "    covers: [a]\n", "nothing to pass"),
    ],
)
def test_a_file_that_is_no_lesson(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(LessonError, match=part):
        load_file(written(tmp_path, text))


def test_an_exam(tmp_path: Path) -> None:
    pool = """\
exam:
  rounds: 2
  pool:
    - {fault: stop, causes: [keepalived-stopped], solve: [{act: service, set: {host: lb01, unit: keepalived, do: start}}]}
    - {fault: nginx-stop, causes: [nginx-dead], solve: [{procedure: restart-nginx}]}
"""
    text = GOOD[: GOOD.index("steps:")] + pool
    exam = load_file(written(tmp_path, text)).exam
    assert exam is not None
    assert [one.causes for one in exam.pool] == [("keepalived-stopped",), ("nginx-dead",)]
    for old, new, part in (
        ("rounds: 2", "rounds: 3", "3 rounds, and 2 faults"),
        ("keepalived-stopped", "keepalived-stoped", "'keepalived-stopped'"),
    ):
        with pytest.raises(LessonError, match=part):
            load_file(written(tmp_path, text.replace(old, new)))


def test_a_folder_tells_the_problems_of_all_its_files(tmp_path: Path) -> None:
    written(tmp_path, GOOD.replace("minutes: 5", "minutes: x"), "01-a.yaml")
    written(tmp_path, GOOD.replace("answer: two", "answer: no-one"), "02-b.yaml")
    (tmp_path / "notes.txt").write_text("not a lesson", encoding="utf-8")
    with pytest.raises(LessonError) as caught:
        load_folder(tmp_path)
    assert {Path(p.file).name for p in caught.value.problems} == {"01-a.yaml", "02-b.yaml"}


def test_a_lesson_twice_is_refused(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "01-a.yaml")
    written(tmp_path, GOOD, "02-b.yaml")
    with pytest.raises(LessonError, match="the lesson 'mine' is in"):
        load_folder(tmp_path)


@pytest.mark.parametrize("place", ["none", "empty", "file"])
def test_a_folder_that_is_none(tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    if place == "empty":
        folder.mkdir()
    elif place == "file":
        folder.write_text("", encoding="utf-8")
    with pytest.raises(LessonError):
        load_folder(folder)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=12)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(("steps", "step", "checks", "probe", "set", "solve", "act", "x")),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_is_told_in_sentences(tmp_path: Path, tree: object) -> None:
    file = written(tmp_path, yaml.safe_dump({"lesson": "x", "steps": tree}, allow_unicode=True))
    with pytest.raises(LessonError) as caught:
        load_file(file)
    assert all(p.line >= 1 and p.message for p in caught.value.problems)


def test_the_schema_takes_what_loads_and_refuses_what_does_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    for file in (None, *sorted(SHIPPED.glob("*.yaml"))):
        text = GOOD if file is None else file.read_text(encoding="utf-8")
        validator.validate(yaml.load(text, yaml.BaseLoader) and yaml.safe_load(text))
    for old, new in (('zh: "我的"', 'xx: "我的"'), ("minutes: 5", "minutes: 0")):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(yaml.safe_load(GOOD.replace(old, new, 1)))
