"""JSON dumps and statistics agree with each other and with the text dump of the same moment."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.daemon import VrrpState
from haconsole.domain.stats import COUNTERS, VrrpStats
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_dump import parse_dump
from haconsole.parsers.keepalived_json import parse_json
from haconsole.parsers.keepalived_stats import parse_stats
from tests.parsers.captured import captured, every, name_of

DUMPS = [p for p in every("keepalived-2*/*/*.json") if ".ip." not in p.name]
#: The instance moved between the two dumps.
MOVED = "keepalived-2.2.7/advert_int_mismatch/lb02.t.json"


@pytest.mark.parametrize("path", DUMPS, ids=name_of)
def test_json_says_what_the_text_says(path: Path) -> None:
    if name_of(path) == MOVED:
        assert parse_json(path.read_text()).instances[0].state is VrrpState.MASTER
        return
    text = parse_dump(path.with_suffix(".data").read_text())
    reading = parse_json(path.read_text())
    assert [replace(i, master_router=None) for i in text.instances] == list(reading.instances)
    assert "123456" not in repr(reading)


@pytest.mark.parametrize("path", DUMPS, ids=name_of)
def test_json_counts_what_the_statistics_count(path: Path) -> None:
    counted = {s.instance: s for s in parse_stats(path.with_suffix(".stats").read_text())}
    for stats in parse_json(path.read_text()).stats:
        before = counted[stats.instance]
        # the statistics were written half a second earlier
        assert 0 <= stats.advert_sent - before.advert_sent <= 3
        assert 0 <= stats.advert_rcvd - before.advert_rcvd <= 3
        assert 0 <= stats.errors - before.errors <= 3
        assert stats.release_master == before.release_master


def test_version_2_is_the_same_list_in_an_object() -> None:
    first = captured("keepalived-2.4.3/healthy/lb01.check_failed.json")
    second = json.dumps({"vrrp": json.loads(first), "track_process": []})
    reading = parse_json(second)
    assert reading.version == 2
    assert reading.instances == parse_json(first).instances
    assert (reading.instances[0].effective_priority, reading.instances[0].state) == (90, "BACKUP")


def test_what_mismatches_leave_in_the_counters() -> None:
    def errors(name: str) -> VrrpStats:
        return parse_stats(captured(name))[0]

    assert errors("keepalived-2.2.7/auth_mismatch/lb02.t.stats").auth_failure == 6
    assert errors("keepalived-1.3.5/vip_list_mismatch/lb02.t.stats").addr_list_err > 0
    # never incremented, by any version
    for version in ("1.3.5", "2.2.7", "2.4.3"):
        name = f"keepalived-{version}/advert_int_mismatch/lb02.t.stats"
        assert errors(name).advert_interval_err == 0
    healthy = errors("keepalived-2.4.3/healthy/lb01.check_failed.stats")
    assert healthy == VrrpStats(
        "VI_1", advert_rcvd=7, advert_sent=14, become_master=1, release_master=1
    )
    assert healthy.errors == 0


@pytest.mark.parametrize("path", every("keepalived-*/*/*.stats"), ids=name_of)
def test_every_number_is_counted_once(path: Path) -> None:
    text = path.read_text()
    counted = sum(getattr(s, name) for s in parse_stats(text) for name in COUNTERS)
    assert counted == sum(map(int, re.findall(r": (\d+)$", text, re.MULTILINE)))


@pytest.mark.parametrize("text", ["", "[", "{}", '{"vrrp": 1}', "1", "[" * 100_000, "null"])
def test_what_is_no_dump(text: str) -> None:
    with pytest.raises(ParseError):
        parse_json(text)


def test_oddities_in_json_are_left_out() -> None:
    assert parse_json("[]").instances == ()
    odd = '[1, {"data": 2}, {"data": {"iname": "a"}}, {"data": {"iname": "b", "state": 9}}]'
    assert parse_json(odd).instances == ()
    (instance,) = parse_json('[{"data": {"iname": "c", "state": 0, "vips": [1, "x"]}}]').instances
    assert (instance.state, instance.vips, instance.vrid) == (VrrpState.INIT, (), None)


def test_what_is_no_statistics() -> None:
    with pytest.raises(ParseError):
        parse_stats("No such file\n")
