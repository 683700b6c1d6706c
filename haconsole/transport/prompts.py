"""Questions that only the operator can answer; the screen and the command line implement them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from haconsole.domain.notes import Note


class SecretKind(StrEnum):
    """What kind of secret is asked for."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a secret
    PASSPHRASE = "passphrase"  # noqa: S105
    SUDO = "sudo"
    INTERACTIVE = "interactive"


@dataclass(frozen=True, slots=True)
class SecretQuestion:
    """A secret is needed. ``echo``: the server allows the answer to be seen while typed.

    ``attempt`` counts from 1; above 1 the answer before it was wrong.
    """

    kind: SecretKind
    host: str
    text: Note
    echo: bool = False
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class HostKeyQuestion:
    """A host showed a key that is not in known_hosts. ``fingerprint``: ``SHA256:…``."""

    host: str
    address: str
    port: int
    algorithm: str
    fingerprint: str


class Prompter(Protocol):
    """Answers questions. Answers are kept in memory for the session at most, never stored."""

    async def secret(self, question: SecretQuestion) -> str | None:
        """Return the secret, or ``None`` when the operator declines."""
        ...

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        """Return whether the key is to be trusted and added to known_hosts."""
        ...


class NoPrompter:
    """Declines everything: for runs without a terminal."""

    async def secret(self, question: SecretQuestion) -> str | None:
        """Decline."""
        return None

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        """Do not trust."""
        return False
