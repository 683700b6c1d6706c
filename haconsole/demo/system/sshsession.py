"""One SSH session on a modelled host: ``LOGIN_SHELL -c COMMAND`` behind a channel.

As OpenSSH does without a terminal: when the channel closes, the command's standard input ends
and writing breaks; nothing is signalled. The channel closes when the command has ended and
nobody holds its output open any more.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncssh

from .errors import failure
from .process import Context, Process
from .signals import name_of
from .streams import OpenFile, PipeWriter, make_pipe
from .users import User

if TYPE_CHECKING:
    from .machine import Machine

#: What sshd sets on Debian; the login shell's files may add to it.
LOGIN_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/games"


class ChannelOutput(OpenFile):
    """Standard output or error of a session: bytes go to the channel."""

    def __init__(self, session: Session, datatype: int | None) -> None:
        super().__init__()
        self._session = session
        self._datatype = datatype
        self.open = True

    def _closed(self) -> None:
        self.open = False
        self._session.maybe_end()

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while the client takes none."""
        session = self._session
        while not session.may_write.is_set() and session.channel is not None:
            await session.may_write.wait()
        if session.channel is None or session.channel.is_closing():
            raise failure(errno.EPIPE)
        session.channel.write(data, self._datatype)


class Session(asyncssh.SSHServerSession[bytes]):
    """One session; ``parent`` is the sshd process of its connection."""

    def __init__(self, machine: Machine, user: User, parent: Process, env: dict[str, str]) -> None:
        self._machine, self._user, self._parent, self._env = machine, user, parent, env
        self.channel: asyncssh.SSHServerChannel[bytes] | None = None
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.on_end: Callable[[], None] = lambda: None
        self._command: str | None = None
        self._process: Process | None = None
        self._input: PipeWriter | None = None
        self._outputs: tuple[ChannelOutput, ChannelOutput] | None = None

    # --- called by the library ---

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel."""
        self.channel = chan

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object
    ) -> bool:
        """No terminal is modelled."""
        return False

    def shell_requested(self) -> bool:
        """Let a login shell read the channel."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Take a command."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start the login shell."""
        reader, writer = make_pipe()
        self._input = writer.share()
        writer.pipe.on_room = self._resume
        out = ChannelOutput(self, None)
        err = ChannelOutput(self, asyncssh.EXTENDED_DATA_STDERR)
        self._outputs = (out, err)
        fds: dict[int, OpenFile] = {0: reader, 1: out, 2: err}
        user = self._user
        name = user.shell.rpartition("/")[2]
        argv = [f"-{name}"] if self._command is None else [name, "-c", self._command]
        self._process = self._machine.processes.fork(
            self._parent,
            lambda process: self._log_in(process, argv),
            argv=argv,
            fds=fds,
            context=Context(user.uid, user.gid, "/", 0o022, self._environment()),
            new_session=True,
        )
        self._process.notify(self._ended)

    async def _log_in(self, process: Process, argv: list[str]) -> int:
        home = self._user.home
        if self._machine.files.is_dir(home, process.caller):
            process.context.cwd = home
        else:
            problem = f"Could not chdir to home directory {home}: No such file or directory\n"
            await process.write(2, problem.encode())
        program, _ = self._machine.lookup([self._user.shell], process.context)
        return await self._machine.body(program, argv)(process)

    def _environment(self) -> dict[str, str]:
        user = self._user
        env = {
            "USER": user.name, "LOGNAME": user.name, "HOME": user.home, "PATH": LOGIN_PATH,
            "SHELL": user.shell,
        }  # fmt: skip
        return env | self._env

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Feed standard input; a command that does not read stops the client."""
        if self._input is not None and not self._input.pipe.feed(data) and self.channel:
            self.channel.pause_reading()

    def _resume(self) -> None:
        if self.channel is not None:
            self.channel.resume_reading()

    def eof_received(self) -> bool:
        """End standard input; output may go on."""
        self._end_input()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone: input ends, writing breaks."""
        self.channel = None
        self.may_write.set()
        self._end_input()
        self.on_end()

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        self.may_write.clear()

    def resume_writing(self) -> None:
        """The client takes more."""
        self.may_write.set()

    # --- ends ---

    def _end_input(self) -> None:
        if self._input is not None:
            writer, self._input = self._input, None
            writer.pipe.on_room = None
            writer.release()

    def _ended(self) -> None:
        if self._process is not None:
            self._machine.processes.reap(self._process)
        self.maybe_end()

    def maybe_end(self) -> None:
        """Close the channel when the command has ended and nobody can write to it any more."""
        process, channel = self._process, self.channel
        if process is None or process.alive or channel is None or self._outputs is None:
            return
        if any(output.open for output in self._outputs) or channel.is_closing():
            return
        if process.killed_by is not None:
            channel.exit_with_signal(name_of(process.killed_by))
        else:
            channel.exit(process.status or 0)
