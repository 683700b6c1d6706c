"""keepalived.conf → what it says about VRRP (keepalived.conf(5), 1.3.5 to 2.4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from haconsole.domain.conf import (
    ConfProblem,
    InstanceConf,
    KeepalivedConf,
    ScriptConf,
    SyncGroupConf,
    TrackConf,
    VipConf,
)
from haconsole.domain.notes import note

from .conf.quoting import script_words
from .conf.reading import Files, MemoryFiles, Reading
from .conf_text import ConfTree, Statement, parse_tree
from .masking import mask_secrets

__all__ = [
    "ConfTree",
    "Files",
    "MemoryFiles",
    "Reading",
    "extract",
    "mask_secrets",
    "parse_conf",
    "read_conf",
]

_NUMBER = re.compile(r"[-+]?\d{1,9}(?:\.\d{1,9})?\Z")
_MAX_PROBLEMS = 100
_OTHER_TRACKS = ("track_process", "track_file", "track_bfd")
_GROUP_WEIGHTS = ("sync_group_tracking_weight", "global_tracking")


def parse_conf(
    text: str, file: str = "keepalived.conf", reading: Reading | None = None
) -> ConfTree:
    """Read a file into a tree; never raises (see :func:`conf_text.parse_tree`)."""
    return parse_tree(text, file, reading)


def read_conf(
    text: str, file: str = "keepalived.conf", reading: Reading | None = None
) -> KeepalivedConf:
    """Read a file and return what it says about VRRP; never raises.

    ``reading`` has the config id, the version and the included files that the text depends on.
    """
    return extract(parse_tree(text, file, reading))


def extract(tree: ConfTree) -> KeepalivedConf:
    """Return what a tree says about VRRP; values that are no value are ``problems``."""
    return _Reader(tree).read()


class _Reader:
    def __init__(self, tree: ConfTree) -> None:
        self._tree = tree
        self._problems = list(tree.problems)

    def read(self) -> KeepalivedConf:
        conf = KeepalivedConf(self._tree.file)
        scripts: list[ScriptConf] = []
        instances: list[InstanceConf] = []
        groups: list[SyncGroupConf] = []
        for statement in self._tree.statements:
            match statement.key:
                case "global_defs":
                    conf = self._globals(conf, statement)
                case "vrrp_script":
                    scripts.append(self._script(statement))
                case "vrrp_instance":
                    instances.append(self._instance(statement))
                case "vrrp_sync_group":
                    groups.append(self._group(statement))
                case _:
                    pass
        return replace(
            conf,
            scripts=tuple(scripts),
            instances=tuple(instances),
            sync_groups=tuple(groups),
            includes=self._tree.includes,
            missing_includes=self._tree.missing,
            problems=tuple(self._problems[:_MAX_PROBLEMS]),
        )

    def _globals(self, conf: KeepalivedConf, block: Statement) -> KeepalivedConf:
        for statement in block.block or ():
            value = _first(statement)
            match statement.key:
                case "router_id":
                    conf = replace(conf, router_id=value)
                case "enable_script_security":
                    conf = replace(conf, script_security=True)
                case "script_user":
                    conf = replace(conf, script_user=value)
                case "vrrp_version":
                    conf = replace(conf, vrrp_version=self._whole(statement))
                case "vrrp_strict":
                    conf = replace(conf, vrrp_strict=True)
                case "state_dump_file":
                    conf = replace(conf, state_dump_file=value)
                case "json_dump_file":
                    conf = replace(conf, json_dump_file=value)
                case _:
                    conf = self._defaults(conf, statement)
        return conf

    def _defaults(self, conf: KeepalivedConf, statement: Statement) -> KeepalivedConf:
        """Take what holds where an instance does not say."""
        match statement.key:
            case "vrrp_down_timer_adverts":
                return replace(conf, down_timer_adverts=self._whole(statement))
            case "vrrp_garp_master_refresh":
                return replace(conf, garp_refresh_s=self._seconds(statement))
            case "vrrp_garp_master_delay":
                return replace(conf, garp_delay_s=self._seconds(statement))
            case "vrrp_higher_prio_send_advert":
                return replace(conf, higher_prio_send_advert=_on(statement))
        return conf

    def _script(self, block: Statement) -> ScriptConf:
        by_key = {statement.key: statement for statement in block.block or ()}
        script = by_key.get("script")
        return ScriptConf(
            name=self._name(block),
            line=block.line,
            script=" ".join(script.values) if script else None,
            interval_s=self._seconds(by_key.get("interval")),
            timeout_s=self._seconds(by_key.get("timeout")),
            weight=self._whole(by_key.get("weight")),
            fall=self._whole(by_key.get("fall")),
            rise=self._whole(by_key.get("rise")),
            user=_first(by_key.get("user")),
            argv=script_words(script.text, self._tree.version) if script else (),
            file=block.file,
        )

    def _instance(self, block: Statement) -> InstanceConf:
        by_key = {statement.key: statement for statement in block.block or ()}
        auth = {s.key: s for s in _block(by_key.get("authentication"))}
        password = auth.get("auth_pass")
        auth_type = _first(auth.get("auth_type"))
        preempt_delay = self._seconds(by_key.get("preempt_delay"))
        return InstanceConf(
            name=self._name(block),
            line=block.line,
            state=(_first(by_key.get("state")) or "").upper() or None,
            interface=_first(by_key.get("interface")),
            vrid=self._whole(by_key.get("virtual_router_id")),
            priority=self._whole(by_key.get("priority")),
            advert_int_s=self._seconds(by_key.get("advert_int")),
            version=self._whole(by_key.get("version")),
            nopreempt="nopreempt" in by_key,
            preempt_delay_s=preempt_delay,
            strict=bool(_on(by_key.get("strict_mode"))),
            auth_type=auth_type,
            auth_fingerprint=password.fingerprint if password else None,
            vips=tuple(self._vips(_inside(block, "virtual_ipaddress"))),
            excluded_vips=tuple(self._vips(_inside(block, "virtual_ipaddress_excluded"))),
            unicast_source=self._address(by_key.get("unicast_src_ip")),
            unicast_peers=tuple(s.key for s in _inside(block, "unicast_peer")),
            track_scripts=tuple(self._tracks(_inside(block, "track_script"))),
            track_interfaces=tuple(self._tracks(_inside(block, "track_interface"))),
            file=block.file,
            other_tracks=tuple(s.key for key in _OTHER_TRACKS for s in _inside(block, key)),
            down_timer_adverts=self._whole(by_key.get("down_timer_adverts")),
            garp_refresh_s=self._seconds(by_key.get("garp_master_refresh")),
            higher_prio_send_advert=_on(by_key.get("higher_prio_send_advert")),
            garp_delay_s=self._seconds(by_key.get("garp_master_delay")),
        )

    def _group(self, block: Statement) -> SyncGroupConf:
        members = [s for s in block.block or () if s.key == "group"]
        names = [word.text for s in members for m in _block(s) for word in m.tokens]
        weighs = any(s.key in _GROUP_WEIGHTS and _on(s) for s in block.block or ())
        return SyncGroupConf(self._name(block), block.line, tuple(names), block.file, weighs)

    def _vips(self, statements: Iterator[Statement]) -> Iterator[VipConf]:
        """``10.0.0.100/24 dev eth0 label eth0:vip``; several may stand on one line (2.x)."""
        for statement in statements:
            text, _, prefix = statement.key.partition("/")
            keyed = dict(zip(statement.values[::2], statement.values[1::2], strict=False))
            try:
                value = ip_address(text)
            except ValueError:
                self._problem(statement, "{text} is no address", text=statement.key[:60])
                continue
            length = (
                int(prefix) if prefix.isascii() and prefix.isdigit() and len(prefix) < 4 else None
            )
            if prefix and (length is None or length > value.max_prefixlen):
                self._problem(statement, "/{prefix} is no prefix length", prefix=prefix[:60])
                length = None
            yield VipConf(str(value), statement.line, length, keyed.get("dev"), keyed.get("label"))

    def _tracks(self, statements: Iterator[Statement]) -> Iterator[TrackConf]:
        for statement in statements:
            values = statement.values
            weight: int | None = None
            if "weight" in values[:-1]:
                text = values[values.index("weight") + 1]
                weight = int(float(text)) if _NUMBER.match(text) else None
            yield TrackConf(statement.key, statement.line, weight)

    def _name(self, block: Statement) -> str:
        if not block.values:
            self._problem(block, "{key} has no name", key=block.key)
            return ""
        return block.values[0]

    def _address(self, statement: Statement | None) -> str | None:
        text = _first(statement)
        if statement is None or text is None:
            return None
        try:
            return str(ip_address(text))
        except ValueError:
            self._problem(statement, "{text} is no address", text=text[:60])
            return None

    def _seconds(self, statement: Statement | None) -> float | None:
        text = _first(statement)
        if statement is None or text is None:
            return None
        if not _NUMBER.match(text):
            self._problem(
                statement,
                "{key} wants a number, not {text}",
                key=statement.key,
                text=text[:60],
            )
            return None
        return float(text)

    def _whole(self, statement: Statement | None) -> int | None:
        number = self._seconds(statement)
        return None if number is None else int(number)

    def _problem(self, statement: Statement, template: str, **values: str | int) -> None:
        if len(self._problems) < _MAX_PROBLEMS:
            problem = ConfProblem(statement.file, statement.line, note(template, **values))
            self._problems.append(problem)


def _first(statement: Statement | None) -> str | None:
    return statement.values[0] if statement and statement.values else None


def _on(statement: Statement | None) -> bool | None:
    """Read a ``[<BOOL>]``: a bare word means yes; ``None`` where it does not stand."""
    return None if statement is None else _first(statement) in (None, "on", "true", "yes")


def _block(statement: Statement | None) -> tuple[Statement, ...]:
    return (statement.block or ()) if statement else ()


def _inside(block: Statement, key: str) -> Iterator[Statement]:
    """Yield what is in all blocks of a name: keepalived adds several lists up."""
    for statement in block.block or ():
        if statement.key == key:
            yield from statement.block or ()
