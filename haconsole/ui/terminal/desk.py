"""The shells that are open: at most one a node, kept while the console shows other screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from haconsole.transport.door import Door
from haconsole.ui.presentation.ink import Tone
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.words import t

from .shell import Shell, Stage

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp


class TerminalDesk:
    """Opens shells and shows them. ``door`` ``None``: there are no hosts."""

    def __init__(self, app: ConsoleApp, door: Door | None) -> None:
        self._app = app
        self._door = door
        self._shells: dict[str, Shell] = {}
        #: Whose shell the full screen shows.
        self.host = ""
        self._came_from = "home"

    @property
    def running(self) -> tuple[str, ...]:
        """The nodes on which a shell is open."""
        return tuple(host for host, s in self._shells.items() if s.running and not s.hung_up)

    def shell(self, host: str) -> Shell | None:
        """Return a node's shell; it is opened by whoever gives it a size. ``None``: no hosts."""
        if self._door is None or host not in {
            h.name for h in self._app.session.feed.site.every_host
        }:
            return None
        if host not in self._shells:
            self._shells[host] = Shell(self._door, host)
        return self._shells[host]

    def start(self, shell: Shell, cols: int, rows: int) -> None:
        """Open a shell, or open it again after it ended."""
        if not shell.running:
            shell.begin(cols, rows)
            self._app.run_worker(
                shell.run(), name="shell", group=f"shell {shell.host}", exit_on_error=False
            )

    def open(self, host: str) -> None:
        """Show a node's shell on the whole screen."""
        if self._door is None:
            replay = self._app.session.replay
            nobody = t("There are no hosts behind this console: no shell can be opened.")
            self._app.tell(nobody if replay is None else replay.refusal())
            return
        if not self._app.session.feed.writable:
            why = t("A shell can change anything, and this session is read-only: "
                    "start it with --write.")  # fmt: skip
            self._app.tell(why, loud=True)
            return
        shell = self.shell(host)
        if shell is None:
            return
        if shell.stage is Stage.ENDED:
            del self._shells[host]
        self.host = host
        if self._app.current_mode != "terminal":
            self._came_from = self._app.current_mode
        self._app.go("terminal")
        self._app.paint()

    def leave(self) -> None:
        """Return to the screen that the shell was opened from; it stays open."""
        self._app.go(self._came_from)

    def close(self, host: str) -> None:
        """Hang up on a node."""
        shell = self._shells.get(host)
        if shell is not None:
            shell.close()

    def leave_console(self, then: Callable[[], object]) -> bool:
        """Ask before the console is closed over open shells; whether there are any."""
        hosts = self.running
        if not hosts:
            return False
        words = [
            (t("A shell is open on {hosts}.", hosts=", ".join(hosts)), Tone.STRONG),
            (t("Closing the console ends it, and what runs in it."), Tone.TEXT),
        ]

        def answered(yes: bool | None) -> None:
            if yes:
                for host in hosts:
                    self.close(host)
                then()

        self._app.push_screen(ConfirmScreen(words, t("Close"), t("Stay")), answered)
        return True
