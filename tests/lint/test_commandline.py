"""``haconsole lint`` as it is typed."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest

from haconsole.cli import main
from haconsole.domain.lint.rules import RULES
from tests.lint.bases import TEXTS
from tests.lint.test_scripts import TUTORIAL

_PLACE = {"file": {"type": "string"}, "line": {"type": ["integer", "null"], "minimum": 1}}
_LEVELS = {"enum": ["error", "warning", "hint"]}
#: The document of the README.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "keepalived", "verdict", "files", "findings", "table", "failover"],
    "properties": {
        "version": {"const": 1},
        "keepalived": {"type": ["string", "null"]},
        "verdict": {"enum": ["clean", "hint", "warning", "error"]},
        "files": {"type": "array", "items": {"required": ["host", "file"]}},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "level", "file", "line", "text", "also"],
                "properties": {
                    "id": {"enum": list(RULES)},
                    "level": _LEVELS,
                    "text": {"type": "string"},
                    "also": {
                        "type": "array",
                        "items": {"properties": _PLACE, "required": [*_PLACE]},
                    },
                    **_PLACE,
                },
            },
        },
        "table": {
            "type": "array",
            "items": {"required": ["block", "setting", "rule", "holds", "values", "why"]},
        },
        "failover": {
            "type": "array",
            "items": {
                "required": ["vips", "event", "works", "owner", "takes_over", "takeover_s", "text"],
                "properties": {
                    "event": {"enum": ["stop", "crash", "nginx-stop", None]},
                    "works": {"type": ["boolean", "null"]},
                    "takeover_s": {"type": ["array", "null"], "items": {"type": "number"}},
                },
            },
        },
    },
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for host, text in TEXTS["weight"].items():
        Path(f"{host}.conf").write_text(text)


def lint(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["lint", *words])
    said = capsys.readouterr()
    assert said.err == ""
    return status, said.out


def document(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    status, out = lint(capsys, "--json", *words)
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    return status, found


def ids(found: dict) -> list[str]:
    return [one["id"] for one in found["findings"] if one["level"] != "hint"]


def test_a_good_pair(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = lint(capsys, "lb01.conf", "lb02.conf")
    assert status == 0
    assert "yes: nginx dies on lb01: lb02 takes over within 4.61–7.81 s" in out
    assert "0 errors, 0 warnings, 2 hints" in out
    status, found = document(capsys, "lb01.conf", "lb02.conf", "--keepalived", "2.2.7")
    assert (status, found["verdict"], found["keepalived"]) == (0, "hint", "2.2.7")
    dead = [one for one in found["failover"] if one["event"] == "nginx-stop"]
    assert [(one["takes_over"], one["takeover_s"]) for one in dead] == [("lb02", [4.609, 7.809])]
    assert all(row["holds"] for row in found["table"])


def test_no_pair(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lb02.conf").write_text(TEXTS["weight"]["lb02"].replace("_id 50", "_id 51"))
    status, out = lint(capsys, "lb01.conf", "lb02.conf")
    line = TEXTS["weight"]["lb02"].split("virtual_router_id")[0].count("\n") + 1
    assert status == 2
    assert f"lb02.conf:{line}: error: virtual_router_id of VI_1 has to be the same" in out
    assert "NO: lb01, lb02 do not take each other's adverts: both own" in out
    assert any(row.startswith("✗") and "51" in row for row in out.splitlines())


def test_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = lint(capsys, "lb01.conf")
    assert status == 0
    assert "it depends: nginx dies on lb01: its priority falls from 150 to 90" in out
    Path("lb01.conf").write_text(TEXTS["weight"]["lb01"].replace("timeout 1", "timeout 5"))
    status, found = document(capsys, "lb01.conf")
    assert (status, found["verdict"], ids(found)) == (1, "warning", ["check-timeout"])


def test_the_version_decides(capsys: pytest.CaptureFixture[str]) -> None:
    text = TEXTS["weight"]["lb01"].replace("priority 150", "priority 150\n    down_timer_adverts 4")
    Path("lb01.conf").write_text(text)
    assert lint(capsys, "lb01.conf")[0] == 0
    status, found = document(capsys, "lb01.conf", "--keepalived", "v2.2.2")
    assert (status, ids(found)) == (2, ["keyword-version"])


def test_one_file_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    text = TEXTS["weight"]["lb01"]
    for setting, one, two in (
        ("router_id", "lb01", "lb02"),
        ("priority", "150", "100"),
        ("state", "MASTER", "BACKUP"),
    ):
        text = text.replace(
            f"    {setting} {one}", f"@lb01    {setting} {one}\n@lb02    {setting} {two}"
        )
    Path("both.conf").write_text(text)
    status, found = document(capsys, "--as", "lb01=both.conf", "--as", "lb02.example.net=both.conf")
    assert (status, ids(found)) == (0, [])
    assert [one["host"] for one in found["files"]] == ["lb01", "lb02.example.net"]
    status, found = document(capsys, "both.conf")
    assert (status, ids(found)) == (0, [])
    assert "unknown-condition" in {one["id"] for one in found["findings"]}
    assert [one["host"] for one in found["files"]] == ["lb01", "lb02"]
    assert all(one["works"] for one in found["failover"])
    status, found = document(capsys, "both.conf", "lb02.conf")
    assert (status, ids(found)) == (0, [])


def test_scripts_beside_the_file_and_given(capsys: pytest.CaptureFixture[str]) -> None:
    Path("check_nginx.sh").write_text(TUTORIAL)
    status, found = document(capsys, "lb01.conf")
    assert (status, set(ids(found))) == (
        2,
        {"check-loops", "check-stops-keepalived", "check-repairs"},
    )
    Path("good").mkdir()
    Path("good/check_nginx.sh").write_text("#!/bin/sh\nexit 0\n")
    assert document(capsys, "lb01.conf", "--script", "good/check_nginx.sh")[0] == 0


def test_includes_are_followed_from_the_file_on(capsys: pytest.CaptureFixture[str]) -> None:
    whole = TEXTS["weight"]["lb01"]
    at = whole.index("vrrp_instance")
    folder = Path("etc/conf.d")
    folder.mkdir(parents=True)
    (folder / "vi.conf").write_text(whole[at:].replace("priority 150", "priority 300"))
    Path("etc/k.conf").write_text(
        whole[:at] + "include conf.d/*.conf\ninclude /etc/keepalived/more.conf\n"
    )
    status, found = document(capsys, "etc/k.conf")
    assert status == 2
    assert ("bad-value", "etc/conf.d/vi.conf") in [
        (one["id"], one["file"]) for one in found["findings"]
    ]
    assert "include-missing" in ids(found)
    Path("etc/more.conf").write_text("vrrp_wrong {\n}\n")
    _, found = document(capsys, "etc/k.conf")
    assert ("unknown-keyword", "etc/more.conf", 1) in [
        (o["id"], o["file"], o["line"]) for o in found["findings"]
    ]


def test_files_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder").mkdir()
    Path("nul.conf").write_bytes(b"router_id a\n\0\n")
    Path("binary.conf").write_bytes(bytes(range(1, 32)) * 50)
    Path("long.conf").write_bytes(b"# a comment\n" * 900_000)
    os.symlink("loop.conf", "loop.conf")
    files = [
        "missing.conf",
        "folder",
        "nul.conf",
        "binary.conf",
        "long.conf",
        "loop.conf",
        "/dev/null",
        "x\0y",
    ]
    status, out = lint(capsys, *files, "lb01.conf")
    assert status == 2
    told = [line for line in out.splitlines() if "[unreadable]" in line]
    assert len(told) == len(files)
    for part in (
        "missing.conf: error: cannot be read: No such file or directory",
        "folder: error: is a folder",
        "nul.conf: error: is no text file: there is a NUL byte in line 2",
        "binary.conf: error: is no text file: it is full of control characters",
        "long.conf: error: is longer than 1048576 bytes",
        "/dev/null: error: is no file",
    ):
        assert part in out
    assert "\0" not in out


def test_a_file_that_may_not_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lint(capsys, "lb02.conf")  # everything is imported by somebody who may
    Path("lb01.conf").chmod(0)
    tmp_path.chmod(0o755)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        status, out = lint(capsys, "lb01.conf")
    finally:
        os.seteuid(user)
    assert status == 2
    assert "lb01.conf: error: cannot be read: Permission denied [unreadable]" in out


def test_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXTS["weight"]["lb01"].replace("priority 150", "priority 0")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    status, out = lint(capsys, "-")
    assert status == 2
    assert "stdin:24: error: priority has to be between 1 and 255" in out


def test_hostile_text_does_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lb01.conf").write_text(TEXTS["weight"]["lb01"] + "\x1b[2J\u202efoo\x9b1m {\n}\n")
    status, out = lint(capsys, "lb01.conf", "--json")
    assert status == 2
    status, out = lint(capsys, "lb01.conf")
    assert not {"\x1b", "\u202e", "\x9b"} & set(out)


def test_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    status, out = lint(capsys, "--list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RULES)
    status, out = lint(capsys, "--list", "--json")
    assert [one["id"] for one in json.loads(out)["rules"]] == list(RULES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the files"),
        (["--as", "lb01"], "HOST=FILE"),
        (["--as", "a=x", "--as", "a=y"], "one host twice"),
        (["-", "-"], "once only"),
        (["x", "--keepalived", "new"], "a version such as 2.2.7"),
    ],
)
def test_what_cannot_be_asked(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["lint", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_a_file_twice_has_two_names(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = document(capsys, "lb01.conf", "lb01.conf")
    assert len({one["host"] for one in found["files"]}) == 2
    assert {"same-priority-masters", "same-router-id"} <= set(ids(found))
    assert status == 2
