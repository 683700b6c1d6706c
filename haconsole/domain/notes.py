"""Sentences as data, so that the domain can explain itself without knowing a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

#: A value that may stand in a note: a note inside a note is translated on its own.
NoteValue: TypeAlias = "str | int | float | Note"


@dataclass(frozen=True, slots=True)
class Note:
    """An English sentence with ``{named}`` fields, and their values.

    ``template`` is the message id that a presenter hands to the translation; ``str(note)``
    is the English sentence.
    """

    template: str
    values: Mapping[str, NoteValue] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """Return the English sentence."""
        return self.template.format(**self.values) if self.values else self.template

    def __hash__(self) -> int:
        """Hash by content, so that notes can be compared in sets."""
        return hash((self.template, tuple(sorted((k, str(v)) for k, v in self.values.items()))))


def note(template: str, /, **values: NoteValue) -> Note:
    """Build a :class:`Note` from a template and its values."""
    return Note(template, MappingProxyType(values))


def all_of(names: Sequence[str]) -> NoteValue:
    """Return names that should not be several as one value: ``lb01 AND lb02``."""
    every: NoteValue = names[0] if names else ""
    for name in names[1:]:
        every = note("{left} AND {right}", left=every, right=name)
    return every
