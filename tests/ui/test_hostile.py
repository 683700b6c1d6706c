"""Remote text is shown, never obeyed: markup, escapes, bidi marks, in every field there is."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.style import Style

from haconsole.domain.daemon import (
    Check,
    CheckStatus,
    Daemon,
    DaemonSource,
    Instance,
    LogFact,
    LogKind,
    VrrpState,
)
from haconsole.domain.events import (
    AddressesRead,
    AnswerSeen,
    DaemonLogged,
    DaemonRead,
    Event,
    Fact,
    FirewallRead,
    HitLogFound,
    HitsSeen,
    InterfacesRead,
    JournalRead,
    LinkChanged,
    LinkStatus,
    NeighboursRead,
    ReadingFailed,
    UnitsRead,
)
from haconsole.domain.facts import (
    Address,
    Answer,
    Firewall,
    Interface,
    JournalLine,
    Neighbour,
    Unit,
    VrrpFirewall,
)
from haconsole.domain.hits import Hit
from haconsole.domain.notes import note
from haconsole.ui.palette import Palette
from haconsole.ui.presentation.config import config_lines
from haconsole.ui.presentation.glance import Glance
from haconsole.ui.presentation.hits import HitColumns, hit_line, hit_text
from haconsole.ui.presentation.node import journal_line
from haconsole.ui.presentation.timeline import moment_line
from tests.support.states import NOW, VIP, Scene, healthy
from tests.ui.helpers import console, rows
from tests.ui.test_ink import hostile, obeyed
from tests.ui.test_presenters import everything

PALETTE = Palette({})


def poisoned(text: str) -> Scene:
    """A healthy scene into which every remote field says ``text``."""
    scene = healthy()
    at = NOW - 0.2
    instance = Instance(
        text, VrrpState.MASTER, text, 50, 2, 150, 90, 1.0, at, (VIP, text), text, 100, True, text
    )
    check = Check(text, CheckStatus.BAD, text, -60, 2.0, 1.0, 2, 2)
    daemon = Daemon(True, DaemonSource.JSON, False, text, 1, (instance,), (check,))
    hit = Hit(NOW, text, text, text, 502, text, 0.1, 0.1, 3, text)
    events: list[Event] = [
        DaemonRead(at=at, host="lb01", daemon=daemon),
        DaemonLogged(at=at, host="lb01", fact=LogFact(LogKind.MISMATCH, text), node_at=at),
        AddressesRead(
            at=at,
            host="lb01",
            addresses=(Address(text, 24, text, (text,)), Address(VIP, 24, text)),
        ),
        InterfacesRead(at=at, host="lb01", interfaces=(Interface(text, text, True),)),
        NeighboursRead(at=at, host="web01", neighbours=(Neighbour(text, text, text),)),
        UnitsRead(
            at=at,
            host="lb02",
            units=(
                Unit("nginx.service", True, text, text, text, 1, at, text),
                Unit(text, True, text),
            ),
        ),
        FirewallRead(at=at, host="lb02", firewall=Firewall(text, VrrpFirewall.BLOCKED, text)),
        JournalRead(at=at, host="lb01", lines=(JournalLine(text, at, 3, text),)),
        AnswerSeen(at=at, host="bastion", vip=VIP, answer=Answer(None, 0.1, text, text)),
        ReadingFailed(at=at, host="web01", fact=Fact.LOAD, problem=text),
        ReadingFailed(at=at, host="web01", fact=Fact.HITS, problem=text),
        HitLogFound(at=at, host="lb01", path=text, upstream=True),
        HitsSeen(at=at, host="lb01", hits=(hit,)),
        LinkChanged(
            at=at,
            host="web02",
            status=LinkStatus.LOST,
            detail=note("{why}", why=text),
            retry_at=NOW,
        ),
    ]
    return scene.then(*events)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile, st.sampled_from([40, 80, 130]))
def test_no_presenter_lets_a_control_through(text: str, width: int) -> None:
    scene = poisoned(text)
    seen = Glance.take(scene.state, scene.now)
    lines = everything(seen, width)
    lines += [moment_line(seen, moment, 8, own_time=True) for moment in seen.state.timeline[-20:]]
    lines += [journal_line(line) for line in seen.host("lb01").journal_tail]
    hit = Hit(NOW, text, text, text, 502, text, 0.1, 0.1, 3, text)
    lines += [hit_line(hit, HitColumns.for_width(width), {})]
    lines += config_lines(text)
    for line in lines:
        strip = PALETTE.strip(line, width, Style())
        assert strip.cell_length == width
        assert not obeyed("".join(part.text for part in strip))
    assert isinstance(hit_text(hit), str)


NASTY = [
    "\x1b]0;owned\x07\x1b[2J",
    "[/b][@click=app.quit]press[/] [bold red]",
    "\udcff\u202e漢字\x00\r\n\t" * 3,
    "A" * 100_000,
    "{braces} {0} %s",
]


@pytest.mark.parametrize("text", NASTY, ids=["escapes", "markup", "bytes", "endless", "braces"])
async def test_the_running_console_shows_it_and_goes_on(text: str) -> None:
    async with console(poisoned(text), size=(100, 30)) as (app, _, pilot):
        for key in (
            "1",
            "3",
            "W",
            "v",
            "q",
            "c",
            "4",
            "W",
            "v",
            "q",
            "c",
            "2",
            "n",
            "tab",
            "tab",
            "question_mark",
        ):
            await pilot.press(key)
            assert not any(obeyed(row) for row in rows(app.screen)), key
        assert app.is_running


async def test_a_click_on_hostile_text_is_no_action() -> None:
    async with console(poisoned("[@click=app.quit]x[/]"), size=(100, 30)) as (app, _, pilot):
        await pilot.press("3")
        for y, row in enumerate(rows(app.screen)):
            if found := re.search("click=app", row):
                await pilot.click(offset=(found.start(), y))
        await pilot.pause()
        assert app.is_running
