"""Whatever a file holds, it gives a site or problems, soon."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from haconsole.domain.model import Site
from haconsole.inventory import InventoryError, parse
from tests.inventory.texts import BASE, GOOD

#: Seconds that no file may take; the slowest known one takes 3 on a slow machine.
LIMIT_S = 20.0

PIECES = st.sampled_from(
    ["a", ": ", ":", "\n", "  ", "\n  ", "- ", "[", "]", "{", "}", ", ", "'", '"', "\\", "&a ", "*a",
     "!", "!!str ", "!!python/name:os ", "|\n", ">-\n", "? ", "#", "---\n", "...\n", "%YAML 1.1\n",
     "<<", "~", "0123", "1:30", "\t", "\r", "\x00", "\x1b", "\x85", "\u2028", "\ufeff", "\ud800",
     "\\x", "\\UFFFFFFFF", "=", "no", "2024-01-01", ".inf", "1e400", "9" * 5000, "site", "clusters",
     "jumps", "via", "vips", "lbs", "none", "address", "fd00::", "10.0.0.1", "/99999999999999999999",
     "password", "$", "${", "~x/", "http://[", "http://10.0.0.1:99999999999999999999/"]
)  # fmt: skip


def outcome(data: str | bytes) -> None:
    """Load; anything but a site or problems, each one printable line, fails the test."""
    try:
        assert isinstance(parse(data, "f.yaml", BASE), Site)
    except InventoryError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.line >= 1
            text = str(problem)
            assert "\x1b" not in text
            assert len(text.splitlines()) == 1
            text.encode()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    outcome(data)


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=40).map("".join))
@example('"\\UFFFFFFFF"')
@example("\ud800")
@example("? ")
def test_any_text(text: str) -> None:
    outcome(text)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_good_inventory_with_a_piece_anywhere(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 12)))
    outcome(GOOD[:start] + data.draw(PIECES) + GOOD[end:])


BIG = 1 << 20
HOSTILE = {
    "brackets": "[" * BIG,
    "items": "[" + "a," * (BIG // 2 - 2),
    "lines": "\n" * BIG,
    "one scalar": "a" * BIG,
    "unknown keys": "site: x\n" + "".join(f"sitee{i}: 1\n" for i in range(20000)),
    "long chain": "jumps:\n  j0: h\n"
    + "".join(f"  j{i}: {{address: h{i}, via: j{i - 1}}}\n" for i in range(1, 8000)),
    "unknown jumps": "jumps:\n"
    + "".join(f"  j{i}: {{address: h{i}, via: k{i}}}\n" for i in range(5000)),
    "many VIPs and LBs": "site: x\nclusters:\n  a:\n    vips: ["
    + ",".join(f"10.{i // 62500}.{i // 250 % 250}.{i % 250 + 1}" for i in range(20000))
    + "]\n    lbs: {"
    + ",".join(f"l{i}: h{i}" for i in range(10000))
    + "}\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_large_files_end_soon(name: str) -> None:
    begun = time.monotonic()
    outcome(HOSTILE[name].encode())
    assert time.monotonic() - begun < LIMIT_S


def test_base_need_not_exist() -> None:
    assert parse(GOOD, "f.yaml", Path("/does/not/exist")).name == "shop"
