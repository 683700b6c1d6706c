"""Events as JSON lines and back: what a session learnt, kept to be replayed.

The first line holds the site and what was asked for of files; then a line an event. A value of a
class is an object whose ``is`` names the class; fields that have their default are left out.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from haconsole.domain import daemon, events, facts, hits, model, notes
from haconsole.domain.events import Event
from haconsole.domain.hits import Hit
from haconsole.domain.model import Site
from tests.support.parts import Scene

_CLASSES: dict[str, Any] = {
    name: value
    for module in (daemon, events, facts, hits, model, notes)
    for name, value in vars(module).items()
    if isinstance(value, type) and (dataclasses.is_dataclass(value) or issubclass(value, Enum))
}
_HIT_FIELDS = Hit._fields


def encode(value: object) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Enum):
        return {"is": type(value).__name__, "value": value.value}
    if isinstance(value, Hit):
        return {"is": "Hit", "row": [getattr(value, name) for name in _HIT_FIELDS]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {"is": type(value).__name__, **dict(_fields(value))}
    if isinstance(value, Mapping):
        return {"is": "dict", "items": {key: encode(item) for key, item in value.items()}}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} is nothing that an event holds")


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        if field.default is dataclasses.MISSING or item != field.default:
            yield field.name, encode(item)


def decode(value: Any) -> Any:
    """Return the value that was encoded."""
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    kind = value["is"]
    if kind == "dict":
        return MappingProxyType({key: decode(item) for key, item in value["items"].items()})
    if kind == "Hit":
        return Hit(**dict(zip(_HIT_FIELDS, value["row"], strict=True)))
    made = _CLASSES[kind]
    if issubclass(made, Enum):
        return made(value["value"])
    return made(**{name: decode(item) for name, item in value.items() if name != "is"})


def save(
    path: Path, site: Site, learnt: Iterable[Event], files: Mapping[tuple[str, str], str]
) -> None:
    """Write a recording."""
    head = {"site": encode(site), "files": [[*key, text] for key, text in files.items()]}
    rows = [head, *(encode(event) for event in learnt)]
    text = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in rows)
    path.write_text(text, encoding="utf-8")


def load(path: Path) -> Scene:
    """Return a recording as a scene, looked at when it ended."""
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    about = json.loads(head)
    learnt: Sequence[Event] = [decode(json.loads(row)) for row in rows]
    files = {(host, name): text for host, name, text in about["files"]}
    return Scene(
        decode(about["site"]), tuple(learnt), max(event.at for event in learnt), files=files
    )
