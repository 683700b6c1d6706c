"""Links to a host of the demo that are cut without a word: neither side hears the other any more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from haconsole.demo.serve import Demo
from haconsole.demo.system.sshd import SshConnection
from tests.support.waiting import until


class Sessions:
    """The connections to a host of the demo."""

    def __init__(self, demo: Demo, host: str) -> None:
        front = demo.cluster.hosts[host].front
        assert front is not None
        self._front = front
        self._machine = demo.cluster.hosts[host].machine
        self.deaf: list[SshConnection] = []

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Cut them without a word; at the end the node notices."""
        for connection in self._front.connections:
            assert connection._connection is not None
            wire = connection._connection._transport
            assert wire is not None
            wire.pause_reading()
            wire.write = lambda data: None  # type: ignore[method-assign]
            self.deaf.append(connection)
        try:
            yield
        finally:
            self.hear()

    def hear(self) -> None:
        """The node misses its heartbeats: what was cut ends."""
        for connection in self.deaf:
            connection.cut()
        self.deaf.clear()

    @property
    def waiting(self) -> set[int]:
        """Who waits for the lock now."""
        return {process.pid for process in self._machine.processes.find("flock")}

    async def several_tries(self) -> None:
        """Wait until the lock was waited for, in vain, and is again."""
        seen: set[int] = set()

        def more() -> bool:
            seen.update(self.waiting)
            return len(seen) >= 3

        await until(more)
