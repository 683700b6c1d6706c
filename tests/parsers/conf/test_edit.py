"""Edits do what they say, and leave every other byte as it was."""

from __future__ import annotations

from difflib import ndiff

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haconsole.parsers.conf import Block, ConfEditError, Editor, Entry, Written, parse
from haconsole.parsers.conf.parse import MAX_TEXT
from haconsole.parsers.keepalived_conf import Reading, read_conf
from tests.parsers.conf.texts import files, sample

VI = "vrrp_instance VI_1"


def edited(text: str, config_id: str | None = None) -> Editor:
    return Editor(parse(text, "k.conf"), config_id)


def changes(before: str, after: str) -> list[str]:
    """The lines that went and came, ``-`` and ``+``."""
    lines = ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True))
    return [line for line in lines if line[0] in "-+"]


def test_values() -> None:
    editor = edited(sample("tutorial.conf"))
    assert editor.value(f"{VI} / priority") == "150"
    assert editor.value([VI, "authentication", "auth_pass"]) == "pass # word"
    assert editor.value(f"{VI} / unheard_of") is None
    assert (
        editor.value("vrrp_script check_web / script") == "/etc/keepalived/check_web.sh --port 80"
    )
    found = editor.find(f"{VI} / virtual_ipaddress / 10.0.0.100/24")
    assert found is not None
    assert found.values == ("dev", "eth0", "label", "eth0:vip")
    assert [entry.line for entry in editor.find_all("vrrp_instance")] == [17]
    assert edited("a {\n b 1\n b 2\n}\na {\n b 3\n}\n").value("a / b") == "3"


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        (
            f"{VI} / priority",
            (120,),
            [
                "-     priority 150                      # lb02 has 100\n",
                "+     priority 120                      # lb02 has 100\n",
            ],
        ),
        (f"{VI} / advert_int", (0.5,), ["-     advert_int 1\n", "+     advert_int 0.5\n"]),
        (f"{VI} / nopreempt", (), ["+     nopreempt\n"]),
        (f"{VI} / priority", (150,), []),
        (
            "global_defs / script_user",
            ("www", "data"),
            ["- \tscript_user root\n", "+ \tscript_user www data\n"],
        ),
        (
            f"{VI} / authentication / auth_pass",
            ("a b#{}",),
            [
                '-         auth_pass "pass # word"       # quotes keep the sign\n',
                '+         auth_pass "a b#{}"       # quotes keep the sign\n',
            ],
        ),
        (
            f"{VI} / virtual_ipaddress / 10.0.0.100/24",
            ("dev", "eth1"),
            [
                "-         10.0.0.100/24 dev eth0 label eth0:vip   # the shop\n",
                "+         10.0.0.100/24 dev eth1   # the shop\n",
            ],
        ),
        (
            "net_namespace",
            ("blue",),
            [
                "- # the end, without a line end",
                "+ # the end, without a line end\n",
                "+ net_namespace blue\n",
            ],
        ),
    ],
)
def test_set(path: str, values: tuple[str, ...], expected: list[str]) -> None:
    before = sample("tutorial.conf")
    editor = edited(before)
    assert editor.set(path, *values) is bool(expected)
    assert changes(before, str(editor.document)) == expected
    assert not editor.set(path, *values)
    assert str(parse(str(editor.document))) == str(editor.document)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("v {\n\t10.0.0.1\n}\n", "v {\n\t10.0.0.1\n\t10.0.0.2\n}\n"),
        ("v {\r\n  10.0.0.1 # c\r\n}\r\n", "v {\r\n  10.0.0.1 # c\r\n  10.0.0.2\r\n}\r\n"),
        ("v { 10.0.0.1 }\n", "v { 10.0.0.1\n    10.0.0.2\n}\n"),
        ("v {}", "v {\n    10.0.0.2\n}"),
        ("v { }\n", "v {\n    10.0.0.2\n}\n"),
        ("v\n{\n}\n", "v\n{\n    10.0.0.2\n}\n"),
        ("v {\n  # 10.0.0.1\n}\n", "v {\n  # 10.0.0.1\n    10.0.0.2\n}\n"),
        ("v {\n  10.0.0.1\n  # end\n }\n", "v {\n  10.0.0.1\n  10.0.0.2\n  # end\n }\n"),
        ("", "v {\n    10.0.0.2\n}\n"),
        ("a", "a\n\nv {\n    10.0.0.2\n}\n"),
        ("a {\n  b\n}\n", "a {\n  b\n}\n\nv {\n  10.0.0.2\n}\n"),
        ("v {\n  10.0.0.1\n", "v {\n  10.0.0.1\n  10.0.0.2\n"),
        ("@main v {\n@back v {\n 10.0.0.1\n}\n", "@main v {\n@back v {\n 10.0.0.1\n 10.0.0.2\n}\n"),
    ],
)
def test_add_to_list(before: str, after: str) -> None:
    editor = edited(before, "main")
    assert editor.add_to_list("v", "10.0.0.2")
    assert str(editor.document) == after
    assert not editor.add_to_list("v", "10.0.0.2")


