"""What a shell does with processes: forking, waiting, becoming another program."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import words_of
from ..process import Disposition, Process
from ..signals import DESCRIPTIONS, Sig
from ..streams import Null, OpenFile
from .state import State
from .syntax import Node, Script

if TYPE_CHECKING:
    from ..machine import Machine


#: Builtins that say who complains.
_NAMED = (
    *("cd:", "export:", "read:", "shift:", "trap:", "unset:", "test:", "[:", "printf:", "return:"),
    *("break:", "local:", "eval:", "kill:", "umask:", "hash:", "set:", "getopts:"),
)


class Forks(ABC):
    """The processes of a shell; what runs in them is its subclass's."""

    def __init__(self, machine: Machine, process: Process, state: State) -> None:
        self.machine = machine
        self.process = process
        self.state = state

    @abstractmethod
    async def main(self, script: Script) -> int:
        """Run what makes up this process, to its end."""

    async def write(self, fd: int, text: str) -> None:
        """Write to a descriptor."""
        await self.process.write(fd, text.encode("utf-8", "surrogateescape"))

    async def complain(self, message: str) -> None:
        """Write an error as dash does: ``sh: 1: message``."""
        try:
            # dash names the builtin that was begun last: inside of eval that is eval.
            within = "eval: " if self.state.evals and not message.startswith(_NAMED) else ""
            await self.write(2, f"{self.state.arg0}: {self.state.line}: {within}{message}\n")
        except OSError:
            return

    def fork(
        self,
        node: Node,
        *,
        fds: Mapping[int, OpenFile] | None = None,
        background: bool = False,
    ) -> Process:
        """Run a command in a subshell of its own; returns its process."""
        state = self.state.copy()

        async def body(process: Process) -> int:
            shell = type(self)(self.machine, process, state)
            if background:
                for number in (Sig.INT, Sig.QUIT):
                    process.on_signal(number, Disposition.IGNORE)
            return await shell.main(Script(((node, False),)))

        return self.machine.processes.fork(
            self.process,
            body,
            fds=fds,
        )

    def background(self, node: Node) -> Process:
        """Run ``node &``."""
        fds = dict(self.process.fds)
        fds[0] = Null()
        child = self.fork(node, fds=fds, background=True)
        self.state.background = child.pid
        self.state.jobs[child.pid] = child
        self.state.status = 0
        return child

    async def finish(self, child: Process) -> int:
        """Wait for a child and say so if a signal ended it, as dash does."""
        status = await child.wait()
        signal = child.killed_by
        if signal is not None and signal not in (Sig.INT, Sig.PIPE):
            words = DESCRIPTIONS.get(Sig(signal)) if signal in DESCRIPTIONS else None
            try:
                await self.write(2, f"{words or f'Signal {signal}'}\n")
            except OSError:
                return status
        return status

    async def run_program(
        self, argv: Sequence[str], env: Mapping[str, str], fds: Mapping[int, OpenFile]
    ) -> int:
        """Run a program in a process of its own and wait for it."""

        async def body(process: Process) -> int:
            return await type(self)(self.machine, process, self.state).execute(argv, env)

        return await self.finish(self.machine.processes.fork(self.process, body, fds=fds))

    async def execute(self, argv: Sequence[str], env: Mapping[str, str]) -> int:
        """Let this process become another program; returns its status, or why there is none."""
        self.process.context.env = dict(env)
        try:
            return await self.machine.execute(self.process, argv)
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                return await self._text_file(argv)
            missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
            await self.complain(f"{argv[0]}: {'not found' if missing else words_of(error)}")
            return 127 if missing else 126

    async def _text_file(self, argv: Sequence[str]) -> int:
        path = argv[0]
        if "/" not in path:
            path = self.machine.programs.which(path, self.process.context.env["PATH"]) or path
        return await self.machine.execute(self.process, ["/bin/sh", path, *argv[1:]])
