"""The shape of the door: what the monitor and the procedures may ask of a transport."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from haconsole.domain.events import LinkChanged
from haconsole.domain.model import Site

from .commands import Command, LedgerEntry, Result

if TYPE_CHECKING:
    from .terminal import Terminal

LinkListener = Callable[[LinkChanged], None]
LedgerListener = Callable[[LedgerEntry], None]


@dataclass(frozen=True, slots=True)
class Lines:
    """Cleaned lines of a stream, as they came; ``dropped`` were lost to the bounded buffer.

    The last batch of a stream whose command ended carries its ``exit_status``, and in
    ``problem`` the cleaned end of its standard error (a missing tool says so there).
    """

    lines: Sequence[str]
    at: float
    dropped: int = 0
    exit_status: int | None = None
    problem: str = ""


class Door(Protocol):
    """The only way to the hosts."""

    @property
    def site(self) -> Site:
        """The site behind this door."""
        ...

    @property
    def writable(self) -> bool:
        """Whether changing commands pass."""
        ...

    async def run(self, host: str, command: Command) -> Result:
        """Run a command in the host's long-lived shell; raises ``TransportError``."""
        ...

    def job(self, host: str, command: Command, job_id: str) -> AsyncGenerator[Lines, None]:
        """Run a change that outlives the link, as root, or find it again by its id.

        Yields what it printed, from its beginning, in batches; the last one carries the exit
        status. Whoever has read that clears the job away (``jobs.forget``); until then it is
        found again. Raises ``TransportError`` when the link was lost; the job goes on without us.
        """
        ...

    def stream(
        self, host: str, command: Command, *, apart: bool = False
    ) -> AsyncGenerator[Lines, None]:
        """Run a command that goes on and yield its lines in batches, soonest first.

        The command ends on the node when the iterator is closed or the link dies. Ends normally
        when the command does; raises ``TransportError`` otherwise. ``apart``: not one of the few
        streams that watch (a plan's lock).
        """
        ...

    async def terminal(
        self, host: str, *, cols: int, rows: int, term: str = "xterm-256color"
    ) -> Terminal:
        """Open a shell behind a terminal of ``cols`` × ``rows`` cells; raises ``TransportError``.

        Root's, where sudo asks for no password. ``ReadOnlyRefusedError`` in a read-only session:
        a shell can change anything.
        """
        ...

    async def http_get(self, via: str | None, url: str, timeout_s: float) -> tuple[int, float]:
        """Ask ``url`` once, through the jump host ``via`` (``None``: from this machine).

        Returns the HTTP status and the seconds until it came; raises ``TransportError``:
        ``LinkDownError`` and ``LateError`` where nothing is known of who was asked.
        """
        ...

    async def near(self, host: str) -> str | None:
        """Return the jump host nearest to ``host`` on our way there, as ``http_get`` takes it.

        ``""``: this machine reaches the host itself. ``None``: something leads there that
        nothing can be asked from (a ``ProxyCommand``). Raises ``RefusedError`` where the SSH
        configuration cannot be used. Only once ``start`` was called.
        """
        ...

    def on_link(self, listener: LinkListener) -> None:
        """Call ``listener`` whenever a link's status changes."""
        ...

    async def wait_up(self, host: str) -> None:
        """Return when the link to a host, or to a jump host that ``near`` named, is up."""
        ...

    def retry(self, host: str) -> None:
        """Try to connect now, also where we were refused; declined questions are asked again."""
        ...

    async def start(self) -> None:
        """Begin to connect every host and keep them connected; returns at once."""
        ...

    async def close(self) -> None:
        """Close every link."""
        ...
