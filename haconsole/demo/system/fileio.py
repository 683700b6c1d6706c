"""An open regular file: an offset in a node."""

from __future__ import annotations

import errno

from .errors import failure
from .nodes import Regular
from .store import Store
from .streams import PIPE_BYTES, OpenFile


class FileStream(OpenFile):
    """A regular file that is open; it outlives its name, as on Unix."""

    def __init__(
        self, store: Store, node: Regular, *, read: bool, write: bool, append: bool
    ) -> None:
        super().__init__()
        self._store = store
        self.node = node
        self._readable, self._writable, self._append = read, write, append
        self.offset = 0

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Return the next bytes; ``b""`` at the end, which may move."""
        if not self._readable:
            raise failure(errno.EBADF)
        data = bytes(self.node.data[self.offset : self.offset + size])
        self.offset += len(data)
        return data

    def peek(self) -> bytes:
        """Return what follows, without moving."""
        return bytes(self.node.data[self.offset :])

    async def write(self, data: bytes) -> None:
        """Write at the offset, or at the end when opened for appending."""
        if not self._writable:
            raise failure(errno.EBADF)
        self._store.may_change()
        if self._append:
            self.offset = self.node.size
        self._store.put(self.node, self.offset, data)
        self.offset += len(data)


class DirectoryStream(OpenFile):
    """An open directory: it has no bytes."""

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Refuse, as the kernel does."""
        raise failure(errno.EISDIR)
