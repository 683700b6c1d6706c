"""Dumps of real daemons: what each version says at each moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from haconsole.domain.daemon import CheckStatus, VrrpState
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_dump import parse_dump
from tests.parsers.captured import captured, every, name_of

B, M, F = VrrpState.BACKUP, VrrpState.MASTER, VrrpState.FAULT

#: capture → state, base priority, effective priority, last transition.
MOMENTS = {
    "keepalived-1.3.5/healthy/lb01.steady.data": (M, 150, None, 1795335537.0),
    "keepalived-1.3.5/healthy/lb02.steady.data": (B, 100, None, 1795335535.0),
    "keepalived-1.3.5/healthy/lb01.check_failed.data": (B, 150, None, 1795335548.0),
    "keepalived-1.3.5/healthy/lb02.check_failed.data": (M, 100, None, 1795335550.0),
    "keepalived-1.3.5/auth_mismatch/lb02.t.data": (B, 100, None, None),
    "keepalived-1.3.5/firewall_split/lb02.split.data": (M, 100, None, None),
    "keepalived-1.3.5/firewall_split/lb02.healed.data": (B, 100, None, None),
    "keepalived-2.2.7/healthy/lb01.steady.data": (M, 150, 150, 1795337754.171933),
    "keepalived-2.2.7/healthy/lb01.check_failed.data": (B, 150, 90, 1795337763.785145),
    "keepalived-2.2.7/healthy/lb02.check_failed.data": (M, 100, 100, 1795337763.785419),
    "keepalived-2.2.7/interface_down/lb01.down.data": (F, 150, 150, 1795337833.870199),
    "keepalived-2.2.7/firewall_split/lb01.split.data": (M, 150, 150, None),
    "keepalived-2.2.7/firewall_split/lb02.split.data": (M, 100, 100, None),
    "keepalived-2.2.7/firewall_split/lb02.healed.data": (B, 100, 100, None),
    "keepalived-2.4.3/healthy/lb01.steady.data": (M, 150, 150, 1795335357.912257),
    "keepalived-2.4.3/healthy/lb01.check_failed.data": (B, 150, 90, 1795335371.525572),
    "keepalived-2.4.3/healthy/lb02.lb01_stopped.data": (M, 100, 100, 1795335392.232088),
    "keepalived-2.4.3/auth_mismatch/lb02.t.data": (M, 100, 100, None),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_state_and_priorities(name: str) -> None:
    state, base, effective, transition = MOMENTS[name]
    (instance,) = parse_dump(captured(name)).instances
    assert (instance.name, instance.interface, instance.vrid) == ("VI_1", "eth0", 50)
    assert (instance.state, instance.base_priority) == (state, base)
    assert instance.effective_priority == effective
    assert instance.priority == (base if effective is None else effective)
    if transition is not None:
        assert instance.last_transition == transition
    assert instance.advert_int_s == 1.0
    assert instance.nopreempt is False
    assert instance.auth_type == "SIMPLE_PASSWORD"


@pytest.mark.parametrize("path", every("keepalived-*/*/*.data"), ids=name_of)
def test_every_dump_is_whole_and_holds_no_password(path: Path) -> None:
    reading = parse_dump(path.read_text())
    assert reading.instances
    for instance in reading.instances:
        assert instance.vips
        assert instance.vrid is not None
        assert instance.base_priority is not None
        assert instance.version in (2, 3)
    assert "123456" not in repr(reading)
    assert "654321" not in repr(reading)
    if "1.3.5" not in str(path):
        assert reading.router_id == path.name[:4]
        assert all(i.effective_priority is not None for i in reading.instances)


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_check_of_every_dialect(version: str) -> None:
    for moment, status in (("steady", CheckStatus.GOOD), ("check_failed", CheckStatus.BAD)):
        reading = parse_dump(captured(f"keepalived-{version}/healthy/lb01.{moment}.data"))
        (check,) = reading.checks
        assert check.name == "check_web"
        assert check.status is status
        assert check.script == "/tmp/check_web.sh"
        assert (check.weight, check.interval_s, check.fall, check.rise) == (-60, 2.0, 2, 2)
        assert check.timeout_s is None


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_a_backup_names_its_master(version: str) -> None:
    (backup,) = parse_dump(captured(f"keepalived-{version}/healthy/lb02.steady.data")).instances
    assert (backup.master_router, backup.master_priority) == ("10.0.0.10", 150)
    (master,) = parse_dump(captured(f"keepalived-{version}/healthy/lb01.steady.data")).instances
    assert (master.master_router, master.master_priority) == (None, None)


def test_a_backup_that_heard_nobody_names_nobody() -> None:
    # 2.2.7 prints "Master router = ff02::12" then
    name = "keepalived-2.2.7/advert_int_mismatch/lb02.t.data"
    (instance,) = parse_dump(captured(name)).instances
    assert (instance.master_router, instance.master_priority) == (None, None)


def test_two_instances_of_version_3() -> None:
    name = "keepalived-2.2.7/rich_v3/lb02.steady.data"
    four, six = parse_dump(captured(name)).instances
    assert (four.name, four.version, four.vrid, four.advert_int_s) == ("VI_4", 3, 51, 0.2)
    assert four.vips == ("10.0.0.100", "10.0.0.101", "10.0.0.102")
    assert four.nopreempt is True
    assert four.auth_type is None
    assert (six.name, six.vips, six.advert_int_s) == ("VI_6", ("fe80::100", "fd00::100"), 0.5)
    assert six.master_router == "fe80::9052:27ff:fed8:26c2"


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_a_dump_that_is_cut_off_anywhere(version: str) -> None:
    text = captured(f"keepalived-{version}/healthy/lb01.check_failed.data")
    whole = parse_dump(text).instances[0]
    for end in range(0, len(text), 97):
        try:
            reading = parse_dump(text[:end])
        except ParseError:
            continue
        for instance in reading.instances:
            assert instance.name == whole.name or whole.name.startswith(instance.name)
            assert set(instance.vips) <= set(whole.vips) or text[:end].endswith(instance.vips[-1])


def test_check_states() -> None:
    head = "------< VRRP Scripts >------\n VRRP Script = x\n   Status = "
    for text, status in (("INIT", "INIT"), ("DISABLED", "DISABLED"), ("INIT/FAILED", "INIT")):
        assert parse_dump(head + text + "\n").checks[0].status == CheckStatus(status)
    assert parse_dump(head + "else\n").checks[0].status is None


@pytest.mark.parametrize("text", ["", "\n", "hello", "Permission denied\n", "\0" * 100])
def test_what_is_no_dump(text: str) -> None:
    with pytest.raises(ParseError, match="no dump"):
        parse_dump(text)
