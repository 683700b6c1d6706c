"""What a command is, and the register of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from inspect import cleandoc
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.screens.base import ConsoleScreen


#: A row of the palette: title, explanation, and the argument that the command is run with.
Row = tuple[str, str, str]


class Scope(StrEnum):
    """Where a command's key works."""

    EVERYWHERE = "everywhere"
    LIST = "lists"
    HOME = "home"
    NODE = "node"
    LOG = "logs"
    HITS = "hits"
    TIMELINE = "timeline"
    FORM = "questions"
    PLAN = "plans"
    DRILL = "drills"
    TRIAGE = "triage"
    TERMINAL = "shells"
    REPLAY = "replays"
    LESSON = "lessons"
    EXAM = "exams"


class Command:
    """An action of the operator. The docstring of each is what help and palette say of it."""

    #: Unique name, used as the binding's id (and so for the user's own keys).
    id: ClassVar[str]
    #: Textual's names of the keys, the one that is shown first.
    keys: ClassVar[tuple[str, ...]] = ()
    #: How the key is written, where that is not its name.
    key_shown: ClassVar[str] = ""
    #: One or two words for palette and key bar.
    name: ClassVar[str]
    scope: ClassVar[Scope] = Scope.EVERYWHERE
    #: It changes a host: not to be had in a read-only session.
    dangerous: ClassVar[bool] = False
    #: Whether the key bar shows it.
    in_bar: ClassVar[bool] = False
    #: Whether the palette offers it (moving a cursor is of no use there).
    in_palette: ClassVar[bool] = True

    def __init__(self, argument: str = "") -> None:
        #: Which of the command's rows was chosen, where it has several.
        self.argument = argument

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """Return the command's rows in the palette of a screen."""
        key = f"  ({cls.shown()})" if cls.keys else ""
        return ((t(cls.name) + key, cls.description(), ""),)

    @classmethod
    def description(cls) -> str:
        """Return what the command does, in a sentence."""
        return t(" ".join(cleandoc(cls.__doc__ or "").split()))

    @classmethod
    def shown(cls) -> str:
        """Return the key as it is written for people."""
        return cls.key_shown or (cls.keys[0] if cls.keys else "")

    def run(self, screen: ConsoleScreen) -> None:
        """Do it, on the screen it was called on."""
        raise NotImplementedError


class Registry:
    """The commands there are, by id."""

    def __init__(self, commands: Iterable[type[Command]] = ()) -> None:
        self._commands: dict[str, type[Command]] = {}
        for command in commands:
            self.add(command)

    def add(self, command: type[Command]) -> type[Command]:
        """Register a command; raises ``ValueError`` when its id or key is taken."""
        if command.id in self._commands:
            raise ValueError(f"two commands are called {command.id}")
        for other in self._commands.values():
            shared = set(command.keys) & set(other.keys)
            if shared and _meet(command.scope, other.scope):
                raise ValueError(f"{command.id} and {other.id} both want {sorted(shared)}")
        self._commands[command.id] = command
        return command

    def __iter__(self) -> Iterator[type[Command]]:
        """Iterate over all commands, in the order they were registered."""
        return iter(self._commands.values())

    def get(self, command_id: str) -> type[Command] | None:
        """Return the command of that id."""
        return self._commands.get(command_id)

    def available(self, scopes: Iterable[Scope], *, writable: bool) -> list[type[Command]]:
        """Return the commands of some scopes; those that change hosts only where it is allowed."""
        wanted = frozenset(scopes)
        return [
            command
            for command in self
            if command.scope in wanted and (writable or not command.dangerous)
        ]

    def bindings(self, *scopes: Scope) -> list[Binding]:
        """Return Textual's bindings for the commands of some scopes."""
        return [
            Binding(
                ",".join(command.keys),
                f"command({command.id!r})",
                command.name,
                key_display=command.shown(),
                tooltip=command.description(),
                id=command.id,
                show=command.in_bar,
            )
            for command in self
            if command.scope in scopes and command.keys
        ]


#: Which scopes are in force together on some screen.
SCREEN_SCOPES: dict[str, tuple[Scope, ...]] = {
    "home": (Scope.EVERYWHERE, Scope.LIST, Scope.LOG, Scope.HOME),
    "node": (Scope.EVERYWHERE, Scope.LIST, Scope.LOG, Scope.NODE),
    "hits": (Scope.EVERYWHERE, Scope.LIST, Scope.LOG, Scope.HITS),
    "timeline": (Scope.EVERYWHERE, Scope.LIST, Scope.LOG, Scope.TIMELINE),
    "triage": (Scope.EVERYWHERE, Scope.LIST, Scope.TRIAGE),
    "changes": (Scope.EVERYWHERE, Scope.LIST),
    "form": (Scope.EVERYWHERE, Scope.FORM),
    "plan": (Scope.EVERYWHERE, Scope.LIST, Scope.PLAN),
    "drills": (Scope.EVERYWHERE, Scope.LIST),
    "drill": (Scope.EVERYWHERE, Scope.LIST, Scope.DRILL),
    "lessons": (Scope.EVERYWHERE, Scope.LIST),
    "lesson": (Scope.EVERYWHERE, Scope.LIST, Scope.LESSON),
    "exam": (Scope.EVERYWHERE, Scope.LIST, Scope.EXAM),
    "terminal": (Scope.EVERYWHERE, Scope.LIST, Scope.TERMINAL),
    "help": (Scope.EVERYWHERE, Scope.LIST),
}


#: A recording is moved from every screen.
SCREEN_SCOPES = {mode: (*scopes, Scope.REPLAY) for mode, scopes in SCREEN_SCOPES.items()}


def _meet(one: Scope, other: Scope) -> bool:
    return any(one in scopes and other in scopes for scopes in SCREEN_SCOPES.values())


registry = Registry()
