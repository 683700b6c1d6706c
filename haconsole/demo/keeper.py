"""The process of a demo's hosts, kept by the console that shows them: begun, begun anew, ended.

The hosts have a process of their own: their work must not slow the screen. Whatever was done to
them, :meth:`DemoKeeper.restart` has other ones in their place: at the same port, with the same
keys and the same inventory, so that a console that is open on them just connects again. The port
is never given back in between: its socket is the keeper's, and whoever connects while no host
listens waits for the next ones.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from haconsole.words import locale_for_children, t

from . import folder as folders

if TYPE_CHECKING:
    from haconsole.monitor.faults import FaultKind

    from .faults import DemoFaults

#: Seconds that the hosts may take to serve, and to end when asked to.
_START_S, _END_S, _LEAVE_S = 30.0, 5.0, 1.0
_SAID = "haconsole: "
#: Bytes of what the hosts said that are read at most.
_LAST_WORDS = 4096


class KeeperError(Exception):
    """The hosts do not serve; the message is the sentence to show."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What a demo's hosts are: as ``haconsole demo`` has it on its command line.

    ``state``: ``ready`` or ``fresh``; ``family``: ``apt`` or ``yum``; ``keepalived``: the version
    whose manners the LBs have; ``scenario``: a fault to begin with; ``rate``: requests a second.
    """

    state: str = "ready"
    family: str = "apt"
    keepalived: str = "2.2.7"
    flaw: str | None = None
    scenario: str | None = None
    rate: float = 3.0

    def words(self) -> list[str]:
        """Return them as words of a command line."""
        words = ["--state", self.state, "--family", self.family, "--keepalived", self.keepalived]
        words += ["--flaw", self.flaw] if self.flaw else []
        words += ["--scenario", self.scenario] if self.scenario else []
        return [*words, "--rate", str(self.rate)]


class DemoKeeper:
    """Keeps a demo's hosts; ``port``: where the bastion listens on loopback, 0 for any.

    A context manager: it starts them, and ends them with all that they left. Its methods block
    (a start takes about a second); they may be called from any thread.
    """

    def __init__(self, options: DemoOptions | None = None, *, port: int = 0) -> None:
        self.options = options or DemoOptions()
        #: Breaks the hosts that there are now; stays the same when they are begun anew.
        self.faults = KeeperFaults(self)
        self._port = port
        self._folder: Path | None = None
        self._listener: socket.socket | None = None
        self._keys: Mapping[str, bytes] = {}
        self._hosts: subprocess.Popen[str] | None = None
        self._plug: DemoFaults | None = None
        self._said: IO[bytes] | None = None
        self._ended = False
        self._lock = threading.Lock()

    @property
    def inventory(self) -> Path:
        """The inventory of the hosts; the same as long as the keeper lives."""
        if self._folder is None:
            raise KeeperError(t("The demo's hosts have not been started."))
        return self._folder / "inventory.yaml"

    def __enter__(self) -> DemoKeeper:
        """Start the hosts. Raises ``KeeperError``, ``ServeError``."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End them."""
        self.end()

    def start(self) -> Path:
        """Start the hosts; returns the inventory once they serve.

        Raises ``KeeperError`` with the sentence in which they said why they do not, and
        ``ServeError`` where no folder or port can be had.
        """
        try:
            with self._lock:
                self._begin()
        except BaseException:
            self.end()
            raise
        return self.inventory

    def restart(self, options: DemoOptions) -> None:
        """End the hosts, however they are, and start others. Raises like :meth:`start`.

        What was begun with (``scenario``, ``flaw``) is not begun with again but by ``options``.
        """
        with self._lock:
            if self._ended:
                raise KeeperError(t("The demo's hosts have ended."))
            self._finish(leave=True)
            self.options = options
            self._begin()

    def end(self) -> None:
        """End the hosts, and remove what is left of them; more than once does no harm."""
        with self._lock:
            self._ended = True
            self._finish(leave=False)
            if self._listener is not None:
                self._listener.close()
            if self._folder is not None:
                folders.remove(self._folder)

    def plugged(self) -> DemoFaults | None:
        """Return what takes orders to the hosts that there are now."""
        return self._plug

    def _begin(self) -> None:
        words = [sys.executable, "-m", "haconsole", "demo", "--hosts-only", "--until-eof"]
        words += [*self.options.words(), "--folder", str(self._have_folder())]
        pass_fds: Sequence[int] = ()
        if os.name == "posix":
            listener = self._have_listener()
            pass_fds = (listener.fileno(),)
            words += ["--listener", str(listener.fileno())]
        words += ["--port", str(self._port)]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when its writer has ended
        self._hosts = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Not the terminal: a screen is painted there.
            stderr=self._said,
            env={**os.environ, **locale_for_children()},
            encoding="utf-8",
            pass_fds=pass_fds,
            # A terminal's Ctrl-C goes to everyone in its foreground: the hosts end with us, not
            # before.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows: the same
        )
        self._await(self._hosts)
        self._know()

    def _await(self, hosts: subprocess.Popen[str]) -> None:
        """Return once they serve."""
        if hosts.stdin is None or hosts.stdout is None:
            raise KeeperError(t("The demo's hosts did not start."))
        watchdog = threading.Timer(_START_S, hosts.kill)
        watchdog.start()
        try:
            line = hosts.stdout.readline().strip()
        finally:
            watchdog.cancel()
        if not line:
            hosts.wait()
            raise KeeperError(self._last_words() or t("The demo's hosts did not start."))
        from .faults import DemoFaults

        self._plug = DemoFaults(hosts.stdin, hosts.stdout)

    def _finish(self, *, leave: bool) -> None:
        """End the hosts that there are; ``leave``: they leave their keys to the next ones."""
        hosts, self._hosts = self._hosts, None
        plug, self._plug = self._plug, None
        if hosts is not None:
            _end(hosts, leave=leave)
        if plug is not None:
            plug.close()
        elif hosts is not None and hosts.stdout is not None:
            hosts.stdout.close()
        if self._said is not None:
            self._said.close()
            self._said = None

    def _last_words(self) -> str:
        if self._said is None:
            return ""
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _LAST_WORDS))
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].removeprefix(_SAID) if lines else ""

    def _have_folder(self) -> Path:
        """Return the folder, with the keys of the hosts before in it."""
        if self._folder is None:
            self._folder = folders.make()
        elif not self._folder.is_dir():  # hosts that were ended by somebody else took it away
            try:
                self._folder.mkdir(mode=0o700)
                for name, key in self._keys.items():
                    (self._folder / name).touch(mode=0o600)
                    (self._folder / name).write_bytes(key)
            except OSError as error:
                raise folders.unwritable(self._folder, error) from None
        return self._folder

    def _know(self) -> None:
        """Remember the keys, and the port."""
        if self._folder is not None:
            self._keys = {path.name: path.read_bytes() for path in self._folder.glob("*_ed25519")}
        if not self._port:  # where sockets cannot be handed over, the next hosts ask for it
            found = self.inventory.read_text(encoding="utf-8").partition("port: ")[2]
            self._port = int(found.partition("}")[0])

    def _have_listener(self) -> socket.socket:
        if self._listener is None:
            try:
                self._listener = socket.create_server(("127.0.0.1", self._port), backlog=100)
            except OSError as error:
                raise folders.deaf(self._port, error) from None
            self._port = self._listener.getsockname()[1]
        return self._listener


