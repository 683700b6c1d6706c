"""The door itself: links, nodes and jump hosts of one site behind the ``Door`` protocol."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from typing import NoReturn

from haconsole.domain.events import LinkChanged
from haconsole.domain.model import Access, Host, Role, Site
from haconsole.words import t

from . import jobs
from .asking import Secrets
from .commands import Command, Effect, LedgerEntry, Result
from .dial import Dialer
from .door import LedgerListener, Lines, LinkListener
from .errors import (
    BecomeError,
    CommandTimeoutError,
    ReadOnlyRefusedError,
    TransportError,
    failure,
)
from .gates import Gates
from .link import Link, Standing
from .node import Node
from .prompts import Prompter
from .solo import BEAT_S
from .terminal import NAME, READ_ONLY, Terminal, Wish, said
from .web import http_status

#: Seconds that an orderly close may take.
CLOSE_S = 1.0
#: The chains of links that the SSH configuration names, and no inventory, begin with this.
_CONFIGURED = "ssh_config"


class Transport:
    """The only way to the hosts of a site (implements ``Door``).

    ``writable`` stays False where the inventory says ``read_only``. ``ledger`` hears of every
    command and stream. ``clock`` gives epoch seconds. ``beat_s``: seconds between the
    heartbeats that keep a stream alive on its node.
    """

    def __init__(
        self,
        site: Site,
        *,
        prompter: Prompter,
        writable: bool = False,
        ledger: LedgerListener | None = None,
        clock: Callable[[], float] = time.time,
        beat_s: float = BEAT_S,
    ) -> None:
        self._site = site
        self._writable = writable and not site.read_only
        self._ledger = ledger
        self._clock = clock
        self._beat_s = beat_s
        self._secrets = Secrets(prompter, site.clusters)
        self._dialer = Dialer(self._secrets)
        self._gates = Gates()
        self._listeners: list[LinkListener] = []
        self._nodes: dict[str, Node] = {}
        self._links: dict[tuple[str, ...], Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        for host in site.every_host:
            self._add(host, ())

    @property
    def site(self) -> Site:
        """The site behind this door."""
        return self._site

    @property
    def writable(self) -> bool:
        """Whether changing commands pass."""
        return self._writable

    def on_link(self, listener: LinkListener) -> None:
        """Call ``listener`` whenever a link's status changes."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Begin to connect every host and keep them connected; returns at once."""
        for link in list(self._links.values()):
            self._keep(link)

    async def wait_up(self, host: str) -> None:
        """Return when the link to a host, or to a jump host that ``near`` named, is up."""
        await self._link(host).wait_up()

    def retry(self, host: str) -> None:
        """Try to connect now, also where we were refused (``REFUSED`` is not tried by itself).

        Questions that were declined (passwords, passphrases, sudo) may be asked again.
        """
        self._node(host).try_again()
        link: Link | None = self._node(host).link
        while link is not None:
            link.retry()
            link = link.jump

    async def run(self, host: str, command: Command) -> Result:
        """Run a command in the host's long-lived shell; raises ``TransportError``."""
        node = self._node(host)
        self._admit(host, command)
        at, began = self._clock(), time.perf_counter()
        outcome, status = "lost", None
        try:
            result = await node.run(command)
            outcome, status = "done", result.exit_status
            return result
        except CommandTimeoutError:
            outcome = "timeout"
            raise
        except BecomeError:
            outcome = "refused"
            raise
        finally:
            self._record(at, host, command, outcome, status, time.perf_counter() - began)

    async def job(self, host: str, command: Command, job_id: str) -> AsyncGenerator[Lines, None]:
        """Run a change that outlives the link, as root, or find it again (see ``jobs``).

        Yields what it printed from its beginning; the last batch carries the exit status, and
        whoever has read it clears the job away (``jobs.forget``). Raises ``TransportError`` when
        the link was lost: the job goes on without us.
        """
        node = self._node(host)
        self._admit(host, command)
        at, began = self._clock(), time.perf_counter()
        outcome, status = "lost", None
        try:
            wrapped = jobs.hand_over(job_id, command)
            async with contextlib.aclosing(node.stream(wrapped, apart=True)) as batches:
                async for batch in batches:
                    status = batch.exit_status
                    yield batch
            outcome = "done"
        except BecomeError:
            outcome = "refused"
            raise
        finally:
            self._record(at, host, command, outcome, status, time.perf_counter() - began)

    async def stream(
        self, host: str, command: Command, *, apart: bool = False
    ) -> AsyncGenerator[Lines, None]:
        """Run a command that goes on and yield its lines in batches, soonest first.

        Close the iterator (``contextlib.aclosing``) to end the command on the node. The last
        batch carries the exit status; raises ``TransportError`` when the command was cut off.
        ``apart``: not one of the few streams that watch (a plan's lock).
        """
        node = self._node(host)
        self._admit(host, command)
        at, began = self._clock(), time.perf_counter()
        self._record(at, host, command, "stream", None, 0.0)
        outcome, status = "done", None
        try:
            async with contextlib.aclosing(node.stream(command, apart=apart)) as batches:
                async for batch in batches:
                    status = batch.exit_status
                    yield batch
        except BecomeError:
            outcome = "refused"
            raise
        except TransportError:
            outcome = "lost"
            raise
        finally:
            self._record(at, host, command, outcome, status, time.perf_counter() - began)

    async def terminal(
        self, host: str, *, cols: int, rows: int, term: str = "xterm-256color"
    ) -> Terminal:
        """Open a terminal on a host, as root where sudo asks for no password (see ``terminal``).

        Raises ``TransportError``; ``ReadOnlyRefusedError`` in a read-only session. The ledger
        hears that it was opened and how it ended, and nothing of what passes through it.
        """
        node = self._node(host)
        if not self._writable:
            self._refuse(host, Command(NAME, "", Effect.CHANGES), READ_ONLY)
        at, began = self._clock(), time.perf_counter()
        opened = await node.terminal(Wish(cols, rows, term))
        text = said(opened.user, root=opened.root)
        command = Command(NAME, text, Effect.CHANGES, root=opened.root)
        self._record(at, host, command, "opened", None, 0.0)

        def ended() -> None:
            outcome = "lost" if opened.lost else "closed"
            took = time.perf_counter() - began
            self._record(at, host, command, outcome, opened.exit_status, took)

        opened.on_end(ended)
        return opened

    async def http_get(self, via: str | None, url: str, timeout_s: float) -> tuple[int, float]:
        """Ask ``url`` once, through the host ``via`` (``None``: from this machine).

        Returns the HTTP status and the seconds until it came; raises ``TransportError``.
        Certificates are not verified: the question is whether it answers.
        """
        connection = None if via is None else self._link(via).open_connection()
        return await http_status(connection, via, url, timeout_s)

    async def near(self, host: str) -> str | None:
        """Return the jump host nearest to ``host`` on our way there (see ``Door``)."""
        access = self._node(host).link.host.access
        if access.jumps:
            return access.jumps[-1]
        route = await self._dialer.route(host, access)
        if route.proxy_jump:
            self._configured_jump(route.proxy_jump, access)
            return ",".join(_hops(route.proxy_jump))
        return None if route.options.proxy_command else ""

    async def close(self) -> None:
        """Close every link."""
        for node in self._nodes.values():
            node.forget()
        connections = [c for link in self._links.values() if (c := link.connection)]
        for connection in connections:
            connection.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*tasks, return_exceptions=True)
                for connection in connections:
                    await connection.wait_closed()

    def _node(self, host: str) -> Node:
        try:
            return self._nodes[host]
        except KeyError:
            raise TransportError(
                t("There is no host {host} in the inventory.", host=host)
            ) from None

    def _link(self, name: str) -> Link:
        """Return the link to a host, or to a jump host of the SSH configuration."""
        configured = self._links.get((_CONFIGURED, *_hops(name)))
        return self._node(name).link if name in self._nodes or configured is None else configured

    def _admit(self, host: str, command: Command) -> None:
        if command.effect is Effect.CHANGES and not self._writable:
            template = "“{name}” changes {host}, and this console is read-only{reason}."
            self._refuse(host, command, template)

    def _refuse(self, host: str, command: Command, template: str) -> NoReturn:
        self._record(self._clock(), host, command, "refused", None, 0.0)
        raise failure(
            ReadOnlyRefusedError,
            template,
            name=command.name,
            host=host,
            reason=t(" (the inventory says so)") if self._site.read_only else "",
        )

    def _record(
        self,
        at: float,
        host: str,
        command: Command,
        outcome: str,
        status: int | None,
        seconds: float,
    ) -> None:
        if self._ledger is not None:
            entry = LedgerEntry(
                at=at,
                host=host,
                name=command.name,
                script=command.script,
                effect=command.effect,
                root=command.root,
                outcome=outcome,
                exit_status=status,
                seconds=seconds,
            )
            self._ledger(entry)

    def _add(self, host: Host, behind: tuple[str, ...]) -> None:
        if host.name in self._nodes:
            return
        node = self._nodes[host.name] = Node(self._secrets, self._clock, self._beat_s)
        jumps = host.access.jumps
        jump = self._jump_link(jumps) if jumps else None
        link = self._make(host, jump, node, report=True)
        node.use(link)
        self._links[(*jumps, host.name)] = link

    def _jump_link(self, chain: tuple[str, ...]) -> Link:
        """Return the link to the last host of a chain, reached through those before it."""
        if chain not in self._links:
            host = self._site.host(chain[-1])
            if host.access.jumps == chain[:-1]:
                self._add(host, ())
            elif len(chain) == 1:
                # Inventories may name only the last jump; its own jumps stand at its host.
                return self._jump_link((*host.access.jumps, host.name))
            else:
                node = Node(self._secrets, self._clock, self._beat_s)
                link = self._make(host, self._jump_link(chain[:-1]), node, report=False)
                node.use(link)
                self._links[chain] = link
        return self._links[chain]

    def _make(self, host: Host, jump: Link | None, node: Node, *, report: bool) -> Link:
        def on_standing(standing: Standing) -> None:
            if report:
                self._tell(host.name, standing)

        return Link(
            host,
            jump,
            self._dialer,
            self._gates,
            prepare=node.prepare,
            on_standing=on_standing,
            on_lost=node.forget,
            resolve_jump=lambda spec: self._configured_jump(spec, host.access),
        )

    def _configured_jump(self, spec: str, access: Access) -> Link:
        """Return the link for a ``ProxyJump`` of the SSH configuration."""
        link: Link | None = None
        chain: tuple[str, ...] = (_CONFIGURED,)
        for hop in _hops(spec):
            user, _, rest = hop.rpartition("@")
            address, _, port = rest.rpartition(":") if rest.count(":") == 1 else (rest, "", "")
            chain = (*chain, hop)
            if chain not in self._links:
                way = Access(
                    address=address.strip("[]"),
                    port=int(port) if port.isdigit() else None,
                    user=user or None,
                    ssh_config=access.ssh_config,
                    known_hosts=access.known_hosts,
                    connect_timeout_s=access.connect_timeout_s,
                )
                node = Node(self._secrets, self._clock, self._beat_s)
                jump = self._make(Host(hop, Role.JUMP, way), link, node, report=False)
                node.use(jump)
                self._links[chain] = jump
                self._keep(jump)
            link = self._links[chain]
        assert link is not None  # noqa: S101 - split gives at least one hop
        return link

    def _keep(self, link: Link) -> None:
        task = asyncio.create_task(link.keep(), name=f"link {link.host.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, host: str, standing: Standing) -> None:
        at = self._clock()
        wait = standing.retry_in_s
        event = LinkChanged(
            at=at,
            host=host,
            status=standing.status,
            detail=standing.detail,
            retry_at=None if wait is None else at + wait,
            rtt_s=standing.rtt_s,
        )
        for listener in self._listeners:
            listener(event)


def _hops(spec: str) -> list[str]:
    """Return the jump hosts that a ``ProxyJump`` names, first one first."""
    return [hop.strip() for hop in spec.split(",")]
