"""Kernels as they are heard: live, after a gap, and told twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from haconsole.domain.events import AddressesRead, Event, LinkChanged, LinkStatus
from haconsole.domain.model import Site
from haconsole.domain.outage_series import OwnerEvent
from haconsole.domain.reduce import reduce
from haconsole.domain.state import State
from haconsole.monitor.feed import Listener
from haconsole.procedures.drill.watching import Ownerships
from tests.support.parts import VIP, Scene, addresses, moved, up
from tests.support.states import NOW, healthy


class Told:
    """A feed whose events a test tells; only what the watching asks of it."""

    def __init__(self, scene: Scene) -> None:
        self.state: State = scene.state
        self.at = scene.now
        self.listeners: list[Listener] = []

    @property
    def site(self) -> Site:
        return self.state.site

    writable = False

    def now(self) -> float:
        return self.at

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def run(self) -> None: ...

    async def refresh(self, host: str | None = None) -> None: ...

    async def read_file(self, host: str, path: str) -> str:
        return ""

    def tell(self, *events: Event) -> None:
        for event in events:
            self.state = reduce(self.state, event)
        for listener in self.listeners:
            listener(events, self.state)


@pytest.fixture
def told() -> Told:
    return Told(healthy())


@pytest.fixture
def kernels(told: Told) -> Ownerships:
    return Ownerships(told, told.site.clusters[0], VIP, lambda: None)


def placed(kernels: Ownerships) -> Sequence[OwnerEvent]:
    return kernels.placed(lambda host, at: (at, 0.001))


def test_a_move_is_two_stamped_events(told: Told, kernels: Ownerships) -> None:
    lb01, lb02 = told.site.clusters[0].lbs
    told.tell(moved(NOW + 1, lb01, VIP, added=False), moved(NOW + 1.6, lb02, VIP, added=True))
    assert kernels.initial == ("lb01",)
    assert kernels.owners == {"lb02"}
    assert [(one.node, one.owns, one.error_s) for one in placed(kernels)] == [
        ("lb01", False, 0.001),
        ("lb02", True, 0.001),
    ]


def test_what_happened_in_a_gap_is_known_to_half_of_it(told: Told, kernels: Ownerships) -> None:
    lb01, _ = told.site.clusters[0].lbs
    told.tell(LinkChanged(at=NOW + 1, host="lb01", status=LinkStatus.LOST))
    assert kernels.unseen(NOW, NOW + 5) == ("lb01",)
    told.tell(up(NOW + 9, lb01), addresses(NOW + 11, lb01))
    (event,) = placed(kernels)
    assert (event.node, event.owns) == ("lb01", False)
    assert event.at == pytest.approx(NOW + 6)
    assert event.error_s == pytest.approx(5.0)
    assert kernels.unseen(NOW + 12, NOW + 20) == ()


def test_one_that_takes_it_anew_had_lost_it_unseen(told: Told, kernels: Ownerships) -> None:
    lb01, _ = told.site.clusters[0].lbs
    told.tell(LinkChanged(at=NOW + 1, host="lb01", status=LinkStatus.LOST))
    told.tell(up(NOW + 9, lb01), moved(NOW + 10, lb01, VIP, added=True))
    assert [(one.owns, one.error_s > 1) for one in placed(kernels)] == [
        (False, True),
        (True, False),
    ]


def test_the_stream_takes_back_what_a_reading_guessed(told: Told, kernels: Ownerships) -> None:
    _, lb02 = told.site.clusters[0].lbs
    told.tell(addresses(NOW + 3.01, lb02, VIP), moved(NOW + 3.0, lb02, VIP, added=True))
    (event,) = placed(kernels)
    assert event.at == NOW + 3.0
    assert event.error_s == 0.001


def test_a_reading_that_was_overtaken_says_nothing(told: Told, kernels: Ownerships) -> None:
    _, lb02 = told.site.clusters[0].lbs
    told.tell(moved(NOW + 3.0, lb02, VIP, added=True))
    told.tell(AddressesRead(at=NOW + 2.9, host="lb02", addresses=()))
    assert kernels.owners == {"lb01", "lb02"}


def test_one_that_the_fault_cuts_off_is_not_believed_until_its_link_was_new(
    told: Told, kernels: Ownerships
) -> None:
    lb01, _ = told.site.clusters[0].lbs
    kernels.cut_off("lb01", NOW + 1)
    told.tell(addresses(NOW + 1.1, lb01, VIP))
    assert kernels.unseen(NOW + 2, NOW + 3) == ("lb01",)
    told.tell(LinkChanged(at=NOW + 20, host="lb01", status=LinkStatus.LOST))
    told.tell(up(NOW + 21, lb01), addresses(NOW + 21.5, lb01))
    (event,) = placed(kernels)
    assert event.at - event.error_s == pytest.approx(NOW + 1)
