"""Included files: which ones, from where, and what is said of those that are not there."""

from __future__ import annotations

import pytest

from haconsole.parsers.conf.includes import MAX_DEPTH, MAX_FILES
from haconsole.parsers.conf.reading import MemoryFiles, Reading, alternatives
from haconsole.parsers.keepalived_conf import parse_conf, read_conf
from haconsole.parsers.keepalived_version import Version

MAIN = "/etc/keepalived/keepalived.conf"


def tree(text: str, files: dict[str, str | bytes], version: Version | None = None):
    return parse_conf(text, MAIN, Reading("main", version, MemoryFiles(files)))


def keys(text: str, files: dict[str, str | bytes], version: Version | None = None) -> list[str]:
    return [statement.key for statement in tree(text, files, version).statements]


def said(text: str, files: dict[str, str | bytes], version: Version | None = None) -> list[str]:
    return [str(problem) for problem in tree(text, files, version).problems]


def test_names_are_looked_for_beside_the_file_that_includes() -> None:
    files: dict[str, str | bytes] = {
        "/etc/keepalived/conf.d/b.conf": "b\ninclude sub/c.conf\nb2\n",
        "/etc/keepalived/conf.d/a.conf": b"a\n",
        "/etc/keepalived/conf.d/.hidden.conf": "hidden\n",
        "/etc/keepalived/conf.d/sub/c.conf": "c\ninclude /opt/d.conf\n",
        "/opt/d.conf": "d ${_PWD}",
    }
    text = "first\ninclude conf.d/*.conf\nlast\n"
    assert keys(text, files) == ["first", "a", "b", "c", "d", "b2", "last"]
    assert said(text, files) == []
    (d,) = [s for s in tree(text, files).statements if s.key == "d"]
    assert (d.values, d.file, d.line) == (("/opt",), "/opt/d.conf", 1)


def test_a_block_may_go_over_files() -> None:
    files: dict[str, str | bytes] = {
        "/etc/keepalived/i.conf": "priority 120\nvirtual_ipaddress {\n 10.0.0.9\n}\n"
    }
    text = "vrrp_instance V {\n include i.conf\n state BACKUP\n}\n"
    conf = read_conf(text, MAIN, Reading("main", files=MemoryFiles(files)))
    (instance,) = conf.instances
    assert (instance.priority, instance.state, instance.vips[0].address) == (
        120,
        "BACKUP",
        "10.0.0.9",
    )
    assert conf.includes == ("i.conf",)


def test_a_problem_names_the_file_that_has_it() -> None:
    files: dict[str, str | bytes] = {
        "/etc/keepalived/i.conf": "\npriority high\nvirtual_ipaddress {\n"
    }
    text = "vrrp_instance V {\n include i.conf\n}\n}\n"
    conf = read_conf(text, MAIN, Reading("main", files=MemoryFiles(files)))
    assert [str(p) for p in conf.problems] == [
        "/etc/keepalived/i.conf:2: priority wants a number, not high"
    ]
    assert (
        "i.conf:3: the block virtual_ipaddress is never closed"
        in said("a {\ninclude i.conf\n}\n", files)[0] + said("include i.conf\n", files)[0]
    )


def test_definitions_and_sequences_pass_through() -> None:
    files: dict[str, str | bytes] = {"/etc/keepalived/i.conf": "$X=2\na$X ${X}\nc$X.\n"}
    assert keys("$X=1\ninclude i.conf\nb${X}\n", files) == ["a2", "c$X.", "b2"]
    assert keys("~SEQ(I,1,2) include i.conf\n", files) == ["a2", "c$X."] * 2


def test_loops() -> None:
    files: dict[str, str | bytes] = {
        MAIN: "include a.conf\n",
        "/etc/keepalived/a.conf": "a\ninclude ./b.conf\n",
        "/etc/keepalived/b.conf": "b\ninclude ../keepalived/a.conf\ninclude keepalived.conf\n",
    }
    assert keys("include a.conf\n", files) == ["a", "b"]
    assert said("include a.conf\n", files) == [
        "/etc/keepalived/b.conf:2: /etc/keepalived/a.conf includes itself",
        "/etc/keepalived/b.conf:3: /etc/keepalived/keepalived.conf includes itself",
    ]


