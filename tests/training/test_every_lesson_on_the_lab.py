"""Every lesson is proven on real hosts, too: two labs share them, for most of the time is waiting."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from haconsole.lab import api
from haconsole.training.loading import SHIPPED, load_folder

from .proving import names_of, proven, wrong

pytestmark = [pytest.mark.slow, pytest.mark.lab]
LESSONS = [one for one in load_folder(SHIPPED) if "lab" in one.on]
#: The exam tries each of its faults: it takes as long as ten lessons.
SHARES = (
    [one for one in LESSONS if one.exam or one.start.state.value == "fresh"],
    [one for one in LESSONS if not one.exam and one.start.state.value == "ready"],
)


@pytest.fixture(scope="module")
def labs(lab_possible: None) -> Iterator[list[api.LabHandle]]:
    """Labs of these lessons' own: each of them has other hosts put in the place of its hosts."""
    with ExitStack() as down:
        handles = []
        for letter in "lm":
            handle = api.up(f"{letter}{os.getpid()}")
            down.callback(handle.down)
            handles.append(handle)
        yield handles


def test_on_the_lab(labs: list[api.LabHandle], tmp_path: Path) -> None:
    def prove(number: int) -> tuple[int, str]:
        ids = [one.id for one in SHARES[number]]
        return proven(tmp_path / str(number), "--on", str(labs[number].inventory), *ids)

    with ThreadPoolExecutor(len(SHARES)) as pool:
        proofs = list(pool.map(prove, range(len(SHARES))))
    for (status, said), share in zip(proofs, SHARES, strict=True):
        assert status == 0, wrong(said)
        for lesson in share:
            assert [name for name in names_of(lesson) if name not in said] == []


def test_every_lesson_can_be_done_there() -> None:
    assert sum(map(len, SHARES)) == len(LESSONS) == len(load_folder(SHIPPED))
