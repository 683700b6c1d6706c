"""What is typed after the slash."""

from __future__ import annotations

from haconsole.domain.hits import Hit
from haconsole.ui.presentation.search import Query, hit_filter


def hit(status: int = 200, took: float = 0.001, path: str = "/cart") -> Hit:
    return Hit(1.0, "203.0.113.9", "GET", path, status, "10.0.0.20:80", took, took, 0, "lb01")


def test_all_words_must_match_and_none_of_the_others() -> None:
    query = Query.parse("  LB01 !journal ")
    assert query.matches("lb01 VRRP")
    assert not query.matches("lb01 journal")
    assert not query.matches("lb02 VRRP")


def test_nothing_typed_lets_everything_pass() -> None:
    assert not Query.parse("  ")
    assert not Query.parse("!")
    assert Query.parse("!").matches("anything")


def test_hits_by_class_slowness_and_the_name_on_the_screen() -> None:
    names = {"10.0.0.20:80": "web01"}

    def label(backend: str) -> str:
        return names.get(backend, backend)

    assert hit_filter(Query.parse("5xx"), label)(hit(502))
    assert not hit_filter(Query.parse("5xx"), label)(hit(404))
    assert hit_filter(Query.parse(">50ms"), label)(hit(took=0.051))
    assert not hit_filter(Query.parse(">1.5s"), label)(hit(took=1.4))
    assert hit_filter(Query.parse("web01 /cart"), label)(hit())
    assert not hit_filter(Query.parse("web01 !/cart"), label)(hit())
    assert hit_filter(Query.parse("5xx >50ms web01"), label)(hit(500, 0.2))


def test_markup_and_patterns_are_plain_words() -> None:
    assert hit_filter(Query.parse("[/b]"), str)(hit(path="/x[/b]"))
    assert not hit_filter(Query.parse(".*"), str)(hit())
