"""known_hosts files: who is trusted, where that stands, and adding one line (sshd(8))."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from haconsole.words import t

from .errors import RefusedError, failure

SYSTEM_FILES = (Path("/etc/ssh/ssh_known_hosts"), Path("/etc/ssh/ssh_known_hosts2"))
_SSH_PORT = 22

Keys = Sequence[asyncssh.SSHKey]


@dataclass(frozen=True, slots=True)
class Trust:
    """What the files say of one host. Certificate authorities and revoked keys included."""

    keys: Keys = ()
    authorities: Keys = ()
    revoked: Keys = ()
    #: Keys of the same name on the standard port: trusted when they match, no proof of a change.
    by_name: Keys = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a key of a host stands."""

    path: Path
    line: int
    key: asyncssh.SSHKey

    @property
    def where(self) -> str:
        """The file and line, as a sentence names them."""
        return f"{self.path}:{self.line}"


def pattern(host: str, port: int) -> str:
    """Return the name that a host has in known_hosts: ``[host]:port`` off the standard port."""
    return host if port == _SSH_PORT else f"[{host}]:{port}"


def fingerprint(key: asyncssh.SSHKey) -> str:
    """Return the ``SHA256:…`` fingerprint, as ssh-keygen prints it."""
    return key.get_fingerprint("sha256")


class KnownHosts:
    """The known_hosts files of one access, read again when they change on disk."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = tuple(files)
        self._stamp: tuple[object, ...] = ()
        self._parsed = asyncssh.import_known_hosts("")

    @property
    def target(self) -> Path:
        """The file that new keys are added to."""
        return self.files[0]

    def trust(self, host: str, port: int) -> Trust:
        """Return what is known of a host."""
        self._refresh()
        keys, authorities, revoked = self._parsed.match(pattern(host, port), "", None)[:3]
        if port == _SSH_PORT:
            return Trust(keys, authorities, revoked)
        plain = self._parsed.match(host, "", None)
        more = authorities or plain[1]
        return Trust(keys, more, [*revoked, *plain[2]], by_name=plain[0])

    def entries(self, host: str, port: int) -> list[Entry]:
        """Return the lines that name this host and port with a plain key."""
        name = pattern(host, port)
        found: list[Entry] = []
        for path in self.files:
            for number, line in enumerate(_lines(path), 1):
                try:
                    keys = asyncssh.import_known_hosts(line).match(name, "", None)[0]
                except (ValueError, asyncssh.KeyImportError):
                    continue
                found += [Entry(path, number, key) for key in keys]
        return found

    def add(self, host: str, port: int, key: asyncssh.SSHKey) -> None:
        """Append a key; raises ``RefusedError`` when the file cannot be written."""
        line = f"{pattern(host, port)} {key.export_public_key('openssh').decode().strip()}\n"
        path = self.target
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # One write to a descriptor in append mode: two consoles never mix their lines.
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.fstat(descriptor).st_size:
                    os.lseek(descriptor, -1, os.SEEK_END)  # Windows has no pread
                    line = line if os.read(descriptor, 1) == b"\n" else "\n" + line
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise failure(
                RefusedError,
                "{file}: cannot be written ({reason}), so the host key was not kept.",
                file=str(path),
                reason=error.strerror or t("unknown error"),
            ) from error

    def _refresh(self) -> None:
        stamp = tuple(_stamp(path) for path in self.files)
        if stamp == self._stamp:
            return
        lines = [line for path in self.files for line in _lines(path)]
        try:
            self._parsed = asyncssh.import_known_hosts("\n".join(lines))
        except (ValueError, asyncssh.KeyImportError):
            self._parsed = asyncssh.import_known_hosts("\n".join(filter(_parses, lines)))
        self._stamp = stamp


def _parses(line: str) -> bool:
    """Whether a line can be read; ssh passes over those that cannot, and so do we."""
    try:
        asyncssh.import_known_hosts(line)
    except (ValueError, asyncssh.KeyImportError):
        return False
    return True


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise failure(
            RefusedError,
            "{file}: cannot be read ({reason}), so host keys cannot be checked.",
            file=str(path),
            reason=error.strerror or t("unknown error"),
        ) from error


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
