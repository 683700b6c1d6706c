"""Running a shell's tree: asynchronous, one process for everything that a real shell forks."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..process import Process
from ..streams import OpenFile, make_pipe
from . import compound, redirects
from .bashisms import parse_bash
from .expand import Expander, ShellExitError
from .forks import Forks
from .parser import parse
from .simple import run_simple
from .state import FunctionReturn, LoopExit, ShellError, ShellExit, State
from .syntax import (
    AndOr,
    Function,
    Group,
    Node,
    Pipeline,
    Redirected,
    Script,
    Simple,
    Subshell,
)

if TYPE_CHECKING:
    from ..machine import Machine


class Shell(Forks):
    """One shell process. ``state`` is what it knows; subshells get a copy and a process."""

    def __init__(self, machine: Machine, process: Process, state: State) -> None:
        super().__init__(machine, process, state)
        #: The status of the last command substitution.
        self.substituted: int | None = None
        self.expander = Expander(
            state, machine.files, lambda: process.caller, self._home, self._substitute
        )

    def _home(self, user: str) -> str | None:
        account = self.machine.users.get(user)
        return account.home if account else None

    # --- running ---

    async def script(self, script: Script, *, last: bool = False) -> int:
        """Run commands one after the other; ``last``: nothing follows in this process."""
        state = self.state
        count = len(script.items)
        for index, (node, background) in enumerate(script.items):
            if background:
                self.background(node)
            else:
                final = last and index + 1 == count and script.error is None
                await self.node(node, last=final)
        if script.error is not None:
            state.line = script.error.line
            raise ShellExitError(f"Syntax error: {script.error.message}")
        return state.status

    async def node(self, node: Node, *, last: bool = False) -> int:
        """Run one command; its status is also ``state.status``."""
        state = self.state
        match node:
            case Simple():
                state.status = await run_simple(self, node, last=last)
                self._errexit()
            case Script():
                await self.script(node, last=last)
            case AndOr():
                await compound.and_or(self, node, last=last)
            case Pipeline():
                await self._pipeline(node)
            case Group():
                await self.script(node.body, last=last)
            case Subshell():
                await self._subshell(node, last=last)
                self._errexit()
            case Redirected():
                await self._redirected(node, last=last)
            case Function():
                state.functions[node.name] = node.body
                state.status = 0
            case _:
                await compound.run(self, node, last=last)
        if state.pending:
            await self.run_traps()
        return state.status

    def _errexit(self) -> None:
        state = self.state
        if state.status and "e" in state.options and not state.tested:
            raise ShellExit(state.status)

    @contextmanager
    def testing(self) -> Iterator[None]:
        """Commands within are tested: under ``set -e`` they may fail."""
        self.state.tested += 1
        try:
            yield
        finally:
            self.state.tested -= 1

    # --- processes ---

    async def _subshell(self, node: Subshell, *, last: bool) -> None:
        if last and not self.state.traps and not self.state.tested:
            # Nothing follows here, so this process may as well be the subshell.
            await self.script(node.body, last=True)
            return
        self.state.status = await self.finish(self.fork(node.body))

    async def _pipeline(self, node: Pipeline) -> None:
        if len(node.commands) == 1:
            with self.testing():
                await self.node(node.commands[0])
        else:
            children: list[Process] = []
            source: OpenFile | None = None
            for index, command in enumerate(node.commands):
                fds = dict(self.process.fds)
                if source is not None:
                    fds[0] = source
                if index + 1 < len(node.commands):
                    source, fds[1] = make_pipe()
                children.append(self.fork(command, fds=fds))
            for child in children:
                self.state.status = await self.finish(child)
        if node.negate:
            self.state.status = int(self.state.status == 0)
        else:
            self._errexit()

    async def _substitute(self, script: Script) -> str:
        reader, writer = make_pipe()
        reader.share()
        try:
            child = self.fork(script, fds={**self.process.fds, 1: writer})
            parts = []
            while data := await reader.read():
                parts.append(data)
            self.substituted = await child.wait()
        finally:
            reader.release()
        output = b"".join(parts).replace(b"\0", b"")
        return output.decode("utf-8", "surrogateescape")

    async def _redirected(self, node: Redirected, *, last: bool) -> None:
        try:
            opened = await redirects.prepare(self, node.redirects)
        except ShellError as error:
            await self.complain(error.message)
            self.state.status = error.status
            self._errexit()
            return
        saved = redirects.apply(self.process, opened)
        try:
            await self.node(node.body, last=last)
        finally:
            redirects.restore(self.process, saved)

    # --- traps, ends ---

    def note_signal(self, number: int) -> None:
        """A signal with a trap came (called by the process)."""
        self.state.pending.append(number)
        self.state.interrupted.set()

    async def run_traps(self) -> None:
        """Run the actions of the signals that came."""
        state = self.state
        while state.pending:
            action = state.traps.get(state.pending.pop(0))
            if action:
                status = state.status
                await self.text(action)
                state.status = status

    async def text(self, text: str) -> int:
        """Run a text in this shell (``eval``, traps, ``.``)."""
        return await self.script(parse_bash(text) if self.state.bash else parse(text))

    async def main(self, script: Script) -> int:
        """Run what makes up this process: to its end, with the EXIT trap."""
        return await self.guard(self.script(script, last=not self.state.traps))

    async def guard(self, running: Coroutine[Any, Any, int]) -> int:
        """Await a run; turn the ways out of a shell into its status."""
        state = self.state
        try:
            await running
            status = state.status
        except (ShellExit, FunctionReturn) as exit_:
            status = exit_.status
        except LoopExit:
            status = state.status
        except ShellError as error:
            await self.complain(error.message)
            status = error.status
        return await self.leave(status)

    async def leave(self, status: int) -> int:
        """Run the EXIT trap; returns the status to end with."""
        action = self.state.traps.pop(0, None)
        if action:
            self.state.status = status
            try:
                await self.text(action)
            except ShellExit as exit_:
                return exit_.status
            except ShellError as error:
                await self.complain(error.message)
                return error.status
        return status
