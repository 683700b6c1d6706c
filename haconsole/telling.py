"""Sentences that the domain made, in the language of the session."""

from __future__ import annotations

from haconsole.domain.notes import Note
from haconsole.words import t


def say(note: Note | None) -> str:
    """Return a note as text, with the notes inside it translated too; nothing for ``None``."""
    if note is None:
        return ""
    values = {key: say(v) if isinstance(v, Note) else v for key, v in note.values.items()}
    return t(note.template, **values)
