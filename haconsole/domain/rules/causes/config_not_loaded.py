"""The file on disk says something else than what keepalived does: it was not loaded."""

from __future__ import annotations

from collections.abc import Iterator

from ...conf import InstanceConf
from ...daemon import Instance
from ...notes import note
from ...verdict import KEEPALIVED, Level
from ...vrrp import advert_int
from ..case import Case, NodeCase, log_of
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import alive, frozen, seen, sides

#: A file written this shortly before a start was loaded by it.
_SLACK_S = 2.0
#: A file written this lately may be loaded by whoever wrote it, in a moment. And where the daemon
#: was asked after the file was read, the log may not tell yet of a load in between.
_AT_WORK_S = 5.0


def _find(case: Case) -> Iterator[Finding]:
    done: set[str] = set()
    for vip in case.vips:
        for side in sides(case, vip):
            node = side.node
            if node.name in done or alive(node) is not True or frozen(node):
                continue
            if side.conf is None or side.live is None:
                continue
            if _of_two_times(case, node):
                continue
            differs = tuple(_differs(node, side.conf, side.live))
            newer = tuple(_newer(case, node))
            if not differs:
                continue
            done.add(node.name)
            yield Finding(
                cause="config-not-loaded",
                title=note("keepalived on {host} does not do what its file says: it was changed "
                           "and not loaded", host=node.name),
                severity=Level.WARNING,
                confidence=0.93 if newer else 0.85,
                nodes=(node.name,),
                evidence=(*differs, *newer),
                impact=note("The next start or reload changes how the pair behaves."),
                fix=Fix(note("Read the differences; then reload keepalived on {host}, or put the "
                             "earlier file back.", host=node.name)),
            )  # fmt: skip


def _differs(node: NodeCase, conf: InstanceConf, live: Instance) -> Iterator[Evidence]:
    version = live.version or 2
    on_file = frozenset(v.address for v in (*conf.vips, *conf.excluded_vips))
    rows: list[tuple[str, object, object]] = [
        ("virtual_router_id", conf.vrid, live.vrid),
        ("priority", conf.priority, live.base_priority),
        ("interface", conf.interface, live.interface),
        ("virtual_ipaddress", ", ".join(sorted(on_file)), ", ".join(sorted(live.vips)) or None),
    ]
    if conf.advert_int_s is not None and live.advert_int_s is not None and version == 2:
        rows.append(("advert_int", advert_int(conf.advert_int_s, 2), live.advert_int_s))
    for setting, file, running in rows:
        if file is None or running is None or file == running:
            continue
        said = note("{host}: {setting} is {running}, and {file} in the file", host=node.name,
                    setting=setting, running=str(running), file=str(file))  # fmt: skip
        yield seen(node, node.daemon, said)


def _of_two_times(case: Case, node: NodeCase) -> bool:
    """Whether file and daemon were read before and after a load, or one is about to come.

    Then they differ because both are right, each of its own moment.
    """
    if not case.live:
        return False
    conf, changed = node.conf, node.conf_changed_at
    if changed is not None and case.at - changed.value < _AT_WORK_S:
        return True
    read = conf.at if conf else None
    dumped = node.daemon.value.dumped_at or node.daemon.at if node.daemon else None
    if read is None or dumped is None:
        return False
    if read < dumped and case.at - dumped < _AT_WORK_S:
        return True
    loaded = _loaded(case, node)
    # A daemon that reloads answers with its new settings a moment after it said so.
    return loaded is not None and (read < loaded or dumped < loaded + _SLACK_S)


def _loaded(case: Case, node: NodeCase) -> float | None:
    """Return when keepalived last read its file, as far as that is known."""
    unit = node.unit(KEEPALIVED)
    offset = node.clock.value.offset_s if node.clock and case.live else 0.0
    loads = [at for at, fact in log_of(node) if "Reloading" in fact.text]
    starts = [unit.since - offset] if unit is not None and unit.since is not None else []
    return max([*starts, *loads], default=None)


def _newer(case: Case, node: NodeCase) -> Iterator[Evidence]:
    unit, loaded = node.unit(KEEPALIVED), _loaded(case, node)
    if node.conf_changed_at is None or unit is None or unit.since is None or loaded is None:
        return
    if node.conf_changed_at.value > loaded + _SLACK_S:
        said = note("{host}: the file was written after keepalived last read it", host=node.name)
        yield seen(node, node.conf_changed_at, said)


RULE = Rule(
    "config-not-loaded",
    note("keepalived.conf was changed and not loaded."),
    _find,
)
