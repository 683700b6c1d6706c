"""Events as JSON and back. What is read back is checked against the types of the domain.

A value of a class is an object of its fields, those with their default left out; an enumeration
is its value, a hit a row. An event's object names its class in ``e``.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from haconsole.domain import events
from haconsole.domain.events import Event
from haconsole.domain.hits import Hit
from haconsole.transport.cleaning import clean

Decoder: TypeAlias = Callable[[Any], Any]
#: Characters of one text; more than the longest line that is kept of a node.
_LONGEST = 64 * 1024
#: No number of ours is larger: times are seconds of the epoch (this one: the year 5138).
_LARGEST = 1e11
#: A word that is no secret by itself: where it is masked, whatever stands there is.
_ANY = "word"
_EVENTS: dict[str, type[Event]] = {
    name: value
    for name, value in vars(events).items()
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
}


class CodecError(Exception):
    """A value is not what its place wants; the message says what it is not."""


def encode(value: object, text: Callable[[str], str] = str) -> Any:
    """Return a value as JSON has it; every text goes through ``text``."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return text(value) if isinstance(value, str) else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value, text)
    if isinstance(value, Mapping):
        return {str(key): encode(item, text) for key, item in value.items()}
    if isinstance(value, tuple):
        if len(value) > 1 and all(isinstance(item, str) for item in value):
            return list(_words(value, text))
        return [encode(item, text) for item in value]
    raise TypeError(f"{value!r} is nothing that an event holds")


def _words(words: tuple[str, ...], text: Callable[[str], str]) -> Iterator[str]:
    """Yield words as ``text`` would have them in one line: what is secret is told by the one before
    (``-u``, ``admin:x``).
    """
    before = ""
    for word in words:
        told = text(f"{before} {_ANY}")
        if before and told.startswith(f"{before} ") and not told.endswith(f" {_ANY}"):
            yield told[len(before) + 1 :]
        else:
            line = text(f"{before} {word}")
            yield line[len(before) + 1 :] if line.startswith(f"{before} ") else text(word)
        before = word


def _fields(value: Any, text: Callable[[str], str]) -> dict[str, Any]:
    found = {}
    kind: Any = type(value)
    for name, default in _shape(kind):
        item = getattr(value, name)
        if default is dataclasses.MISSING or item != default:
            found[name] = encode(item, text)
    return found


@cache
def _shape(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


def encode_event(event: Event, text: Callable[[str], str] = str) -> dict[str, Any]:
    """Return an event as JSON has it."""
    return {"e": type(event).__name__, **_fields(event, text)}


def decode_event(row: Mapping[str, Any]) -> Event:
    """Return the event that was encoded; raises ``CodecError``."""
    kind = _EVENTS.get(str(row.get("e")))
    if kind is None:
        raise CodecError(f"{clean(str(row.get('e')))[:40]!r} is no event")
    values = {name: item for name, item in row.items() if name != "e"}
    decoded: Event = decode(kind, values)
    return decoded


def kind_of(name: str) -> type[Event] | None:
    """Return the class of events of that name."""
    return _EVENTS.get(name)


def decode(kind: Any, value: Any) -> Any:
    """Return ``value``, as JSON has it, as a ``kind``; raises ``CodecError``."""
    try:
        return _decoder(kind)(value)
    except RecursionError:
        raise CodecError("it is nested too deeply") from None


@cache
def _decoder(kind: Any) -> Decoder:  # noqa: PLR0911 - a way for each kind of type
    origin = typing.get_origin(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin in (typing.Union, types.UnionType):
        return _one_of(tuple(_decoder(one) for one in typing.get_args(kind)))
    if origin is tuple:
        return _rows_of(_decoder(typing.get_args(kind)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_of(typing.get_args(kind)[1])
    if origin is not None and dataclasses.is_dataclass(origin):
        parameters: Any = getattr(origin, "__parameters__", ())
        return _object(origin, dict(zip(parameters, typing.get_args(kind), strict=True)))
    if kind is Hit:
        return _hit
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(kind)
    if dataclasses.is_dataclass(kind):
        return _object(kind)
    return _never


def _never(value: Any) -> Any:
    raise CodecError("there is a value where none may be")


def _none(value: Any) -> None:
    if value is not None:
        raise CodecError("there is a value where none may be")


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise CodecError("true or false is missing")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        raise CodecError("a whole number is missing")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CodecError("a number is missing")
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise CodecError("a number is out of range")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise CodecError("a text is missing, or too long")
    return value if value.isascii() and value.isprintable() else clean(value)


_PLAIN: dict[Any, Decoder] = {
    type(None): _none,
    bool: _truth,
    int: _whole,
    float: _number,
    str: _text,
}


def _one_of(decoders: tuple[Decoder, ...]) -> Decoder:
    def decoder(value: Any) -> Any:
        for one in decoders[:-1]:
            try:
                return one(value)
            except CodecError:
                continue
        return decoders[-1](value)

    return decoder


def _rows_of(item: Decoder) -> Decoder:
    def decoder(value: Any) -> Any:
        if not isinstance(value, list):
            raise CodecError("a list is missing")
        return tuple(map(item, value))

    return decoder


def _mapping_of(kind: Any) -> Decoder:
    def decoder(value: Any) -> Any:
        if not isinstance(value, dict):
            raise CodecError("an object is missing")
        item = _decoder(kind)
        return MappingProxyType({_text(key): item(one) for key, one in value.items()})

    return decoder


def _enum(kind: type[Enum]) -> Decoder:
    def decoder(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise CodecError(f"{clean(str(value))[:40]!r} is no {kind.__name__}") from None

    return decoder


def _object(kind: Any, of: Mapping[Any, Any] = MappingProxyType({})) -> Decoder:
    """``of``: what stands for the type variables of a generic class, where one is a field's."""
    hints: dict[str, Decoder] = {}

    def decoder(value: Any) -> Any:
        if not isinstance(value, dict):
            raise CodecError(f"an object is missing ({kind.__name__})")
        if not hints:
            # Not before it is wanted: a note may hold notes.
            wanted = typing.get_type_hints(kind)
            types_of = {name: of.get(one, one) for name, one in wanted.items()}
            names = [one.name for one in dataclasses.fields(kind)]
            hints.update({name: _decoder(types_of[name]) for name in names})
        try:
            return kind(**{name: hints[name](item) for name, item in value.items()})
        except KeyError as error:
            raise CodecError(f"{kind.__name__} has no {clean(str(error))[:40]}") from None
        except TypeError:
            raise CodecError(f"{kind.__name__} lacks a field") from None

    return decoder


_HIT_FIELDS = tuple(_decoder(kind) for kind in typing.get_type_hints(Hit).values())


def _hit(value: Any) -> Hit:
    if not isinstance(value, list) or len(value) != len(_HIT_FIELDS):
        raise CodecError("a hit has ten fields")
    return Hit(*(one(item) for one, item in zip(_HIT_FIELDS, value, strict=True)))
