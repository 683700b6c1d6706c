"""What a demo leaves: nothing; what a killed one left, the next one removes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from haconsole.demo import folder, serve


async def test_its_folder_is_gone_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with serve.running() as demo:
        assert demo.inventory.exists()
        assert demo.inventory.parent.parent == tmp_path
        assert (demo.inventory.parent / "id_ed25519").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.iterdir())


def test_what_a_killed_demo_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f"{folder.PREFIX}{gone.pid}-abc"
    living = tmp_path / f"{folder.PREFIX}{os.getpid()}-abc"
    others = tmp_path / f"{folder.PREFIX}notes"
    for one in (left, living, others):
        one.mkdir()
        (one / "id_ed25519").write_text("")
    folder.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([living, others])
