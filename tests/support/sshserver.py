"""An SSH server in this process that runs real commands, as sshd would: for tests."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from haconsole.demo.system.sshforward import WhenAwaited
from tests.support.waiting import until


@dataclass
class Behaviour:
    """What a test server does. Change it while the server runs; new channels obey."""

    login_shell: str = "/bin/sh"
    env: Mapping[str, str] = field(default_factory=dict)
    #: Sessions a connection may have; 0 refuses every session.
    max_sessions: int = 100
    forwarding: bool = True
    password: str | None = None
    #: Question and answer of keyboard-interactive.
    challenge: tuple[str, str] | None = None
    #: Exec requests seen, as they came.
    requests: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    running: set[Session] = field(default_factory=set)

    async def settle(self) -> None:
        """Wait until what the server started has ended; kill what does not."""
        try:
            await until(lambda: not self.running, timeout_s=4)
        finally:
            for session in list(self.running):
                if session.process is not None:
                    session.process.kill()


class Pipes(asyncio.SubprocessProtocol):
    """The process behind a channel; its output goes to the channel."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.session.process = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.session.output(fd, data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.session.piped_out(fd)

    def process_exited(self) -> None:
        self.session.exited()


class Session(asyncssh.SSHServerSession):
    """``LOGIN_SHELL -c COMMAND`` in a session of its own, like sshd without a terminal."""

    def __init__(self, behaviour: Behaviour, server: Server) -> None:
        self.behaviour, self.server = behaviour, server
        self.command = ""
        self.chan: Any = None
        self.process: Any = None
        self.started = False
        self.early: list[bytes] = []
        self.early_eof = False
        self.open_pipes = {1, 2}
        self.status: int | None = None

    def connection_made(self, chan):
        self.chan = chan

    def exec_requested(self, command):
        self.command = command
        self.behaviour.requests.append(command)
        return True

    def session_started(self):
        self.behaviour.running.add(self)
        self.task = asyncio.ensure_future(self._spawn())

    async def _spawn(self):
        env = {"PATH": os.environ["PATH"], "HOME": "/tmp", **self.behaviour.env}
        await asyncio.get_running_loop().subprocess_exec(
            lambda: Pipes(self),
            self.behaviour.login_shell,
            "-c",
            self.command,
            env=env,
            start_new_session=True,
        )
        self.started = True
        stdin = self.process.get_pipe_transport(0)
        for data in self.early:
            stdin.write(data)
        if self.early_eof or self.chan is None:
            stdin.close()

    def data_received(self, data, datatype):
        if not self.started:
            self.early.append(data)
        else:
            self.process.get_pipe_transport(0).write(data)

    def eof_received(self):
        self._close_stdin()
        return True

    def connection_lost(self, exc):
        self.chan = None
        self.server.sessions -= 1
        self._close_stdin()
        if self.started:
            for fd in (1, 2):
                self.process.get_pipe_transport(fd).close()

    def _close_stdin(self):
        self.early_eof = True
        if self.started:
            self.process.get_pipe_transport(0).close()

    def pause_writing(self):
        for fd in (1, 2):
            self.process.get_pipe_transport(fd).pause_reading()

    def resume_writing(self):
        for fd in (1, 2):
            with contextlib.suppress(RuntimeError):
                self.process.get_pipe_transport(fd).resume_reading()

    def output(self, fd, data):
        if self.chan is not None:
            self.chan.write(data, asyncssh.EXTENDED_DATA_STDERR if fd == 2 else None)

    def piped_out(self, fd):
        self.open_pipes.discard(fd)
        self._maybe_end()

    def exited(self):
        self.status = self.process.get_returncode()
        self.behaviour.running.discard(self)
        if self.chan is None:
            self.process.close()
        self._maybe_end()

    def _maybe_end(self):
        if self.status is None or self.open_pipes or self.chan is None:
            return
        if self.status < 0:
            self.chan.exit_with_signal("KILL")
        else:
            self.chan.exit(self.status)


class Server(asyncssh.SSHServer):
    """One connection to a test server."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.sessions = 0
        self.connection: Any = None

    def connection_made(self, conn):
        self.connection = conn

    def auth_completed(self):
        self.behaviour.logins.append(self.connection.get_extra_info("username"))

    def session_requested(self):
        if self.sessions >= self.behaviour.max_sessions:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "open failed")
        self.sessions += 1
        return (self.connection.create_server_channel(encoding=None), Session(self.behaviour, self))

    def connection_requested(self, dest_host, dest_port, orig_host, orig_port):
        if not self.behaviour.forwarding:
            raise asyncssh.ChannelOpenError(
                asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed"
            )
        # As asyncssh does for True, which may leave a coroutine that nobody waits for.
        return WhenAwaited(lambda: self.connection.forward_connection(dest_host, dest_port))

    def password_auth_supported(self):
        return self.behaviour.password is not None

    def validate_password(self, username, password):
        return password == self.behaviour.password

    def kbdint_auth_supported(self):
        return self.behaviour.challenge is not None

    def get_kbdint_challenge(self, username, lang, submethods):
        assert self.behaviour.challenge
        return "", "", "", [(self.behaviour.challenge[0], False)]

    def validate_kbdint_response(self, username, responses):
        assert self.behaviour.challenge
        return list(responses) == [self.behaviour.challenge[1]]
