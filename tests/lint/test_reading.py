"""What cannot be read, what is included, and whose sentences have which rule."""

from __future__ import annotations

import ast
from pathlib import Path

from haconsole.domain.lint.lint import lint_one
from haconsole.domain.lint.reading import RULE_OF
from haconsole.domain.lint.source import Source
from haconsole.parsers import conf_text
from haconsole.parsers.conf import expand, includes
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.keepalived_conf import extract, parse_conf
from tests.lint.bases import TEXTS, rules, source


def test_every_sentence_of_the_parser_has_a_rule() -> None:
    told = set()
    for module in (conf_text, expand, includes):
        tree = ast.parse(Path(module.__file__ or "").read_text())
        strings = {
            n.value
            for n in ast.walk(tree)
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        }
        told |= {text for text in strings if text in RULE_OF}
        calls = [
            n
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and "problem" in ast.unparse(n.func)
        ]
        for call in calls:
            literal = [
                a.value
                for a in call.args
                if isinstance(a, ast.Constant) and isinstance(a.value, str)
            ]
            assert set(literal) - {"id"} <= set(RULE_OF), literal
        assigned = [
            n.value.value
            for n in ast.walk(tree)
            if isinstance(n, ast.Assign)
            and getattr(n.targets[0], "id", "") == "template"
            and isinstance(n.value, ast.Constant)
        ]
        assert set(assigned) <= set(RULE_OF), assigned
    assert told == set(RULE_OF)


def test_included_files_are_read_and_named() -> None:
    whole = TEXTS["fault"]["lb01"]
    at = whole.index("vrrp_instance")
    files = {"conf.d/vi.conf": whole[at:].replace("priority 150", "priority 999")}
    found = lint_one(source(whole[:at] + "include conf.d/*.conf\n", files=files))
    (one,) = found
    line = files["conf.d/vi.conf"].split("priority 999")[0].count("\n") + 1
    assert (one.rule, str(one.place)) == ("bad-value", f"conf.d/vi.conf:{line}")


def test_a_file_that_includes_itself() -> None:
    text = TEXTS["fault"]["lb01"] + "include lb01.conf\n"
    found = lint_one(source(text, files={"lb01.conf": text}))
    assert rules(found) == {"include-error"}


def test_lines_for_a_host_that_is_not_known() -> None:
    tree = parse_conf(TEXTS["fault"]["lb01"] + "@lb01 vrrp_version 2\n", "k.conf", Reading())
    found = lint_one(Source("k", extract(tree), tree.statements, tree.problems))
    assert rules(found) == {"unknown-condition"}
