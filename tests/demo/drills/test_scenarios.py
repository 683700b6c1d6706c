"""``haconsole drill`` on demos: what is predicted is measured, and nothing of it is left."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from haconsole.domain.vrrp_prediction import Scenario

from .serving import TRIES, Outcome, demo, drill, good, left_on

pytestmark = [pytest.mark.slow, pytest.mark.alone]
#: Demos at a time; each has a console and a probe beside it.
_AT_ONCE = 3
#: (options of the demo, its drills one after the other), by name.
CHAINS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "gentle": ((), ("backend-down --target web01", "switchover", "stop", "failback")),
    "daemon": ((), ("crash", "freeze", "check-fail")),
    "nginx": ((), ("nginx-stop", "nginx-broken")),
    "rough": ((), ("partition", "link-down --limit 12", "reboot")),
    "old": (("--keepalived", "1.3.5"), ("stop", "check-fail")),
    "low-weight": (("--flaw", "low-weight"), ("nginx-stop --limit 17",)),
    "nopreempt": (("--flaw", "nopreempt"), ("nginx-stop --limit 17",)),
    "no-check": (("--flaw", "no-check"), ("nginx-stop --limit 17",)),
}
NORMAL = ("gentle", "daemon", "nginx", "rough")
FLAWS = ("low-weight", "nopreempt", "no-check")


class Chain:
    """The drills on one demo: each one's outcome as soon as it is there, and what is left."""

    def __init__(self, pool: ThreadPoolExecutor, name: str, state: Path) -> None:
        self._outcomes: dict[str, Future[Outcome]] = {d: Future() for d in CHAINS[name][1]}
        self._done = pool.submit(self._run, CHAINS[name][0], state)

    def outcome(self, words: str) -> Outcome:
        outcome = self._outcomes[words].result()
        for number, why in enumerate(outcome.void, 1):
            warnings.warn(f"{words}: try {number} of {TRIES} was void: {why}", stacklevel=2)
        return outcome

    def left(self) -> dict[str, str]:
        return self._done.result()

    def _run(self, options: Sequence[str], state: Path) -> dict[str, str]:
        try:
            with demo(*options) as inventory:
                for words, outcome in self._outcomes.items():
                    outcome.set_result(drill(inventory, state, *words.split()))
                return asyncio.run(left_on(inventory))
        except BaseException as error:
            for outcome in self._outcomes.values():
                if not outcome.done():
                    outcome.set_exception(error)
            raise


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Chain]]:
    """All that was chosen, begun together; asked for in whatever order."""
    state = tmp_path_factory.mktemp("state")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begun: dict[str, Chain] = {}

        def chain(name: str) -> Chain:
            for each in CHAINS if name in NORMAL else (name,):
                if each not in begun:
                    begun[each] = Chain(pool, each, state)
            return begun[name]

        yield chain


def drills(*names: str) -> list[tuple[str, str]]:
    return [(name, words) for name in names for words in CHAINS[name][1]]


def test_every_scenario_is_here() -> None:
    assert {words.partition(" ")[0] for _, words in drills(*NORMAL)} == {
        one.value for one in Scenario
    }


@pytest.mark.parametrize(("name", "words"), drills(*NORMAL))
def test_it_goes_as_predicted(chains: Callable[[str], Chain], name: str, words: str) -> None:
    outcome = chains(name).outcome(words)
    assert good(outcome), outcome.story
    told = outcome.told
    assert told["scenario"] == words.partition(" ")[0]
    assert told["verdict"] == "as-predicted"
    assert told["healthy"]
    if told["predicted"]["min_s"]:
        assert told["measured"]["upper_s"] >= told["predicted"]["min_s"]
        assert told["measured"]["lower_s"] <= told["predicted"]["max_s"]
        assert told["failed"] > 0


@pytest.mark.parametrize(("name", "words"), drills("old"))
def test_before_2_0_an_election_costs_an_advert_more(
    chains: Callable[[str], Chain], name: str, words: str
) -> None:
    outcome = chains(name).outcome(words)
    assert good(outcome), outcome.story
    # The skew of lb02, 0.61 s, and an advert; a current one is there after the skew.
    assert outcome.told["predicted"]["min_s"] == pytest.approx(1.609, abs=0.001)
    assert 1.55 < outcome.told["measured"]["lower_s"] <= outcome.told["measured"]["upper_s"] < 1.8
    # The way back is felt, too.
    assert outcome.told["return"]["failed"] > 50


@pytest.mark.parametrize(("name", "words"), drills(*FLAWS))
def test_a_pair_with_a_flaw_does_not_fail_over_and_that_was_said(
    chains: Callable[[str], Chain], name: str, words: str
) -> None:
    outcome = chains(name).outcome(words)
    assert good(outcome), outcome.story
    told = outcome.told
    assert told["predicted"]["takes_over"] is None
    assert told["predicted"]["why_not"]
    assert told["measured"]["taken_by"] is None
    assert told["measured"]["lasted_until_undone"]


@pytest.mark.parametrize("name", CHAINS)
def test_nothing_of_it_is_left_on_the_nodes(chains: Callable[[str], Chain], name: str) -> None:
    assert chains(name).left() == {}
