"""What failed beside others has one more chance, alone, and no more than that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_RUN = "import sys; from tests.run import run_all; sys.exit(run_all(sys.argv[1])[0])"
_ONCE = """\
from pathlib import Path

def test_late_once():
    seen = Path(__file__).with_name("seen")
    before = seen.exists()
    seen.touch()
    assert before

def test_sound():
    pass
"""
_NEVER = "def test_broken():\n    assert False\n"


def _ran(folder: Path, **files: str) -> tuple[int, str]:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = alone: has the machine to itself\n")
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "."],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    return done.returncode, done.stdout


def test_what_passes_alone_is_told(tmp_path: Path) -> None:
    status, said = _ran(tmp_path, test_once=_ONCE)
    assert status == 0, said
    assert "1 tests failed beside others and passed alone; look into them:\n  " in said
    assert said.rstrip().endswith("::test_late_once")


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    status, said = _ran(tmp_path, test_once=_ONCE, test_never=_NEVER)
    assert status == 1
    assert "Once more, alone: 2 tests" in said
    assert "1 tests failed beside others and passed alone" in said


def test_many_failures_have_another_cause_than_a_busy_machine(tmp_path: Path) -> None:
    many = "".join(_ONCE.replace("seen", f"seen{i}").replace("_late", f"_{i}") for i in range(7))
    status, said = _ran(tmp_path, test_many=many)
    assert status == 1
    assert "Once more" not in said


def test_a_file_that_does_not_load_fails(tmp_path: Path) -> None:
    status, said = _ran(tmp_path, test_once="import nowhere_at_all\n")
    assert status not in (0, 5)
    assert "beside others" not in said