def test_depth_and_number_are_bounded() -> None:
    files: dict[str, str | bytes] = {
        f"/etc/keepalived/{n}": f"include {n + 1}\n" for n in range(99)
    }
    (problem,) = said("include 0\n", files)
    assert "too many files are included, or too deeply" in problem
    assert problem.startswith(f"/etc/keepalived/{MAX_DEPTH - 2}:1: ")
    wide: dict[str, str | bytes] = {
        f"/etc/keepalived/{n}": f"include {n + 1}\n" * 9 for n in range(20)
    }
    problems = said("include 0\n", {**wide, "/etc/keepalived/20": ""})
    assert MAX_FILES < 9**20
    assert len([problem for problem in problems if "too many files" in problem]) == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("include gone.conf", "there is no file gone.conf: keepalived reads on"),
        ("includer gone.conf", "there is no file gone.conf: keepalived reads on"),
        ("includem gone.conf", "there is no file gone.conf: keepalived takes an error"),
        ("includea gone.conf", "there is no file gone.conf: keepalived takes an error"),
        ("includeb {a,gone}.conf", "there is no file {a,gone}.conf: keepalived takes an error"),
        ("includew gone*.conf", "no file matches gone*.conf: keepalived takes an error"),
        ("include gone*.conf", None),
        ("includem gone*.conf", None),
        ("include {a,gone}.conf", None),
        ("global_defs {\n include_check +match\n}\ninclude gone.conf", "keepalived takes an error"),
        ("include_check\ninclude_check -wildcard_match\ninclude gone*.conf", None),
        ("include_check wildcard_match\ninclude gone*.conf", "no file matches"),
        ('include "a.conf"', "takes quotes for a part of the file's name"),
        ("@main include a.conf", "is read twice from 2.2.0 on"),
        ("$A=a.conf\ninclude $A", "is read twice from 2.2.0 on"),
    ],
)
def test_what_is_missing(line: str, expected: str | None) -> None:
    problems = said(line + "\n", {"/etc/keepalived/a.conf": "a\n"})
    assert len(problems) == (expected is not None)
    assert all(expected in problem for problem in problems if expected)


def test_of_alternatives_all_or_what_there_is() -> None:
    files: dict[str, str | bytes] = {"/etc/keepalived/a.conf": "a\n"}
    assert keys("include {gone,a}.conf\n", files) == ["a"]
    assert keys("includeb {gone,a}.conf\n", files) == []


def test_include_check_ends_with_its_file() -> None:
    files: dict[str, str | bytes] = {"/etc/keepalived/a.conf": "include_check\ninclude b\n"}
    (first, second) = said("include a.conf\ninclude b\n", files)
    assert first.endswith("a.conf:2: there is no file b: keepalived takes an error")
    assert second.endswith(":2: there is no file b: keepalived reads on")


def test_variants_are_words_before_2_2() -> None:
    old = Version(2, 1, 5)
    files: dict[str, str | bytes] = {"/etc/keepalived/a.conf": "a\n"}
    assert keys("includer a.conf\ninclude a.conf\n", files, old) == ["includer", "a"]
    assert keys('include "a.conf"\n', files, old) == ["a"]
    assert said("@main include a.conf\n", files, old) == []


def test_what_to_fetch() -> None:
    wanted = parse_conf("include a.conf\ninclude d/*.conf\ninclude /b\n", MAIN)
    assert (wanted.includes, wanted.missing) == (("a.conf", "d/*.conf", "/b"), ())
    read = tree("include a.conf\ninclude d/*.conf\ninclude /b\n", {"/b": "b\n"})
    assert read.missing == ("/etc/keepalived/a.conf", "/etc/keepalived/d/*.conf")


def test_alternatives() -> None:
    assert alternatives("/a/{b,c{d,}}.conf") == ["/a/b.conf", "/a/cd.conf", "/a/c.conf"]
    assert alternatives("{a}{b,c}") == ["{a}b", "{a}c"]
    assert len(alternatives("{a,b}" * 40)) == 256
