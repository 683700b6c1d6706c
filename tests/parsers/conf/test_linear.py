"""Twice the text takes twice the steps, counted in calls, whatever the machine is busy with."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import pytest

from haconsole.parsers.conf import Editor, parse
from haconsole.parsers.keepalived_conf import Reading, mask_secrets, read_conf
from haconsole.parsers.nginx_conf import read_nginx


def steps(work: Callable[[], object]) -> int:
    """Calls of functions, Python's and C's."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


TEXTS: dict[str, Callable[[int], str]] = {
    "lines": lambda n: "vrrp_instance V {\n" + " priority 100\n" * n + "}\n",
    "nested": lambda n: "a {\n" * n + "}\n" * n,
    "unclosed": lambda n: "a {" * n,
    "stray": lambda n: "}\n" * n,
    "braces below": lambda n: "a\n# c\n{\n}\n" * n,
    "heads": lambda n: "@a x {\n@b y {\n" * n,
    "comments": lambda n: "# c\n" * n + "{\n}\n" * n,
    "quotes": lambda n: 'a "b # c" "d\n' * n,
    "definitions": lambda n: "$A=b\na $A ${A}\n" * n,
    "many definitions": lambda n: "".join(f"$A{i}=b{i}\na ${{A{i}}}\n" for i in range(n)),
    "lines of one definition": lambda n: "$A= \\\n" + "a \\\n" * n + "b\n$A\n",
    "sequence": lambda n: f"~SEQ(I, 1, {n}) a ${{I}}\n",
    "conditions": lambda n: "@main a\n@other b\n" * n,
    "words": lambda n: ("a " * 400 + "\n") * (n // 50),
}
READERS: dict[str, Callable[[str], object]] = {
    "document": lambda text: str(parse(text)),
    "meaning": lambda text: read_conf(text, reading=Reading("main")),
    "mask": mask_secrets,
    "edit": lambda text: Editor(parse(text), "main").remove("a"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", TEXTS)
def test_twice_the_text_takes_twice_the_steps(name: str, reader: str) -> None:
    small, large = (TEXTS[name](n) for n in (500, 1000))
    few = steps(lambda: READERS[reader](small))
    many = steps(lambda: READERS[reader](large))
    assert many <= few * 2.2 + 50


@pytest.mark.parametrize(
    "text",
    ["a b;\n", "a {\n b;\n}\n", "a {", "}", "'a' ", "#\n", "include x;\n", "server x;"],
)
def test_nginx_too(text: str) -> None:
    few, many = (
        steps(partial(read_nginx, {"/etc/nginx/nginx.conf": text * n})) for n in (500, 1000)
    )
    assert many <= few * 2.2 + 50


def test_the_count_sees_what_grows_faster() -> None:
    def quadratic(n: int) -> None:
        for at in range(n):
            for _ in range(at):
                len("")

    few, many = steps(lambda: quadratic(50)), steps(lambda: quadratic(100))
    assert many > few * 3
