"""What a probe is, and what its parameters may be."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from haconsole.domain.notes import Note, note
from haconsole.training.standing import Seen

from .sight import Sight

Settings: TypeAlias = Mapping[str, str]
Look: TypeAlias = Callable[[Sight, Settings], Awaitable[Seen]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """``expected``: what may stand there; ``form``: as an expression."""

    expected: Note
    form: str
    required: bool = True

    def accepts(self, text: str) -> bool:
        """Whether a value can stand there."""
        return re.fullmatch(self.form, text) is not None


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that can be looked at. ``look`` never raises for what a host does or lacks."""

    name: str
    about: Note
    parameters: Mapping[str, Parameter]
    look: Look


_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
HOST = Parameter(note("the name of a host"), _NAME)
HOSTS = Parameter(note("names of hosts with spaces between"), rf"{_NAME}( +{_NAME})*")
ANY = Parameter(note("a text"), r"(?s).{1,200}")
PATH = Parameter(note("an absolute path"), r"/[ -~]{1,200}")
KEYS = Parameter(note("keys with spaces between"), r"[a-z_.]+( +[a-z_.]+)*")
YES_NO = Parameter(note("yes or no"), r"yes|no|true|false")
COUNT = Parameter(note("a whole number"), r"\d{1,4}")
SECONDS = Parameter(note("seconds"), r"\d{1,4}(\.\d{1,3})?")
VERSION = Parameter(note("a version"), r"\d+(\.\d+)*")
CAUSE = Parameter(note("a cause, as `haconsole doctor --list` names it"), r"[a-z0-9-]+")


def words(*choices: str) -> Parameter:
    """Return a parameter that is one of a few words."""
    return Parameter(note("{value}", value=", ".join(choices)), "|".join(map(re.escape, choices)))


def optional(parameter: Parameter) -> Parameter:
    """Return the parameter as one that may be left out."""
    return Parameter(parameter.expected, parameter.form, required=False)


def yes(settings: Settings, key: str, *, default: bool = True) -> bool:
    """Whether a yes-or-no parameter says yes."""
    value = settings.get(key)
    return default if value is None else value in ("yes", "true")
