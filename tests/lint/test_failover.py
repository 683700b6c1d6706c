"""Will it fail over? What is not in the wizards' files."""

from __future__ import annotations

import pytest

from haconsole.domain.lint.failover import Answer
from tests.lint.bases import TEXTS, judged, rules

TRACKED = """    track_script {
        check_nginx
    }
"""
GROUP = """vrrp_sync_group G {
    group {
        VI_1
        VI_6
    }
%s}
"""


def dead(*texts: str) -> list[Answer]:
    return [one for one in judged(*texts).answers if one.scenario == "nginx-stop"]


@pytest.mark.parametrize("weight", ["0", "-60"])
def test_what_a_sync_group_tracks_counts_for_its_members(weight: str) -> None:
    texts = [
        text.replace(TRACKED, "").replace("weight 0", f"weight {weight}") + GROUP % TRACKED
        for text in TEXTS["six"].values()
    ]
    assert [one.takes_over for one in dead(*texts)] == ["lb02", "lb02"]
    assert "no-check" not in rules(judged(*texts).findings)


def test_a_weight_of_an_instance_in_a_group_is_dropped() -> None:
    texts = [text.replace("weight 0", "weight -60") + GROUP % "" for text in TEXTS["six"].values()]
    for answer in dead(*texts):
        assert answer.works is False
        assert "in the sync group G, in which keepalived ignores weights" in str(answer.note)


def test_one_instance_that_tracks_nothing_is_a_warning_of_its_own() -> None:
    at = TEXTS["six"]["lb01"].index("vrrp_instance VI_6")
    texts = [text[:at] + text[at:].replace(TRACKED, "") for text in TEXTS["six"].values()]
    report = judged(*texts)
    assert "no-check" in rules(report.findings)
    assert "no-failover" not in rules(report.findings)
    assert [one.works for one in dead(*texts)] == [True, False]


def test_an_address_that_one_alone_has() -> None:
    one, two = TEXTS["fault"].values()
    report = judged(one, two.replace("        10.0.0.101\n", ""))
    (lonely,) = [answer for answer in report.answers if answer.works is False]
    assert str(lonely.note) == "lb01 alone has 10.0.0.101: nobody takes it over"


def test_three_lbs() -> None:
    one, two = TEXTS["weight"].values()
    three = two.replace("lb02", "lb03").replace("priority 100", "priority 120")
    report = judged(one, two, three)
    assert {row.holds for row in report.rows} == {True}
    assert [answer.takes_over for answer in report.answers[1:]] == ["lb03", "lb03", "lb03"]


def test_one_file_alone_says_what_it_depends_on() -> None:
    (answer,) = dead(TEXTS["fault"]["lb01"])
    assert (answer.works, "weight 0, so lb01 goes to FAULT" in str(answer.note)) == (None, True)
    (answer,) = dead(TEXTS["added"]["lb01"])
    assert "its priority falls from 210 to 150" in str(answer.note)
    (answer,) = dead(TEXTS["fault"]["lb01"].replace(TRACKED, ""))
    assert answer.works is False
