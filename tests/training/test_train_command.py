"""``haconsole train`` as it is typed: the list, and what can be said before anything begins."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len

from haconsole.cli import main
from haconsole.training.loading import SHIPPED
from haconsole.training.progress import Record
from haconsole.training.score import Tally
from haconsole.words import set_language

INVENTORY = """\
site: shop
{more}
clusters:
  pair:
    vips: [10.0.0.100/24]
    lbs: {{lb01: 127.0.0.1, lb02: 127.0.0.2}}
    webs: {{web01: 127.0.0.3}}
"""
LESSON = """\
lesson: {name}
title: {{en: "Mine", zh: "我的"}}
about: {{en: "My own.", zh: "我自己的。"}}
minutes: 3
tutorial: []
start: {{state: ready}}
steps:
  - step: look
    title: {{en: "Look", zh: "看"}}
    text: {{en: "Look.", zh: "看。"}}
    seen_before: yes
    checks: [{{probe: {probe}}}]
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Learn for this test alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("haconsole.words._language", "en")
    return tmp_path / "state" / "haconsole" / "training.json"


def own(folder: Path, name: str = "mine", probe: str = "healthy") -> str:
    folder.mkdir(exist_ok=True)
    (folder / "01-mine.yaml").write_text(LESSON.format(name=name, probe=probe))
    return str(folder)


def test_the_list_has_every_lesson_that_came_with_the_console(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == 1
    assert [Path(one["file"]).name for one in told["lessons"]] == sorted(
        path.name for path in SHIPPED.glob("*.yaml")
    )
    first = told["lessons"][0]
    assert (first["number"], first["id"], first["best"]) == (1, "vrrp", None)
    assert first["steps"]


def test_the_list_says_how_far_one_is(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = Record(state)
    record.finished("vrrp", 85)
    record.stands("failover", "start", {"stop": Tally()}, ("stop",))
    assert main(["train"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if " vrrp " in line).endswith(" 85")
    assert "step 2 of" in next(line for line in lines if " failover " in line)


def test_columns_stand_below_each_other_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        assert main(["train", "--lang", "zh"]) == 0
    finally:
        set_language("en")
    lines = [line for line in capsys.readouterr().out.splitlines()[1:] if line[:1].isdigit()]
    assert len(lines) == len(list(SHIPPED.glob("*.yaml")))
    assert all(line.endswith("-") for line in lines)
    assert len({cell_len(line) for line in lines}) == 1


def test_damaged_progress_is_said_and_the_list_is_there(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("{")
    assert main(["train"]) == 0
    said = capsys.readouterr()
    assert "training.json.kept" in said.err
    assert " vrrp " in said.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fialover"], "There is no lesson fialover. Did you mean failover? There are: vrrp"),
        (["99"], "There is no lesson 99."),
        (["vrrp", "failover"], "One lesson at a time; only --verify takes several."),
        (["vrrp", "--at", "nowhere"], "vrrp has no step nowhere. There are: first, "),
        (["vrrp"], "the console, which needs a terminal; --verify does not."),
        (["--at", "first"], "Say which lesson: haconsole train LESSON."),
        (["--verify", "nothing"], "There is no lesson nothing."),
        (["--lessons", "nowhere"], "this folder cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(
    words: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "does not say lab: true, and lessons break things on purpose"),
        ("lab: true\nread_only: true", "says read_only: true"),
    ],
)
@pytest.mark.parametrize("words", [["vrrp"], ["--verify", "vrrp"]])
def test_hosts_that_must_not_be_broken_are_refused(
    words: Sequence[str], more: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY.format(more=more))
    assert main(["train", *words, "--on", str(file)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert str(file) in err


@pytest.mark.parametrize("words", [["vrrp"], ["--verify", "--yes", "vrrp"]])
def test_a_cluster_that_is_not_there_is_said_before_anything_begins(
    words: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY.format(more="lab: true"))
    assert main(["train", *words, "--on", str(file), "--cluster", "nowhere"]) == 2
    assert "There is no cluster nowhere. There are: " in capsys.readouterr().err


def test_ones_own_hosts_are_not_broken_without_a_yes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY.format(more="lab: true"))
    assert main(["train", "--verify", "vrrp", "failover", "--on", str(file)]) == 2
    err = capsys.readouterr().err
    assert f"2 lessons break the hosts of {file} on purpose" in err
    assert "What is done there by other means stays" in err
    assert "nobody can be asked here; say --yes" in err


def test_lessons_of_ones_own_stand_beside_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--json", "--lessons", own(tmp_path / "own")]) == 0
    told = json.loads(capsys.readouterr().out)["lessons"]
    assert (told[0]["id"], told[-1]["id"]) == ("vrrp", "mine")


def test_a_bad_lesson_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own(tmp_path / "own", probe="helthy")
    assert main(["train", "--lessons", folder]) == 2
    assert f"{folder}/01-mine.yaml:12: " in capsys.readouterr().err


def test_a_lesson_whose_name_is_taken_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own(tmp_path / "own", name="vrrp")
    assert main(["train", "--lessons", folder]) == 2
    err = capsys.readouterr().err
    assert f"{folder}/01-mine.yaml:1: " in err
    assert "vrrp is there already" in err


def test_continue_goes_on_where_one_left(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is opened without a terminal, but which lesson it would be is known by its steps."""
    Record(state).stands("failover", "start", {}, ())
    assert main(["train", "continue", "--at", "nowhere"]) == 2
    assert "failover has no step nowhere" in capsys.readouterr().err
