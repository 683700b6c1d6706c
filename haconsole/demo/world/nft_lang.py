"""What nft reads: statements and whole tables in blocks (nft(8)), done all or not at all."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .net import Fate, Packet
from .nft import Chain, Rule, Table

FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
_VERBS = ("add", "create", "delete", "insert", "flush", "list", "replace", "rename", "reset")
_HEAD = re.compile(r"type (\w+) hook (\w+)(?: device \S+)? priority ([-\w +]+?) ?;?$")
#: nft(8): the names of priorities, by number, for the families IP, IPv6 and inet.
_PRIORITIES = {-300: "raw", -150: "mangle", -100: "dstnat", 0: "filter", 50: "security",
               100: "srcnat"}  # fmt: skip
_NO_SUCH = "Could not process rule: No such file or directory"


class NftError(Exception):
    """What nft says of a statement; ``at`` is the word of it that is underlined."""

    def __init__(self, text: str, statement: str, at: str = "") -> None:
        super().__init__(text)
        start = statement.rfind(at) if at else 0
        line = f"{' ' * max(0, start)}{'^' * max(1, len(at or statement))}"
        self.shown = f"Error: {text}\n{statement}\n{line}\n"


@dataclass(frozen=True, slots=True)
class _Order:
    """A statement taken apart: ``rest`` is what follows the names; ``block``: in braces."""

    text: str
    verb: str
    thing: str
    key: tuple[str, str]
    names: tuple[str, ...]
    rest: str
    block: str | None


class Tables:
    """The tables that somebody added beside firewalld's."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], Table] = {}
        self._handles = 1

    def apply(self, text: str, *, only_check: bool = False) -> None:
        """Do every statement, or none: ``NftError`` says which one cannot be."""
        before = copy.deepcopy(self.tables)
        try:
            for statement in statements(text):
                self._do(statement)
        except NftError:
            self.tables = before
            raise
        if only_check:
            self.tables = before

    def judge(self, hook: str, packet: Packet) -> Fate:
        """Judge a packet at a hook, by every table."""
        for table in self.tables.values():
            if (fate := table.judge(hook, packet)) is not Fate.ACCEPT:
                return fate
        return Fate.ACCEPT

    def text(self, *, handles: bool = False) -> str:
        """Return them as ``nft list ruleset`` prints them."""
        return "".join(table.text(handles=handles) for table in self.tables.values())

    def table(self, family: str, name: str) -> Table:
        """Return a table, made where there is none."""
        found = self.tables.get((family, name))
        if found is None:
            self._handles += 1
            found = self.tables[family, name] = Table(family, name, handle=self._handles)
        return found

    def _do(self, statement: str) -> None:
        if statement.split() == ["flush", "ruleset"]:
            self.tables.clear()
            return
        order = _read(statement)
        there = self.tables.get(order.key)
        if order.thing == "table" and order.verb in ("add", "create"):
            if there is not None and order.verb == "create":
                raise NftError("Could not process rule: File exists", statement, order.key[1])
            self._fill(self.table(*order.key), order)
        elif there is None:
            raise NftError(_NO_SUCH, statement, order.key[1])
        elif order.thing == "table" and order.verb == "delete":
            del self.tables[order.key]
        elif order.thing == "table" and order.verb == "flush":
            for chain in there.chains.values():
                chain.rules.clear()
        elif order.thing == "chain":
            _do_chain(there, order)
        elif order.thing == "rule":
            _do_rule(there, order)
        else:
            raise NftError(f"syntax error, unexpected {order.thing}", statement, order.thing)

    def _fill(self, table: Table, order: _Order) -> None:
        for entry in statements(order.block or ""):
            match = re.match(r"chain (\S+) ?\{(.*)\}$", entry, re.DOTALL)
            if match is None:
                word = entry.split()[0]
                raise NftError(f"syntax error, unexpected {word}", entry, word)
            _fill_chain(table, match[1], match[2])


def _chain(table: Table, name: str) -> Chain:
    chain = table.chains.get(name)
    if chain is None:
        chain = table.chains[name] = Chain(name, handle=table.next_handle())
    return chain


def _fill_chain(table: Table, name: str, body: str) -> None:
    chain = _chain(table, name)
    for line in statements(body):
        word = line.split()[0]
        if word == "type":
            chain.head = _head(line, chain.head)
        elif word == "policy":
            chain.head = re.sub(r"policy \w+", f"policy {line.split()[1]}", chain.head)
        elif word not in ("comment", "flags"):
            chain.rules.append(Rule(_printed(line), table.next_handle()))


