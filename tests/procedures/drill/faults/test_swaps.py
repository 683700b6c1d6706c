"""Files that are exchanged for a drill: whatever was done so far, the very file comes back."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from haconsole.procedures.drill.faults.shell import ASIDE, OTHER, SWAPS

TEXT = "#!/bin/sh\nexit 0\n"
#: How far a drill came before its undo.
STAGED = 'cp -a "$F" "$F{other}"; echo other >"$F{other}"\n'
LINKED = STAGED + 'ln "$F" "$F{aside}"\n'
SWAPPED = STAGED + 'swap "$F"\n'
POINTS = {
    "nothing": "",
    "staged": STAGED,
    "linked": LINKED,
    "swapped": SWAPPED,
    "swapped, undone": SWAPPED + 'swap_back "$F"\n',
}


def sh(script: str, file: Path) -> None:
    text = SWAPS + script.replace("{other}", OTHER).replace("{aside}", ASIDE)
    subprocess.run(["sh", "-euc", text], env={**os.environ, "F": str(file)}, check=True)


@pytest.mark.parametrize("point", POINTS)
def test_the_very_file_comes_back(tmp_path: Path, point: str) -> None:
    file = tmp_path / "a script.sh"
    file.write_text(TEXT)
    file.chmod(0o751)
    before = file.stat()
    sh(POINTS[point], file)
    assert (file.read_text() == TEXT) is (point != "swapped")
    for _ in range(2):
        sh('swap_back "$F"\n', file)
        after = file.stat()
        assert file.read_text() == TEXT
        assert (after.st_ino, after.st_mode, after.st_uid, after.st_nlink, after.st_mtime_ns) == (
            before.st_ino, before.st_mode, before.st_uid, 1, before.st_mtime_ns,
        )  # fmt: skip
        assert list(tmp_path.iterdir()) == [file]


def test_the_other_form_is_there_at_once_and_keeps_the_mode(tmp_path: Path) -> None:
    file = tmp_path / "check.sh"
    file.write_text(TEXT)
    file.chmod(0o750)
    sh(SWAPPED, file)
    assert file.read_text() == "other\n"
    assert file.stat().st_mode & 0o777 == 0o750
    assert Path(f"{file}{ASIDE}").read_text() == TEXT
