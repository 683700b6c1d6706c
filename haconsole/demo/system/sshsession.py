"""One SSH session on a modelled host: ``LOGIN_SHELL -c COMMAND`` behind a channel.

As OpenSSH does without a terminal: when the channel closes, the command's standard input ends
and writing breaks; nothing is signalled. The channel closes when the command has ended and
nobody holds its output open any more. With a terminal it closes when the shell has ended, and
when it closes first, the terminal hangs up: everybody in its session gets SIGHUP.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

import asyncssh

from .errors import failure
from .process import Context, Process
from .signals import Sig, name_of
from .streams import OpenFile, PipeWriter, make_pipe
from .tty import Tty
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
        await self._session.send(data, self._datatype)


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
        self._outputs: tuple[ChannelOutput, ...] = ()
        self._tty: Tty | None = None

    # --- called by the library ---

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel."""
        self.channel = chan

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object
    ) -> bool:
        """Let the session have a terminal."""
        columns, lines = term_size[:2]
        self._tty = Tty(
            self._machine.processes,
            self.send,
            self._echo,
            term=term_type,
            columns=columns or 80,
            lines=lines or 24,
        )
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Let the terminal have another size."""
        if self._tty is not None:
            self._tty.resize(width, height)

    def shell_requested(self) -> bool:
        """Let a login shell read the channel."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Take a command."""
        self._command = command
        return True

    def session_started(self) -> None:
        """Start the login shell."""
        fds = self._open()
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
        if self._tty is not None:
            self._tty.foreground = self._process.pgid
        self._process.notify(self._ended)

    def _open(self) -> dict[int, OpenFile]:
        """Return the login shell's descriptors."""
        if self._tty is not None:
            return dict.fromkeys(range(3), self._tty)
        reader, writer = make_pipe()
        self._input = writer.share()
        writer.pipe.on_room = self._resume
        out = ChannelOutput(self, None)
        err = ChannelOutput(self, asyncssh.EXTENDED_DATA_STDERR)
        self._outputs = (out, err)
        return {0: reader, 1: out, 2: err}

    async def send(self, data: bytes, datatype: int | None = None) -> None:
        """Send bytes to the client; waits while it takes none."""
        while not self.may_write.is_set() and self.channel is not None:
            await self.may_write.wait()
        if self.channel is None or self.channel.is_closing():
            raise failure(errno.EPIPE if self._tty is None else errno.EIO)
        self.channel.write(data, datatype)

    def _echo(self, data: bytes) -> None:
        if self.channel is not None and not self.channel.is_closing():
            self.channel.write(data)

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
        if self._tty is not None:
            env |= {"TERM": self._tty.term, "SSH_TTY": self._tty.name}
            if self.channel is not None and (lang := self.channel.get_environment().get("LANG")):
                env["LANG"] = lang
        return env | self._env

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Feed standard input; a command that does not read stops the client."""
        if self._tty is not None:
            self._tty.feed(data)
            return
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
        self._hang_up()
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

    def _hang_up(self) -> None:
        """End the terminal, as the kernel and a login shell do it between them (SIGHUP)."""
        if self._tty is None or self._process is None or self._tty.hung_up:
            return
        self._tty.hang_up()
        for process in list(self._machine.processes):
            if process.sid == self._process.sid and process.alive:
                process.signal(Sig.HUP)

    def _ended(self) -> None:
        if self._process is not None:
            self._machine.processes.reap(self._process)
        if self._tty is not None:
            self._tty.hang_up()
        self.maybe_end()

    def maybe_end(self) -> None:
        """Close the channel when the command has ended and nobody can write to it any more."""
        process, channel = self._process, self.channel
        if process is None or process.alive or channel is None:
            return
        if any(output.open for output in self._outputs) or channel.is_closing():
            return
        if process.killed_by is not None:
            channel.exit_with_signal(name_of(process.killed_by))
        else:
            channel.exit(process.status or 0)
