"""YAML text as a tree whose every part knows its line. Nothing is ever constructed from a tag.

PyYAML resolves plain scalars by YAML 1.1, where ``no`` is false, ``0123`` is octal and ``1:30``
is ninety; a :class:`Scalar` keeps what was written beside what YAML makes of it, so that
errors can explain the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import Resolver
from yaml.scanner import Scanner

from haconsole.words import t

from . import syntax
from .problems import Report, dotted, item, shown

#: Parts that a file may have once its aliases are written out.
MAX_NODES = 50_000
#: How deep a file may nest; an inventory needs seven levels.
MAX_DEPTH = 20
_TAG = "tag:yaml.org,2002:"


class Plain(StrEnum):
    """What YAML takes a scalar for."""

    TEXT = "text"
    WHOLE = "int"
    FLOAT = "float"
    BOOLEAN = "bool"
    NULL = "null"
    DATE = "timestamp"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: its text as written, what YAML takes it for, and whether it was quoted."""

    text: str
    kind: Plain
    quoted: bool
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value; ``line`` is the key's."""

    key: str
    value: Node
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, its merges (``<<``) done, its keys unique."""

    entries: tuple[Entry, ...]
    line: int


Node: TypeAlias = "Scalar | Items | Mapping"


class _StructureError(Exception):
    """The file is YAML, but of a shape that is not read any further."""

    def __init__(self, line: int, what: str, expected: str) -> None:
        super().__init__(what)
        self.line, self.what, self.expected = line, what, expected


class _AliasNode(yaml.Node):
    """An alias where it was written, so that a problem is shown there and not at the anchor."""

    id = "alias"

    def __init__(self, target: yaml.Node, mark: yaml.Mark) -> None:
        super().__init__(target.tag, target, mark, mark)
        self.target = target


class _Loader(Reader, Scanner, Parser, Composer, Resolver):
    """PyYAML up to its node tree, with limits; the constructing half is not there at all."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        Resolver.__init__(self)
        self._depth = 0
        self._count = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        """Compose one node as PyYAML does, but not too many, and not too deep."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped in the stubs
        mark: Any = event.start_mark  # its type in the stubs leaves room for None
        line = int(mark.line) + 1
        self._count += 1
        if self._count > MAX_NODES:
            raise _too_large(line)
        if self._depth >= MAX_DEPTH:
            what = t("nested more than {limit} levels deep", limit=MAX_DEPTH)
            raise _StructureError(line, what, t("an inventory, which needs seven"))
        self._depth += 1
        try:
            node = super().compose_node(parent, index)  # type: ignore[arg-type]  # stub: no index
        finally:
            self._depth -= 1
        if isinstance(event, yaml.AliasEvent) and node is not None:
            return _AliasNode(node, mark)
        return node


def read_tree(text: str, report: Report, *, ours: bool = False) -> Node | None:
    """Return the tree of the one document in ``text``, or ``None`` after noting what it is.

    ``ours``: a file that came with the product, which needs no limits: libyaml reads it, where
    PyYAML was built with it, some forty times faster.
    """
    loader: _Loader | None = None
    try:
        if ours and (quick := _by_libyaml(text)) is not None:
            return _Builder(report).node(quick, "", quick.start_mark.line + 1)
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is not None:
            return _Builder(report).node(root, "", root.start_mark.line + 1)
    except _StructureError as error:
        report.refuse(error.line, "", error.what, error.expected)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # ValueError, OverflowError: PyYAML's own slips on escapes such as "\UFFFFFFFF".
        syntax.explain(error, text, loader.line + 1 if loader else 1, report)
    return None


def _by_libyaml(text: str) -> yaml.Node | None:
    """Return PyYAML's node tree; ``None`` where there is no libyaml, or it finds a mistake."""
    if not yaml.__with_libyaml__:
        return None
    try:
        return yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        return None  # the slower way says in a sentence what it is


def _too_large(line: int) -> _StructureError:
    what = t("more than {limit} values once its aliases are written out", limit=MAX_NODES)
    return _StructureError(line, what, t("an inventory of a size that a person can read"))


