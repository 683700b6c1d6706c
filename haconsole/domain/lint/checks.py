"""Checks that do not check: never run, never in time, or without a say.

Sources: keepalived.conf(5); ``vrrp_script_thread`` and ``vrrp_complete_instance`` of keepalived.
"""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.conf import InstanceConf, ScriptConf
from haconsole.domain.notes import note
from haconsole.domain.vrrp import OWNER

from . import timing
from .findings import Finding
from .source import Source, Statement, found, inside, last, listed, place

_TRACKS = ("track_script", "track_process", "track_file", "track_bfd")


def checks(source: Source) -> Iterator[Finding]:
    """Find checks that are missing, late, or not counted."""
    for script, block in source.checks():
        yield from _script(script, block)
    for instance, block in source.instances():
        yield from _tracked(source, instance, block)


def _script(script: ScriptConf, block: Statement) -> Iterator[Finding]:
    if not script.argv:
        said = note("the check {check} has no script: keepalived drops it", check=script.name)
        yield found("check-without-script", place(last(block, "script"), block), said)
    if script.timeout_s is not None:
        for fault in timing.check_times(script.timeout_s, script.interval_s or 1.0):
            yield found(fault.rule, place(last(block, "timeout"), block), fault.note)


def _tracked(source: Source, instance: InstanceConf, block: Statement) -> Iterator[Finding]:
    group, group_block = group_of(source, instance)
    if not any(listed(block, *_TRACKS)) and not any(listed(group_block, *_TRACKS)):
        said = note(
            "{instance} tracks no check: its VIP stays on an LB whose nginx is dead",
            instance=instance.name,
        )
        yield found("no-check", place(block), said)
    for tracked in listed(block, "track_interface"):
        if tracked.key == instance.interface:
            said = note(
                "{instance} tracks {interface}, its own interface, as it does anyway: keepalived "
                "passes this over",
                instance=instance.name,
                interface=tracked.key,
            )
            yield found("own-interface", place(tracked), said)
    known = {one.name: one.weight or 0 for one in source.conf.scripts}
    lines = {one.key: one for one in listed(block, "track_script")}
    for track in instance.track_scripts:
        weight = known.get(track.name, 0) if track.weight is None else track.weight
        if not weight or track.name not in known:
            continue
        where = place(lines.get(track.name), block)
        if _owner(instance):
            said = note(
                "the check {check} has a weight, which priority 255 does not know: keepalived "
                "drops it",
                check=track.name,
            )
            yield found("weight-owner", where, said)
        elif group is not None and not group_weighs(source, group):
            said = note(
                "the check {check} has a weight, which the sync group {group} does not know: "
                "keepalived drops it; use weight 0, or track it in the group",
                check=track.name,
                group=group,
            )
            yield found("weight-in-group", where, said)


def _owner(instance: InstanceConf) -> bool:
    return (instance.priority or (OWNER if instance.state == "MASTER" else 0)) == OWNER


def group_of(source: Source, instance: InstanceConf) -> tuple[str | None, Statement | None]:
    """Return the sync group of an instance: its name and its block."""
    pairs = zip(source.conf.sync_groups, source.blocks("vrrp_sync_group"), strict=False)
    for group, block in pairs:
        if instance.name in group.members:
            return group.name, block
    return None, None


def group_weighs(source: Source, name: str) -> bool:
    """Whether a sync group lets weights count."""
    return any(one.tracks_weight for one in source.conf.sync_groups if one.name == name)


def scripts_of(source: Source) -> Iterator[tuple[str, Statement]]:
    """Yield what is run and what it is for: checks and notifications."""
    for script, block in source.checks():
        if script.argv:
            yield script.argv[0], last(block, "script") or block
    for block in source.blocks("vrrp_instance", "vrrp_sync_group"):
        for statement in block.block or ():
            if statement.key.startswith("notify") and statement.values:
                words = statement.values[0].split()
                if words and statement.key != "notify_priority_changes":
                    yield words[0], statement
    for block in source.blocks("global_defs"):
        for statement in inside(block, "notify_fifo_script", "vrrp_notify_fifo_script"):
            if statement.values and statement.values[0].split():
                yield statement.values[0].split()[0], statement
