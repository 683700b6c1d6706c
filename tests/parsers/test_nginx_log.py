"""Access logs: the own format in bulk and line by line, and the ones that exist already."""

from __future__ import annotations

import gc
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haconsole.domain.hits import Hit, HitSums, count
from haconsole.parsers.nginx_log import HitParser, LogDialect, sniff

LINE = (
    "1795335354.578\t10.0.0.1\tGET\t/a?b=c\t200\t10.0.0.20:80\t200\t0.012\t0.013\t615\texample.org"
)
HIT = Hit(
    at=1795335354.578,
    client="10.0.0.1",
    method="GET",
    path="/a?b=c",
    status=200,
    backend="10.0.0.20:80",
    upstream_s=0.012,
    request_s=0.013,
    tried=0,
    node="lb01",
)


def one(line: str, backend: str = "-") -> Hit:
    (hit,), unparsed = HitParser("lb01", backend).parse([line])
    assert unparsed == 0
    return hit


def with_fields(**changes: str) -> str:
    names = "at client method path status upstream upstream_status upstream_s request_s size host"
    fields = dict(zip(names.split(), LINE.split("\t"), strict=True)) | changes
    return "\t".join(fields.values())


def test_the_own_format() -> None:
    assert one(LINE) == HIT


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"upstream": "-", "upstream_s": "-"}, {"backend": "-", "upstream_s": -1.0}),
        (
            {"upstream": "10.0.0.20:80, 10.0.0.21:80", "upstream_s": "0.001, 0.002"},
            {"backend": "10.0.0.21:80", "upstream_s": 0.002, "tried": 1},
        ),
        (
            {"upstream": "10.0.0.20:80 : 10.0.0.22:80", "upstream_s": "0.001 : 0.004"},
            {"backend": "10.0.0.22:80", "upstream_s": 0.004, "tried": 0},
        ),
        (
            {"upstream": "a:1, b:2 : c:3", "upstream_s": "0.001, - : 0.005"},
            {"backend": "c:3", "upstream_s": 0.005, "tried": 1},
        ),
        ({"upstream": "backend", "status": "502"}, {"backend": "backend", "status": 502}),
        ({"upstream": "unix:/run/x.sock"}, {"backend": "unix:/run/x.sock"}),
        ({"upstream": "[fd00::20]:80"}, {"backend": "[fd00::20]:80"}),
        ({"status": "000"}, {"status": 0}),
        ({"method": "-", "path": "-", "status": "400"}, {"method": "-", "path": "-"}),
        ({"path": "/\\x09\\x22"}, {"path": "/\\x09\\x22"}),
        ({"upstream_s": "-, -", "request_s": "0.000"}, {"upstream_s": -1.0, "request_s": 0.0}),
    ],
)
@pytest.mark.parametrize("bulk", [True, False])
def test_fields(changes: dict[str, str], expected: dict[str, object], bulk: bool) -> None:
    line = with_fields(**changes)
    hit = one(line) if bulk else HitParser("lb01").parse_line(line)
    assert hit is not None
    assert {key: getattr(hit, key) for key in expected} == expected


def test_more_and_fewer_fields() -> None:
    assert one(LINE + "\textra") == HIT
    assert one(LINE.rsplit("\t", 2)[0]) == HIT


