"""Files that are not YAML, or not the YAML of one inventory."""

import pytest

from tests.inventory.texts import changed, printed, problems

EXPECTED = "expected a mapping with the keys site and clusters"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"1: inventory: this file is empty; {EXPECTED}"),
        ("\n# only a remark\n", f"1: inventory: this file is empty; {EXPECTED}"),
        ("---\n", f"1: inventory: this file is empty; {EXPECTED}"),
        ("shop\n", f"1: inventory: 'shop' stands here; {EXPECTED}"),
        ("\n- site: shop\n", f"2: inventory: a list stands here; {EXPECTED}"),
        (
            "site: a\n\tlab: true\n",
            "2: inventory: this line is indented with a tab, which YAML forbids; expected spaces",
        ),
        (
            "clusters:\n\tpair:\n\t\tvips: []\n",
            "2: inventory: this line is indented with a tab, which YAML forbids (2 lines are);"
            " expected spaces",
        ),
        (
            "site: a: b\n",
            "1: inventory: this is not YAML: a ':' stands where none can; expected a key at the"
            " start of its line, and quotes around text with ': ' in it",
        ),
        (
            "site: a\nclusters\nlab: true\n",
            "3: inventory: this is not YAML: a key without its ':' (what it belongs to begins on"
            " line 2); expected 'key: value'",
        ),
        (
            "site: 'a\nlab: true\n",
            "3: inventory: this is not YAML: a quote is opened and never closed (what it belongs to"
            " begins on line 1); expected the closing quote",
        ),
        (
            "jumps: {a: b\nsite: c\n",
            "2: inventory: this is not YAML: a '[' or '{' is opened and not closed, or a comma is"
            " missing (what it belongs to begins on line 1); expected commas between the values,"
            " and the closing bracket",
        ),
        (
            "jumps:\n    a: b\n  c: d\n",
            "3: inventory: this is not YAML: the indentation does not fit the lines above (what it"
            " belongs to begins on line 1); expected the same indentation for all keys of a"
            " mapping",
        ),
        (
            "site: a\n  lab: true\n",
            "2: inventory: this is not YAML: a ':' stands where none can; expected a key at the"
            " start of its line, and quotes around text with ': ' in it",
        ),
        (
            "site: @a\n",
            "1: inventory: this is not YAML: a value begins with a character that has a meaning in"
            " YAML; expected quotes around such a value",
        ),
        (
            "site: *a\n",
            "1: inventory: this is not YAML: an alias without its anchor; expected '&name' before"
            " the first '*name'",
        ),
        (
            "site: a\n---\nsite: b\n",
            "2: inventory: this is not YAML: a second document begins here (what it belongs to"
            " begins on line 1); expected one inventory in one file, without another '---'",
        ),
        (
            'site: "\\UFFFFFFFF"\n',
            "1: inventory: this is not YAML (an escape that stands for no character); expected YAML",
        ),
        (
            "site: a\nlab: \x1b[31m\n",
            "2: inventory: there is a control character (U+001B); expected a YAML text file",
        ),
        (
            "? [a, b]\n: c\n",
            "1: inventory: a list or a mapping stands where a key should; expected a key that is"
            " plain text",
        ),
    ],
)
def test_not_an_inventory(text: str, said: str) -> None:
    assert printed(text)[0] == f"shop.yaml:{said}"


def test_python_tags_are_refused_and_nothing_is_made_of_them() -> None:
    text = changed("site: shop", "site: !!python/object/apply:os.system ['exit 7']")
    assert printed(text)[0] == (
        "shop.yaml:1: site: the tag '!!python/object/apply:os.system' is not accepted; expected"
        " plain values without tags"
    )


def test_standard_tags_do_no_harm() -> None:
    (problem,) = problems(changed("10.0.0.100", "!!float 10.0.0.100"))
    assert "is a number in YAML" in problem.message
    (problem,) = problems(changed("user: ops", "port: !!int a"))
    assert problem.path == "defaults.port"


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n"
            for i in range(12)
        ),
        "a: &a {k: v}\n"
        + "".join(
            f"m{i}: &m{i} {{x{i}: *{'a' if i == 0 else f'm{i - 1}'}, y{i}: *{'a' if i == 0 else f'm{i - 1}'}}}\n"
            for i in range(19)
        ),
        "[" + "a," * 60_000 + "]",
    ],
    ids=["lists", "mappings", "no aliases"],
)
def test_bombs_are_refused(text: str) -> None:
    (problem,) = problems(text)
    assert "more than 50000 values once its aliases are written out" in problem.message


@pytest.mark.parametrize("text", ["site: &a [*a]\n", "&a site: &b {x: *b}\n", "a: &b {<<: *b}\n"])
def test_aliases_inside_themselves_are_refused(text: str) -> None:
    (problem,) = problems(text)
    assert problem.line == 1
    assert problem.message.startswith("an alias stands inside the very value that it names")


@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "a: {", "&a [*a, "])
def test_deep_nesting_is_refused(opening: str) -> None:
    (problem,) = problems(opening * 50_000)
    assert "nested more than 20 levels deep" in problem.message or "not YAML" in problem.message


def test_merging_what_is_no_mapping() -> None:
    (problem,) = problems(changed("{user: ops}", "{user: ops, <<: [a]}"))
    assert str(problem) == (
        'shop.yaml:2: defaults."<<": << merges something that is no mapping; expected an alias of'
        " a mapping, or a list of such aliases"
    )