class KeeperFaults:
    """Faults on the hosts that a keeper keeps, whichever they are (a ``FaultMaker``)."""

    def __init__(self, keeper: DemoKeeper) -> None:
        self._keeper = keeper

    def names(self) -> Sequence[FaultKind]:
        """Return the faults there are."""
        from .faults import kinds

        return kinds()

    async def make(self, name: str, host: str | None = None) -> str:
        """Make a fault; ``FeedError`` says why not."""
        return await self._now().make(name, host)

    async def heal(self) -> str:
        """Undo every fault; returns when the pair is healthy."""
        return await self._now().heal()

    def _now(self) -> DemoFaults:
        plug = self._keeper.plugged()
        if plug is None:
            from haconsole.monitor.feed import FeedError

            raise FeedError(t("The demo's hosts are just being started."))
        return plug


def _end(hosts: subprocess.Popen[str], *, leave: bool) -> None:
    """End them in an orderly way, or else at once."""
    try:
        if hosts.stdin is not None:
            if leave:
                hosts.stdin.write("leave\n")
            hosts.stdin.close()
    except (OSError, ValueError):  # they have ended already; ValueError: the pipe was closed
        pass
    try:
        hosts.wait(_LEAVE_S if leave else _END_S)
    except subprocess.TimeoutExpired:
        hosts.kill()
        hosts.wait()
