"""Files that cannot be read, and the command that checks them."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from haconsole.inventory import InventoryError, cli, load
from haconsole.inventory.source import MAX_BYTES
from tests.inventory.texts import GOOD

READABLE = "expected a YAML file that this user can read"


def said(path: Path | str) -> str:
    with pytest.raises(InventoryError) as caught:
        load(path)
    (problem,) = caught.value.problems
    return str(problem)


def test_no_such_file(tmp_path: Path) -> None:
    file = tmp_path / "nothing.yaml"
    assert said(file) == f"{file}:1: inventory: there is no such file; {READABLE}"


def test_a_directory(tmp_path: Path) -> None:
    assert said(tmp_path) == f"{tmp_path}:1: inventory: this is a directory; {READABLE}"


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert said(pipe) == f"{pipe}:1: inventory: this is not a regular file; {READABLE}"


def test_a_file_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "inventory.yaml"
    assert said(path) == (
        f"{path}:1: inventory: this file cannot be read (Not a directory); {READABLE}"
    )


def test_a_path_that_no_system_has() -> None:
    assert "this file cannot be read (embedded null byte)" in said("a\0b")


@contextmanager
def without_rights() -> Iterator[None]:
    """Be nobody for a while where the tests run as root, who may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "secret.yaml"
    file.write_text(GOOD)
    file.chmod(0)
    with without_rights():
        message = said(file)
    assert message == (
        f"{file}:1: inventory: this file may not be read (permission denied); {READABLE}"
    )


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_bytes(GOOD.encode() + b"#" * (MAX_BYTES - len(GOOD)))
    assert load(file).name == "shop"
    with file.open("ab") as stream:
        stream.write(b"#")
    assert "this file is larger than 1048576 bytes" in said(file)


@pytest.mark.parametrize(
    ("data", "line", "byte"),
    [
        (b"site: shop\n# caf\xe9\n", 2, "0xe9"),
        (GOOD.encode("utf-16"), 1, "0xff"),
        (b"site: \xed\xa0\x80\n", 1, "0xed"),
    ],
)
def test_a_file_that_is_not_utf8(tmp_path: Path, data: bytes, line: int, byte: str) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(data)
    assert said(file) == (
        f"{file}:{line}: inventory: byte {byte} is not UTF-8; expected a text file saved as UTF-8"
    )


def test_control_characters_in_the_name_of_the_file(tmp_path: Path) -> None:
    assert "\x1b" not in said(tmp_path / "a\x1b[31m.yaml")


def command(*args: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["inventory", *args])
    status = parsed.run(parsed)
    assert isinstance(status, int)
    return status


def test_check_says_what_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(GOOD)
    assert command("check", str(file)) == 0
    assert capsys.readouterr() == (f"{file}: good: 1 cluster, 3 nodes, 2 jump hosts\n", "")


def test_check_looks_at_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("203.0.113.7", "203.0.113.777").replace("user: ops", "port: 0"))
    assert command("check", str(bad), str(good)) == 2
    out, err = capsys.readouterr()
    assert out.startswith(f"{good}: good")
    assert [line.split(": ")[0] for line in err.splitlines()] == [f"{bad}:2", f"{bad}:4"]


def test_the_printed_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "haconsole inventory"


def test_loading_an_inventory_brings_in_neither_screen_nor_network() -> None:
    code = (
        "import sys, haconsole.inventory.cli\n"
        "print(*{'textual', 'asyncssh', 'rich', 'asyncio'} & set(sys.modules))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert run.stdout.strip() == b""