def test_words_that_stay_keep_their_quotes_and_gaps() -> None:
    editor = edited('a {\n b   "1"\t2  # c\n}\n')
    assert editor.set("a / b", 1, 3)
    assert str(editor.document) == 'a {\n b   "1"\t3  # c\n}\n'


def test_lists_of_an_instance() -> None:
    before = sample("tutorial.conf")
    editor = edited(before)
    editor.add_to_list(f"{VI} / virtual_ipaddress", "10.0.0.101", "dev", "eth0")
    editor.add_to_list(f"{VI} / track_script", "check_dns", "weight", -30)
    editor.add_to_list(f"{VI} / unicast_peer", "10.0.0.11")
    assert changes(before, str(editor.document)) == [
        "+         10.0.0.101 dev eth0\n",
        "-     track_script { check_web }\n",
        "+     track_script { check_web\n",
        "+         check_dns weight -30\n",
        "+     }\n",
        "+     unicast_peer {\n",
        "+         10.0.0.11\n",
        "+     }\n",
    ]
    (instance,) = read_conf(str(editor.document)).instances
    assert [(t.name, t.weight) for t in instance.track_scripts] == [
        ("check_web", None),
        ("check_dns", -30),
    ]
    assert instance.unicast_peers == ("10.0.0.11",)


@pytest.mark.parametrize(
    ("text", "path", "after"),
    [
        ("a {\n b 1 # why\n c\n}\n", "a / b", "a {\n c\n}\n"),
        ("a { b }\n", "a / b", "a { }\n"),
        ("a { b }  c # d\n", "c", "a { b } # d\n"),
        ("a {\n b { c }\n}\nd\n", "a", "d\n"),
        ("a { b { c } d }\n", "a / b", "a { d }\n"),
        ("  a { b } c\n", "a", "  c\n"),
        ("a\nb", "b", "a\n"),
        ("a 1\na 2\nb\n", "a", "b\n"),
        ("# c\na\n", "a", "# c\n"),
    ],
)
def test_remove(text: str, path: str, after: str) -> None:
    editor = edited(text)
    assert editor.remove(path)
    assert str(editor.document) == after
    assert editor.remove(path) == 0


def test_ensure_is_word_for_word() -> None:
    editor = edited("a {\n b 1\n b 2 3\n}\n")
    assert not editor.ensure("a", "b", "2", "3")
    assert editor.ensure("a", "b", 2)
    assert str(editor.document) == "a {\n b 1\n b 2 3\n b 2\n}\n"
    assert not editor.ensure("a", "b", 2)


def test_a_whole_configuration_from_nothing() -> None:
    editor = edited("")
    editor.set("net_namespace", "blue")
    editor.ensure_block("global_defs")
    editor.set("global_defs / router_id", "lb01")
    editor.ensure_block(f"{VI} / authentication")
    editor.set(f"{VI} / authentication / auth_pass", "a b")
    editor.add_to_list(f"{VI} / virtual_ipaddress", "10.0.0.100")
    assert str(editor.document) == (
        "net_namespace blue\n\nglobal_defs {\n    router_id lb01\n}\n\n"
        'vrrp_instance VI_1 {\n    authentication {\n        auth_pass "a b"\n    }\n'
        "    virtual_ipaddress {\n        10.0.0.100\n    }\n}\n"
    )


def test_conditions_decide_what_is_meant() -> None:
    before = sample("one-for-both.conf")
    with pytest.raises(ConfEditError, match=r"depends on the config id \(@lb01\)"):
        edited(before).set(f"{VI} / unicast_src_ip", "10.0.0.9")
    editor = edited(before, "lb02")
    assert editor.value("global_defs / router_id") == "second"
    editor.set(f"{VI} / unicast_src_ip", "10.0.0.9")
    editor.set("vrrp_instance VI_B / virtual_router_id", 99)
    assert editor.find("vrrp_instance VI_A") is None
    editor.remove(f"{VI} / unicast_peer / ${{NET}}.10")
    assert changes(before, str(editor.document)) == [
        "-     @lb02 unicast_src_ip ${NET}.11\n",
        "+     @lb02 unicast_src_ip 10.0.0.9\n",
        "-         @^lb01 ${NET}.10\n",
        "-     virtual_router_id 52\n",
        "+     virtual_router_id 99\n",
    ]


