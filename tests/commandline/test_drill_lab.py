"""``haconsole drill`` on the real pair: only looked at, refused, ended by hand, misconfigured."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haconsole.lab.api import LabHandle
from tests.procedures.drill.nodes import DRILLS, quiet, see_same, snapshots, until

pytestmark = [pytest.mark.lab, pytest.mark.alone]
CONF = "/etc/keepalived/keepalived.conf"
#: name → (what sed makes of both LBs' files, words of the prediction).
MISCONFIGURED = {
    "no check": ("/track_script {/,/}/d", "does not track it"),
    "a positive weight below the gap": ("s/weight 0/weight 20/", "not more than the gap of 50"),
    "nopreempt with weight": (
        "s/weight 0/weight -60/; s/state [A-Z]*/state BACKUP\\n    nopreempt/",
        "has nopreempt",
    ),
}


@pytest.fixture(scope="module")
def pair(lab: LabHandle) -> Iterator[LabHandle]:
    """The lab's pair, healthy before and after."""
    lab.heal()
    yield lab
    lab.heal()


@pytest.fixture
def misconfigured(pair: LabHandle, request: pytest.FixtureRequest) -> Iterator[LabHandle]:
    """A pair with another keepalived.conf, and its own again afterwards."""
    for lb in ("lb01", "lb02"):
        script = f"cp -a {CONF} /root/kept.conf; sed -i '{request.param}' {CONF}"
        done = pair.exec(lb, ["sh", "-c", f"{script} && systemctl reload keepalived"])
        assert done.returncode == 0, done.stderr
    yield pair
    for lb in ("lb02", "lb01"):
        script = f"cat /root/kept.conf >{CONF}; rm /root/kept.conf; systemctl restart keepalived"
        pair.exec(lb, ["sh", "-c", script])
    pair.heal()


