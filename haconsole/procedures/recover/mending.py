"""What parts a pair, mended: the firewalls' rule, and one LB's settings given to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from haconsole.domain.model import Role
from haconsole.domain.notes import Note, note
from haconsole.parsers.conf import Block, ConfEditError, Editor, Written, parse
from haconsole.parsers.conf.document import Entry
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.conf import place_conf
from haconsole.procedures.configure.firewall import vrrp_lane, ways_to
from haconsole.procedures.configure.live import facts_of, password_in
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Lane, Step
from haconsole.procedures.recover.standing import Lb
from haconsole.procedures.survey.answers import sum_of
from haconsole.telling import say
from haconsole.words import t


def firewall_lanes(ground: Ground) -> list[Lane]:
    """Return the steps that let VRRP in on every LB whose firewall is active."""
    ipv6 = any(vip.ip.version == 6 for vip in ground.cluster.vips)
    lanes = []
    for host in ground.cluster.lbs:
        facts = facts_of(ground, host.name)
        if host.role is Role.LB and facts.firewall != "none":
            lanes.append(vrrp_lane(facts, ways_to(ground, host), ipv6=ipv6))
    return lanes


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that all LBs of a pair must have alike. ``copy`` gives one LB's to another."""

    key: str
    name: Note
    value: Callable[[Lb], object]
    copy: Callable[[Lb, Lb, Editor], None]


def _copy_word(word: str) -> Callable[[Lb, Lb, Editor], None]:
    def copy(model: Lb, lb: Lb, editor: Editor) -> None:
        wanted = _text_editor(model).value(f"{_path(model)} / {word}")
        if wanted is None:
            editor.remove(f"{_path(lb)} / {word}")
        else:
            editor.set(f"{_path(lb)} / {word}", wanted)

    return copy


def _copy_block(*words: str) -> Callable[[Lb, Lb, Editor], None]:
    """Copy what stands in a block; one that is there keeps its place and its comments."""

    def copy(model: Lb, lb: Lb, editor: Editor) -> None:
        for word in words:
            path = [f"vrrp_instance {lb.instance.name}", word]
            wanted = _entries(_text_editor(model).find(f"{_path(model)} / {word}"))
            if not wanted:
                editor.remove(path)
                continue
            block = editor.ensure_block(path)
            for entry in _entries(block):
                editor.remove([*path, entry.words[0].value])
            for entry in wanted:
                editor.append(path, *(Written(one.text) for one in entry.words))

    return copy


def _entries(block: Entry | None) -> list[Entry]:
    if not isinstance(block, Block):
        return []
    return [one for one in block.children if isinstance(one, Entry) and not isinstance(one, Block)]


def _copy_version(model: Lb, lb: Lb, editor: Editor) -> None:
    wanted = model.instance.version or model.known.conf.vrrp_version
    if lb.known.conf.vrrp_version and lb.instance.version is None:
        editor.set("global_defs / vrrp_version", wanted or 2)
    elif wanted is None:
        editor.remove(f"{_path(lb)} / version")
    else:
        editor.set(f"{_path(lb)} / version", wanted)


def _auth(lb: Lb) -> object:
    return (lb.instance.auth_type or "", lb.instance.auth_fingerprint or "")


def _vips(lb: Lb) -> object:
    one = lb.instance
    return {vip.address for vip in one.vips}, {vip.address for vip in one.excluded_vips}


def _version(lb: Lb) -> object:
    return lb.instance.version or lb.known.conf.vrrp_version or 2


SETTINGS: tuple[Setting, ...] = (
    Setting("vrid", note("virtual_router_id"), lambda lb: lb.instance.vrid,
            _copy_word("virtual_router_id")),
    Setting("auth", note("authentication"), _auth, _copy_block("authentication")),
    Setting("advert_int", note("advert_int"), lambda lb: lb.instance.advert_int_s or 1.0,
            _copy_word("advert_int")),
    Setting("vips", note("VIPs"), _vips,
            _copy_block("virtual_ipaddress", "virtual_ipaddress_excluded")),
    Setting("version", note("VRRP version"), _version, _copy_version),
)  # fmt: skip


def differing(lbs: Sequence[Lb], model: Lb) -> Mapping[str, tuple[Setting, ...]]:
    """Return host → what it has otherwise than the model."""
    return {
        lb.name: tuple(one for one in SETTINGS if one.value(lb) != one.value(model))
        for lb in lbs
        if lb is not model
    }


def named(lbs: Sequence[Lb], model: Lb) -> str:
    """Return what differs as words: ``authentication of lb02``; empty when nothing does."""
    return ", ".join(
        say(note("{what} of {host}", what=say(one.name), host=host))
        for host, settings in differing(lbs, model).items()
        for one in settings
    )


def settings_lanes(
    lbs: Sequence[Lb], model: Lb, only: Sequence[str] | None = None
) -> Iterator[Lane]:
    """Yield a lane for each LB whose file gets settings of the model's; ``only``: keys of them.

    ``ProcedureError`` where a file cannot be edited (included files, conditions).
    """
    for lb in lbs:
        found = differing(lbs, model).get(lb.name, ())
        wanted = [one for one in found if only is None or one.key in only]
        if wanted:
            yield (place_edited(lb, _edited(lb, model, wanted)),)


def place_edited(lb: Lb, text: str) -> Step:
    """Return the step that puts an edited keepalived.conf in its place."""
    found = lb.facts.file(KEEPALIVED_CONF)
    hidden = password_in(text, lb.known.conf.instances) is not None or not found.mode & 0o044
    return place_conf(lb.facts, text, secret=hidden)


def _edited(lb: Lb, model: Lb, settings: Sequence[Setting]) -> str:
    def copy(editor: Editor) -> None:
        for one in settings:
            one.copy(model, lb, editor)

    return edited(lb, copy)


def edited(lb: Lb, change: Callable[[Editor], object]) -> str:
    """Return an LB's file with a change; ``ProcedureError`` where it cannot be edited."""
    found = lb.facts.file(KEEPALIVED_CONF)
    if found.text is None or (found.sum and sum_of(found.text) != found.sum):
        # What is read of a node is cleaned: a file with other signs would be written without them.
        raise ProcedureError(
            t(
                "keepalived.conf of {host} has signs that are no text; configure-pair writes it "
                "anew.",
                host=lb.name,
            )
        )
    document = parse(found.text)
    try:
        change(Editor(document))
    except ConfEditError as error:
        raise ProcedureError(
            t(
                "keepalived.conf of {host} cannot be edited: {why}. configure-pair writes it anew.",
                host=lb.name,
                why=error,
            )
        ) from error
    return str(document)


def _text_editor(lb: Lb) -> Editor:
    return Editor(parse(lb.known.text))


def _path(lb: Lb) -> str:
    return f"vrrp_instance {lb.instance.name}"
