"""The one error that edits raise."""

from __future__ import annotations

from haconsole.domain.notes import Note


class ConfEditError(Exception):
    """An edit that cannot be made; ``note`` says why, without any value of the file."""

    def __init__(self, why: Note) -> None:
        super().__init__(str(why))
        self.note = why