def start(lab: LabHandle, state: Path, *words: str) -> subprocess.Popen[str]:
    """Start a drill as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "haconsole", "drill", str(lab.inventory), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_STATE_HOME": str(state)},
    )


def drill(lab: LabHandle, state: Path, *words: str) -> tuple[int, str, str]:
    """Call it; returns its exit status, what it printed, and what it said meanwhile."""
    process = start(lab, state, *words)
    out, err = process.communicate(timeout=150)
    return process.returncode, out, err


def changed(state: Path) -> list[str]:
    """Return the changing commands that the ledger knows."""
    rows = (state / "haconsole" / "ledger.jsonl").read_text().splitlines()
    return [row["name"] for row in map(json.loads, rows) if row.get("effect") == "changes"]


def test_what_can_be_drilled_is_listed_with_predictions(pair: LabHandle, tmp_path: Path) -> None:
    status, out, err = drill(pair, tmp_path)
    assert (status, err) == (0, "")
    rows = {line.split()[0]: line for line in out.splitlines()[3:]}
    assert {"stop", "partition", "reboot", "failback", "backend-down"} <= rows.keys()
    assert re.search(r"stop +lb01 +lb02 +0\.61–0\.71 s +fails back", rows["stop"])
    assert changed(tmp_path) == []


def test_without_write_it_is_predicted_and_planned_and_nothing_is_touched(
    pair: LabHandle, tmp_path: Path
) -> None:
    status, out, _ = drill(pair, tmp_path, "nginx-stop", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["predicted"]["takes_over"] == "lb02"
    assert round(document["predicted"]["min_s"], 2) == 2.61
    assert any("systemctl stop nginx" in command["script"]
               for step in document["steps"] for command in step["commands"])  # fmt: skip
    assert changed(tmp_path) == []


@pytest.mark.parametrize(
    ("misconfigured", "words"),
    MISCONFIGURED.values(),
    ids=MISCONFIGURED,
    indirect=["misconfigured"],
)
def test_a_misconfigured_pair_is_predicted_not_to_fail_over_and_does_not(
    misconfigured: LabHandle, words: str, tmp_path: Path
) -> None:
    status, out, err = drill(
        misconfigured, tmp_path, "nginx-stop", "--write", "--yes", "--json", "--limit", "40"
    )
    assert out, err
    document: dict[str, Any] = json.loads(out)
    assert words in " ".join(document["predicted"]["why_not"])
    assert document["predicted"]["max_s"] is None
    assert document["healthy"], document["reasons"]
    assert document["measured"]["taken_by"] is None
    assert document["measured"]["lasted_until_undone"]
    assert status == (3 if document["verdict"] == "void" else 0), document["reasons"]


def test_a_backup_that_is_not_ready_is_refused_and_forced(pair: LabHandle, tmp_path: Path) -> None:
    pair.exec("lb02", ["systemctl", "stop", "nginx"])
    try:
        status, out, err = drill(pair, tmp_path, "freeze", "--write", "--yes", "--json")
        assert status == 2
        refused = json.loads(out)
        assert not refused["ready"]
        assert {one["name"] for one in refused["refusals"]} >= {"not-healthy", "backup-not-ready"}
        assert re.search(r"^! .* lb02", err, re.MULTILINE), err
        assert "--force goes over it" in err
        assert changed(tmp_path) == []
        report = tmp_path / "report.md"
        words = ("freeze", "--target", "lb02", "--write", "--yes", "--force", "--limit", "30")
        status, out, err = drill(pair, tmp_path, *words, "--report", str(report))
        assert "freeze lb02: " in out, err
        assert "- **forced**: lb02: nginx does not run" in report.read_text()
    finally:
        pair.exec("lb02", ["systemctl", "start", "nginx"])
        pair.heal()


def test_ctrl_c_undoes_it_now(pair: LabHandle, tmp_path: Path) -> None:
    until(lambda: quiet(pair), 30.0, "the shells of the last console do not end")
    before = snapshots(pair)
    process = start(pair, tmp_path, "freeze", "--write", "--yes", "--json")
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("watching clients"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=90)
    document = json.loads(out)
    assert process.returncode == 1, (said, err)
    assert "the fault is undone now" in err
    assert document["verdict"] == "aborted"
    assert document["healthy"], document["reasons"]
    see_same(pair, before)


def test_ctrl_c_twice_leaves_it_to_the_node(pair: LabHandle, tmp_path: Path) -> None:
    until(lambda: quiet(pair), 30.0, "the shells of the last console do not end")
    before = snapshots(pair)
    process = start(pair, tmp_path, "freeze", "--write", "--yes", "--limit", "12")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("watching clients"):
            process.send_signal(signal.SIGINT)
        if line.startswith("Ending: "):
            process.send_signal(signal.SIGINT)
            break
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    if match := re.search(r"The node undoes it by itself at (\d\d:\d\d:\d\d)", err):
        left_s = _seconds_until(match[1])
        assert -1 <= left_s <= 13
    # Whatever it had begun: in the end nothing but a record of it is there, and the next
    # drill clears that away.
    until(lambda: _undone(pair), 20.0, "the node did not undo it")
    pair.heal()
    status, _, err = drill(pair, tmp_path, "backend-down", "--target", "web01", "--write", "--yes")
    assert status in (0, 3), err
    see_same(pair, before)


def _seconds_until(text: str) -> float:
    now = time.localtime()
    hours, minutes, seconds = map(int, text.split(":"))
    then = hours * 3600 + minutes * 60 + seconds
    left = then - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
    return left + 86400 if left < -43200 else left


def _undone(lab: LabHandle) -> bool:
    script = f"for d in {DRILLS}/*/; do [ ! -e $d/about ] || [ -e $d/undone ] || exit 1; done"
    frozen = "! ps -C keepalived -o stat= | grep -q T"
    return lab.exec("lb01", ["sh", "-c", f"({script}) && {frozen}"]).returncode == 0
