"""The probe's answers as they come: slots, and the outage that they show right now."""

from __future__ import annotations

import pytest

from haconsole.domain.notes import note
from haconsole.domain.outage_series import Failure, Sample
from haconsole.procedures.drill.strip import Strip


def good(at: float) -> Sample:
    return Sample(at, at + 0.001)


def bad(at: float) -> Sample:
    return Sample(at, at + 0.5, Failure.TIMEOUT)


def strip(*samples: Sample) -> Strip:
    made = Strip(note("here"), 500.0)
    made.read(samples)
    return made


def test_timeouts_are_known_late_and_do_not_open_an_outage_again() -> None:
    # The time-outs of 1.2 and 1.3 come after the first good answer of 1.4.
    seen = strip(good(1.0), bad(1.1), good(1.4), bad(1.2), bad(1.3), good(1.5))
    assert (seen.outage_from, seen.outage_to) == (1.1, 1.4)
    assert seen.good_for_s == pytest.approx(0.2)
    assert seen.earlier == []


def test_two_outages_are_two() -> None:
    seen = strip(good(1.0), bad(1.1), good(1.2), bad(3.0), good(3.1))
    assert seen.earlier == [(1.1, 1.2)]
    assert (seen.outage_from, seen.outage_to) == (3.0, 3.1)


def test_a_flapping_handover_is_one() -> None:
    seen = strip(good(1.0), bad(1.1), good(1.15), bad(1.2), good(1.3))
    assert (seen.outage_from, seen.outage_to) == (1.1, 1.3)


def test_each_sample_is_read_once() -> None:
    rows = [good(1.0), bad(1.05)]
    seen = Strip(note("here"), 500.0)
    seen.read(rows)
    rows.append(good(1.32))
    seen.read(rows)
    view = seen.view(0.0, 0.25)
    assert (view.sent, view.failed, view.answering, view.stalled_s) == (3, 1, True, 0.25)
    assert [(round(b.at, 1), b.good, b.failed) for b in view.beats] == [
        (1.0, 1, 1),
        (1.1, 0, 0),
        (1.2, 0, 0),
        (1.3, 1, 0),
    ]


def test_a_view_is_on_the_consoles_clock() -> None:
    assert strip(good(101.0)).view(100.0, 0.0).beats[0].at == pytest.approx(1.0)