def test_what_is_new_is_for_this_id_where_others_have_their_own() -> None:
    editor = edited("a {\n  @x b 1\n  @y b 2\n}\n", "z")
    assert editor.set("a / b", 3)
    assert editor.set("a / c", 4)
    assert str(editor.document) == "a {\n  @x b 1\n  @y b 2\n  @z b 3\n  c 4\n}\n"
    assert editor.value("a / b") == "3"


def test_definitions() -> None:
    before = sample("one-for-both.conf")
    editor = edited(before, "lb01")
    assert editor.set_definition("PRIORITY", "180")
    assert editor.set_definition("IF", "bond0")
    assert editor.set_definition("NEW", "x")
    assert changes(before, str(editor.document)) == [
        "+ $NEW=x\n",
        "- $IF=eth0\n",
        "+ $IF=bond0\n",
        "- @lb01 $PRIORITY=150\n",
        "+ @lb01 $PRIORITY=180\n",
    ]
    with pytest.raises(ConfEditError, match="several lines"):
        editor.set_definition("CHECK", "x")
    read = read_conf(str(editor.document), "k", Reading(config_id="lb01"))
    assert (read.instances[0].priority, read.instances[0].interface) == (180, "bond0")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ('a"b', "cannot be written"),
        ("a\nb", "cannot be written"),
        ("a\0", "cannot be written"),
        ("a b\\", "cannot be written"),
        ("x${IF}", "given as Written"),
        (Written("a # b"), "would end its line"),
        (Written("a\nb"), "would end its line"),
        (Written("{"), "would end its line"),
        (Written('"a'), "would end its line"),
        (Written(""), "would end its line"),
    ],
)
def test_what_cannot_be_written(value: str, why: str) -> None:
    editor = edited("a {\n b 1\n}\n")
    with pytest.raises(ConfEditError, match=why):
        editor.set("a / b", value)
    assert str(editor.document) == "a {\n b 1\n}\n"


def test_written_words_stay_as_they_are() -> None:
    editor = edited("a {\n}\n")
    editor.append("a", Written("@main"), "b", Written("${IF}"), Written('"/x \'y z\' \\"q\\""'))
    assert str(editor.document) == 'a {\n    @main b ${IF} "/x \'y z\' \\"q\\""\n}\n'


def test_what_is_refused() -> None:
    with pytest.raises(ConfEditError, match="there is no block for b / c"):
        edited("a {\n}\n").set("b / c", 1)
    with pytest.raises(ConfEditError, match="is a block and has no value"):
        edited("a {\n}\n").set("a", 1)
    with pytest.raises(ConfEditError, match="too long to be edited"):
        edited(("a" * 999 + "\n") * (MAX_TEXT // 999))
    with pytest.raises(ConfEditError, match=r"k\.conf:1: the block a is never closed"):
        edited("a {\n").ensure_block("b")


@given(files, st.sampled_from(["zz", "a", "b"]))
@settings(deadline=None)
def test_what_is_added_can_be_taken_away(text: str, name: str) -> None:
    """Adding touches no other line; where a last line had no end, it got one."""
    editor = edited(text, "main")
    editor.ensure_block("unheard_of")
    editor.set(f"unheard_of / {name}", "1 2")
    assert editor.value(f"unheard_of / {name}") == "1 2"
    now = str(editor.document)
    assert now.startswith(text)
    assert parse(now).problems == parse(text).problems
    again = Editor(parse(now), "main")
    assert again.remove("unheard_of") == 1
    assert str(again.document).strip() == text.strip()


@given(files)
@settings(deadline=None)
def test_a_changed_word_changes_no_other(text: str) -> None:
    document = parse(text)
    entries = [
        n for n in document.walk() if isinstance(n, Entry) and not isinstance(n, Block) and n.words
    ]
    for entry in entries[:3]:
        head = text.count(entry.head + entry.rest)
        entry.words[-1] = entry.words[-1]._replace(text="CHANGED")
        assert head
    changed = str(document)
    assert changed.count("CHANGED") == len(entries[:3])
    assert len(changed.splitlines()) == len(text.splitlines())
