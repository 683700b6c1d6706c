"""A plan as text: what is told once is told whole, and with it every command is as it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.procedures.facts import Manager
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.procedures.render import as_text
from haconsole.procedures.sharing import LEAST_LINES, share
from tests.procedures.install.grounds import ground, planned

SOURCE = {"via": "source", "version": "2.2.7", "url": "http://mirror/keepalived-{version}.tar.gz"}
_PART = re.compile(r"≡ part (\d+) \((\d+) lines\)")
_HEAD = re.compile(r"  ≡ part (\d+) \((\d+) lines\), in the steps [\d, ]+:\Z")


def scripts_of(plan: Plan) -> list[str]:
    """The commands that a run sends and a text shows, in the text's order."""
    commands = (c for step in plan.steps for c in (step.do, step.verify, step.undo) if c)
    return [command.script.rstrip() for command in commands]


def scripts_in(text: str) -> Iterator[str]:
    """Read the commands back from a text, with every part in its place."""
    lines = text.splitlines()
    parts: dict[str, list[str]] = {}
    for at, line in enumerate(lines):
        if head := _HEAD.match(line):
            parts[head[1]] = [row[8:] for row in lines[at + 1 : at + 1 + int(head[2])]]
    script: list[str] | None = None
    for line in lines:
        if script is not None and line.startswith("        "):
            name = _PART.fullmatch(line[8:])
            script += parts[name[1]] if name else [line[8:]]
            continue
        if script is not None:
            yield "\n".join(script)
        script = [] if re.match(r"      (do|verify|undo) \((root|user)\):\Z", line) else None


@pytest.mark.parametrize("manager", [Manager.APT, Manager.DNF])
@pytest.mark.parametrize("given", [{}, SOURCE], ids=["package", "source"])
def test_every_command_of_a_text_is_as_it_is_run(manager: Manager, given: dict[str, str]) -> None:
    plan = planned(ground(manager), "build-pair", **given)
    text = as_text(plan, RunProgress())
    assert list(scripts_in(text)) == scripts_of(plan)
    # What is told twice is short.
    rows = [line for line in text.splitlines() if line.startswith("        ")]
    assert len(rows) < sum(len(script.split("\n")) for script in scripts_of(plan)) / 2


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=60), max_size=8))
def test_scripts_are_their_pieces_and_parts_are_shared(scripts: list[list[str]]) -> None:
    found = share(scripts)
    for script, pieces in zip(scripts, found.scripts, strict=True):
        lines = [row for p in pieces for row in (found.parts[p] if isinstance(p, int) else p)]
        assert lines == script
    for number, part in enumerate(found.parts):
        assert len(part) >= LEAST_LINES
        assert sum(pieces.count(number) for pieces in found.scripts) > 1
    assert len(set(found.parts)) == len(found.parts)


def test_a_script_that_several_have_is_one_part() -> None:
    same = [f"line {number}" for number in range(20)]
    found = share([[*same, "one"], ["two", *same], same[5:], ["three"]])
    assert found.parts == (tuple(same[5:]),)
    assert found.scripts[:3] == (
        (tuple(same[:5]), 0, ("one",)),
        (("two",), tuple(same[:5]), 0),
        (0,),
    )
    assert found.scripts[3] == (("three",),)
