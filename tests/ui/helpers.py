"""What the tests of the screens have in common."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from haconsole.ui.app import ConsoleApp
from tests.support.replay import ReplayFeed
from tests.support.states import Scene

KEEPALIVED_CONF = """\
global_defs {
    router_id lb01
}
vrrp_script check_nginx {
    script "/etc/keepalived/check_nginx.sh"
    interval 2   # seconds
    weight -60
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 50
    priority 150
    authentication {
        auth_type PASS
        auth_pass ******
    }
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        check_nginx
    }
}
"""
FILES = {("lb01", "/etc/keepalived/keepalived.conf"): KEEPALIVED_CONF}


def feed_of(scene: Scene, *, writable: bool = False) -> ReplayFeed:
    """Return a feed that plays a scene."""
    files = scene.files or FILES
    return ReplayFeed(scene.site, scene.events, now=scene.now, writable=writable, files=files)


def app_of(scene: Scene, **options: Any) -> ConsoleApp:
    """Return the console on a scene."""
    return ConsoleApp(feed_of(scene), **options)


@asynccontextmanager
async def console(
    scene: Scene, *, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[tuple[ConsoleApp, ReplayFeed, Pilot[int]]]:
    """Run the console on a scene, painted once."""
    feed = feed_of(scene)
    app = ConsoleApp(feed, **options)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.desk.triage.judge_all()
        app.paint()
        await pilot.pause()
        yield app, feed, pilot


def rows(screen: Screen[Any]) -> list[str]:
    """Return the text of every row of a screen, as the terminal gets it."""
    return ["".join(part.text for part in strip) for strip in screen._compositor.render_strips()]


def text_of(screen: Screen[Any]) -> str:
    """Return the text of a screen."""
    return "\n".join(rows(screen))


async def until(pilot: Pilot[Any], condition: Callable[[], object], turns: int = 200) -> None:
    """Let the app work until a condition holds; fails when it never does.

    ``turns`` and some seconds have to pass: a busy machine gets little done in a turn.
    """
    deadline = time.monotonic() + 15.0
    while turns > 0 or time.monotonic() < deadline:
        if condition():
            return
        await pilot.pause()
        turns -= 1
    raise AssertionError(f"never so: {condition}, on:\n{text_of(pilot.app.screen)}")
