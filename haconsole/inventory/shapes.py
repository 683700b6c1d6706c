"""Kinds of compound values: lists, alternatives, records of known keys, mappings by name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from haconsole.domain.notes import Note
from haconsole.telling import say
from haconsole.words import t

from .nodes import Entry, Items, Mapping, Node, Plain, Scalar
from .problems import Report, dotted, item, shown
from .scalars import Json, Kind, Text, describe, refuse_private_key

_SECRET = re.compile(
    r"(?:.*[_.-])?(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|pin|api_?key|private_?key)s?"
)
_BARE_SECRET = re.compile(r"[a-z]*pass(?:word|wd|phrase)|pwd|secret|token|become_pass")


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was accepted, and where it stands."""

    value: object
    line: int
    at: str


@dataclass(frozen=True, slots=True)
class Record:
    """The accepted values of a mapping, by key; ``refused``: the keys whose values were not."""

    line: int
    at: str
    values: dict[str, Value] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def get(self, key: str) -> object | None:
        """Return the value of ``key``, or ``None`` when it is not there (or was refused)."""
        found = self.values.get(key)
        return None if found is None else found.value

    def text(self, key: str) -> str | None:
        """Return a text."""
        value = self.get(key)
        return value if isinstance(value, str) else None

    def whole(self, key: str) -> int | None:
        """Return a whole number."""
        value = self.get(key)
        return value if isinstance(value, int) else None

    def record(self, key: str) -> Record | None:
        """Return a record."""
        value = self.get(key)
        return value if isinstance(value, Record) else None

    def named(self, key: str) -> Iterator[tuple[str, Record]]:
        """Yield the names and records of a mapping by name; nothing when it is not there."""
        found = self.record(key)
        for name, value in (found.values if found else {}).items():
            if isinstance(value.value, Record):
                yield name, value.value

    def items(self, key: str) -> tuple[Value, ...]:
        """Return the accepted items of a list."""
        value = self.get(key)
        return value if isinstance(value, tuple) else ()


@dataclass(frozen=True)
class ListOf:
    """A list of at least ``least`` values of one kind; read as a tuple of :class:`Value`."""

    expected: Note
    item: Kind
    least: int = 1

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {"type": "array", "items": self.item.schema(), "minItems": self.least}

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return the accepted items."""
        if not isinstance(node, Items):
            if not refuse_private_key(node, at, report):
                report.refuse(node.line, at, describe(node), say(self.expected))
            return None
        if len(node.items) < self.least:
            report.refuse(node.line, at, t("this list is empty"), say(self.expected))
        values = []
        for index, part in enumerate(node.items):
            place = item(at, index)
            value = self.item.read(part, place, report)
            if value is not None:
                values.append(Value(value, part.line, place))
        return tuple(values)


@dataclass(frozen=True)
class Either:
    """One kind when a single value stands there, another for a list, another for a mapping.

    ``short``: a single value is the short form of a record with only that key.
    """

    expected: Note
    single: Kind
    several: Kind | None = None
    record: Kind | None = None
    short: str | None = None

    def schema(self) -> Json:
        """Return its JSON Schema."""
        kinds = (self.single, self.several, self.record)
        return {"anyOf": [kind.schema() for kind in kinds if kind]}

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return what the fitting kind reads."""
        if isinstance(node, Items) and self.several:
            return self.several.read(node, at, report)
        if isinstance(node, Mapping) and self.record:
            return self.record.read(node, at, report)
        if not isinstance(node, Scalar) or (node.kind is Plain.NULL and not node.text):
            report.refuse(node.line, at, describe(node), say(self.expected))
            return None
        value = self.single.read(node, at, report)
        if self.short is None:
            return value
        found = {} if value is None else {self.short: Value(value, node.line, at)}
        return Record(node.line, at, found)


@dataclass(frozen=True)
class Field:
    """A key of a record: its kind, what it is for (the schema's description), other spellings."""

    name: str
    kind: Kind
    about: str
    required: bool = False
    also: tuple[str, ...] = ()
    default: str | int | bool | None = None

    def schema(self) -> Json:
        """Return its JSON Schema, described."""
        schema = self.kind.schema() | {"description": self.about}
        return schema if self.default is None else schema | {"default": self.default}


