"""What is read is given back, byte for byte, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from haconsole.parsers.conf import Block, Document, Entry, Text, TextKind, parse
from haconsole.parsers.conf.parse import MAX_PROBLEMS, MAX_TEXT
from tests.parsers.captured import every, name_of
from tests.parsers.conf.texts import SAMPLES, anything, files, sample


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.conf")), ids=lambda path: path.name)
def test_samples(path) -> None:
    assert bytes(parse(path.read_bytes(), path.name)) == path.read_bytes()


@pytest.mark.parametrize("path", every("keepalived-*/*/*.conf"), ids=name_of)
def test_captured_files(path) -> None:
    document = parse(path.read_bytes())
    assert bytes(document) == path.read_bytes()
    assert not document.problems


@given(files)
@settings(deadline=None, max_examples=150)
def test_files_as_people_write_them(text: str) -> None:
    document = parse(text)
    assert str(document) == text
    assert not [p for p in document.problems if "brace" in str(p) or "never" in str(p)]


@given(anything)
@settings(deadline=None, max_examples=300)
@example("a\n# c\n{\n")
@example("@a x {\n@b y {\n}\n")
@example("@a\n{}")
@example("@a \fb")
@example("$X=\\\n\n}")
def test_any_pieces_of_the_language(text: str) -> None:
    assert str(parse(text)) == text


@given(st.one_of(st.text(max_size=200), st.text(alphabet='{}"\\#!@$~\n\r ax', max_size=60)))
@settings(deadline=None)
def test_any_text(text: str) -> None:
    assert str(parse(text)) == text


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes(data: bytes) -> None:
    assert bytes(parse(data)) == data


def shape(nodes) -> list:
    """Keys and blocks, without recursion's help: only for small trees."""
    found: list = []
    for node in nodes:
        if isinstance(node, Block):
            found.append((node.key, shape(node.children)))
        elif isinstance(node, Entry):
            found.append(node.key)
        elif node.kind not in (TextKind.BLANK, TextKind.COMMENT):
            found.append(node.kind)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b # { }\n", ["a"]),
        ("a { b c } d\n", [("a", ["b"]), "d"]),
        ("a{b}c", [("a", ["b"]), "c"]),
        ("a\n\n# c\n{\nb\n}\n", [("a", ["b"])]),
        ('a "{" {\n}\n', [("a", [])]),
        ("a { b { c }\nd }\n", [("a", [("b", ["c"]), "d"])]),
        ("$X=a { \\\n}\nb\n", [TextKind.DEFINITION, "b"]),
        ("$X= \\\n a { \\\n # c \\\n  \n b\nc\n", [TextKind.DEFINITION, "c"]),
        ("$X=a \\\n\nb\n", [TextKind.DEFINITION, "b"]),
        ("~SEQ(I, 1, 3) a { ${I} }\nb\n", [TextKind.SEQUENCE, "b"]),
        ("@main a {\n b\n@main }\n", [("a", ["b"])]),
        ("@lb01 a {\n@lb02 b {\n c\n}\n", [("a", ["c"])]),
        ("@lb01 a {\n@^lb02 b {\n@^lb02 }\n}\n", [("a", [("b", [])])]),
        ("@lb01 $X=1\na $X\n", [TextKind.DEFINITION, "a"]),
        ("}\na\n", [TextKind.STRAY, "a"]),
        ("a ${X} {\n}\n", [("a", [])]),
        ("a\xa0b {\n}\n", [("a\xa0b", [])]),
    ],
)
def test_what_is_a_block(text: str, expected: list) -> None:
    document = parse(text)
    assert shape(document.children) == expected
    assert str(document) == text


def test_parts_of_a_statement() -> None:
    (block,) = parse('  @^lb01\tpriority  "1 5" a\\#b ! why\r\n').statements
    assert (block.indent, block.condition_gap, block.rest) == ("  ", "\t", " ! why\r\n")
    assert block.condition is not None
    assert (block.condition.config_id, block.condition.negative) == ("lb01", True)
    assert (block.key, block.values, block.line) == ("priority", ("1 5", "a#b"), 1)


def test_two_heads_of_one_block() -> None:
    (block,) = [n for n in parse(sample("one-for-both.conf")).statements if n.condition]
    assert isinstance(block, Block)
    assert block.values == ("VI_A",)
    assert [head.values for head in block.others] == [("vrrp_instance", "VI_B")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a {\n b {\n", 2, "the block b is never closed"),
        ("a\n}\n", 2, "a closing brace too many"),
        ('a "b\n', 1, "a quote is not closed"),
        ("\n{\n}\n", 2, "a block opens without a name"),
        ("\n\na\0b\n", 3, "a NUL byte"),
        ("\ufeffa b\n", 1, "a byte order mark"),
    ],
)
def test_problems_name_their_line(text: str, line: int, said: str) -> None:
    problems = parse(text, "x.conf").problems
    assert [str(p) for p in problems if p.line == line and said in str(p)]
    assert str(parse(text)) == text


#: Each of a size at which time or depth that grows faster than the text would be seen.
MONSTERS = {
    "nested": "a {\n" * 100_000,
    "nested and closed": "a{" * 30_000 + "}" * 30_000,
    "nameless": "{" * 30_000,
    "closed": "}\n" * 100_000,
    "heads": "@a x {\n@b y {\n" * 10_000,
    "far heads": ("@a x{\n" + "\n" * 15 + "y\n") * 5_000,
    "quotes": '"' * 200_000,
    "backslashes": "\\" * 200_000,
    "definitions": "$X=\\\n" * 20_000,
    "returns": "\r" * 200_000 + "a\n",
    "comments": "#\n" * 100_000 + "{" + "\n{" * 1000,
    "dollars": "${a" * 30_000,
    "nuls": "\0\n" * 20_000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_monsters(name: str) -> None:
    text = MONSTERS[name]
    document = parse(text)
    assert str(document) == text
    assert len(document.problems) <= MAX_PROBLEMS
    assert "geheim" not in repr(document)


def test_ten_megabytes() -> None:
    text = "vrrp_instance V { # never closed\n" + "    priority 100\n" * 700_000
    assert len(text) > 10_000_000
    document = parse(text)
    assert str(document.problems[0]).startswith("keepalived.conf:1: the file is longer than")
    assert not document.is_whole
    assert sum(1 for _ in document.walk()) < MAX_TEXT / 16
    assert str(document) == text


def test_nothing_but_first_words_is_shown() -> None:
    document = parse("$PASS=geheim\nauth_pass geheim\na geheim {\n# geheim\n}\n")
    shown = repr(document) + "".join(map(repr, document.walk()))
    assert "geheim" not in shown
    assert "auth_pass" in shown
    assert isinstance(document, Document)
    assert [n.kind for n in document.children if isinstance(n, Text)] == [TextKind.DEFINITION]
