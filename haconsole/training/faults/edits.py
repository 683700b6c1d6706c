"""Faults that are another keepalived.conf: mismatches of a pair, and pairs that do not fail over.

The whole new text is made here, by the parser's model of the file: everything that is not changed
keeps every byte. On the node it is staged, tested by keepalived, and moved into place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from haconsole.domain.notes import note
from haconsole.domain.vrrp import MIN_PRIORITY
from haconsole.domain.vrrp_router import Router
from haconsole.parsers.conf import Editor
from haconsole.procedures.drill.faults.conf_edit import CONF, STAGE, capture, edited
from haconsole.procedures.drill.faults.fault import Fault
from haconsole.procedures.drill.faults.scene import KEEPALIVED, Scene
from haconsole.procedures.drill.faults.shell import OTHER, not_left, runs
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.words import t

from .exchange import EXCHANGE, read_anew
from .kind import Broken, Maker, by_priority

#: A password that nobody uses, and addresses that are nobody's (RFC 5737, RFC 3849).
_PASSWORD, _ADDRESS, _ADDRESS_6 = "another1", "192.0.2.100/32", "2001:db8::100/128"
#: What a check costs at most where its weight shall be too small.
_SMALL = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """What an edit is made from: the LB whose file it is, and all of them by priority."""

    scene: Scene
    own: Router
    lbs: tuple[Router, ...]

    @property
    def instance(self) -> str:
        """The block of the VIP's instance, as a path names it."""
        return f"vrrp_instance {self.own.instance.name}"


Edit = Callable[[Editor, Pair], None]


def other_password(editor: Editor, pair: Pair) -> None:
    """Give it another password, or one where there is none."""
    own = pair.own.instance
    if (own.version or pair.scene.conf(pair.own.name).vrrp_version or 2) == 3:
        raise ProcedureError(
            t("{host} speaks VRRP version 3, which knows no password (RFC 9568).",
              host=pair.own.name)
        )  # fmt: skip
    authentication = [pair.instance, "authentication"]
    if editor.find(authentication) is None:
        editor.ensure_block(authentication)
        editor.set([*authentication, "auth_type"], "PASS")
    editor.set([*authentication, "auth_pass"], _PASSWORD)


def other_vrid(editor: Editor, pair: Pair) -> None:
    """Give it the next virtual_router_id."""
    editor.set([pair.instance, "virtual_router_id"], (pair.own.instance.vrid or 0) % 255 + 1)


def other_advert_int(editor: Editor, pair: Pair) -> None:
    """Let it tell two seconds more rarely."""
    editor.set([pair.instance, "advert_int"], f"{(pair.own.instance.advert_int_s or 1.0) + 2:g}")


def other_vips(editor: Editor, pair: Pair) -> None:
    """Give it one address more."""
    six = ip_address(pair.scene.ask.vip).version == 6
    editor.append([pair.instance, "virtual_ipaddress"], _ADDRESS_6 if six else _ADDRESS)


def equal(editor: Editor, pair: Pair) -> None:
    """Give it the other's priority."""
    other = next(lb for lb in pair.lbs if lb.name != pair.own.name)
    if other.base_priority == pair.own.base_priority:
        raise ProcedureError(
            t("{host} and {other} have the same priority already.", host=pair.own.name,
              other=other.name)
        )  # fmt: skip
    editor.set([pair.instance, "priority"], other.base_priority)


def low_weight(editor: Editor, pair: Pair) -> None:
    """Let a good check count for less than the gap between the priorities."""
    gap = _gap(pair)
    if gap < 2:
        raise ProcedureError(
            t("The priorities differ by {gap}: no weight is smaller.", gap=gap)
        )  # fmt: skip
    for name in _checks(pair):
        editor.set([f"vrrp_script {name}", "weight"], min(_SMALL, gap - 1))


def nopreempt(editor: Editor, pair: Pair) -> None:
    """Let nobody take over from a lower one, and the check only lower a priority."""
    # With state MASTER keepalived does not believe in nopreempt (keepalived.conf(5)).
    editor.set([pair.instance, "state"], "BACKUP")
    editor.set([pair.instance, "nopreempt"])
    most = pair.own.base_priority - MIN_PRIORITY
    for name in _checks(pair):
        editor.set([f"vrrp_script {name}", "weight"], -min(_gap(pair) + 10, most))


def no_check(editor: Editor, pair: Pair) -> None:
    """Let nobody ask whether nginx answers."""
    for name in _checks(pair):
        editor.remove([f"vrrp_script {name}"])
    editor.remove([pair.instance, "track_script"])


def edits(edit: Edit, how: str) -> Maker:
    """Return what makes a fault of an edit; ``how``: ``reload`` or ``restart`` of keepalived."""

    def make(broken: Broken) -> tuple[Fault, ...]:
        order = by_priority(broken.ground)
        return tuple(_change(broken, host, order, edit, how) for host in broken.hosts)

    return make


def _change(broken: Broken, host: str, order: tuple[str, ...], edit: Edit, how: str) -> Fault:
    scene = broken.scene(host)
    unit = scene.need_unit(host, KEEPALIVED)
    pair = Pair(scene, scene.router(host), tuple(map(scene.router, order)))
    text = _edited(pair, edit)
    return Fault(
        host=host,
        title=note("Change keepalived.conf of {host}", host=host),
        can=runs(unit),
        capture=runs(unit) + capture(scene, host),
        stage=STAGE,
        make=CONF
        + EXCHANGE
        + f'put "$C" conf && systemctl {how} {unit} || fail "{KEEPALIVED_CONF} could not be'
        ' exchanged"\n',
        undo=EXCHANGE
        + f'give_back conf || fail "{KEEPALIVED_CONF} could not be put back"\n'
        + read_anew(unit, how),
        left=CONF + not_left(f'"$C{OTHER}"'),
        stdin=text.encode("utf-8", "surrogateescape"),
        limit_s=broken.limit_s,
    )


def _edited(pair: Pair, edit: Edit) -> str:
    host = pair.own.name
    text = edited(pair.scene, host, lambda editor: edit(editor, pair))
    if text == pair.scene.facts(host).file(KEEPALIVED_CONF).text:
        raise ProcedureError(
            t("{path} on {host} is like that already.", path=KEEPALIVED_CONF, host=host)
        )
    return text


def _gap(pair: Pair) -> int:
    priorities = sorted((lb.base_priority for lb in pair.lbs), reverse=True)
    return priorities[0] - priorities[1] if len(priorities) > 1 else 0


def _checks(pair: Pair) -> list[str]:
    """Return the names of the checks that the VIP tracks; their weights stand at the scripts."""
    host = pair.own.name
    if any(track.weight is not None for track in pair.own.instance.track_scripts):
        raise ProcedureError(
            t("keepalived.conf of {host} gives a check its weight in track_script, which no fault "
              "changes.", host=host)
        )  # fmt: skip
    if found := [one.script.name for one in pair.own.tracked()]:
        return found
    raise ProcedureError(
        t("keepalived on {host} tracks no check, so there is nothing to weaken.", host=host)
    )
