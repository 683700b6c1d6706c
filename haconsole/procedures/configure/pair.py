"""``configure-pair``: keepalived.conf of every LB, one LB after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.conf import place_conf, running_version, start_keepalived
from haconsole.procedures.configure.live import KnownLb, facts_of, known_lbs, owners, surroundings
from haconsole.procedures.configure.looks import pair_looks
from haconsole.procedures.configure.questions import pair_fields
from haconsole.procedures.configure.roll import (
    hold,
    lets_go,
    lost_by,
    new_owner,
    parts_the_pair,
    rolling_order,
)
from haconsole.procedures.errors import AnswerError
from haconsole.procedures.form import Answers, Form, Objection
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Phase, Plan
from haconsole.procedures.recipes.differences import Row, differences
from haconsole.procedures.recipes.judging import judge
from haconsole.procedures.recipes.keepalived import keepalived_conf
from haconsole.procedures.recipes.pair import AUTH_LENGTH, LbSettings, PairSettings, VrrpState
from haconsole.words import t

_TITLE = note("Configure the pair")


def form(ground: Ground) -> Form:
    """Return the questions about the pair; defaults are what it is now."""
    known = known_lbs(ground)
    around = surroundings(ground, known)

    def objections(answers: Answers) -> tuple[Objection, ...]:
        try:
            pair = settings(ground, known, answers)
        except (ValueError, KeyError):
            return ()  # a field's own check says more about that
        return (*_passwords(known, answers), *judge(pair, around))

    about = note(
        "keepalived.conf of every LB. The two are the same but for the router id, the state and "
        "the priority; what is left out is what makes pairs fail: one host's VIP for an address, "
        "adverts that the other does not hear, a check that moves nothing."
    )
    return Form(_TITLE, about, pair_fields(ground), objections)


def settings(ground: Ground, known: Mapping[str, KnownLb], answers: Answers) -> PairSettings:
    """Return the settings that answers mean; ``ValueError`` where they mean none."""
    own = [
        LbSettings(
            host=lb.name,
            state=VrrpState(answers[f"state.{lb.name}"]),
            priority=int(answers[f"priority.{lb.name}"]),
            interface=answers[f"interface.{lb.name}"],
            router_id=answers[f"router_id.{lb.name}"],
            source=answers[f"source.{lb.name}"],
            source6=answers[f"source6.{lb.name}"],
        )
        for lb in ground.cluster.lbs
    ]
    password: str | None = None
    if answers["auth"] == "pass":
        password = answers["auth_pass"] or _kept(known)
    return PairSettings(
        lbs=tuple(own),
        vips=tuple(ask.to_vip(word) for word in ask.words(answers["vips"])),
        vrid=int(answers["vrid"]),
        advert_int_s=float(answers["advert_int"]),
        version=int(answers["vrrp_version"]),
        unicast=answers["adverts"] == "unicast",
        password=password,
        preempt=answers["preempt"] == "yes",
        preempt_delay_s=float(answers["preempt_delay"]),
        check=ask.to_check(answers) if answers["check"] == "yes" else None,
        script_user=answers["script_user"],
    )


def _kept(known: Mapping[str, KnownLb]) -> str:
    """Return the password that is there, as far as it counts; ``""`` where there is none."""
    found = next((lb.password for lb in known.values() if lb.password), "")
    return found[:AUTH_LENGTH]


def _passwords(known: Mapping[str, KnownLb], answers: Answers) -> Iterator[Objection]:
    """Refuse to keep what cannot be kept: passwords that differ, or that need quotes."""
    if answers["auth"] != "pass" or answers["auth_pass"]:
        return
    if len({(lb.password or "")[:AUTH_LENGTH] for lb in known.values() if lb.conf.instances}) > 1:
        yield Objection(
            note("The LBs do not have the same password now: type the one that both get."),
            ("auth_pass",),
        )
    if ask.password(_kept(known)) is not None:
        yield Objection(
            note("The password that is there has signs that cannot be written again: type one."),
            ("auth_pass",),
        )


def texts(ground: Ground, pair: PairSettings) -> dict[str, str]:
    """Return every LB's keepalived.conf, for the version that it runs."""
    return {
        lb.name: keepalived_conf(
            pair, lb.name, running=running_version(ground.facts.hosts.get(lb.name))
        )
        for lb in ground.cluster.lbs
    }


def side_by_side(ground: Ground, answers: Answers) -> tuple[Row, ...]:
    """Return what differs between the LBs, as the answers (``Form.fill``) will have it."""
    return differences(texts(ground, settings(ground, known_lbs(ground), answers)))


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: the backup first, then the owner, never both at once."""
    known = known_lbs(ground)
    facts = {lb.name: facts_of(ground, lb.name) for lb in ground.cluster.lbs}
    pair = settings(ground, known, answers)
    if pair.password == "":
        raise AnswerError("auth_pass", t("A password is wanted, and there is none to be kept."))
    new = texts(ground, pair)
    held = hold(ground, known, pair)
    stopped = [step.host for lane in held for step in lane]
    parted = bool(owners(ground)) and parts_the_pair(known, pair)
    order = rolling_order(ground, pair, owner_first=parted)
    lanes = tuple(
        (
            place_conf(facts[host], new[host], secret=pair.password is not None),
            start_keepalived(host, pair, stopped=host in stopped),
        )
        for host in order
    )
    phases = [
        Phase(
            note("Configure the LBs, one after the other: {order}", order=", ".join(order)),
            lanes,
            parallel=False,
        ),
        Phase(note("See that it works"), pair_looks(ground, pair, answers), parallel=False),
    ]
    if held:
        phases.insert(0, Phase(note("Stop the backups, so that the change parts nobody"), held))
    now = owners(ground)
    changes = any(facts[host].file(KEEPALIVED_CONF).text != text for host, text in new.items())
    moves = changes and bool(now) and new_owner(ground, pair) not in now
    return Plan(
        procedure="configure-pair",
        title=_TITLE,
        cluster=ground.cluster.name,
        phases=tuple(phases),
        answers=tuple((k, v) for k, v in answers.items() if k != "auth_pass"),
        warnings=tuple(
            [one.note for one in judge(pair, surroundings(ground, known)) if not one.refuses]
            + list(lost_by(known, new))
            + ([_parts(pair, away=lets_go(known, pair))] if parted else [])
        ),
        moves_vip=moves or (changes and parts_the_pair(known, pair)),
    )


def _parts(pair: PairSettings, *, away: bool) -> Note:
    """Say what a change costs that old and new settings do not share.

    keepalived gives the VIP up when its VRID or its way of sending changes, and takes it again
    after ``master_down`` (RFC 3768, 6.1); measured with 2.2.7: 3.4 s at advert_int 1. With
    another password or interval it keeps it.
    """
    if away:
        return note(
            "Old and new settings do not hear one another. So that there are never two owners, "
            "the backups stand still meanwhile, and the VIP is away for up to {seconds} s.",
            seconds=round(3 * pair.advert_int_s + max(1.0, pair.advert_int_s), 1),
        )
    return note(
        "Old and new settings do not hear one another. So that there are never two owners, the "
        "backups stand still meanwhile."
    )
