"""What nobody has seen yet is UNKNOWN, for the diagnosis as for the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.events import Event, LinkChanged, LinkStatus
from haconsole.domain.notes import Note, note
from haconsole.domain.reduce import reduce
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Diagnosis
from haconsole.domain.state import State
from haconsole.domain.verdict import Level, judge
from haconsole.monitor.casework.build import case_of
from tests.domain.pair import CLUSTER, SITE, T0, VIP, addresses

NAMES = tuple(host.name for host in CLUSTER.hosts)
WAITS = note("waiting for the jump host {jump}", jump="bastion")
REFUSES = note("bastion (203.0.113.7:22) refused the connection: no sshd listens.")


def link(name: str, status: LinkStatus, detail: Note | None = None) -> Event:
    return LinkChanged(at=T0, host=name, status=status, detail=detail)


def diagnosis(state: State, now: float = T0 + 1) -> Diagnosis:
    return diagnose(case_of(state, CLUSTER, now))


def connecting() -> Iterator[Event]:
    """A console that opens: the events of its links, as they come."""
    yield link("bastion", LinkStatus.CONNECTING)
    for name in NAMES:
        yield link(name, LinkStatus.CONNECTING, WAITS)
    yield link("bastion", LinkStatus.UP)
    for name in NAMES:
        yield link(name, LinkStatus.CONNECTING)
        yield link(name, LinkStatus.UP)


def test_a_console_that_connects_finds_nothing_wrong_on_its_way() -> None:
    state = State.begin(SITE, T0)
    for event in connecting():
        state = reduce(state, event)
        found = diagnosis(state)
        assert found.findings == (), event
        assert found.level is Level.UNKNOWN
        assert judge(state, T0 + 1).level is Level.UNKNOWN, judge(state, T0 + 1).troubles
        assert all(one.level is Level.UNKNOWN for one in judge(state, T0 + 1).troubles)


def test_a_lost_lb_is_no_outage_before_the_other_was_read() -> None:
    state = State.begin(SITE, T0)
    for event in connecting():
        state = reduce(state, event)
    why = note("lb01 gave no answer in time.")
    state = reduce(state, link("lb01", LinkStatus.LOST, why))
    (found,) = diagnosis(state, T0 + 200).findings
    assert (found.cause, found.severity) == ("link-down", Level.UNKNOWN)
    for holds, level in ((True, Level.WARNING), (False, Level.CRITICAL)):
        read = reduce(state, addresses("lb02", T0 + 199, vip=holds))
        first = diagnosis(read, T0 + 200).findings[0]
        assert (first.cause, first.severity) == ("link-down", level)
    both = reduce(state, link("lb02", LinkStatus.LOST, why))
    assert {one.severity for one in diagnosis(both, T0 + 200).findings} == {Level.CRITICAL}


def test_a_jump_host_without_sshd_is_as_unknown_as_what_is_behind_it() -> None:
    state = State.begin(SITE, T0)
    for event in connecting():
        state = reduce(state, event)
    state = reduce(state, link("bastion", LinkStatus.LOST, REFUSES))
    for name in NAMES:
        state = reduce(state, link(name, LinkStatus.JUMP_LOST))
    (found,) = diagnosis(state, T0 + 60).findings
    assert (found.cause, found.severity) == ("sshd-gone", Level.UNKNOWN)
    assert judge(state, T0 + 60).level is Level.UNKNOWN
    assert VIP not in str(found.title)
