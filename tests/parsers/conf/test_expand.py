"""What keepalived makes of a file before it looks at a keyword, and what it takes."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from haconsole.parsers.conf.expand import MAX_EXPANDED, MAX_LINES, Expander
from haconsole.parsers.conf.parse import MAX_PROBLEMS
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import Version
from tests.parsers.conf.texts import anything, files, sample

MAIN = Reading(config_id="main")


def lines(text: str, reading: Reading = MAIN) -> list[str]:
    return [line.text for line in Expander(text, "/etc/k/x.conf", reading).lines()]


def problems(text: str, reading: Reading = MAIN) -> list[str]:
    expander = Expander(text, "x.conf", reading)
    list(expander.lines())
    return [str(problem) for problem in expander.problems]


def test_conditions() -> None:
    text = "@main a\n@other b\n@^main c\n@^other d\n@main\n @main\te f\n@mainly g\n"
    assert lines(text) == ["a", "d", "e f"]
    assert lines(text, Reading(config_id="other")) == ["b", "c"]
    assert problems(text) == []


def test_an_unknown_config_id_is_told_once() -> None:
    text = "a\n@main b\n@^main c\n"
    assert lines(text, Reading()) == ["a"]
    (said,) = problems(text, Reading())
    assert said.startswith("x.conf:2: whether @main holds depends on the config id")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # keepalived.conf(5), "Parameter substitution"
        (
            "$B=10.2.${S}\n$S=0\n${B}.100/32\n$S=10\n${B}.100/32\n",
            ["10.2.0.100/32", "10.2.10.100/32"],
        ),
        ("@main $P=240\n@other $P=200\npriority $P\n", ["priority 240"]),
        ("$IF_MAIN=@main\n$IF_MAIN priority 240\n", ["priority 240"]),
        ("$IF_MAIN=@other\n$IF_MAIN priority 240\n", []),
        ("$E=\na${E}b $E c\n", ["ab  c"]),
        ("$X=1\n$X,$X $X) $X; $XY ${X}Y\n", ["1,1 1) $X; $XY 1Y"]),
        ("$X =1\n$1=2\n", ["$X =1", "$1=2"]),
        ("a '${_INSTANCE}' ${_PWD}/b\n", ["a 'main' /etc/k/b"]),
        ('a "${_HASH}b" c${_BANG}d\n', ['a "#b" c']),
        (
            "$M= \\\n a { \\\n  # why \\\n  b ${N} \\\n }\n$N=1\n$M\n$N=2\n$M\n",
            ["a {", "b 1", "}", "a {", "b 2", "}"],
        ),
        ("$I=i \\\n j\n$M=a \\\n$I \\\nb\n$M\n", ["a", "i", "j", "b"]),
        ("$M= \\\n a \\\n b\nx $M y\nx $M\n", ["x $M y", "x a", "b"]),
        ("$M= \\\n\na\n", ["a"]),
        ("$M= \\\n a\nx $M y\n", ["x a y"]),
        ("@other $M= \\\n a\nb\n", ["a", "b"]),
    ],
)
def test_definitions(text: str, expected: list[str]) -> None:
    assert lines(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # keepalived.conf(5), "Sequence blocks" and "List blocks"
        ("~SEQ(S, 0, 3) 10.0.${S}.1", ["10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.3.1"]),
        ("~SEQx(S, 144, 16, 192) :${S}", [":90", ":a0", ":b0", ":c0"]),
        ("~SEQx(S, 0x90, 0x10, 0xc0) :${S}", [":90", ":a0", ":b0", ":c0"]),
        ("~SEQ(A,1,2) ~SEQ(B,2,1) ${A}${B}", ["12", "11", "22", "21"]),
        ("~SEQ(A, -2) ${A}", ["-1", "-2"]),
        ("~SEQ(A, 2) ${A}", ["1", "2"]),
        ("$N=2\n~SEQ(A, 1, $N) ${A}", ["1", "2"]),
        ("~LST({A, B}, {10,1},{20,4}, {5}) ${A}.${B}", ["10.1", "20.4", "5."]),
        ("~LST(A, 1, 2) ~LST(B, 5,6) ${A}.${B}", ["1.5", "1.6", "2.5", "2.6"]),
        ("$V= \\\n a${N} { \\\n }\n~SEQ(N,1,2) $V\n", ["a1 {", "}", "a2 {", "}"]),
        ("$V=~SEQ(N,1,2) a${N}\n$V\n", ["a1", "a2"]),
        ("$N=0\n$V=~SEQ(N,1,2) a${N}\n$V\n", ["a1", "a2"]),
    ],
)
def test_sequences_and_lists(text: str, expected: list[str]) -> None:
    assert lines(text) == expected
    assert problems(text) == []


@pytest.mark.parametrize(
    "text",
    ["~SEQ", "~SEQ(", "~SEQ() a", "~SEQ(A,1,2", "~SEQ(A,5,3,1) a", "~SEQ(A,1,0,9) a", "~SEQx(A,-1) a",
     "~SEQ(A,1,2,3,4) a", "~SEQ(A, x) a", "~LST", "~LST(A", "~LST({A,1) b", "~LST(A,{1,2}) b"],
)  # fmt: skip
def test_what_is_no_sequence(text: str) -> None:
    (said,) = problems(f"\n{text}\n")
    assert said.startswith("x.conf:2: ~")
    assert lines(text) == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\npriority ${P}\n", 2, "P is not defined here"),
        ("a \\\nb\n", 1, "a backslash at the end of a line joins nothing"),
        ("a b\\#c\n", 1, "an escaped comment sign is one"),
        ("$A=${A}\n$A\n", 2, "or endless"),
        ("$A=x${A}\n$A\n", 2, "or endless"),
        ("$A=$B\n$B=$A\n$A\n", 3, "or endless"),
        ("\na\0b\n", 2, "a NUL byte"),
        ("a " + "b" * 1100, 1, "longer than the 1022 bytes that keepalived reads"),
        ("\ufeffa\n", 1, "a byte order mark"),
        ('a "b\n', 1, "a quote is not closed"),
    ],
)
def test_problems(text: str, line: int, said: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"x.conf:{line}: ")
    assert said in problem


def test_an_undefined_name_in_quotes_is_a_scripts_own() -> None:
    assert problems('script "/a ${HOME} $1"\n') == []


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("$X=1\n", (1, 4, 0)),
        ("@^main a\n", (1, 3, 7)),
        ("~SEQ(A,1,2) a\n", (2, 0, 9)),
        ("~SEQx(A,1,2) a\n", (2, 1, 0)),
        ("~LST(A,1,2) a\n", (2, 1, 0)),
    ],
)
def test_what_a_version_lacks(text: str, since: tuple[int, int, int]) -> None:
    assert problems(text, Reading("main", Version(*since))) == []
    older = Version(since[0], since[1] - (not since[2]), since[2] - 1 if since[2] else 99)
    (said,) = problems(text, Reading("main", older))
    assert "needs keepalived " + ".".join(map(str, since)) in said


def test_a_comments_backslash_went_on_until_2_4() -> None:
    text = "$M= \\\n a # why \\\n b\n$M\n"
    assert lines(text, Reading(version=Version(2, 2, 7))) == ["a", "b"]
    assert lines(text, Reading(version=Version(2, 4, 0))) == ["b", "a"]


def test_what_the_oldest_version_reads() -> None:
    """CentOS 7's 1.3.5: no escapes, no words behind a brace, conditions at the line's beginning."""
    old = Reading("main", Version(1, 3, 5))
    assert lines("a\\#b c\n@main d\n", old) == ["a\\", "d"]
    assert lines(" @main d\n", old) == []
    assert "a condition that is indented needs keepalived 1.4.0" in problems(" @main d\n", old)[0]
    for text in ("a { b\n}\n", "a {\n b }\n", "a {\n} b\n", "a {\n b {\n} }\n"):
        (said,) = problems(text, old)
        assert "nothing may stand behind a brace" in said
        assert problems(text) == []
    assert problems("a b {\n c\n}\nd\n{\n}\n", old) == []


def test_environment() -> None:
    reading = Reading("main", Version(2, 4, 0), environment={"SITE": "shop"})
    assert lines("a ${_ENV SITE}\n", reading) == ["a shop"]
    assert lines("a ${_ENV SITE}\n", Reading("main", Version(2, 3, 4))) == ["a ${_ENV SITE}"]


def test_one_file_for_both() -> None:
    text = sample("one-for-both.conf")
    first = read_conf(text, "k.conf", Reading(config_id="lb01"))
    second = read_conf(text, "k.conf", Reading(config_id="lb02"))
    assert [c.problems for c in (first, second)] == [(), ()]
    assert (first.router_id, second.router_id) == ("first", "second")
    one, two = first.instances
    assert (one.interface, one.priority, one.unicast_source) == ("eth0", 150, "10.0.0.10")
    assert one.unicast_peers == ("10.0.0.11",)
    assert second.instances[0].priority == 100
    assert second.instances[0].unicast_peers == ("10.0.0.10",)
    assert one.auth_fingerprint == second.instances[0].auth_fingerprint is not None
    assert [v.address for v in one.vips] == [
        *("10.0.0.100", "10.0.0.101", "10.0.0.102", "10.0.0.103"),
        *("fd00::1e", "fd00::1f", "fd00::20", "192.168.1.7", "192.168.2.8"),
    ]
    assert (two.name, second.instances[1].name) == ("VI_A", "VI_B")
    assert [s.name for s in first.scripts] == ["check_web", "check_dns"]
    assert first.scripts[0].script == "/etc/keepalived/check.sh web"
    assert first.includes == ("conf.d/*.conf", "/etc/keepalived/site.conf")


#: Each would take memory or time without end.
BOMBS = {
    "doubling": "$A0=x \\\n x\n"
    + "".join(f"$A{i + 1}=$A{i} \\\n$A{i}\n" for i in range(40))
    + "$A40\n",
    "long line": "$A0=xxxxxxxx\n"
    + "".join(f"$A{i + 1}=${{A{i}}}${{A{i}}}\n" for i in range(40))
    + "$A40\n" * 2000,
    "endless": "$A=${A}\n" + "a ${A}\n" * 20_000,
    "sequence": "~SEQ(A,0,999999999999) ${A}\n",
    "sequences": "~SEQ(A,0,9999)" * 9 + " @other ${A}\n",
    "nothing": "$E=\n~SEQ(A,0,9999999)$E\n",
    "empty": "$E=\n~SEQ(A,0,9999999)\n",
    "dollars": ("$a " * 300 + "\n") * 1000,
    "references": "$A=b\n" + ("${A}" * 200 + "\n") * 1200,
    "conditions": "@main " * 170 + "a\n",
    "chained": "$A=@main $A\n$A x\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_bounded(name: str) -> None:
    expander = Expander(BOMBS[name], "x.conf", MAIN)
    made = list(expander.lines())
    assert len(made) <= MAX_LINES
    assert sum(len(line.text) for line in made) <= MAX_EXPANDED * 2
    assert len(expander.problems) <= MAX_PROBLEMS


@pytest.mark.parametrize("name", ["doubling", "sequence", "sequences", "nothing", "empty"])
def test_what_is_cut_is_said(name: str) -> None:
    assert [p for p in problems(BOMBS[name]) if "make too many lines; the rest is not read" in p]


@given(
    st.one_of(anything, files),
    st.sampled_from([None, "main"]),
    st.sampled_from([None, (1, 3, 5), (2, 2, 7)]),
)
@settings(deadline=None, max_examples=150)
@example("$A=$A\n$A", None, None)
def test_never_raises(
    text: str, config_id: str | None, version: tuple[int, int, int] | None
) -> None:
    reading = Reading(config_id, Version(*version) if version else None)
    conf = read_conf(text, "x.conf", reading)
    assert all(problem.line > 0 for problem in conf.problems)
