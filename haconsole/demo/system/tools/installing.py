"""``install``: copying a file into place, with owner and mode."""

from __future__ import annotations

import posixpath

from ..errors import words_of
from ..invocation import Invocation, Program
from .filetools import id_of, new_mode, pairs_of
from .options import Options, options


async def install(inv: Invocation) -> int:
    """``install [-cDT] [-m MODE] [-o OWNER] [-g GROUP] [-b] SOURCE… GOAL``, ``install -d DIR…``."""
    given = await options(inv, "DdvcTbpC", "mogtS", long=("mode=:m", "owner=:o", "group=:g",
                          "directory:d", "target-directory=:t", "suffix=:S", "backup:b",
                          "no-target-directory:T"))  # fmt: skip
    files, caller = inv.files, inv.process.caller
    mode = new_mode(given.values.get("m", "755"), 0, folder=False)
    owner = id_of(inv, given.values.get("o", ""))
    group = id_of(inv, given.values.get("g", ""), group=True)
    if owner is None or group is None:
        kind, name = ("user", "o") if owner is None else ("group", "g")
        return await inv.error(f"invalid {kind} '{given.values[name]}'")
    pairs = [("", path) for path in given.words] if "d" in given else await pairs_of(inv, given)
    status = 0
    for source, goal in pairs:
        try:
            if "d" in given:
                files.mkdir(goal, caller, parents=True)
            else:
                _install_one(inv, given, source, goal)
            files.chmod(goal, mode, caller)
            files.chown(goal, owner, group, caller)
        except OSError as error:
            lost = source and not files.exists(source, caller)
            folder = files.is_dir(goal, caller) and "d" not in given
            what = f"cannot stat '{source}'" if lost else f"cannot create regular file '{goal}'"
            if "d" in given:
                what = f"cannot create directory '{goal}'"
            if folder and not lost:
                status = await inv.error(f"cannot overwrite directory '{goal}' with non-directory")
            else:
                status = await inv.error(f"{what}: {words_of(error)}")
    return status


def _install_one(inv: Invocation, given: Options, source: str, goal: str) -> None:
    """Put a file in place as install(1) does: what was there is unlinked, not written over."""
    files, caller = inv.files, inv.process.caller
    data = files.read(source, caller) if source != "/dev/stdin" else b""
    if source == "/dev/stdin":
        data = inv.process.fd(0).peek()
    if "D" in given:
        files.mkdir(posixpath.dirname(goal) or ".", caller, parents=True)
    if files.is_file(goal, caller):
        if "b" in given or "S" in given:
            files.rename(goal, goal + given.values.get("S", "~"), caller)
        else:
            files.unlink(goal, caller)
    files.write(goal, data, caller)


PROGRAMS: dict[str, Program] = {"install": install}
