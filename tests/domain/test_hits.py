"""The hit log's sums, against a plain count of the same hits."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from haconsole.domain.hits import (
    NO_BACKEND,
    WINDOW_S,
    Hit,
    HitSums,
    bucket_of,
    bucket_value,
    count,
)

NOW = 1_000_000.0


def hit(at: float, backend: str = "web01", status: int = 200, seconds: float = 0.01) -> Hit:
    return Hit(at, "10.0.0.7", "GET", "/", status, backend, seconds, seconds, 0, "lb01")


hits = st.lists(
    st.builds(
        hit,
        st.floats(NOW - 2 * WINDOW_S + 2, NOW - 0.001),
        st.sampled_from(["web01", "web02", ""]),
        st.sampled_from([0, 200, 204, 301, 404, 499, 500, 502, 999]),
        st.floats(0.0001, 30),
    ),
    max_size=60,
)


@given(hits, st.integers(1, 10))
def test_batches_of_any_size_give_the_same_sums(all_hits: list[Hit], size: int) -> None:
    whole = count(HitSums(), all_hits)
    parts = HitSums()
    for start in range(0, len(all_hits), size):
        parts = count(parts, all_hits[start : start + size])
    assert parts.total == whole.total == len(all_hits)
    assert parts.errors == sum(h.is_error for h in all_hits)
    assert dict(parts.backends) == dict(whole.backends)
    assert {b: s.hits for b, s in parts.backends.items()} == Counter(
        h.backend or NO_BACKEND for h in all_hits
    )


@given(st.lists(st.floats(0.0001, 30), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 1]))
def test_percentiles_are_right_within_a_bucket(times: list[float], share: float) -> None:
    sums = count(HitSums(), [hit(NOW - 1, seconds=s) for s in times])
    exact = sorted(times)[max(0, -(-len(times) * share // 1) - 1).__int__()]
    got = sums.percentile(share, NOW)
    assert got is not None
    assert exact <= got * 1.0001
    assert got <= exact * 1.0701


def test_rate_counts_whole_seconds_only() -> None:
    sums = count(HitSums(), [hit(NOW - 0.005 - i / 100) for i in range(500)])
    assert sums.rate(NOW, 5) == 100


def test_shares_and_series() -> None:
    sums = count(HitSums(), [hit(NOW - 1)] * 3 + [hit(NOW - 2, "web02")])
    assert sums.shares(NOW) == {"web01": 0.75, "web02": 0.25}
    assert sums.series("web01", NOW, 3) == [0, 0, 3]
    assert sums.classes(NOW)[2] == 4


def test_old_seconds_are_forgotten_totals_are_not() -> None:
    sums = count(HitSums(), [hit(NOW - 10 * WINDOW_S)])
    sums = count(sums, [hit(NOW)])
    assert sums.total == 2
    assert len(sums.seconds) == 1


def test_buckets_cover_all_times() -> None:
    assert bucket_of(0) == bucket_of(-1) == 0
    assert bucket_of(1e9) == 199
    assert bucket_value(bucket_of(0.5)) >= 0.5


def test_nothing_logged_is_nothing_known() -> None:
    sums = count(HitSums(), [hit(NOW - 1, seconds=-1.0)])
    assert sums.percentile(0.95, NOW) is None
    assert HitSums().shares(NOW) == {}
