"""Pictures of a shell. ``pytest tests/ui/terminal/test_snapshots.py --snapshot-update`` takes new ones.

Look at them before they are committed: the report that a failing run leaves shows both.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from haconsole.ui.terminal.shell import Shell, Stage
from haconsole.ui.widgets.terminal import TerminalPane
from tests.support.states import healthy
from tests.ui.helpers import feed_of

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
PROMPT = "\x1b[01;32mroot@lb01\x1b[00m:\x1b[01;34m~\x1b[00m# "
SESSION = (
    f"{PROMPT}ip -br a\r\nlo    \x1b[32mUNKNOWN\x1b[0m  127.0.0.1/8\r\n"
    "eth0  \x1b[32mUP     \x1b[0m  \x1b[35m10.0.0.10\x1b[0m/24 \x1b[35m10.0.0.100\x1b[0m/32\r\n"
    f"{PROMPT}systemctl is-active keepalived nginx\r\nactive\r\n\x1b[1;31mfailed\x1b[0m\r\n"
    f"{PROMPT}grep -n --color 脑裂 notes.txt\r\n\x1b[32m3\x1b[36m:\x1b[mkeepalived \x1b[1;31m脑裂\x1b[m 了！\r\n"
    "\x1b[7m reversed \x1b[0m \x1b[4munderlined\x1b[0m \x1b[3mitalic\x1b[0m \x1b[9mstruck\x1b[0m "
    "\x1b[48;5;24;38;5;230m 256 \x1b[0m\x1b[48;2;120;30;90m true \x1b[0m \x1b[90mdim\x1b[0m\r\n"
    f"{PROMPT}nginx -t 中文"
)
FULL = (
    "\x1b[?1049h\x1b[H\x1b[2J\x1b[7m  keepalived.conf" + " " * 40 + "\x1b[0m\r\n"
    "vrrp_instance VI_1 {\r\n    state \x1b[1;32mMASTER\x1b[0m\r\n    priority \x1b[33m150\x1b[0m\r\n}\r\n"
    "\x1b[34m~\r\n~\r\n~\x1b[0m\x1b[3;11H"
)


def opened(text: str, stage: Stage) -> tuple[ConsoleApp, Callable[[Pilot[int]], Awaitable[None]]]:
    """Return the console, and what leads it to a shell that shows ``text``."""
    scene = healthy()
    door = Transport(scene.site, prompter=NoPrompter(), writable=True)
    app = ConsoleApp(feed_of(scene, writable=True), door=door)

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        shell = Shell(door, "lb01")
        shell.stage, shell.root = stage, True
        app.desk.terminals._shells["lb01"] = shell
        app.desk.terminals.host = "lb01"
        app.go("terminal")
        await pilot.pause()
        app.paint()
        await pilot.pause()
        shell._escapes.feed(text.encode())
        if stage is Stage.ENDED:
            shell._end("The link to lb01 was lost, and the shell ended with it.")
        app.paint()
        app.screen.query_one(TerminalPane).refresh()
        await pilot.pause()

    return app, before


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("text", "stage"),
    [(SESSION, Stage.OPEN), (FULL, Stage.OPEN), (SESSION, Stage.ENDED)],
    ids=["shell", "full-screen", "ended"],
)
def test_looks(text: str, stage: Stage, size: str, snap_compare: Any) -> None:
    app, before = opened(text, stage)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=before)
