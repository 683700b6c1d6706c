"""Names that refer to nothing, and things that nothing refers to.

Sources: ``vrrp_track.c``, ``vrrp_sync.c`` and ``vrrp_complete_init`` of keepalived's ``vrrp.c``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haconsole.domain.notes import Note, NoteValue, note

from .findings import Finding
from .source import Source, Statement, found, inside, listed, place

#: List in an instance or group → the blocks that define what it names, and what that is called.
_DEFINED_BY = {
    "track_script": (("vrrp_script",), note("check")),
    "track_process": (("vrrp_track_process",), note("process")),
    "track_file": (("vrrp_track_file", "track_file"), note("file")),
    "track_bfd": (("bfd_instance",), note("BFD instance")),
}


def references(source: Source) -> Iterator[Finding]:
    """Find the names without a meaning, and checks without a use."""
    used: set[str] = set()
    for key, (blocks, kind) in _DEFINED_BY.items():
        defined = {
            one.values[0]: (at, one)
            for at, one in enumerate(source.statements)
            if one.key in blocks and one.values
        }
        for at, block in enumerate(source.statements):
            if block.key in ("vrrp_instance", "vrrp_sync_group"):
                yield from _tracked(block, at, key, kind, defined)
    for block in source.blocks("vrrp_instance", "vrrp_sync_group"):
        used |= {one.key for one in listed(block, "track_script")}
    for script, block in source.checks():
        if script.name and script.name not in used:
            said = note(
                "no instance tracks the check {check}: keepalived drops it", check=script.name
            )
            yield found("unused-check", place(block), said)
    yield from _groups(source)


def _tracked(
    block: Statement, at: int, key: str, kind: Note, defined: Mapping[str, tuple[int, Statement]]
) -> Iterator[Finding]:
    seen: dict[str, Statement] = {}
    for statement in listed(block, key):
        name = statement.key
        values: dict[str, NoteValue] = {"key": key, "name": name[:60], "kind": kind}
        if name in seen:
            said = note("{key} names {name} twice", **values)
            yield found("named-twice", place(statement), said, place(seen[name]))
            continue
        seen[name] = statement
        place_of, definition = defined.get(name, (0, None))
        if definition is None:
            said = note("{key} names the {kind} {name}, which is defined nowhere", **values)
            yield found("unknown-reference", place(statement), said)
        elif place_of > at:
            said = note(
                "{key} names the {kind} {name}, which is defined only further down ({where}): "
                "keepalived does not find it",
                **values,
                where=str(place(definition)),
            )
            yield found("defined-later", place(statement), said, place(definition))


def _groups(source: Source) -> Iterator[Finding]:
    known = {one.name: block for one, block in source.instances()}
    member_of: dict[str, str] = {}
    for group, block in zip(
        source.conf.sync_groups, source.blocks("vrrp_sync_group"), strict=False
    ):
        where = place(next(inside(block, "group"), None), block)
        if not group.members:
            said = note("the sync group {group} has no instances", group=group.name)
            yield found("group-members", where, said)
            continue
        for name in group.members:
            if name not in known:
                said = note(
                    "the sync group {group} names the instance {name}, which there is not",
                    group=group.name,
                    name=name[:60],
                )
                yield found("unknown-member", where, said)
            elif name in member_of:
                said = note(
                    "the instance {name} is in the sync group {other} already",
                    name=name,
                    other=member_of[name],
                )
                yield found("member-twice", where, said)
            member_of.setdefault(name, group.name)
        if len(set(group.members)) == 1:
            said = note(
                "the sync group {group} has one instance only, so nothing moves together",
                group=group.name,
            )
            yield found("group-of-one", where, said)
