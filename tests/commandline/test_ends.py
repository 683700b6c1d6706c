"""How changes and drills end on the command line: by Ctrl-C, with less than was asked, unwritten."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from haconsole.cli import main
from haconsole.commandline import apply, drilling
from haconsole.commandline.applying import stopping_on_interrupt
from haconsole.commandline.drill import BAD, GOOD, REFUSED
from haconsole.domain.model import Site, Vip
from haconsole.procedures.drill import report_text
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.procedures.engine import Run
from haconsole.procedures.progress import RunStatus
from tests.support.parts import VIP

INVENTORY = f"""\
site: shop
clusters:
  pair:
    vips: [{VIP}/24]
    lbs: {{lb01: 127.0.0.1, lb02: 127.0.0.2}}
    webs: {{web01: 127.0.0.3}}
"""


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY)
    return str(file)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (RunStatus.SURVEYING, ""),
        (RunStatus.READY, ""),
        (RunStatus.STOPPING, "haconsole: left. What was begun goes on there; run it again, and it "
                             "is found.\n"),
    ],
)  # fmt: skip
def test_ctrl_c_leaves_without_a_traceback(
    inventory: str,
    status: RunStatus,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def under_way(args: argparse.Namespace, site: Site) -> int:
        going = SimpleNamespace(progress=SimpleNamespace(status=status))
        with stopping_on_interrupt(cast(Run, going)):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(apply, "_apply", under_way)
    assert main(["apply", inventory, "restart-nginx", "--write", "--yes"]) == 130
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("words", [["apply", "restart-nginx"], ["drill", "stop"]])
def test_a_report_that_cannot_be_written_is_told_before_anything_is_connected(
    inventory: str, words: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none" / "report.md"
    command, what = words
    assert main([command, inventory, what, "--write", "--yes", "--report", str(file)]) == 2
    said = f"haconsole: {file} could not be written: No such file or directory\n"
    assert capsys.readouterr().err == said


def test_whether_a_report_can_be_written_is_seen_without_a_trace(tmp_path: Path) -> None:
    new, old = tmp_path / "new.md", tmp_path / "old.md"
    old.write_text("last week's")
    apply.see_writable(new)
    apply.see_writable(old)
    assert (new.exists(), old.read_text()) == (False, "last week's")


class Drills:
    """Drills that end as they are told to: refused, without a result, or good."""

    def __init__(self, *ends: str) -> None:
        self.ends = list(ends)

    def __call__(self, door: object, feed: object, cluster: object, ask: Ask) -> Drills:
        self.end = self.ends.pop(0)
        self.progress = DrillProgress(ask)
        self.plan = None
        self.result: object = None
        return self

    def subscribe(self, listener: object) -> None: ...

    async def prepare(self) -> DrillProgress:
        stage = Stage.REFUSED if self.end == "refused" else Stage.READY
        self.progress = DrillProgress(self.progress.ask, stage=stage)
        return self.progress

    async def execute(self) -> DrillProgress:
        good = self.end == "good"
        if good:
            self.result = SimpleNamespace(verdict=SimpleNamespace(healthy=True))
        stage = Stage.DONE if good else Stage.FAILED
        self.progress = DrillProgress(self.progress.ask, stage=stage)
        return self.progress


def drilling_of(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> drilling.Drilling:
    """Return three repeats of one scenario; what a result is made of is no matter here."""
    one = {"good": True, "healthy": True, "verdict": "as predicted"}
    monkeypatch.setattr(drilling, "Drill", drills)
    monkeypatch.setattr(drilling.Drilling, "_look", lambda self, drill, progress: None)
    monkeypatch.setattr(drilling, "as_json", lambda result: one)
    monkeypatch.setattr(drilling, "repeated", lambda runs: {**one, "runs": len(runs)})
    monkeypatch.setattr(random, "uniform", lambda least, most: 0.0)
    args = argparse.Namespace(
        scenario="stop", target=None, repeat=3, yes=1, write=True, plan=False, limit=60.0, place="",
        rate=700.0, force=False, json=False,
    )  # fmt: skip
    nothing: Any = SimpleNamespace(webs=())
    return drilling.Drilling(args, nothing, nothing, nothing, Vip(VIP))


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (("good", "good", "good"), GOOD),
        (("good", "refused"), BAD),
        (("good", "good", "none"), BAD),
        (("none",), BAD),
    ],
)
async def test_fewer_drills_than_wanted_are_no_success(
    ends: Sequence[str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = drilling_of(Drills(*ends), monkeypatch)
    assert await wanted.run() == status
    assert [one["runs"] for one in wanted.documents] == [ends.count("good")][: "good" in ends]


@pytest.mark.parametrize(("ended", "status"), [(GOOD, BAD), (REFUSED, REFUSED)])
def test_a_drill_whose_report_is_not_written_is_told_all_the_same(
    inventory: str,
    ended: int,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Over:
        documents = ({"good": True},)
        document = documents[0]

        def __init__(self, *_: object) -> None: ...

        async def run(self) -> int:
            return ended

        def text(self) -> str:
            return "as predicted\n"

    class Session:
        async def __aenter__(self) -> tuple[None, None]:
            return None, None

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(drilling, "Drilling", Over)
    monkeypatch.setattr(drilling, "session", lambda site, writable: Session())
    monkeypatch.setattr(report_text, "markdown", lambda document: "a report\n")
    assert main(["drill", inventory, "stop", "--report", "/dev/full"]) == status
    told = capsys.readouterr()
    assert told.out == "as predicted\n"
    assert told.err == "haconsole: /dev/full could not be written: No space left on device\n"
