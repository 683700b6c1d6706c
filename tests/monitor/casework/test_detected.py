"""What a detector has written down, as it is read: young, whole, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from haconsole.domain.rules.pieces import Detected
from haconsole.monitor.casework.detected import detected

_ROW: dict[str, Any] = {
    "vip": "10.0.0.100",
    "verdict": "two-owners",
    "macs": [
        {"mac": "02:00:00:00:00:0a", "host": "lb01"},
        {"mac": "02:00:00:00:00:0b", "host": ""},
    ],
}
_FILE: dict[str, Any] = {"at": 1000.0, "interval": 5.0, "role": "third", "vips": [_ROW]}


def test_it_says_who_answered() -> None:
    owners = (("02:00:00:00:00:0a", "lb01"), ("02:00:00:00:00:0b", ""))
    wanted = (Detected("10.0.0.100", "two-owners", owners, third=True),)
    assert detected(f"1004\n{json.dumps(_FILE)}\n") == wanted


@pytest.mark.parametrize("text", ["1004\n", "1004\n\n", f"1021\n{json.dumps(_FILE)}"])
def test_no_detector_and_one_that_does_not_run_say_nothing(text: str) -> None:
    assert detected(text) is None


@pytest.mark.parametrize(
    "said",
    ["{", "[]", "3", "{}", json.dumps({**_FILE, "vips": 3}), json.dumps({**_FILE, "at": "now"}),
     json.dumps({**_FILE, "vips": [{**_ROW, "macs": [3]}]})],
)  # fmt: skip
def test_what_is_no_state_file_is_refused(said: str) -> None:
    with pytest.raises(ValueError):
        detected(f"1004\n{said}\n")


def test_what_is_too_long_is_cut() -> None:
    rows = [{**_ROW, "verdict": "x" * 1000, "macs": _ROW["macs"] * 50}]
    (one,) = detected(f"1004\n{json.dumps({**_FILE, 'vips': rows})}\n") or ()
    assert len(one.verdict) == 20
    assert len(one.owners) == 8
