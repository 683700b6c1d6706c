"""A shell inside the console, by keys."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Paste

from haconsole.transport.commands import Effect
from haconsole.transport.errors import ReadOnlyRefusedError
from haconsole.ui.commands.base import registry
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.ui.terminal.shell import Stage
from haconsole.ui.widgets.terminal import TerminalPane

from .console import PATIENCE_S, Desk, console

PASSWORD = "s3cret-never-kept"


def terminals(desk: Desk) -> list[str]:
    """What the ledger says of terminals."""
    return [entry.outcome for entry in desk.ledger.recent if entry.name == "terminal"]


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


async def test_a_shell_opens_stays_open_and_asks_before_it_is_closed(own_state: Path) -> None:
    async with console() as desk:
        await desk.open()
        await desk.until("lb01: a shell of root", r"Ctrl\+\] back to the console")
        await desk.press("stty size; echo =中文=\n")
        await desk.until(r"^28 100 *$", "^=中文=")
        await desk.pilot.press("ctrl+q", "f12", "f1", "ctrl+c")
        await desk.until(r"\^C")
        assert desk.app.current_mode == "terminal", "those keys are the node's"

        # What is typed and shown is kept nowhere.
        await desk.type(f"stty -echo\nread x\n{PASSWORD}\nstty echo; printf %s $x | rev\n")
        await desk.until("command not found")
        await desk.type(f"echo {PASSWORD}\n")
        await desk.until(f"^{PASSWORD}")

        await desk.pilot.press("ctrl+right_square_bracket")
        await desk.until("overview")
        await desk.pilot.press("n", "t")
        await desk.until("lb02:~#")
        await desk.pilot.press("ctrl+right_square_bracket", "1", "colon", *"shell lb01")
        await desk.until("shell lb01")
        await desk.pilot.press("enter")
        await desk.until(f"^{PASSWORD}", also=lambda: desk.app.current_mode == "terminal")
        await desk.type("echo again\n")
        await desk.until("^again")

        await desk.pilot.press("ctrl+right_square_bracket")
        await desk.until("SERVING")
        await desk.pilot.press("q")
        await desk.until("A shell is open on lb01, lb02")
        assert isinstance(desk.app.screen, ConfirmScreen)
        await desk.pilot.press("escape")
        await desk.until("SERVING")
        assert desk.app.desk.terminals.running == ("lb01", "lb02")
        await desk.pilot.press("q")
        await desk.until("A shell is open on lb01, lb02")
        await desk.pilot.press("tab", "enter")
        async with asyncio.timeout(PATIENCE_S):
            while desk.app.is_running or len(terminals(desk)) < 4:
                await asyncio.sleep(0.02)
        ledger = desk.ledger.path
    for file in (f for f in own_state.rglob("*") if f.is_file()):
        assert PASSWORD.encode() not in file.read_bytes(), file
    kept = [line for line in ledger.read_text().splitlines() if '"terminal"' in line]
    assert [('"opened"' in line, '"closed"' in line) for line in kept] == [
        (True, False), (True, False), (False, True), (False, True),
    ]  # fmt: skip
    assert "sudo -n -i # ops; opened by " in kept[0]


async def test_scrolling_resizing_pasting_ending() -> None:
    async with console() as desk:
        await desk.open()
        await desk.type("seq 1 100\n")
        await desk.until(r"^100 *$")
        await desk.pilot.press("shift+pageup")
        await desk.until(r"^60 *$")
        assert "100" not in desk.text
        await desk.press("e")
        await desk.until(r"^100 *$", r"# e *$")
        pane = desk.app.screen.query_one(TerminalPane)
        pane.post_message(Paste("cho one\necho t\x1b[201~wo\n"))
        await desk.until(r"^one *$", r"\[201~wo")
        await desk.pilot.resize_terminal(80, 24)
        await desk.type("clear; stty size\n")
        await desk.until(r"^22 80 *$")
        await desk.type("exit\n")
        await desk.until("The shell on lb01 has ended", "Enter opens a new one")
        await desk.pilot.press("enter")
        await desk.until("lb01: a shell of root", "lb01:~#")
        front = desk.cluster.hosts["lb01"].front
        assert front is not None
        for connection in tuple(front.connections):
            connection.cut()
        await desk.until("The link to lb01 was lost, and the shell ended with it")
        await desk.pilot.press("escape")
        await desk.until("overview")


async def test_a_flood_leaves_the_console_its_time() -> None:
    async with console() as desk:
        await desk.open()
        await desk.type("yes\n")
        await desk.until(r"^y *\n^y *\n^y *\n")
        painted = 0
        pane = desk.app.screen.query_one(TerminalPane)
        original = pane._paint

        def counting() -> None:
            nonlocal painted
            painted += 1
            original()

        pane._painting._action = counting
        loop = asyncio.get_running_loop()
        began = loop.time()
        scrolled = desk.shell.cells.scrolled
        await asyncio.sleep(1.0)
        took = loop.time() - began
        assert painted <= 25 * took + 2
        assert desk.shell.cells.scrolled > scrolled, "it goes on meanwhile"
        await desk.pilot.press("ctrl+right_square_bracket")
        await desk.until("overview")
        await desk.pilot.press("t", "ctrl+c")
        await desk.until(r"\^C", "lb01:~# *$")
        await desk.type("clear; head -c 30000 /dev/urandom\n")
        await desk.until("lb01:~#.*$")
        await desk.pilot.press("ctrl+right_square_bracket")
        await desk.until("overview")


async def test_what_a_node_sends_reaches_nobodys_terminal() -> None:
    async with console() as desk:
        await desk.open()
        written: list[str] = []
        driver = desk.app._driver
        assert driver is not None
        original = driver.write
        driver.write = lambda data: (written.append(data), original(data))[1]  # type: ignore[func-returns-value,method-assign]
        await desk.type(
            "printf '\\033]52;c;ZXZpbA==\\007\\033]0;evil\\007\\033[6n\\033[c[/b]\\033P+q\\033\\\\ok\\n'\n"
        )
        await desk.until(r"^\[/b\]ok")
        sent = "".join(written)
        assert "\x1b]52" not in sent
        assert "\x1b]0;" not in sent
        await desk.type("echo quiet\n")
        await desk.until("^quiet", r"# echo quiet")
        assert "R" not in desk.text.split("ok")[-1].replace("READ", "").replace("WRITE", ""), (
            "no answer was typed"
        )


async def test_a_read_only_session_opens_no_shell() -> None:
    async with console(writable=False) as desk:
        desk.app.open_node("lb01")
        await desk.pilot.press("t")
        told = "A shell can change anything, and this session is read-only"
        await desk.until("overview", also=lambda: told in str(list(desk.app._notifications)))
        assert desk.app.current_mode == "node"
        assert "t shell" not in desk.text
        desk.app.desk.terminals.open("lb01")
        assert desk.app.current_mode == "node"
        with pytest.raises(ReadOnlyRefusedError, match="A shell on lb01 can change anything"):
            await desk.door.terminal("lb01", cols=80, rows=24)
        refused = [e for e in desk.ledger.recent if e.name == "terminal"]
        assert [(e.outcome, e.effect) for e in refused] == [("refused", Effect.CHANGES)]
        shell = desk.app.desk.terminals.shell("lb01")
        assert shell is not None
        desk.app.desk.terminals.start(shell, 80, 24)
        await desk.until("overview", also=lambda: shell.stage is Stage.ENDED)


def test_shells_are_not_offered_where_nothing_may_be_changed() -> None:
    for command_id in ("shell", "shell.close"):
        command = registry.get(command_id)
        assert command is not None
        assert command.dangerous
