"""A way to a port on loopback that can be cut so that nobody is told, as a lost Wi-Fi does."""

from __future__ import annotations

import asyncio
import contextlib


class SilentWay:
    """``async with SilentWay(port) as way:`` listens on ``way.port`` and passes bytes on.

    After :meth:`cut` nothing comes through any more, and no connection ends.
    """

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._passes = asyncio.Event()
        self._passes.set()
        self._pumps: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        self._passes.clear()

    def mend(self) -> None:
        """What was sent meanwhile arrives, as TCP sends it again."""
        self._passes.set()

    async def __aenter__(self) -> SilentWay:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passes.wait()
        far, near = await asyncio.open_connection("127.0.0.1", self._to)
        for source, sink in ((reader, near), (far, writer)):
            pump = asyncio.ensure_future(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await source.read(65536):
                    await self._passes.wait()
                    sink.write(data)
                    await sink.drain()
        finally:
            sink.close()