class _Builder:
    """Turns PyYAML's nodes into ours: aliases written out (bounded), merges done, keys checked."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._count = 0
        self._open: set[int] = set()

    def node(self, node: yaml.Node, at: str, line: int) -> Node:
        """Return our form of a node that stands at path ``at``."""
        if isinstance(node, _AliasNode):
            return self.node(node.target, at, line)
        self._count += 1
        if self._count > MAX_NODES:
            raise _too_large(line)
        self._check_tag(node, at, line)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node, line)
        if id(node) in self._open:
            what = t("an alias stands inside the very value that it names")
            raise _StructureError(line, what, t("an alias of something that is complete before it"))
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return Mapping(tuple(self._entries(node, at)), line)
            values = enumerate(node.value)
            return Items(tuple(self.node(v, item(at, i), _line(v)) for i, v in values), line)
        finally:
            self._open.discard(id(node))

    def _entries(self, node: yaml.MappingNode, at: str) -> list[Entry]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key_node, value in node.value:
            line = _line(key_node)
            key = self._key(key_node, at, line)
            if key is None:
                continue
            place = dotted(at, key)
            if _is_merge(key_node):
                for entry in self._merge(value, place):
                    merged.setdefault(entry.key, entry)
            elif key in own:
                what = t("this key was already written on line {line}", line=own[key].line)
                self._report.refuse(line, place, what, t("every key once"))
            else:
                # What a list or mapping lacks is said where its key stands.
                where = _line(value) if isinstance(value, yaml.ScalarNode) else line
                own[key] = Entry(key, self.node(value, place, where), line)
        return [*own.values(), *(entry for key, entry in merged.items() if key not in own)]

    def _key(self, node: yaml.Node, at: str, line: int) -> str | None:
        target = node.target if isinstance(node, _AliasNode) else node
        if not isinstance(target, yaml.ScalarNode):
            what = t("a list or a mapping stands where a key should")
            self._report.refuse(line, at, what, t("a key that is plain text"))
            return None
        self._check_tag(target, at, line)
        scalar = _scalar(target, line)
        if scalar.kind is not Plain.TEXT:
            what = syntax.surprise(scalar.text, scalar.kind.value)
            self._report.refuse(line, dotted(at, scalar.text), what, t("a key in quotes"))
        return scalar.text

    def _merge(self, value: yaml.Node, at: str) -> list[Entry]:
        line = _line(value)
        built = self.node(value, at, line)
        parts = built.items if isinstance(built, Items) else (built,)
        if not all(isinstance(part, Mapping) for part in parts):
            expected = t("an alias of a mapping, or a list of such aliases")
            self._report.refuse(line, at, t("<< merges something that is no mapping"), expected)
        return [entry for part in parts if isinstance(part, Mapping) for entry in part.entries]

    def _check_tag(self, node: yaml.Node, at: str, line: int) -> None:
        tag = node.tag or ""
        if tag.removeprefix(_TAG) in _KNOWN_TAGS and tag.startswith(_TAG):
            return
        if tag == "!vault":
            what = t("this is a value encrypted by Ansible Vault, which is not opened here")
            expected = t("no secret at all: it is asked for on the screen when it is needed")
        else:
            what = t("the tag {tag} is not accepted", tag=shown(tag.replace(_TAG, "!!")))
            expected = t("plain values without tags")
        self._report.refuse(line, at, what, expected)


_KNOWN_TAGS = frozenset(
    {"map", "seq", "str", "int", "float", "bool", "null", "timestamp", "value", "merge"}
)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_merge(node: yaml.Node) -> bool:
    return bool(node.tag == f"{_TAG}merge")


def _scalar(node: yaml.ScalarNode, line: int) -> Scalar:
    name = (node.tag or "").removeprefix(_TAG)
    kind = Plain(name) if name in _PLAIN else Plain.TEXT
    # Plain scalars have no style, or an empty one (libyaml).
    return Scalar(node.value, kind, bool(node.style), line)


_PLAIN = frozenset(kind.value for kind in Plain)
