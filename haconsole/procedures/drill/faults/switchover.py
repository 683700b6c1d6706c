"""``switchover``: planned and gentle: the next LB is put above the owner, by its priority."""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.conf import InstanceConf
from haconsole.domain.notes import note
from haconsole.domain.vrrp import MAX_PRIORITY, MIN_PRIORITY
from haconsole.domain.vrrp_router import Router, router_of
from haconsole.parsers.conf import Editor
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.words import t

from .conf_edit import CONF, STAGE, capture, edited
from .fault import Fault
from .scene import KEEPALIVED, Scene
from .shell import ASIDE, OTHER, SWAPS, not_left, runs

_MAKE = """\
: >"$D/swapped"
swap "$C" && systemctl reload {unit} || fail "{path} could not be exchanged"
"""
_UNDO = """\
swap_back "$C" || fail "{path} could not be put back"
if [ -e "$D/swapped" ]; then
  systemctl reload {unit} || fail "{unit} does not reload"
  rm -f "$D/swapped"
fi
"""


def faults(scene: Scene) -> tuple[Fault, ...]:
    """Return the change of one LB's keepalived.conf: the taker's, or else the owner's."""
    owner = scene.lb()
    peers = [name for name in scene.lbs if name != owner]
    taker = scene.prediction.takes_over or next(iter(peers), None)
    if taker is None or taker == owner:
        raise ProcedureError(t("{host} has no peer that could take over.", host=owner))
    raised = dict(_turned(scene, taker, owner, up=True))
    if all(MIN_PRIORITY <= new <= MAX_PRIORITY for new in raised.values()):
        return (_change(scene, taker, raised),)
    lowered = dict(_turned(scene, owner, taker, up=False))
    if all(MIN_PRIORITY <= new <= MAX_PRIORITY for new in lowered.values()):
        return (_change(scene, owner, lowered),)
    raise ProcedureError(
        t(
            "The priorities leave no room: {taker} cannot be put above {owner} (at most {most}), "
            "nor {owner} below {taker} (at least {least}).",
            taker=taker,
            owner=owner,
            most=MAX_PRIORITY,
            least=MIN_PRIORITY,
        )
    )


def _turned(scene: Scene, host: str, other: str, *, up: bool) -> Iterator[tuple[str, int]]:
    """Yield the instances of a host and the base priorities that turn the order round.

    Instances of one sync group move together, so all of them are turned. What checks add stays.
    """
    for mine, theirs in _pairs(scene, host, other):
        wanted = theirs.priority() + (1 if up else -1)
        yield mine.instance.name, wanted - (mine.priority() - mine.base_priority)


def _pairs(scene: Scene, host: str, other: str) -> Iterator[tuple[Router, Router]]:
    mine, theirs = scene.router(host), scene.router(other)
    yield mine, theirs
    for group in scene.conf(host).sync_groups:
        if mine.instance.name in group.members:
            for instance in scene.conf(host).instances:
                if instance.name in group.members and instance.name != mine.instance.name:
                    yield _of(scene, host, instance), _of(scene, other, instance)


def _of(scene: Scene, host: str, instance: InstanceConf) -> Router:
    vip = instance.vips[0].address if instance.vips else ""
    router = router_of(host, scene.conf(host), vip, vrid=instance.vrid)
    if router is None:
        raise ProcedureError(
            t("{host} has no counterpart of {instance}, which is in the VIP's sync group.",
              host=host, instance=instance.name)
        )  # fmt: skip
    return router


def _change(scene: Scene, host: str, priorities: dict[str, int]) -> Fault:
    unit = scene.need_unit(host, KEEPALIVED)
    text = _edited(scene, host, priorities)
    words = {"unit": unit, "path": KEEPALIVED_CONF}
    own = scene.router(host)
    return Fault(
        host=host,
        title=note(
            "Priority {new} instead of {old} on {host}",
            new=priorities[own.instance.name],
            old=own.base_priority,
            host=host,
        ),
        can=runs(unit),
        capture=runs(unit) + capture(scene, host),
        stage=STAGE,
        make=CONF + SWAPS + _MAKE.format(**words),
        undo=CONF + SWAPS + _UNDO.format(**words),
        left=CONF + not_left(f'"$C{ASIDE}" "$C{OTHER}"') + runs(unit),
        stdin=text.encode("utf-8", "surrogateescape"),
        limit_s=scene.ask.limit_s,
    )


def _edited(scene: Scene, host: str, priorities: dict[str, int]) -> str:
    def turn(editor: Editor) -> None:
        for name, new in priorities.items():
            editor.set([f"vrrp_instance {name}", "priority"], new)

    text = edited(scene, host, turn)
    said = {one.name: one.priority for one in read_conf(text).instances}
    if any(said.get(name) != new for name, new in priorities.items()):
        raise ProcedureError(
            t("{path} on {host} sets the priority elsewhere (an included file?), so it is not "
              "edited for a drill.", path=KEEPALIVED_CONF, host=host)
        )  # fmt: skip
    return text
