"""Private keys of the operator: read once for all hosts, unlocked when a host needs them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh

from haconsole.domain.notes import note

from .asking import ATTEMPTS, Secrets
from .cleaning import clean_words
from .errors import RefusedError, failure
from .prompts import SecretKind

#: ssh(1): the default identities, in the order in which they are tried.
DEFAULT_NAMES = ("id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk")

KeyItem = asyncssh.SSHKey | tuple[asyncssh.SSHKey, asyncssh.SSHCertificate]


def expanded(path: Path) -> Path:
    """Return a path with its ``~`` or ``~user`` resolved; raises ``RefusedError``."""
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise failure(
            RefusedError,
            "{file}: there is no such home directory. Correct the path in the SSH configuration.",
            file=str(path),
        ) from error


def default_files() -> tuple[Path, ...]:
    """Return the default identity files that exist."""
    folder = expanded(Path("~/.ssh"))
    return tuple(path for name in DEFAULT_NAMES if (path := folder / name).is_file())


class KeyFile:
    """One private key file, with its certificate (``…-cert.pub``) where there is one.

    The file may also hold a public key: it names a key that only the agent has
    (ssh_config(5), ``IdentityFile``).
    """

    def __init__(self, path: Path, secrets: Secrets) -> None:
        self.path = path
        self._secrets = secrets
        self._asking = asyncio.Lock()
        self._data = b""
        self._key: asyncssh.SSHKey | None = None
        self._public: bytes | None = None
        self._declined = False
        #: Why the file gives no key, cleaned; ``""`` when nothing is wrong.
        self.problem = ""
        try:
            self._data = path.read_bytes()
            self._key = asyncssh.import_private_key(self._data)
        except OSError as error:
            self.problem = error.strerror or clean_words(str(error))
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
            if "passphrase" not in str(error).lower():
                self._read_public(error)

    def _read_public(self, error: Exception) -> None:
        try:
            self._public = asyncssh.import_public_key(self._data).public_data
        except asyncssh.KeyImportError:
            self.problem = clean_words(str(error))

    @property
    def locked(self) -> bool:
        """Whether the key waits for its passphrase."""
        mute = self._public is not None or self.problem or self._declined
        return self._key is None and not mute

    @property
    def public(self) -> bytes | None:
        """The public key's bytes where they can be had without the passphrase."""
        if self._key is not None:
            return self._key.public_data
        if self._public is not None:
            return self._public
        try:
            return asyncssh.read_public_key(
                self.path.with_name(self.path.name + ".pub")
            ).public_data
        except (OSError, asyncssh.KeyImportError):
            return None

    def items(self) -> list[KeyItem]:
        """Return the usable key, with its certificate first; empty while it is locked."""
        if self._key is None:
            return []
        try:
            beside = self.path.with_name(self.path.name + "-cert.pub")
            certificate = asyncssh.read_certificate(beside)
        except (OSError, asyncssh.KeyImportError):
            return [self._key]
        return [(self._key, certificate), self._key]

    async def unlock(self, host: str) -> list[KeyItem]:
        """Ask for the passphrase (once for all hosts) and return the key; empty if declined."""
        async with self._asking:
            attempt = 1
            while self._key is None and not self._declined and attempt <= ATTEMPTS:
                answer = await self._secrets.ask(
                    None,
                    SecretKind.PASSPHRASE,
                    host,
                    note("Passphrase of the key {file}", file=str(self.path)),
                    attempt=attempt,
                )
                if answer is None:
                    break
                try:
                    self._key = await asyncio.to_thread(
                        asyncssh.import_private_key, self._data, answer
                    )
                except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
                    attempt += 1
                    if "passphrase" not in str(error).lower():
                        self.problem = clean_words(str(error))
                        break
            if self._key is None:
                self._declined = True
            return self.items()

    def ask_again(self) -> None:
        """Let the passphrase be asked again after it was declined."""
        self._declined = False


class KeyRing:
    """Every key file of the session."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._files: dict[Path, KeyFile] = {}

    def file(self, path: Path) -> KeyFile:
        """Return a key file, read at the first call."""
        path = expanded(path)
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = KeyFile(path, self._secrets)
        return known

    def ask_again(self) -> None:
        """Let every declined passphrase be asked again."""
        for known in self._files.values():
            known.ask_again()
