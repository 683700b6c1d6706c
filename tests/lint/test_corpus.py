"""Any text is judged: files from the grammar, and what nobody would call a file."""

from __future__ import annotations

import time
from random import Random

from hypothesis import given, settings

from haconsole.domain.lint.findings import Level
from haconsole.domain.lint.lint import MOST, lint, lint_one
from haconsole.domain.lint.rules import RULES
from tests.lint.bases import TEXTS, judged, source
from tests.lint.corpus import made
from tests.parsers.conf.texts import anything


def test_files_by_the_hundreds() -> None:
    worst = set()
    for at in range(500):
        text = made(Random(f"lint {at}"))
        found = lint_one(source(text))
        worst.add(min((one.level for one in found), key=lambda level: level.rank, default=None))
        lines = text.count("\n") + 1
        for one in found:
            assert one.rule in RULES
            assert one.level is RULES[one.rule].level
            assert one.place.file == "lb01.conf"
            assert 0 <= one.place.line <= lines
            assert str(one.note)
    assert worst >= {Level.ERROR, Level.WARNING}


def test_pairs_of_such_files() -> None:
    random = Random("pairs")
    for at in range(60):
        one, two = made(Random(f"a {at}")), made(Random(f"b {at}"))
        version = random.choice([None, "1.3.5", "2.2.7"])
        report = judged(one, one if at % 5 == 0 else two, version=version)
        assert all(set(row.values) == {"lb01", "lb02"} for row in report.rows)
        for answer in report.answers:
            assert str(answer.note)
            assert (answer.takeover_s is None) == (answer.takes_over is None)


@given(anything)
@settings(max_examples=80, deadline=None)
def test_no_text_is_too_bad(text: str) -> None:
    whole = TEXTS["weight"]["lb01"] + text
    for one in lint([source(text), source(whole, "lb02")]).findings:
        assert str(one.note)
        assert one.rule in RULES


def test_a_long_file_takes_time_as_it_is_long() -> None:
    def seconds(count: int) -> float:
        block = TEXTS["fault"]["lb01"]
        block = block[block.index("vrrp_instance") :]
        texts = [
            block.replace("VI_1", f"V{at}").replace("10.0.0.", f"10.{at // 250}.{at % 250}.")
            for at in range(count)
        ]
        one, two = source("".join(texts)), source("".join(texts), "lb02")
        start = time.process_time()
        report = lint([one, two])
        assert len(report.rows) > 8 * count
        return time.process_time() - start

    seconds(50)
    # The least of some: what else this machine does makes a measurement longer, never shorter.
    few, many = (min(seconds(count) for _ in range(4)) for count in (60, 240))
    assert many < 4 * few * 3


def test_a_file_of_nonsense_tells_so_many_and_counts_the_rest() -> None:
    found = lint_one(source("".join(f"nonsense{at} x\n" for at in range(5 * MOST))))
    assert len(found) == MOST + 1
    assert str(found[-1].note) == f"there are {4 * MOST} more of this kind"
