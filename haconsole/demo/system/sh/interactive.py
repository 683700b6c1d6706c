"""A shell at a terminal: prompt, line editing, Ctrl-C, commands that go over several lines."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from ..process import Disposition, Process
from ..signals import Sig, name_of
from ..tty import Tty
from .bashisms import BashFeed
from .completing import completions
from .editline import Interrupted, LineEditor
from .interp import Shell
from .parser import Feed
from .state import LoopExit, ShellError, ShellExit, State
from .syntax import IncompleteError, Node, Script, ShellSyntaxError

if TYPE_CHECKING:
    from ..machine import Machine

#: As Debian's and Red Hat's /etc/bash.bashrc and /etc/bashrc set it.
PROMPT_APT, PROMPT_YUM = r"\u@\h:\w\$ ", r"[\u@\h \W]\$ "
_ESCAPE = re.compile(r"\\([uhwWs$\\])")
#: The status of a command that Ctrl-C ended (128 + SIGINT).
_ENDED_BY_INT = 130
#: What dash says, and how bash says it.
_IN_BASH = (
    (re.compile(r"(.*): not found\Z", re.DOTALL), r"\1: command not found"),
    (re.compile(r"cd: can't cd to (.*)"), r"cd: \1: No such file or directory"),
    (re.compile(r"cannot (?:open|create) (.*): (?:No such file|Directory nonexistent)\Z"),
     r"\1: No such file or directory"),
    (re.compile(r"cannot (?:open|create) (.*)\Z", re.DOTALL), r"\1"),
    (re.compile(r'Syntax error: "(.*)" unexpected.*', re.DOTALL),
     r"syntax error near unexpected token `\1'"),
    (re.compile(r"Syntax error: newline unexpected.*"),
     "syntax error near unexpected token `newline'"),
    (re.compile(r"Syntax error: "), "syntax error: "),
)  # fmt: skip


class InteractiveShell(Shell):
    """A shell whose commands come from a terminal. Its subshells are ordinary ones."""

    def __init__(self, machine: Machine, process: Process, state: State) -> None:
        super().__init__(machine, process, state)
        self._running: asyncio.Task[object] | None = None
        #: Commands in the foreground that are waited for.
        self._children: list[Process] = []
        self._interrupted = False
        #: Whether it is the one at the terminal, and no subshell.
        self._talks = False
        #: Ctrl-C came between two lines, with keys that were typed ahead.
        self._dropped = False
        self._tty: Tty | None = None

    # --- signals, children ---

    def _take(self, tty: Tty) -> None:
        """Let this shell's commands be in the foreground until it has ended."""
        process, before = self.process, tty.foreground
        self._talks, self._tty = True, tty
        process.pgid = process.pid
        tty.foreground = process.pgid

        def give_back() -> None:
            tty.foreground = before

        process.notify(give_back)
        process.on_signal(Sig.INT, self._interrupt)
        for number in (Sig.QUIT, Sig.TERM, Sig.TSTP, Sig.TTIN, Sig.TTOU):
            process.on_signal(number, Disposition.IGNORE)

    def _interrupt(self, number: int) -> None:
        """Ctrl-C: a child in the foreground has its own say first, unless it has just ended."""
        self._interrupted = True
        self._dropped = self._running is None
        if self._running is not None and not any(child.alive for child in self._children):
            self._running.cancel()

    async def finish(self, child: Process) -> int:
        """Wait for a child; after Ctrl-C nothing more of the line is run."""
        self._children.append(child)
        try:
            status = await super().finish(child)
        finally:
            self._children.remove(child)
        ended_by_it = child.killed_by == Sig.INT or (self._interrupted and status == _ENDED_BY_INT)
        if self._talks and ended_by_it:
            self._interrupted = True
            raise Interrupted
        # A program that has its own say at Ctrl-C (ping) ends as it likes, and the line goes on.
        self._interrupted = False
        return status

    def background(self, node: Node) -> Process:
        """Run ``node &``, and say which it is."""
        child = super().background(node)
        if self._talks:
            number = len([job for job in self.state.jobs.values() if job.alive])
            self.process.start(self.write(2, f"[{number}] {child.pid}\n"))
        return child

    async def complain(self, message: str) -> None:
        """Write an error as bash does at its prompt: without a line."""
        if not self.state.bash:
            await super().complain(message)
            return
        for pattern, words in _IN_BASH:
            message, found = pattern.subn(words, message, count=1)
            if found:
                break
        name = self.state.arg0
        try:
            await self.write(2, f"{name}: {message}\n")
        except OSError:
            return

    # --- reading and running ---

    async def converse(self, tty: Tty) -> int:
        """Read commands and run them until ``exit`` or Ctrl-D; returns the status to end with."""
        self._take(tty)
        variables = self.state.variables
        if variables.values.get("PS1") == "$ " and self.state.bash:
            variables.values["PS1"] = PROMPT_YUM if self.machine.like_red_hat else PROMPT_APT
        editor = LineEditor(tty, lambda text: completions(self, text))
        editor.history = self.state.typed
        text = ""
        while True:
            await self._tell_of_jobs()
            if self._dropped:
                text, self.state.status, self._dropped = "", _ENDED_BY_INT, False
                await self.write(2, "^C\n")
            try:
                prompt = self._prompt(variables.values.get("PS2" if text else "PS1", ""))
                line = await editor.read(prompt)
            except Interrupted:
                text, self.state.status = "", _ENDED_BY_INT
                continue
            if line is None:
                if not text or tty.hung_up:
                    break
                text = ""
                await self.complain("Syntax error: unexpected end of file")
                continue
            text += f"{line}\n"
            try:
                text = await self._lines(text)
            except ShellExit as exit_:
                self.state.status = exit_.status
                break
        if not tty.hung_up:
            word = "logout" if self.state.arg0.startswith("-") else "exit"
            await self.write(1, f"{word}\n")
        return await self.leave(self.state.status)

    async def _lines(self, text: str) -> str:
        """Run the commands of a text that are complete; returns the rest."""
        feed = (BashFeed if self.state.bash else Feed)(text)
        while True:
            begin = feed.i
            try:
                script = feed.next()
            except IncompleteError:
                return text[begin:]
            except ShellSyntaxError as error:
                self.state.status = 2
                await self.complain(f"Syntax error: {error.message}")
                return ""
            if script is None or self._dropped:
                return ""
            await self._run(script)

    async def _run(self, script: Script) -> None:
        """Run one line; however it ends, there is a prompt again. Raises ``ShellExit``."""
        self._interrupted = False
        task = self._running = self.process.start(self._guarded(script))
        try:
            await task
        except asyncio.CancelledError:
            if not self._interrupted or not self.process.alive:
                raise
            await self._after_interrupt()
        finally:
            self._running = None
            if self._tty is not None:
                self._tty.foreground = self.process.pgid
            for child in tuple(self.process.children):
                if not child.alive and child.pid not in self.state.jobs:
                    self.machine.processes.reap(child)

    async def _guarded(self, script: Script) -> None:
        try:
            await self.script(script)
        except Interrupted:
            await self._after_interrupt()
        except LoopExit:
            return
        except ShellError as error:
            self.state.status = error.status
            await self.complain(error.message)

    async def _after_interrupt(self) -> None:
        state = self.state
        state.status, state.loops, state.calls, state.evals, state.tested = (
            _ENDED_BY_INT,
            0,
            0,
            0,
            0,
        )
        await self.write(2, "\n")

    # --- what the prompt shows ---

    def _prompt(self, text: str) -> str:
        values = self.state.variables.values
        home, cwd = values.get("HOME", ""), self.process.cwd
        short = cwd
        if home and (cwd == home or cwd.startswith(home.rstrip("/") + "/")):
            short = "~" + cwd[len(home) :]
        shown = {
            "u": self.machine.users.name_of(self.process.uid),
            "h": self.machine.hostname.partition(".")[0],
            "w": short,
            "W": short.rpartition("/")[2] or short,
            "s": self.state.arg0.lstrip("-"),
            "$": "#" if self.process.uid == 0 else "$",
            "\\": "\\",
        }
        return _ESCAPE.sub(lambda match: shown[match[1]], text)

    async def _tell_of_jobs(self) -> None:
        """Say which commands in the background have ended."""
        jobs = self.state.jobs
        for number, (pid, job) in enumerate(list(jobs.items()), 1):
            if job.alive:
                continue
            how = "Done"
            if job.killed_by is not None:
                how = {15: "Terminated", 9: "Killed", 1: "Hangup"}.get(
                    job.killed_by, name_of(job.killed_by)
                )
            elif job.status:
                how = f"Exit {job.status}"
            jobs.pop(pid)
            self.machine.processes.reap(job)
            await self.write(2, f"[{number}]+  {how}\n")
