"""Kinds of single values: text, numbers, truths, words; each with its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from haconsole.domain.notes import Note, note
from haconsole.telling import say
from haconsole.words import t

from .nodes import Items, Node, Plain, Scalar
from .problems import Report, shown
from .syntax import surprise

#: JSON, as the schema is written in.
Json: TypeAlias = "dict[str, Any]"

#: Characters that no text of an inventory may hold: C0, DEL, C1, invisible and bidirectional
#: marks, line separators. The same expression stands in the JSON Schema.
UNSEEN = "[\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]"
_UNSEEN = re.compile(UNSEEN)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File|AGE-SECRET-KEY-")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_NUMBER_LENGTH = 18
_TRUE_OR_FALSE = note("true or false")


class BadValueError(Exception):
    """A value that its kind refuses; ``what`` is wrong with it, ``expected`` what should stand."""

    def __init__(self, what: str, expected: str | None = None) -> None:
        super().__init__(what)
        self.what, self.expected = what, expected


class Kind(Protocol):
    """What may stand as a value: how it is read, and its JSON Schema."""

    @property
    def expected(self) -> Note:
        """What should stand there, as the end of a sentence."""
        ...

    def schema(self) -> Json:
        """Return its JSON Schema."""
        ...

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return the value, or ``None`` after noting why it is refused."""
        ...


def refuse_private_key(node: Node, at: str, report: Report) -> bool:
    """Note a private key that was pasted into the inventory; true when there is one."""
    if not isinstance(node, Scalar) or not _PRIVATE_KEY.search(node.text):
        return False
    expected = t("the path of its file under 'key', or nothing: an SSH agent is asked by itself")
    report.refuse(node.line, at, t("a private key stands here in clear"), expected)
    return True


def describe(node: Node) -> str:
    """Say what stands at a node, for an error."""
    if isinstance(node, Scalar):
        if node.quoted or node.kind is Plain.TEXT:
            return t("{value} stands here", value=shown(node.text))
        return surprise(node.text, node.kind.value)
    return t("a list stands here") if isinstance(node, Items) else t("a mapping stands here")


@dataclass(frozen=True)
class Text:
    """Text. ``convert`` makes a value of it, or raises :class:`BadValueError`.

    ``pattern`` is a regular expression for the whole text that both Python and ECMAScript
    read the same way. ``reference``: its name under ``$defs`` of the schema.
    """

    expected: Note
    reference: str
    pattern: str | None = None
    longest: int = 255
    forbidden: tuple[str, ...] = ()
    convert: Callable[[str], object] = str
    examples: tuple[str, ...] = ()

    def schema(self) -> Json:
        """Return its JSON Schema: a reference to ``$defs``."""
        return {"$ref": f"#/$defs/{self.reference}"}

    def definition(self) -> Json:
        """Return what ``$defs`` says of it."""
        unseen: list[Json] = [{"pattern": UNSEEN}]
        if self.forbidden:
            unseen.append({"enum": list(self.forbidden)})
        schema: Json = {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "not": {"anyOf": unseen},
        }
        if self.pattern:
            schema["pattern"] = f"^(?:{self.pattern})$"
        if self.examples:
            schema["examples"] = list(self.examples)
        return schema

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return what ``convert`` makes of the text."""
        expected = say(self.expected)
        if refuse_private_key(node, at, report):
            return None
        if not isinstance(node, Scalar) or node.kind is not Plain.TEXT:
            if isinstance(node, Scalar) and node.text and not node.quoted:
                expected = t("{expected}, in quotes if it is meant", expected=expected)
            report.refuse(node.line, at, describe(node), expected)
            return None
        try:
            self._check(node.text)
            return self.convert(node.text)
        except BadValueError as error:
            report.refuse(node.line, at, error.what, error.expected or expected)
            return None

    def _check(self, text: str) -> None:
        if not text:
            raise BadValueError(t("this text is empty"))
        if found := _UNSEEN.search(text):
            code = f"U+{ord(found[0]):04X}"
            raise BadValueError(t("there is an invisible or control character ({code})", code=code))
        if len(text) > self.longest:
            raise BadValueError(t("longer than {limit} characters", limit=self.longest))
        if text in self.forbidden:
            raise BadValueError(t("{value} cannot stand here", value=shown(text)))
        if self.pattern and not re.fullmatch(self.pattern, text):
            # A text of the wrong form may still say more about itself than the pattern does.
            self.convert(text)
            raise BadValueError(t("{value} is not that", value=shown(text)))


@dataclass(frozen=True)
class Number:
    """A number from ``low`` to ``high``, whole or with decimals; written in plain decimal."""

    expected: Note
    low: int
    high: int
    whole: bool = True

    def schema(self) -> Json:
        """Return its JSON Schema."""
        if self.whole:
            return {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {"type": "number", "exclusiveMinimum": self.low, "maximum": self.high}

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return an ``int``, or a ``float`` where it need not be whole."""
        expected = say(self.expected)
        if refuse_private_key(node, at, report):
            return None
        if not isinstance(node, Scalar) or node.kind not in (Plain.WHOLE, Plain.FLOAT):
            if isinstance(node, Scalar) and node.quoted and _DECIMAL.fullmatch(node.text):
                expected = t("{expected}, without quotes", expected=expected)
            report.refuse(node.line, at, describe(node), expected)
            return None
        form = _WHOLE if self.whole else _DECIMAL
        if len(node.text) > _NUMBER_LENGTH or not form.fullmatch(node.text):
            report.refuse(node.line, at, describe(node), expected)
            return None
        value = int(node.text) if self.whole else float(node.text)
        if value > self.high or value < self.low or (value == self.low and not self.whole):
            what = t("{value} is out of range", value=shown(node.text))
            report.refuse(node.line, at, what, expected)
            return None
        return value


@dataclass(frozen=True)
class Truth:
    """True or false; YAML 1.1's yes, no, on and off are taken too."""

    expected: Note = _TRUE_OR_FALSE

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {"type": "boolean"}

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return a ``bool``."""
        if isinstance(node, Scalar) and node.kind is Plain.BOOLEAN and not node.quoted:
            return node.text.lower() in ("true", "yes", "on")
        if not refuse_private_key(node, at, report):
            quoted = isinstance(node, Scalar) and node.quoted
            expected = t("true or false, without quotes") if quoted else say(self.expected)
            report.refuse(node.line, at, describe(node), expected)
        return None


@dataclass(frozen=True)
class Words:
    """One of a few words, each standing for a value that is not ``None``."""

    expected: Note
    words: Mapping[str, object]

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {"enum": list(self.words)}

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return what the word stands for."""
        if isinstance(node, Scalar) and node.kind is Plain.TEXT and node.text in self.words:
            return self.words[node.text]
        if not refuse_private_key(node, at, report):
            report.refuse(node.line, at, describe(node), say(self.expected))
        return None


@dataclass(frozen=True)
class WordOr:
    """A word that stands for a value of its own, or else what another kind reads."""

    word: str
    value: object
    other: Kind

    @property
    def expected(self) -> Note:
        """What the other kind expects."""
        return self.other.expected

    def schema(self) -> Json:
        """Return its JSON Schema."""
        return {"anyOf": [{"const": self.word}, self.other.schema()]}

    def read(self, node: Node, at: str, report: Report) -> object | None:
        """Return what the word stands for, or what the other kind reads."""
        if isinstance(node, Scalar) and node.kind is Plain.TEXT and node.text == self.word:
            return self.value
        return self.other.read(node, at, report)
