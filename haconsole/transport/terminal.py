"""A terminal on a node: a login shell behind a pseudo-terminal, on a channel of its own.

What is typed and shown passes through here and is kept nowhere: the ledger only learns that a
terminal was opened, by whom, and when it ended. Its bytes are *not* cleaned, because a terminal
emulator has to read them; nothing but an emulator that obeys none of them may take them.
"""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import asyncssh

from haconsole.domain.notes import Note, note

from .cleaning import clean_words
from .errors import LinkDownError, TransportError, failure

#: What the ledger calls it.
NAME = "terminal"
#: Why a read-only session has none.
READ_ONLY = "A shell on {host} can change anything, and this console is read-only{reason}."
#: The request for a shell of root's, where sudo asks for no password (sudo(8): -n never asks,
#: -i is a login shell).
AS_ROOT = "exec sudo -n -i"
#: Bytes that are handed on at once, and that wait for the reader before the node has to.
CHUNK = 8 * 1024
HELD = 32 * 1024
#: Bytes that the node may send before we acknowledge any: what still comes after Ctrl-C.
WINDOW = 32 * 1024
#: Bytes that may wait to be sent to a node that reads none.
UNSENT = 1 << 20
#: Seconds that a node may take to open a terminal.
OPEN_S = 15.0
#: Sent as ssh's SendEnv would be, so that shells take and show UTF-8 (sshd: AcceptEnv LANG).
_LANG = "C.UTF-8"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a terminal is to be: ``cols`` × ``rows`` cells, of the kind ``term`` (terminfo)."""

    cols: int
    rows: int
    term: str = "xterm-256color"


class _Session(asyncssh.SSHClientSession[bytes]):
    """The library's side of it: bytes wait here, bounded, for whoever reads."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.more = asyncio.Event()
        self.ended = asyncio.Event()
        self.exit_status: int | None = None
        self.at_end: list[Callable[[], None]] = []
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None
        self._paused = False

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Keep the channel (called by the library)."""
        self._channel = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Take bytes; the node has to wait when nobody reads them (called by the library)."""
        self.buffer += data
        self.more.set()
        if len(self.buffer) > HELD and not self._paused and self._channel is not None:
            self._paused = True
            self._channel.pause_reading()

    def take(self) -> bytes:
        """Return the next bytes, and let the node go on when there is room again."""
        data = bytes(self.buffer[:CHUNK])
        del self.buffer[:CHUNK]
        if self._paused and len(self.buffer) <= HELD // 2 and self._channel is not None:
            self._paused = False
            self._channel.resume_reading()
        return data

    def exit_status_received(self, status: int) -> None:
        """Keep the exit status (called by the library)."""
        self.exit_status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        """Count a signal as a shell does not: the shell is gone (called by the library)."""
        self.exit_status = 128

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who waits (called by the library)."""
        self.ended.set()
        self.more.set()
        while self.at_end:
            self.at_end.pop()()


class Terminal:
    """An open terminal: write to it, resize it, iterate over what the node shows (bytes).

    ``root``: whether its shell is root's. The iteration ends when the shell does, or the link;
    ``ending`` then says how.
    """

    def __init__(
        self,
        host: str,
        user: str,
        channel: asyncssh.SSHClientChannel[bytes],
        session: _Session,
        *,
        root: bool,
    ) -> None:
        self.host = host
        self.user = user
        self.root = root
        self._channel = channel
        self._session = session
        self._closed = False

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call back when it has ended, at once where it has."""
        if self._session.ended.is_set():
            callback()
        else:
            self._session.at_end.append(callback)

    def write(self, data: bytes) -> bool:
        """Type bytes. ``False`` where they were dropped: it has ended, or the node reads none."""
        channel = self._channel
        if self.ended or channel.is_closing() or channel.get_write_buffer_size() > UNSENT:
            return False
        channel.write(data)
        return True

    def resize(self, cols: int, rows: int) -> None:
        """Tell the node how many cells there are now (SIGWINCH)."""
        if not self.ended and not self._channel.is_closing():
            self._channel.change_terminal_size(cols, rows)

    def close(self) -> None:
        """Hang up: the shell and what runs in its foreground get SIGHUP."""
        if self._session.ended.is_set():
            return
        self._closed = True
        self._session.buffer.clear()
        self._channel.abort()

    @property
    def ended(self) -> bool:
        """Whether nothing can be typed any more."""
        return self._closed or self._session.ended.is_set()

    @property
    def exit_status(self) -> int | None:
        """The shell's exit status; ``None`` while it runs, or where the link was lost."""
        return self._session.exit_status

    @property
    def lost(self) -> bool:
        """Whether it ended because the link did."""
        return self._session.ended.is_set() and not self._closed and self.exit_status is None

    @property
    def ending(self) -> Note | None:
        """How it ended, in a sentence; ``None`` while it goes on."""
        if not self.ended:
            return None
        if self.lost:
            return note("The link to {host} was lost, and the shell ended with it.", host=self.host)
        return note("The shell on {host} has ended.", host=self.host)

    def __aiter__(self) -> Self:
        """Iterate over what the node shows."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes, at most ``CHUNK``."""
        session = self._session
        while not session.buffer:
            if self.ended:
                raise StopAsyncIteration
            session.more.clear()
            await session.more.wait()
        return session.take()


def said(user: str, *, root: bool) -> str:
    """Return what the ledger tells of a terminal: what was started, whose, who asked for it."""
    shell = AS_ROOT.removeprefix("exec ") if root else "login shell"
    return f"{shell} # {user}; opened by {operator()}"


def operator() -> str:
    """Return who sits at the console: the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"


async def open_terminal(
    connection: asyncssh.SSHClientConnection, host: str, wish: Wish, *, root: bool
) -> Terminal:
    """Open a terminal; raises ``TransportError``, ``LinkDownError``."""
    try:
        async with asyncio.timeout(OPEN_S):
            channel, session = await connection.create_session(
                _Session,
                AS_ROOT if root else None,
                encoding=None,
                window=WINDOW,
                request_pty="force",
                term_type=wish.term,
                term_size=(wish.cols, wish.rows, 0, 0),
                x11_forwarding=False,
                env={"LANG": _LANG},
                send_env=None,
            )
    except asyncssh.ChannelOpenError as error:
        if error.reason == "SSH connection closed":
            raise failure(LinkDownError, "The link to {host} was lost.", host=host) from error
        raise failure(
            TransportError,
            "{host} opens no terminal ({reason}): its sshd limits sessions per connection "
            "(MaxSessions), or allows this user none (PermitTTY).",
            host=host,
            reason=clean_words(error.reason),
        ) from error
    except TimeoutError as error:
        raise failure(
            TransportError,
            "{host} opened no terminal within {seconds} s.",
            host=host,
            seconds=int(OPEN_S),
        ) from error
    except (asyncssh.Error, OSError) as error:
        raise failure(LinkDownError, "The link to {host} was lost.", host=host) from error
    assert isinstance(session, _Session)  # noqa: S101 - what the factory above made
    user = str(connection.get_extra_info("username") or "")
    return Terminal(host, user, channel, session, root=root)
