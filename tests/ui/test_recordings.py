"""Recordings of the demo: what is read back is what was learnt, and nothing of this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from haconsole.domain.verdict import Level, judge
from haconsole.journal.recording_codec import encode
from tests.support.parts import Scene
from tests.support.recordings import FOLDER, NAMES, load, recorded, save
from tests.support.states import all_scenes


@pytest.mark.parametrize("name", [name for name in all_scenes() if name != "many"])
def test_every_event_is_read_back_as_it_was(name: str, tmp_path: Path) -> None:
    scene = all_scenes()[name]
    path = tmp_path / "scene.jsonl"
    save(path, scene.site, scene.events, {("lb01", "/etc/x"): "text\n"})
    back = load(path)
    assert back.events == scene.events
    assert back.site == scene.site
    assert back.files == {("lb01", "/etc/x"): "text\n"}
    assert back.state == Scene(scene.site, scene.events, back.now).state


def test_what_no_event_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="nothing that an event holds"):
        encode(Path("/"))


@pytest.mark.parametrize(
    ("name", "level", "headline"),
    [
        ("healthy", Level.OK, "10.0.0.100 on lb01"),
        ("failover", Level.WARNING, "lb01: keepalived does not run"),
        ("split-brain", Level.CRITICAL, "split brain: 10.0.0.100 on lb01 AND lb02"),
    ],
)
def test_a_recording_tells_its_story(name: str, level: Level, headline: str) -> None:
    scene = recorded(name)
    verdict = judge(scene.state, scene.now)
    assert (verdict.level, str(verdict.headline)) == (level, headline)
    assert scene.state.hits["pair"].total > 300


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_holds_no_path_or_secret_of_the_machine_it_was_taken_on(name: str) -> None:
    text = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    assert not re.search(r"haconsole-demo-|/tmp/|id_ed25519|auth_pass\s+[^*\s]", text)
    for line in text.splitlines():
        json.loads(line)
