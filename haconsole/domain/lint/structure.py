"""Words that are not keepalived's, at places where they do not belong, or without what they need.

Source: ``process_stream`` and ``alloc_value_block`` of keepalived's ``lib/parser.c``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haconsole.domain.notes import note

from .findings import Finding
from .grammar import BLOCKS, alike, homes, keywords
from .source import Source, Statement, found, inside, place

#: Blocks that are called by a name.
_NAMED = {
    "vrrp_instance", "vrrp_sync_group", "vrrp_script", "vrrp_track_process", "vrrp_track_file",
    "track_file", "track_group", "bfd_instance",
}  # fmt: skip
#: Those of which keepalived takes the first and skips the others.
_UNIQUE = ("vrrp_instance", "vrrp_sync_group", "track_group", "bfd_instance")
#: Settings that may be said once; a second one is taken instead, or dropped.
_ONCE = {
    "vrrp_instance": (
        "state", "interface", "virtual_router_id", "priority", "advert_int", "version",
        "unicast_src_ip", "mcast_src_ip", "preempt_delay",
    ),
    "vrrp_script": ("script", "interval", "timeout", "weight", "rise", "fall", "user"),
    "global_defs": ("router_id", "vrrp_version", "script_user"),
}  # fmt: skip
#: Never looked up: conditions and definitions that could not be decided.
_UNREAD = ("@", "$", "~")


def structure(source: Source) -> Iterator[Finding]:
    """Find what cannot be where it is."""
    yield from _Words(source).of(source.statements, "")
    yield from _names(source)
    for block in source.blocks(*_ONCE):
        yield from _once(block)


class _Words:
    def __init__(self, source: Source) -> None:
        self._source = source
        #: How many unknown words are still compared with all that are known.
        self._guesses = 50

    def of(self, statements: Sequence[Statement], path: str) -> Iterator[Finding]:
        """Find the words that a block does not know; ``path``: its name, and those around it."""
        known = keywords(path)
        if known is None:
            return
        for statement in statements:
            key = statement.key
            if not key or key.startswith(("{", *_UNREAD)):
                continue
            since = known.get(key)
            if since is None:
                yield self._unknown(statement, path)
                continue
            if not self._source.since(*since):
                yield _too_new(self._source, statement, since)
                continue
            inner = f"{path}/{key}" if path else key
            if statement.block is not None:
                yield from self.of(statement.block, inner)
            elif key in BLOCKS or keywords(inner) is not None:
                said = note(
                    "{key} wants a block in braces: keepalived reads what follows as its content",
                    key=key,
                )
                yield found("needs-block", place(statement), said)

    def _unknown(self, statement: Statement, path: str) -> Finding:
        key, meant = statement.key[:60], None
        if self._guesses:
            self._guesses -= 1
            meant = alike(statement.key, path)
        elsewhere = homes(statement.key)
        if meant is not None:
            said = note("{key} is no keyword here; {meant} is", key=key, meant=meant)
        elif elsewhere and path:
            said = note(
                "{key} does not belong into {block} but into {home}",
                key=key,
                block=path,
                home=elsewhere[0] or note("the file itself"),
            )
        elif elsewhere:
            said = note("{key} belongs into a block {home}", key=key, home=elsewhere[0])
        else:
            said = note("{key} is no keyword of keepalived", key=key)
        return found("unknown-keyword", place(statement), said)


def _too_new(source: Source, statement: Statement, since: tuple[int, ...]) -> Finding:
    said = note(
        "{key} needs keepalived {since}; {version} does not know it",
        key=statement.key,
        since=".".join(map(str, since)),
        version=".".join(map(str, source.version or ())),
    )
    return found("keyword-version", place(statement), said)


def _names(source: Source) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Statement] = {}
    for block in source.blocks(*_NAMED):
        if not block.values:
            yield found("no-name", place(block), note("{key} has no name", key=block.key))
            continue
        if len(block.values) > 1 and block.key in _UNIQUE[:3]:
            said = note(
                "{key} wants one word for a name; keepalived skips the block", key=block.key
            )
            yield found("no-name", place(block), said)
            continue
        name = (block.key, block.values[0])
        if name not in seen:
            seen[name] = block
            continue
        first = place(seen[name])
        values = {"key": block.key, "name": block.values[0], "first": str(first)}
        if block.key in _UNIQUE:
            said = note("{key} {name} is there already ({first}); keepalived skips this one",
                        **values)  # fmt: skip
            yield found("same-name", place(block), said, first)
        else:
            said = note("{key} {name} is there already ({first}), which is the one that is used",
                        **values)  # fmt: skip
            yield found("same-name-again", place(block), said, first)


def _once(block: Statement) -> Iterator[Finding]:
    for key in _ONCE[block.key]:
        every = [*inside(block, key)]
        for other in every[1:]:
            if other.values == every[0].values:
                continue
            first = place(every[0])
            said = note(
                "{key} is said twice in this block ({first}): one of them does not count",
                key=key,
                first=str(first),
            )
            yield found("said-twice", place(other), said, first)
