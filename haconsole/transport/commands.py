"""What is sent to a host, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """Whether a command changes the host. The transport refuses ``CHANGES`` in read-only."""

    READS = "reads"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Command:
    """A POSIX ``sh`` script for one host.

    ``name`` is the short name that ledger and errors show. ``script`` never holds a secret: it
    is in the ledger and in the node's process list; ``stdin`` may (it is neither logged nor
    shown). ``root``: needs root rights, so it runs through the host's ``become`` (nothing extra
    where the user is root already). Output past ``max_bytes`` of either stream is cut off.
    """

    name: str
    script: str
    effect: Effect = Effect.READS
    root: bool = False
    stdin: bytes | None = None
    timeout_s: float = 10.0
    max_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind; texts are cleaned. Times: console's clock, seconds."""

    exit_status: int
    stdout: str
    stderr: str
    started_at: float
    seconds: float
    truncated: bool = False

    @property
    def ok(self) -> bool:
        """Whether the exit status was 0."""
        return self.exit_status == 0


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One command that was sent (or refused), for the ledger. Holds no output and no secret.

    ``outcome``: ``done``, ``refused``, ``timeout``, ``lost``, ``stream``; of a terminal
    ``opened``, then ``closed`` or ``lost``.
    """

    at: float
    host: str
    name: str
    script: str
    effect: Effect
    root: bool
    outcome: str
    exit_status: int | None
    seconds: float
