"""Everything that can go wrong on the way to a host; each message is the sentence to show."""

from __future__ import annotations

from typing import TypeVar

from haconsole.domain.notes import Note, NoteValue, note
from haconsole.telling import say


class TransportError(Exception):
    """Something went wrong at the door; ``str(error)`` is one clear, cleaned sentence.

    ``note`` is the same sentence as data, where the error was made by :func:`failure`.
    """

    note: Note | None = None


class ReadOnlyRefusedError(TransportError):
    """A changing command was refused, because writing is not unlocked."""


class LinkDownError(TransportError):
    """There is no link to the host now (or it was lost under the command)."""


class JumpLostError(LinkDownError):
    """A jump host on the way is not up."""


class RefusedError(LinkDownError):
    """The host answered, but we must not or cannot enter: host key or authentication."""


class LateError(TransportError):
    """The console was late itself: that it heard no answer in time says nothing."""


class CommandTimeoutError(TransportError):
    """A command outlived its time-out; it was ended on the node as far as that is possible."""


class BecomeError(TransportError):
    """Root rights could not be had: no sudo, a wrong password, not allowed."""


E = TypeVar("E", bound=TransportError)


def failure(kind: type[E], template: str, /, **values: NoteValue) -> E:
    """Build an error whose text and ``note`` are the sentence; values must be cleaned already."""
    sentence = note(template, **values)
    error = kind(say(sentence))
    error.note = sentence
    return error
