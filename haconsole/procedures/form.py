"""The questions of a wizard: what is asked, what it means, what is offered, what is refused.

A form is data: the screen draws it, ``apply --set KEY=VALUE`` fills it, and both get the same
defaults and the same sentences. Fields of a host have keys ``KEY.HOST`` (``priority.lb01``);
``--set KEY=VALUE`` answers all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from haconsole.domain.notes import Note
from haconsole.procedures.errors import AnswerError

Answers = Mapping[str, str]


class FieldKind(StrEnum):
    """How a field is drawn and read. Every answer is a string; kinds say how it is checked."""

    TEXT = "text"
    INTEGER = "integer"
    SECONDS = "seconds"
    CHOICE = "choice"
    #: ``yes`` or ``no``.
    SWITCH = "switch"
    #: Words with commas between them.
    LIST = "list"
    #: Never shown, logged or kept; empty means: keep what is there.
    SECRET = "secret"  # noqa: S105 - a kind of field, no password
    #: A file on the operator's machine.
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers."""

    value: str
    label: Note


@dataclass(frozen=True, slots=True)
class Field:
    """One question.

    ``help`` explains the setting in one or two sentences. ``default`` comes from the live state
    and the inventory. ``check`` returns what is wrong with a value, or ``None``; it is asked as
    one types. ``host`` is set where the answer is one host's. ``shown`` says, given the answers
    so far, whether the question makes sense (it keeps its default otherwise).
    """

    key: str
    kind: FieldKind
    label: Note
    help: Note
    default: str = ""
    choices: tuple[Choice, ...] = ()
    check: Callable[[str], Note | None] = field(default=lambda value: None)
    host: str | None = None
    shown: Callable[[Answers], bool] = field(default=lambda answers: True)

    @property
    def secret(self) -> bool:
        """Whether the answer must never be shown."""
        return self.kind is FieldKind.SECRET


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of one procedure, and what only all answers together can tell.

    ``judge`` returns objections to the answers as a whole: refusals name why the pair would not
    fail over (or not start), and stop the plan; warnings are shown and pass.
    """

    title: Note
    about: Note
    fields: tuple[Field, ...] = ()
    judge: Callable[[Answers], tuple[Objection, ...]] = field(default=lambda answers: ())

    def defaults(self) -> dict[str, str]:
        """Return the answers that are offered."""
        return {one.key: one.default for one in self.fields}

    def fill(self, given: Answers) -> dict[str, str]:
        """Return all answers: the given ones, and the defaults of the rest.

        Raises ``AnswerError`` for an unknown key or a value that its field refuses. ``KEY``
        answers every ``KEY.HOST``; ``KEY.HOST`` wins over it.
        """
        from haconsole.procedures.filling import fill

        return fill(self, given)

    def problem(self, key: str, value: str) -> Note | None:
        """Return what is wrong with one answer, ``None`` when nothing is."""
        from haconsole.procedures.filling import problem

        one = next((one for one in self.fields if one.key == key), None)
        if one is None:
            raise AnswerError(key, key)
        return problem(one, value)


@dataclass(frozen=True, slots=True)
class Objection:
    """What is wrong with answers taken together. ``keys``: the fields it is about."""

    note: Note
    keys: tuple[str, ...] = ()
    refuses: bool = True