BAD = [
    with_fields(at="nan"),
    with_fields(at="inf"),
    with_fields(at="-5"),
    with_fields(at="1e999"),
    with_fields(at="x"),
    with_fields(at="9" * 400),
    with_fields(status="20"),
    with_fields(status="2000"),
    with_fields(status="٢٠٠"),
    with_fields(request_s="fast"),
    with_fields(request_s="nan"),
    with_fields(upstream_s="1e5"),
    "\t".join(LINE.split("\t")[:8]),
    "hello",
    "==> /var/log/nginx/access.log <==",
    "\0",
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_line_costs_only_itself(bad: str) -> None:
    hits, unparsed = HitParser("lb01").parse([LINE, bad, LINE])
    assert hits == [HIT, HIT]
    assert unparsed == 1


def test_lines_that_make_up_for_each_other() -> None:
    # one field too few in a line, one too many in the next: no field may slip into another
    short, long = LINE.rsplit("\t", 1)[0], LINE + "\tx"
    for lines in ([short, long], [long, short], [LINE, short, long, LINE]):
        hits, unparsed = HitParser("lb01").parse(lines)
        assert (hits, unparsed) == ([HIT] * len(lines), 0)


def test_a_line_feed_within_a_line() -> None:
    hits, _ = HitParser("lb01").parse([LINE, LINE.replace("/a", "/\na"), LINE])
    assert hits[0] == hits[-1] == HIT


def test_blank_lines_are_neither() -> None:
    assert HitParser("lb01").parse(["", LINE, "  "]) == ([HIT], 0)
    assert HitParser("lb01").parse([]) == ([], 0)


def test_bytes() -> None:
    data = (LINE + "\n").encode() * 3 + with_fields(path="/é").encode("latin-1") + b"\n"
    hits, unparsed = HitParser("lb01").parse_bytes(data)
    assert (hits[:3], hits[3].path, unparsed) == ([HIT] * 3, "/\ufffd", 0)


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    HitParser("lb01").parse([LINE])
    assert gc.isenabled()
    gc.disable()
    try:
        HitParser("lb01").parse([LINE])
        assert not gc.isenabled()
    finally:
        gc.enable()


@given(
    st.lists(
        st.one_of(
            st.just(LINE),
            st.sampled_from(BAD),
            st.text(alphabet='\t\n 0.1:,-[]"x', max_size=40),
            st.lists(st.text(alphabet="0123.-, :a\n", max_size=5), min_size=9, max_size=12).map(
                "\t".join
            ),
        ),
        max_size=12,
    )
)
def test_bulk_is_what_line_by_line_is(lines: list[str]) -> None:
    lines = [line for line in lines if "\n" not in line]
    parser = HitParser("lb01")
    hits, unparsed = parser.parse(lines)
    single = [hit for line in lines if (hit := HitParser("lb01").parse_line(line))]
    assert hits == single
    assert unparsed == sum(bool(line.strip()) for line in lines) - len(single)
    assert count(HitSums(), hits).total == len(hits)


def test_many_different_values_are_forgotten_again() -> None:
    parser = HitParser("lb01")
    lines = [with_fields(request_s=f"{i / 1000:.3f}") for i in range(50_000)]
    hits, unparsed = parser.parse(lines)
    assert unparsed == 0
    assert [hit.request_s for hit in hits] == [i / 1000 for i in range(50_000)]


COMBINED = '10.0.0.1 - - [22/Nov/2026:08:15:54 +0000] "GET /a?b=c HTTP/1.1" 200 615 "-" "curl/7.88"'


def test_combined() -> None:
    hit = one(COMBINED)
    assert hit == Hit(1795335354.0, "10.0.0.1", "GET", "/a?b=c", 200, "-", -1.0, -1.0, 0, "lb01")
    assert one(COMBINED, backend="web01").backend == "web01"
    common = COMBINED.removesuffix(' "-" "curl/7.88"')
    assert one(common) == hit


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (' "10.0.0.20:80" 0.012 0.013', ("10.0.0.20:80", 0, 0.012, 0.013)),
        (" 10.0.0.20:80 0.012", ("10.0.0.20:80", 0, 0.012, -1.0)),
        (' 0.013 0.012 "10.0.0.20:80"', ("10.0.0.20:80", 0, 0.012, 0.013)),
        (' "a.b:80, c.d:80" "0.001, 0.002" 0.004', ("c.d:80", 1, 0.002, 0.004)),
        (' rt=0.013 uct="0.000" uht="0.011" urt="0.012"', ("-", 0, 0.012, 0.013)),
        (
            " upstream=10.0.0.20:80 request_time=0.013 upstream_response_time=0.012",
            ("10.0.0.20:80", 0, 0.012, 0.013),
        ),
        (' "10.0.0.1"', ("-", 0, -1.0, -1.0)),
        (" 0.005", ("-", 0, -1.0, 0.005)),
        (' "-" - 0.000', ("-", 0, -1.0, 0.0)),
        (' "unix:/run/a.sock" 0.001', ("unix:/run/a.sock", 0, 0.001, -1.0)),
        (' "[fd00::20]:80" 0.001', ("[fd00::20]:80", 0, 0.001, -1.0)),
        (" ", ("-", 0, -1.0, -1.0)),
    ],
)
def test_upstream_fields_after_combined(tail: str, expected: tuple[str, int, float, float]) -> None:
    hit = one(COMBINED + tail)
    assert (hit.backend, hit.tried, hit.upstream_s, hit.request_s) == expected
    assert (hit.status, hit.path) == (200, "/a?b=c")


@pytest.mark.parametrize(
    ("request_line", "method", "path"),
    [
        ("GET /a HTTP/1.1", "GET", "/a"),
        ("GET /a", "GET", "/a"),
        ("\\x16\\x03\\x01", "-", "\\x16\\x03\\x01"),
        ("", "-", "-"),
        ("-", "-", "-"),
        ('GET /\\" HTTP/1.1', "GET", '/\\"'),
    ],
)
def test_request_lines(request_line: str, method: str, path: str) -> None:
    hit = one(COMBINED.replace("GET /a?b=c HTTP/1.1", request_line))
    assert (hit.method, hit.path) == (method, path)


def test_time_zones_and_users() -> None:
    hit = one(COMBINED.replace("+0000", "+0530").replace("- -", "- ada lovelace"))
    assert hit.at == 1795335354.0 - 5.5 * 3600
    assert one(COMBINED.replace("+0000", "-0100")).at == 1795335354.0 + 3600
    for date in ("99/Nov/2026", "22/Foo/2026", "30/Feb/2026"):
        assert HitParser("x").parse([COMBINED.replace("22/Nov/2026", date)]) == ([], 1)


def test_sniff() -> None:
    upstream = COMBINED + ' "10.0.0.20:80" 0.012'
    assert sniff([]) is None
    assert sniff(["hello", ""]) is None
    assert sniff(["hello", LINE]) is LogDialect.HACONSOLE
    assert sniff([COMBINED]) is LogDialect.COMBINED
    assert sniff([COMBINED, upstream]) is LogDialect.COMBINED_UPSTREAM
    assert [d.upstream for d in LogDialect] == [True, True, False]


def test_counting_is_the_same_in_any_order() -> None:
    chance = random.Random(1)
    hits = [
        HIT._replace(at=1000 + chance.random() * 9, status=chance.choice((200, 502, 0)))
        for _ in range(500)
    ]
    assert count(HitSums(), hits) == count(HitSums(), sorted(hits)) == count(HitSums(), iter(hits))
