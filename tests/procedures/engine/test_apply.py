"""``haconsole apply`` as it is called: plans, runs, refusals, exit statuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.lab.api import LabHandle
from haconsole.procedures.catalogue import ENTRIES

pytestmark = pytest.mark.lab


def apply(lab: LabHandle, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "haconsole", "apply", str(lab.inventory), *words],
        capture_output=True,
        text=True,
        check=False,
        input=stdin,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def pair(lab: LabHandle) -> Iterator[LabHandle]:
    yield lab
    apply(lab, "remove", "--write", "--yes")
    lab.heal()


def page(lab: LabHandle) -> str:
    return lab.exec("web01", ["cat", "/code/index.html"]).stdout


def test_the_procedures_are_listed(lab: LabHandle) -> None:
    done = apply(lab)
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(ENTRIES)


def test_the_questions_are_listed_with_their_defaults(lab: LabHandle) -> None:
    said = apply(lab, "configure-pair", "--questions").stdout
    assert "\nvrid=50\n" in said
    assert "\npriority.lb01=150\n" in said
    assert "\nauth_pass=(secret)\n" in said


def test_without_write_it_is_a_plan(lab: LabHandle) -> None:
    before = page(lab)
    done = apply(lab, "configure-web", "--set", "page.web01=other", "--yes")
    assert done.returncode == 0
    assert done.stdout.startswith("Configure the web nodes · pair\n")
    assert "+other" in done.stdout
    assert done.stdout.endswith("To run it: --write, and --yes not to be asked.\n")
    assert page(lab) == before


def test_the_json_of_a_plan(lab: LabHandle) -> None:
    done = apply(lab, "configure-web", "--set", "page.web01=other", "--json")
    plan = json.loads(done.stdout)
    assert plan["version"] == 1
    assert plan["answers"]["page.web01"] == "other"
    steps = {step["id"]: step for step in plan["steps"]}
    changed = steps["place /code/index.html@web01"]
    assert (changed["target"], changed["mutating"], changed["satisfied"]) == ("web01", True, False)
    assert changed["file"]["foreign"] is True
    assert "+other" in changed["file"]["diff"]
    same = steps["place /code/index.html@web02"]
    assert same["satisfied"] is True
    looks = [step for step in plan["steps"] if not step["mutating"]]
    assert looks and all(step["do"] is None and step["satisfied"] is None for step in looks)


def test_a_run_with_a_report(pair: LabHandle, tmp_path: Path) -> None:
    words = ("configure-web", "--set", "page.web01=other", "--write", "--yes")
    done = apply(pair, *words)
    assert done.returncode == 1
    assert "did not write web01:/code/index.html" in done.stderr
    report = tmp_path / "run.md"
    done = apply(pair, *words, "--overwrite", "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 step changed something; all is as planned.\n"
    assert page(pair) == "other\n"
    assert "**done**" in report.read_text()
    done = apply(pair, *words)
    assert done.stdout == "Nothing to change: all is so already.\n"
    # Somebody changes it: that is shown, and not replaced without a word.
    pair.exec("web01", ["sh", "-c", "echo by hand >/code/index.html"])
    done = apply(pair, *words)
    assert done.returncode == 1
    assert page(pair) == "by hand\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no-such"], "There is no procedure no-such."),
        (["configure-wbe"], "Did you mean configure-web?"),
        (["configure-web", "--cluster", "x"], "There is no cluster x. There are: pair."),
        (["configure-web", "--set", "rooot=/x"], "Did you mean root?"),
        (["configure-web", "--set", "root"], "--set wants KEY=VALUE, not “root”."),
        (["configure-pair", "--set", "vrid=300"], "vrid: "),
        (["configure-pair", "--set", "vrid=many"], "a whole number is wanted, not “many”"),
        (["configure-pair", "--set", "preempt=no", "--set", "state=MASTER"], "preempt"),
        (
            ["configure-pair", "--set", "auth=pass", "--set", "auth_pass=abc"],
            "auth_pass is a secret, and a command line is seen by everyone",
        ),
        (["configure-pair", "--set", "auth_pass=@/no/such"], "/no/such: No such file"),
        (
            ["configure-web", "--report", "/no/such/file.md"],
            "/no/such/file.md could not be written",
        ),
    ],
)
def test_bad_input_is_one_sentence(lab: LabHandle, words: list[str], says: str) -> None:
    done = apply(lab, *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_nobody_to_ask_is_no_yes(lab: LabHandle) -> None:
    before = page(lab)
    done = apply(lab, "configure-web", "--set", "page.web01=other", "--write", "--overwrite")
    assert done.returncode == 2
    assert done.stderr.endswith("nobody can be asked here; say --yes to run it.\n")
    assert page(lab) == before


def test_nobody_is_asked_where_nothing_changes(lab: LabHandle) -> None:
    done = apply(lab, "allow-vrrp", "--write")
    assert (done.returncode, done.stdout) == (0, "Nothing to change: all is so already.\n")


def test_ctrl_c_ends_after_the_step_that_runs(pair: LabHandle) -> None:
    words = ["--set=page.web01=other", "--set=page.web02=other", "--write", "--yes", "--overwrite"]
    console = subprocess.Popen(
        [sys.executable, "-m", "haconsole", "apply", str(pair.inventory), "configure-web", *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert console.stderr is not None
    said: list[str] = []
    with console.stderr as lines:
        for line in lines:
            if " + " in line and not any(" + " in other for other in said):
                console.send_signal(signal.SIGINT)
            said.append(line)
    status = console.wait(30)
    text = "".join(said)
    assert "Traceback" not in text
    assert status == 1, text
    assert "Run it again to go on" in text
    assert apply(pair, "configure-web", *words).returncode == 0
