"""Everything that runs on one host over its link: shells, streams, a spare channel, a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable

import asyncssh

from haconsole.domain.model import Become

from .asking import Secrets
from .become import Rights
from .commands import Command, Result
from .door import Lines
from .errors import LinkDownError, TransportError, failure
from .link import Link
from .process import new_nonce
from .shell import Shell
from .solo import BEAT_S, BEATS_MISSED, Solo
from .terminal import Terminal, Wish, open_terminal
from .wrappers import shell_body, solo_body, solo_script

#: sshd allows ten sessions a connection (MaxSessions): two shells, three streams and one spare
#: channel leave room for others on a shared way in.
MAX_STREAMS = 3
#: Terminals have a place of their own: one that is open holds up neither watching nor a plan.
MAX_TERMINALS = 1
#: While a plan runs: its lock, the job that it follows, and the probe of a drill.
MAX_APART = 3
#: Commands that may take longer than this do not hold up the shell.
LONG_S = 30.0
#: How long a fresh link waits for its shell before it counts as up without one.
PREPARE_S = 5.0


class Node:
    """Runs commands on one host. Shells open when first needed, and again after they ended."""

    def __init__(
        self, secrets: Secrets, clock: Callable[[], float], beat_s: float = BEAT_S
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._beat_s = beat_s
        self._link: Link | None = None
        self._rights: Rights | None = None
        self._shells: dict[bool, Shell] = {}
        self._turns = {False: asyncio.Lock(), True: asyncio.Lock()}
        self._spare = asyncio.Semaphore(1)
        #: Streams that run, those that watch and those apart each by themselves.
        self._running = {False: 0, True: 0}
        self._terminals = 0
        self._is_root: bool | None = None

    def use(self, link: Link) -> None:
        """Run everything over this link."""
        self._link = link
        self._rights = Rights(link.host, self._secrets)

    @property
    def link(self) -> Link:
        """The link to the host."""
        assert self._link is not None  # noqa: S101 - `use` is part of making a node
        return self._link

    async def prepare(self, connection: asyncssh.SSHClientConnection) -> float | None:
        """Open the shell on a fresh connection and return its round trip in seconds.

        ``None`` where the host gives no shell (a jump host that only forwards). On a jump host
        the session has a second use: sshd sets TCP_NODELAY on a connection with its first
        session, and until then every forwarded small packet may wait 40 ms (measured).
        """
        try:
            async with asyncio.timeout(PREPARE_S):
                shell = await self._open(connection, root=False)
                result = await shell.run(Command("hello", "id -u"))
                began = time.perf_counter()
                await shell.run(Command("round trip", ":"))
        except (TransportError, TimeoutError):
            return None
        self._is_root = result.stdout.strip() == "0"
        self._shells[False] = shell
        return time.perf_counter() - began

    def forget(self) -> None:
        """Drop what belonged to a connection that is gone."""
        for shell in self._shells.values():
            shell.close()
        self._shells.clear()
        self._is_root = None
        if self._rights is not None:
            self._rights.reconnected()

    def try_again(self) -> None:
        """Let root rights be tried again where they were refused."""
        if self._rights is not None:
            self._rights.try_again()

    async def run(self, command: Command) -> Result:
        """Run a command to its end; raises ``TransportError``."""
        root = await self._needs_become(command)
        if command.stdin is not None or command.timeout_s > LONG_S:
            async with self._spare:
                solo = await self._solo(command, root=root)
                try:
                    return await solo.result(command, self._clock)
                finally:
                    solo.close()
        async with self._turns[root]:
            shell = self._shells.get(root)
            connection = self.link.open_connection()
            if shell is None or not shell.alive:
                shell = self._shells[root] = await self._open(connection, root=root)
            try:
                return await shell.run(command)
            except LinkDownError:
                self.link.open_connection()
                raise

    async def stream(self, command: Command, *, apart: bool = False) -> AsyncGenerator[Lines, None]:
        """Yield a command's output until it ends or the caller closes the iterator.

        ``apart``: a change's job or lock, which does not take a watching stream's place.
        """
        name, there = self.link.host.name, sum(self._running.values())
        # A plan may take more places than its own while nobody watches; never the other way round.
        if there >= MAX_STREAMS + MAX_APART or (not apart and self._running[False] >= MAX_STREAMS):
            raise failure(
                TransportError,
                "{host}: {count} streams run there already, and no more are opened.",
                host=name,
                count=there,
            )
        self._running[apart] += 1
        try:
            root = await self._needs_become(command)
            solo = await self._solo(command, root=root)
            try:
                async with contextlib.aclosing(solo.lines(self._clock)) as batches:
                    async for batch in batches:
                        yield batch
            except LinkDownError:
                self.link.open_connection()
                raise
            finally:
                solo.close()
        finally:
            self._running[apart] -= 1

    async def terminal(self, wish: Wish) -> Terminal:
        """Open a terminal: root's where sudo asks for no password, else the user's own.

        Raises ``TransportError``, and one as well where a terminal is open already.
        """
        name = self.link.host.name
        if self._terminals >= MAX_TERMINALS:
            raise failure(
                TransportError,
                "{host}: a shell is open there already, and no second one is opened.",
                host=name,
            )
        self._terminals += 1
        try:
            root = await self._sudo_is_free()
            terminal = await open_terminal(self.link.open_connection(), name, wish, root=root)
        except BaseException:
            self._terminals -= 1
            raise
        terminal.on_end(self._terminal_ended)
        return terminal

    def _terminal_ended(self) -> None:
        self._terminals -= 1

    async def _sudo_is_free(self) -> bool:
        """Whether commands become root by sudo, and sudo asks for nothing (nor is it needed)."""
        become = self.link.host.access.become is Become.SUDO
        if not (become and await self._needs_become(Command("a terminal", ":", root=True))):
            return False
        return (await self.run(Command("may sudo", "sudo -n sh -c :"))).ok

    async def _open(self, connection: asyncssh.SSHClientConnection, *, root: bool) -> Shell:
        assert self._rights is not None  # noqa: S101 - see `use`
        nonce = new_nonce()
        process = await self._rights.start(connection, shell_body(nonce), nonce, root=root)
        return Shell(process, self.link.host.name, self._clock)

    async def _solo(self, command: Command, *, root: bool) -> Solo:
        assert self._rights is not None  # noqa: S101 - see `use`
        nonce = new_nonce()
        body = solo_body(nonce, len(command.stdin or b""), self._beat_s * BEATS_MISSED)
        connection = self.link.open_connection()
        process = await self._rights.start(connection, body, nonce, root=root)
        solo = Solo(process, self.link.host.name, self._beat_s)
        solo.begin(solo_script(command.script, nonce), command.stdin)
        return solo

    async def _needs_become(self, command: Command) -> bool:
        if not command.root:
            return False
        if self._is_root is None:
            result = await self.run(Command("who am I", "id -u"))
            self._is_root = result.stdout.strip() == "0"
        return not self._is_root
