"""One wrapped process on a node, on one session channel (see ``wrappers``)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

import asyncssh

from haconsole.domain.notes import note

from .cleaning import clean_words
from .errors import LinkDownError, TransportError, failure

#: Seconds that a node may take from the exec request to the wrapper's hello.
HELLO_S = 15.0
_KEEP = 4096

OnData = Callable[[bytes], None]


def new_nonce() -> str:
    """Return a word that no output of a node can guess."""
    return "hac" + secrets.token_hex(12)


class Process(asyncssh.SSHClientSession[bytes]):
    """Bytes of a session channel, past the noise of the login shell.

    Before the hello, standard output is dropped and the end of standard error is kept in
    ``complaint``. After it, both go to the callbacks of :meth:`attach`.
    """

    def __init__(self, nonce: str) -> None:
        loop = asyncio.get_running_loop()
        self.nonce = nonce
        self.hello: asyncio.Future[bool] = loop.create_future()
        self.ended = asyncio.Event()
        self.complaint = b""
        self.exit_status: int | None = None
        self.on_complaint: Callable[[], None] = lambda: None
        self._seek = f"{nonce}\n".encode()
        self._before = b""
        self._open = True
        self._stdout: OnData | None = None
        self._stderr: OnData | None = None
        self._on_end: Callable[[], None] = lambda: None
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    def attach(self, stdout: OnData, stderr: OnData, on_end: Callable[[], None]) -> None:
        """Hand everything that comes from now on to these; ``on_end`` when the channel closes."""
        self._stdout, self._stderr, self._on_end = stdout, stderr, on_end
        if self._before:
            rest, self._before = self._before, b""
            stdout(rest)
        if self.ended.is_set():
            on_end()

    def write(self, data: bytes) -> None:
        """Send bytes to the process; nothing happens when it is gone."""
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    @property
    def last_words(self) -> bytes:
        """What the node said instead of starting a shell: its errors, else its output."""
        return self.complaint or self._before

    @property
    def alive(self) -> bool:
        """Whether it takes input: neither closed by us nor ended."""
        return self._open and not self.ended.is_set()

    def close(self) -> None:
        """Close the channel: the wrapper then ends everything of ours behind it."""
        self._open = False
        if self._channel is not None:
            self._channel.close()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """Keep the channel (called by the library)."""
        self._channel = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Sort incoming bytes (called by the library)."""
        if datatype == asyncssh.EXTENDED_DATA_STDERR:
            if self._stderr is not None:
                self._stderr(data)
            else:
                self.complaint = (self.complaint + data)[-_KEEP:]
                self.on_complaint()
        elif self._stdout is not None:
            self._stdout(data)
        else:
            self._await_hello(data)

    def _await_hello(self, data: bytes) -> None:
        self._before += data
        if self.hello.done():
            return
        noise, found, rest = self._before.partition(self._seek)
        if found:
            self._before = rest
            self.hello.set_result(True)
        else:
            self._before = noise[-_KEEP:]

    def exit_status_received(self, status: int) -> None:
        """Keep the exit status (called by the library)."""
        self.exit_status = status

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who waits (called by the library)."""
        self.ended.set()
        if not self.hello.done():
            self.hello.set_result(False)
        self._on_end()


async def open_process(
    connection: asyncssh.SSHClientConnection, host: str, nonce: str, request: str
) -> Process:
    """Start a wrapped process; does not wait for its hello. Raises ``TransportError``."""
    try:
        async with asyncio.timeout(HELLO_S):
            _, process = await connection.create_session(
                lambda: Process(nonce),
                request,
                encoding=None,
                request_pty=False,
                x11_forwarding=False,
                env=None,
                send_env=None,
            )
    except asyncssh.ChannelOpenError as error:
        if error.reason == "SSH connection closed":
            # What asyncssh says, under a code that sshd uses too, when there is no connection.
            raise failure(LinkDownError, "The link to {host} was lost.", host=host) from error
        raise failure(
            TransportError,
            "{host} refused a session ({reason}): its sshd limits sessions per connection "
            "(MaxSessions), or allows none to this user.",
            host=host,
            reason=clean_words(error.reason),
        ) from error
    except TimeoutError as error:
        raise _silent(host) from error
    except (asyncssh.Error, OSError) as error:
        raise failure(LinkDownError, "The link to {host} was lost.", host=host) from error
    assert isinstance(process, Process)  # noqa: S101 - what the factory above made
    return process


async def say_hello(process: Process, host: str) -> None:
    """Wait until the wrapper runs; raises ``TransportError`` with what the node said instead."""
    try:
        async with asyncio.timeout(HELLO_S):
            running = await asyncio.shield(process.hello)
    except TimeoutError as error:
        process.close()
        raise _silent(host) from error
    except asyncio.CancelledError:
        process.close()
        raise
    if not running:
        if process.exit_status is None and not process.complaint:
            # sshd tells how a process ended; when it does not, the link ended first.
            raise failure(LinkDownError, "The link to {host} was lost.", host=host)
        raise failure(
            TransportError,
            "{host} did not start a shell for us: {complaint}",
            host=host,
            complaint=clean_words(process.last_words) or note("it gave no reason."),
        )


def _silent(host: str) -> TransportError:
    return failure(
        TransportError,
        "{host} did not start a shell within {seconds} s.",
        host=host,
        seconds=int(HELLO_S),
    )
