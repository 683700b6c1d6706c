"""The way in: a listener on 127.0.0.1 that joins each connection to the bastion's sshd.

Run as a program of its own: ``relay.py LISTEN-PORT NAMESPACE-FILE ADDRESS PORT PORT-FILE``. The
listening socket is made in this machine's network; the process then enters the bastion's
namespace, where its outgoing connections are made; after a reset of the lab that is another one.
So it is the bastion's own sshd that is reached, or not.
Imports nothing of ours: it is started by path, and must start fast.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import socket
import struct
import sys
from pathlib import Path
from typing import cast

_CLONE_NEWNET = 0x40000000
_BACKLOG = 512


class _Side(asyncio.Protocol):
    """One end of a joined connection; what it receives goes to ``other``."""

    def __init__(self) -> None:
        self.other: _Side | None = None
        self.transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self.other and self.other.transport:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        if self.other and self.other.transport and not self.other.lost:
            with contextlib.suppress(OSError):
                self.other.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and self.other.transport and not self.other.lost:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if self.other and self.other.transport and not self.other.lost:
            self.other.transport.close()


class _Inside:
    """The network namespace kept on a file. A reset of the lab puts another one there."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._entered: tuple[int, int] | None = None

    def enter(self) -> None:
        """Enter the namespace that the file is now; ``OSError`` where it is none (yet)."""
        fd = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            status = os.fstat(fd)
            if (status.st_dev, status.st_ino) == self._entered:
                return
            if self._libc.setns(fd, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter {self._file}")
            self._entered = (status.st_dev, status.st_ino)
        finally:
            os.close(fd)


def _target(inside: _Inside) -> socket.socket:
    # A socket belongs to the namespace that it was made in.
    inside.enter()
    target = socket.socket()
    target.setblocking(False)
    target.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return target


async def _join(accepted: socket.socket, inside: _Inside, address: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    target: socket.socket | None = None
    try:
        target = _target(inside)
        await asyncio.wait_for(loop.sock_connect(target, (address, port)), 5.0)
    except (OSError, TimeoutError):
        # A reset, as the caller would get from a host whose sshd does not listen.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        if target is not None:
            target.close()
        return
    inner, outer = _Side(), _Side()
    inner.other, outer.other = outer, inner
    await loop.create_connection(lambda: inner, sock=target)
    await loop.create_connection(lambda: outer, sock=accepted)


async def _serve(listener: socket.socket, inside: _Inside, address: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()
    while True:
        try:
            accepted, _ = await loop.sock_accept(listener)
        except OSError:  # no file descriptor left, or the caller is gone already: look again
            await asyncio.sleep(0.05)
            continue
        accepted.setblocking(False)
        task = loop.create_task(_join(accepted, inside, address, port))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def main(argv: list[str]) -> None:
    """Listen on 127.0.0.1 (port 0: a free one), tell on which port, and serve until killed."""
    listen, namespace, address, port, told = argv
    listener = socket.socket()
    listener.setblocking(False)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(listen)))
    listener.listen(_BACKLOG)
    inside = _Inside(namespace)
    inside.enter()
    draft = Path(f"{told}.new")
    draft.write_text(f"{listener.getsockname()[1]}\n")
    draft.rename(told)
    asyncio.run(_serve(listener, inside, address, int(port)))


if __name__ == "__main__":
    main(sys.argv[1:])