@dataclass(frozen=True)
class RecordOf:
    """A mapping whose keys are known; read as a :class:`Record`."""

    expected: Note
    reference: str
    fields: tuple[Field, ...]

    def schema(self) -> Json:
        """Return its JSON Schema: a reference to ``$defs``."""
        return {"$ref": f"#/$defs/{self.reference}"}

    def definition(self) -> Json:
        """Return what ``$defs`` says of it."""
        return {
            "type": "object",
            "properties": {field.name: field.schema() for field in self.fields},
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
        }

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return the record of all keys that were accepted."""
        if not isinstance(node, Mapping):
            if not refuse_private_key(node, at, report):
                report.refuse(node.line, at, describe(node), say(self.expected))
            return None
        known = {field.name: field for field in self.fields}
        record = Record(node.line, at)
        for entry in node.entries:
            place = dotted(at, entry.key)
            if (found := known.get(entry.key)) is None:
                self._unknown(entry, place, report)
                continue
            value = found.kind.read(entry.value, place, report)
            if value is None:
                record.refused.add(entry.key)
            else:
                record.values[entry.key] = Value(value, entry.line, place)
        written = {entry.key for entry in node.entries}
        for missing in (f for f in self.fields if f.required and f.name not in written):
            what = t("the key {key} is missing", key=shown(missing.name))
            report.refuse(node.line, at, what, say(missing.kind.expected))
        return record

    def _unknown(self, entry: Entry, at: str, report: Report) -> None:
        if is_secret(entry.key):
            refuse_secret(entry, at, report)
            return
        what = t("unknown key {key}", key=shown(entry.key))
        near = self._nearest(entry.key)
        if near:
            expected = t("a known key; the nearest is {key}", key=shown(near))
        else:
            expected = t("one of {keys}", keys=", ".join(field.name for field in self.fields))
        report.refuse(entry.line, at, what, expected)
        refuse_secrets_within(entry.value, at, report)

    def _nearest(self, key: str) -> str | None:
        spellings = {other: known.name for known in self.fields for other in known.also}
        spellings |= {known.name: known.name for known in self.fields}
        folded = key.lower().replace("-", "_")
        near = difflib.get_close_matches(folded[:64], spellings, n=1, cutoff=0.6)
        return spellings[near[0]] if near else None


@dataclass(frozen=True)
class NamesOf:
    """A mapping from names to records of one kind; read as a :class:`Record` of these."""

    expected: Note
    name: Text
    item: Kind
    least: int = 0

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {
            "type": "object",
            "propertyNames": self.name.schema(),
            "additionalProperties": self.item.schema(),
            "minProperties": self.least,
        }

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return the accepted values by name."""
        if not isinstance(node, Mapping):
            if not refuse_private_key(node, at, report):
                report.refuse(node.line, at, describe(node), say(self.expected))
            return None
        if (count := len(node.entries)) < self.least:
            counts = (t("nothing stands here"), t("there is only one here"))
            what = counts[count] if count < 2 else t("there are only {count}", count=count)
            report.refuse(node.line, at, what, say(self.expected))
        record = Record(node.line, at)
        for entry in node.entries:
            place = dotted(at, entry.key)
            if _BARE_SECRET.fullmatch(entry.key.lower()) and isinstance(entry.value, Scalar):
                refuse_secret(entry, place, report)
                continue
            name = Scalar(entry.key, Plain.TEXT, quoted=True, line=entry.line)
            accepted = self.name.read(name, place, report)
            value = self.item.read(entry.value, place, report)
            if accepted is None:
                continue
            # A name whose value is refused still exists: others may refer to it.
            empty = Record(entry.value.line, place, refused={"address", "via"})
            known = empty if value is None else value
            record.values[entry.key] = Value(known, entry.line, place)
        return record


def is_secret(key: str) -> bool:
    """Whether a key, by its name, holds a secret."""
    return len(key) < 64 and _SECRET.fullmatch(key.lower()) is not None


def refuse_secret(entry: Entry, at: str, report: Report) -> None:
    """Note a secret in clear; its value is never shown."""
    what = t("secrets do not belong in an inventory")
    expected = t(
        "no key {key}: passwords and passphrases are asked for on the screen when they are"
        " needed, or use 'key' with a key file, or an SSH agent",
        key=shown(entry.key),
    )
    report.refuse(entry.line, at, what, expected)


def refuse_secrets_within(node: Node, at: str, report: Report) -> None:
    """Note every secret below a node that is not read otherwise."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            place = dotted(at, entry.key)
            if is_secret(entry.key):
                refuse_secret(entry, place, report)
            refuse_secrets_within(entry.value, place, report)
    elif isinstance(node, Items):
        for index, part in enumerate(node.items):
            refuse_secrets_within(part, item(at, index), report)
    else:
        refuse_private_key(node, at, report)
