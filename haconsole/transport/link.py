"""One connection to one host, kept up as long as the console runs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncssh

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Host
from haconsole.domain.notes import Note, note

from .cleaning import clean_words
from .dial import Dialer, Route
from .errors import JumpLostError, LinkDownError, RefusedError, TransportError, failure
from .gates import STABLE_S, Backoff, Gates


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands. ``retry_in_s``: seconds until the next try."""

    status: LinkStatus
    detail: Note | None = None
    retry_in_s: float | None = None
    rtt_s: float | None = None


OnStanding = Callable[[Standing], None]
#: Prepares a fresh connection and returns its round trip in seconds, if it could be taken.
Prepare = Callable[[asyncssh.SSHClientConnection], Awaitable[float | None]]


class Link:
    """Connects, watches, connects again; waits for its jump host where there is one."""

    def __init__(
        self,
        host: Host,
        jump: Link | None,
        dialer: Dialer,
        gates: Gates,
        *,
        prepare: Prepare,
        on_standing: OnStanding,
        on_lost: Callable[[], None] = lambda: None,
        resolve_jump: Callable[[str], Link] | None = None,
    ) -> None:
        self.host = host
        self.jump = jump
        self.standing = Standing(LinkStatus.IDLE)
        self.connection: asyncssh.SSHClientConnection | None = None
        self._dialer = dialer
        self._gates = gates
        self._prepare = prepare
        self._on_standing = on_standing
        self._on_lost = on_lost
        self._resolve_jump = resolve_jump
        self._changed = asyncio.Event()
        self._hurry = asyncio.Event()
        self._error: TransportError | None = None
        self._tried = False

    @property
    def up(self) -> bool:
        """Whether the link is up."""
        return self.connection is not None and self.standing.status is LinkStatus.UP

    def way(self) -> list[Link]:
        """Return this link and the jump hosts before it."""
        return [self, *(self.jump.way() if self.jump is not None else [])]

    def open_connection(self) -> asyncssh.SSHClientConnection:
        """Return the connection, or raise the ``LinkDownError`` that says why there is none."""
        if self.connection is not None and self.up:
            return self.connection
        status, name = self.standing.status, self.host.name
        if status is LinkStatus.JUMP_LOST:
            raise failure(
                JumpLostError,
                "{host} is out of reach: its jump host {jump} is not up.",
                host=name,
                jump=self._lost_jump(),
            )
        if self._error is not None and status in (LinkStatus.LOST, LinkStatus.REFUSED):
            kind = RefusedError if status is LinkStatus.REFUSED else LinkDownError
            error = kind(str(self._error))
            error.note = self._error.note
            raise error
        if self._tried:
            raise failure(LinkDownError, "The link to {host} was lost.", host=name)
        raise failure(LinkDownError, "There is no link to {host} yet.", host=name)

    def retry(self) -> None:
        """Try again now, also when the host refused us."""
        self._hurry.set()

    async def wait_up(self) -> None:
        """Return when the link is up."""
        while not self.up:
            await self._wait_change()

    async def keep(self) -> None:
        """Keep the link up until cancelled; then close it."""
        backoff = Backoff()
        try:
            while True:
                try:
                    await self._once(backoff)
                except RefusedError as error:
                    self._error = error
                    self._stand(LinkStatus.REFUSED, error.note)
                    self._hurry.clear()
                    await self._hurry.wait()
                    self._dialer.keys.ask_again()
                except TransportError as error:
                    self._error = error
                    await self._wait_for_retry(error, backoff.delay_s())
                except Exception as error:
                    # Nobody awaits this task: what is not told here is told nowhere.
                    self._error = failure(
                        LinkDownError,
                        "The link to {host} broke on an error of this console: {reason}.",
                        host=self.host.name,
                        reason=clean_words(f"{type(error).__name__}: {error}").rstrip(".: "),
                    )
                    await self._wait_for_retry(self._error, backoff.delay_s())
        finally:
            if self.connection is not None:
                self.connection.abort()
                self.connection = None

    async def _once(self, backoff: Backoff) -> None:
        """Go from down to up and back down; always ends with an error."""
        name = self.host.name
        route = await self._dialer.route(name, self.host.access)
        if self.jump is None and route.proxy_jump and self._resolve_jump is not None:
            jump = self._resolve_jump(route.proxy_jump)
            if all(link is not self for link in jump.way()):
                self.jump = jump
        tunnel = await self._wait_for_jump()
        self._stand(LinkStatus.CONNECTING)
        connection = await self._dial(route, tunnel)
        self.connection = connection
        try:
            rtt_s = await self._prepare(connection)
            began = time.monotonic()
            self._error = None
            self._stand(LinkStatus.UP, rtt_s=rtt_s)
            await connection.wait_closed()
        finally:
            self.connection = None
            connection.abort()
            self._on_lost()
        if time.monotonic() - began > STABLE_S:
            backoff.reset()
        raise failure(LinkDownError, "The link to {host} was lost.", host=name)

    async def _dial(
        self, route: Route, tunnel: asyncssh.SSHClientConnection | None
    ) -> asyncssh.SSHClientConnection:
        jump = self.jump.host.name if self.jump else None
        async with self._gates.enter(jump or "", route.address, str(route.port)):
            try:
                return await self._dialer.connect(
                    self.host.name, route, tunnel, jump, self.host.access.connect_timeout_s
                )
            except TransportError:
                self._check_jump()
                raise

    async def _wait_for_jump(self) -> asyncssh.SSHClientConnection | None:
        jump = self.jump
        if jump is None:
            return None
        while jump.connection is None or not jump.up:
            self._stand_behind(jump)
            await jump._wait_change()
        return jump.connection

    def _stand_behind(self, jump: Link) -> None:
        first_try = jump.standing.status in (LinkStatus.IDLE, LinkStatus.CONNECTING)
        name = self._lost_jump()
        if first_try and not jump._tried:
            detail = note("waiting for the jump host {jump}", jump=name)
            self._stand(LinkStatus.CONNECTING, detail)
        else:
            self._stand(LinkStatus.JUMP_LOST, note("the jump host {jump} is not up", jump=name))

    def _lost_jump(self) -> str:
        """Return the name of the jump host nearest to us that is not up."""
        lost, jump = "", self.jump
        while jump is not None:
            if not jump.up or not lost:
                lost = jump.host.name
            jump = jump.jump
        return lost

    def _check_jump(self) -> None:
        if self.jump is not None and not self.jump.up:
            raise failure(
                JumpLostError,
                "{host} is out of reach: its jump host {jump} is not up.",
                host=self.host.name,
                jump=self._lost_jump(),
            )

    async def _wait_for_retry(self, error: TransportError, delay_s: float) -> None:
        if self.jump is not None:
            # Both connections end at about the same time: let the jump's end be seen first.
            await asyncio.sleep(0)
            if not self.jump.up:
                return
        self._stand(LinkStatus.LOST, error.note, retry_in_s=delay_s)
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._hurry.wait()

    def _stand(
        self,
        status: LinkStatus,
        detail: Note | None = None,
        *,
        retry_in_s: float | None = None,
        rtt_s: float | None = None,
    ) -> None:
        standing = Standing(status, detail, retry_in_s, rtt_s)
        self._tried = self._tried or status not in (LinkStatus.IDLE, LinkStatus.CONNECTING)
        if standing == self.standing:
            return
        self.standing = standing
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_standing(standing)

    async def _wait_change(self) -> None:
        await self._changed.wait()
