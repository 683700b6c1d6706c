"""The edits that faults make, on the text alone."""

from __future__ import annotations

import pytest

from haconsole.lab import edits, provision
from haconsole.lab.errors import LabError
from haconsole.lab.topology import LB02

CONF = provision.keepalived_conf(LB02)


@pytest.mark.parametrize(
    ("change", "gone", "there"),
    [
        (edits.other_vrid, "virtual_router_id 50", "virtual_router_id 51"),
        (edits.other_advert_int, "advert_int 1\n", "advert_int 3\n"),
        (edits.other_vips, None, "10.0.0.101\n"),
        (edits.other_password, None, "auth_pass another1"),
    ],
)
def test_one_thing_differs(change, gone, there) -> None:
    changed = change(CONF)
    assert there in changed
    assert there not in CONF
    if gone is not None:
        assert gone in CONF
        assert gone not in changed
    assert changed.count("{") == changed.count("}")


def test_the_password_that_there_is_gives_way() -> None:
    conf = provision.keepalived_conf(LB02, password="secret12")
    changed = edits.other_password(conf)
    assert "secret12" not in changed
    assert changed.count("authentication") == 1


def test_the_last_vrid_wraps_around() -> None:
    assert "virtual_router_id 1\n" in edits.other_vrid(provision.keepalived_conf(LB02, vrid=255))


def test_the_last_brace_goes() -> None:
    assert edits.drop_last_brace("a { b { c }\n}\n") == "a { b { c }\n\n"


def test_nothing_to_change_is_said() -> None:
    with pytest.raises(LabError, match="nothing that this fault could change"):
        edits.other_vrid("global_defs {\n}\n")