def _do_chain(table: Table, order: _Order) -> None:
    name = order.names[0]
    if order.verb in ("add", "create"):
        if order.verb == "create" and name in table.chains:
            raise NftError("Could not process rule: File exists", order.text, name)
        _fill_chain(table, name, order.block or "")
        return
    chain = table.chains.get(name)
    if chain is None:
        raise NftError(_NO_SUCH, order.text, name)
    if order.verb == "flush":
        chain.rules.clear()
    elif chain.rules or any(f" {name}" in r.words for c in table.chains.values() for r in c.rules):
        raise NftError("Could not process rule: Device or resource busy", order.text, name)
    else:
        del table.chains[name]


def _do_rule(table: Table, order: _Order) -> None:
    chain = table.chains.get(order.names[0])
    if chain is None:
        raise NftError(_NO_SUCH, order.text, order.names[0])
    place = re.match(r"(?:handle|position|index) (\d+) ?", order.rest)
    if order.verb == "delete":
        number = int(place[1]) if place else 0
        found = next((rule for rule in chain.rules if rule.handle == number), None)
        if found is None:
            raise NftError(_NO_SUCH, order.text, order.rest)
        chain.rules.remove(found)
        return
    rule = Rule(_printed(order.rest[place.end() :] if place else order.rest), table.next_handle())
    if order.verb == "insert":
        chain.rules.insert(0, rule)
    else:
        chain.rules.append(rule)


def _read(statement: str) -> _Order:
    """Take a statement apart; ``NftError`` with nft's words when it is none."""
    words = statement.split()
    verb = words.pop(0) if words and words[0] in _VERBS else "add"
    if not words or words[0] not in ("table", "chain", "rule"):
        word = words[0] if words else "end of file"
        raise NftError(f"syntax error, unexpected {word}", statement, words[0] if words else "")
    thing = words.pop(0)
    family = words.pop(0) if words and words[0] in FAMILIES else "ip"
    count = 1 if thing == "table" else 2
    names = [word for word in words[:count] if not word.startswith("{")]
    if len(names) < count:
        raise NftError("syntax error, unexpected end of file", statement)
    block = None
    if thing != "rule" and "{" in statement:
        block = statement[statement.index("{") + 1 : statement.rindex("}")]
    # A rule as it was written: blanks in a comment are its own.
    tail = re.match(
        rf"(?:\S+\s+){{{len(statement.split()) - len(words) + count}}}", statement + " "
    )
    rest = statement[tail.end() :] if tail and thing == "rule" else ""
    return _Order(statement, verb, thing, (family, names[0]), tuple(names[1:]), rest, block)


def _head(line: str, before: str) -> str:
    """Return what nft prints of ``type filter hook input priority 0``."""
    match = _HEAD.match(line.strip())
    if match is None:
        raise NftError("syntax error, unexpected newline", line)
    kind, hook, priority = match.groups()
    bare = priority.replace(" ", "")
    if re.fullmatch(r"-?\d+", bare):
        priority = _PRIORITIES.get(int(bare), bare)
    policy = re.search(r"policy \w+", before)
    return (
        f"type {kind} hook {hook} priority {priority}; {policy[0] if policy else 'policy accept'};"
    )


def _printed(rule: str) -> str:
    """Return a rule as nft prints it: protocols by their names, sets of one without braces."""
    text = re.sub(r"\{ ?([^ ,}]+) ?\}", r"\1", rule.strip())
    return re.sub(r"\b(ip protocol|meta l4proto|ip6 nexthdr) (!= )?112\b", r"\1 \2vrrp", text)


def statements(text: str) -> Iterator[str]:
    """Split at newlines and semicolons that are outside of braces and quotes; no comments."""
    depth, quoted, current = 0, False, ""
    for line in text.replace("\\\n", " ").splitlines():
        for char in _uncommented(line):
            quoted ^= char == '"'
            depth += 0 if quoted else {"{": 1, "}": -1}.get(char, 0)
            if char == ";" and depth == 0 and not quoted:
                yield from _whole(current)
                current = ""
            else:
                current += char
        if depth:
            # Inside of braces a newline ends what a semicolon does.
            current += " " if current.rstrip()[-1:] in ("{", ";", ",", "") else ";"
        else:
            yield from _whole(current)
            current = ""
    yield from _whole(current)


def _whole(text: str) -> Iterator[str]:
    stripped = text.strip()
    if stripped:
        yield stripped


def _uncommented(line: str) -> str:
    quoted = False
    for index, char in enumerate(line):
        quoted ^= char == '"'
        if char == "#" and not quoted:
            return line[:index]
    return line
