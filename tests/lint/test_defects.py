"""Good files have nothing said against them; every defect that is put in is found, everywhere."""

from __future__ import annotations

from functools import cache

import pytest

from haconsole.domain.lint.findings import Level
from haconsole.domain.lint.lint import lint_one
from haconsole.domain.lint.rules import RULES
from tests.lint.bases import HOSTS, TEXTS, judged, rules, source
from tests.lint.defects import ALONE, BETWEEN, BOTH, Defect

#: Told by the command line, or with scripts at hand: tested there.
ELSEWHERE = {
    *("unreadable", "check-loops", "check-stops-keepalived", "check-repairs", "script-shebang"),
    "unknown-condition",
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_the_wizards_write_has_no_warning(name: str) -> None:
    for version in (None, "1.3.5", "2.2.7", "2.4.3"):
        report = judged(*TEXTS[name].values(), version=version)
        assert [one for one in report.findings if one.level is not Level.HINT] == []
        assert all(row.holds for row in report.rows)
        assert report.answers
        assert all(answer.works for answer in report.answers)


@cache
def before(text: str, version: str | None) -> set[str]:
    return rules(lint_one(source(text, version=version)))


def name_of(defect: Defect) -> str:
    return defect.name


@pytest.mark.parametrize("defect", ALONE, ids=name_of)
def test_a_defect_in_one_file(defect: Defect) -> None:
    seen = 0
    for texts in TEXTS.values():
        text = defect.breaks(texts["lb01"])
        if text is None:
            continue
        seen += 1
        before = judged(texts["lb01"], version=defect.version).findings
        after = judged(text, version=defect.version).findings
        new = [one for one in after if one.rule == defect.rule]
        assert new, text
        assert (
            len(new) > len([one for one in before if one.rule == defect.rule])
            or defect.rule == "auth-clear"
        )
        for one in new:
            assert one.place.file == "lb01.conf"
            assert 1 <= one.place.line <= text.count("\n") + 1
    assert seen


@pytest.mark.parametrize("defect", BETWEEN, ids=name_of)
def test_a_defect_between_two_files(defect: Defect) -> None:
    seen = 0
    for texts in TEXTS.values():
        text = defect.breaks(texts["lb02"])
        if text is None:
            continue
        seen += 1
        found = judged(texts["lb01"], text).findings
        assert defect.rule in rules(found), text
        turned = judged(text, texts["lb01"]).findings
        assert defect.rule in rules(turned), "the other way round"
    assert seen


@pytest.mark.parametrize("defect", BOTH, ids=name_of)
def test_a_defect_of_both_files(defect: Defect) -> None:
    seen = 0
    for texts in TEXTS.values():
        one, two = (defect.breaks(texts[host]) for host in HOSTS)
        if one is None or two is None:
            continue
        seen += 1
        report = judged(one, two)
        assert defect.rule in rules(report.findings)
        dead = [answer for answer in report.answers if answer.scenario == "nginx-stop"]
        if defect.rule != "weight-tie":
            assert [answer.works for answer in dead] == [False]
    assert seen


def test_every_rule_has_a_defect() -> None:
    tested = {defect.rule for defect in (*ALONE, *BETWEEN, *BOTH)} | ELSEWHERE
    assert set(RULES) == tested


def test_a_finding_is_where_its_setting_is() -> None:
    text = TEXTS["fault"]["lb01"].replace("priority 150", "priority 256")
    line = text[: text.index("priority 256")].count("\n") + 1
    (found,) = [one for one in judged(text).findings if one.level is Level.ERROR]
    assert (found.rule, found.place.line) == ("bad-value", line)
    assert str(found.note) == "priority has to be between 1 and 255, and is 256"


def test_no_finding_tells_a_password() -> None:
    report = judged(
        *(text.replace("s3cret", "s3cretpassw0rd") for text in TEXTS["weight"].values())
    )
    assert "auth-length" in rules(report.findings)
    assert "s3cret" not in repr(report)
    assert "s3cret" not in repr(source(TEXTS["weight"]["lb01"]))
