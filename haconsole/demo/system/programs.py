"""Programs as files: what is on PATH can be run, and what is removed is gone.

An executable is a file that starts with an ELF magic and names an entry of the host's programs,
so that ``cp``, ``mv``, ``rm`` and ``which`` do to programs what they do on a real host.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from .errors import failure
from .files import Files
from .invocation import Program
from .nodes import ROOT, Caller, Directory, Regular
from .tree import X

_MAGIC = b"\x7fELF\x02\x01\x01"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def image(name: str, about: str = "") -> bytes:
    """Return an executable file that runs a program; ``about``: lines for that program."""
    return _MAGIC + name.encode() + b"\n" + about.encode()


def about(data: bytes) -> str:
    """Return the lines that :func:`image` put into an executable file."""
    return data[len(_MAGIC) :].partition(b"\n")[2].decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Executable:
    """What execve(2) makes of a path: the program to run and its words."""

    program: Program
    argv: list[str]


class Programs(MutableMapping[str, Program]):
    """The programs of one host by name. Setting one installs it in ``/usr/bin``."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._by_name: dict[str, Program] = {}

    def install(self, name: str, program: Program, path: str | None = None) -> None:
        """Make a program, and an executable file for it at ``path`` (``/usr/bin/NAME``)."""
        self._by_name[name] = program
        self.place(name, path or f"/usr/bin/{name}")

    def place(self, name: str, path: str) -> None:
        """Write the executable file of a program, as a package would."""
        self._files.install(path, image(name), 0o755)

    def define(self, name: str, program: Program) -> None:
        """Make a program without a file: there will be one when a package brings it."""
        self._by_name[name] = program

    def __setitem__(self, name: str, program: Program) -> None:
        if self.which(name) is None:
            self.install(name, program)
        self._by_name[name] = program

    def __getitem__(self, name: str) -> Program:
        return self._by_name[name]

    def __delitem__(self, name: str) -> None:
        del self._by_name[name]
        path = self.which(name)
        if path is not None:
            self._files.unlink(path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def which(self, name: str, path: str = PATH, caller: Caller = ROOT) -> str | None:
        """Return the file that a name on ``PATH`` (or with a slash) stands for, if any."""
        if "/" in name:
            return name if self._runnable(name, caller) else None
        for folder in path.split(":"):
            candidate = posixpath.join(folder or ".", name)
            if self._runnable(candidate, caller):
                return candidate
        return None

    def _runnable(self, path: str, caller: Caller) -> bool:
        try:
            node = self._files.walk(path, caller).node
        except OSError:
            return False
        return isinstance(node, Regular) and node.allows(caller, X)

    def load(self, path: str, argv: list[str], caller: Caller = ROOT) -> Executable:
        """Return what a file runs (execve(2)); raises ``ENOENT``, ``EACCES``, ``ENOEXEC``."""
        for _ in range(4):
            node = self._files.find(path, caller)
            if isinstance(node, Directory) or not node.allows(caller, X):
                raise failure(errno.EACCES, path)
            if not isinstance(node, Regular):
                raise failure(errno.EACCES, path)
            head = bytes(node.data[:256])
            if head.startswith(_MAGIC):
                name = head[len(_MAGIC) :].partition(b"\n")[0].decode()
                program = self._by_name.get(name)
                if program is None:
                    raise failure(errno.ENOEXEC, path)
                return Executable(program, argv)
            if not head.startswith(b"#!"):
                raise failure(errno.ENOEXEC, path)
            words = head[2:].partition(b"\n")[0].decode("utf-8", "surrogateescape").split(None, 1)
            if not words:
                raise failure(errno.ENOEXEC, path)
            argv = [*(word.strip() for word in words), path, *argv[1:]]
            path = words[0]
        raise failure(errno.ELOOP, path)
