"""What the README says is so."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest

from haconsole.cli import COMMANDS
from tests.support import pictures, readme

ROOT = readme.README.parent
TEXT = readme.README.read_text()


def test_the_keys_are_those_of_the_code() -> None:
    assert readme.with_keys(TEXT) == TEXT, "run: python -m tests.support.readme"


def test_every_command_of_the_code_is_told_and_no_other() -> None:
    told = set(re.findall(r"haconsole ([a-z]+)\b", TEXT)) - {"pair"}
    assert set(COMMANDS) <= told
    assert told - set(COMMANDS) <= {"needs", "escape"}


def test_every_file_it_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_make_targets_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make ([a-z-]+)", TEXT)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("name", sorted(pictures.PICTURES))
def test_its_pictures_are_of_this_console(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    try:
        taken = asyncio.run(pictures.take(name, tmp_path))
    finally:
        monkeypatch.undo()
        time.tzset()
    kept = ROOT / "tests" / "pictures" / f"{name}.svg"
    assert taken.read_text() == kept.read_text(), "run: make pictures"


def test_the_log_format_is_the_one_that_is_read() -> None:
    from haconsole.parsers.nginx_log import HitParser

    fields = re.findall(r"\\t|\$[a-z_]+", TEXT.split("log_format haconsole", 1)[1].split(";")[0])
    values = {"$msec": "1.5", "$status": "200", "$upstream_addr": "10.0.0.51:80"}
    line = "".join("\t" if field == "\\t" else values.get(field, "0.1") for field in fields)
    hits, unparsed = HitParser("lb01").parse([line])
    assert (unparsed, hits[0].status, hits[0].backend) == (0, 200, "10.0.0.51:80")
