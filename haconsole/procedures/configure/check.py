"""``install-check``: what keepalived asks about nginx, and what a bad answer costs."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.notes import note
from haconsole.parsers.conf.errors import ConfEditError
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure import pair as configure_pair
from haconsole.procedures.configure.balancer import health_port_now
from haconsole.procedures.configure.conf import place_conf
from haconsole.procedures.configure.live import facts_of, known_lbs, surroundings
from haconsole.procedures.configure.questions import check_now, script_user
from haconsole.procedures.configure.roll import rolling_order
from haconsole.procedures.configure.selinux import label
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind, Form, Objection
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_ORDER
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.recipes.check import Asker, best_asker, check_script
from haconsole.procedures.recipes.checking import with_check as with_check_in
from haconsole.procedures.recipes.judging import judge
from haconsole.procedures.recipes.pair import CheckSettings, PairSettings
from haconsole.procedures.recipes.units import keepalived_order
from haconsole.procedures.steps.files import place_file
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import quote
from haconsole.telling import say
from haconsole.words import t

_TITLE = note("Install the health check")
_KEYS = ("check_", "script_user", "priority.")


def form(ground: Ground) -> Form:
    """Return the questions about the check; defaults are what it is now."""
    known = list(known_lbs(ground).values())
    fields = (
        *ask.check_fields(check_now(known) or CheckSettings(), script_user(known), lambda _: True),
        Field("health_port", FieldKind.INTEGER, note("Port of the health answer"), note(
            "Where nginx says on this host that it works: what the script asks."
        ), str(health_port_now(ground)), (), ask.whole(1, 65535)),
    )  # fmt: skip

    def objections(answers: Answers) -> tuple[Objection, ...]:
        try:
            pair = with_check(ground, answers)
        except (ValueError, KeyError):
            return ()
        if pair is None:
            return ()
        found = judge(pair, surroundings(ground, known_lbs(ground)))
        return tuple(one for one in found if any(key.startswith(_KEYS) for key in one.keys))

    about = note(
        "A script that looks once and exits, started by keepalived. The tutorial's script loops, "
        "so keepalived ends it with SIGTERM each time, and it stops keepalived itself, which "
        "then never asks again. Here systemd starts nginx again, the script only looks, and a "
        "bad answer moves the VIP and lets it come back."
    )
    return Form(_TITLE, about, fields, objections)


def with_check(ground: Ground, answers: Answers) -> PairSettings | None:
    """Return the pair as its files have it, with the check that was answered.

    ``None`` where there is no keepalived.conf yet that could ask it.
    """
    known = known_lbs(ground)
    if not all(lb.conf.instances for lb in known.values()):
        return None
    now = configure_pair.form(ground).defaults()
    pair = configure_pair.settings(ground, known, now)
    check = ask.to_check(answers)
    old = next((lb.check for lb in known.values() if lb.check), None)
    if old is not None:
        check = replace(check, name=old.name)
    return replace(pair, check=check, script_user=answers["script_user"])


def new_confs(ground: Ground, pair: PairSettings) -> dict[str, str]:
    """Return every LB's keepalived.conf with the check.

    One that the wizard wrote is written anew; in any other only the check is edited.
    """
    known = known_lbs(ground)
    as_it_is = configure_pair.settings(ground, known, configure_pair.form(ground).defaults())
    before = configure_pair.texts(ground, as_it_is)
    after = configure_pair.texts(ground, pair)
    assert pair.check is not None  # noqa: S101 - with_check always gives one
    for host, lb in known.items():
        if lb.text == before[host]:
            continue
        try:
            after[host] = with_check_in(lb.text, pair.check, pair.script_user)
        except ConfEditError as error:
            why = say(error.note)
            raise ProcedureError(
                t("The check cannot be put into {host}'s keepalived.conf: {why}. Configure the "
                  "pair instead (configure-pair).", host=host, why=why)
            ) from None  # fmt: skip
    return after


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: the script everywhere, then keepalived.conf, the owner's last.

    Where the pair is configured in the same go (the answers have its VIPs), or has no
    keepalived.conf yet, that file is left to ``configure-pair``.
    """
    facts = {lb.name: facts_of(ground, lb.name) for lb in ground.cluster.lbs}
    phases = [
        Phase(
            note("The script on the LBs"),
            tuple(_script(facts[lb.name], answers) for lb in ground.cluster.lbs),
        )
    ]
    pair = None if "vips" in answers else with_check(ground, answers)
    warnings = [
        note(
            "{host} has neither curl nor wget: the check sees only that nginx's main process is "
            "there.",
            host=host,
        )
        for host, found in facts.items()
        if best_asker(found.tools) is Asker.PROCESS
    ]
    if pair is not None:
        new = new_confs(ground, pair)
        lanes = tuple(
            (place_conf(facts[host], new[host], secret=pair.password is not None),)
            for host in rolling_order(ground, pair, owner_first=False)
        )
        title = note("keepalived asks it, one LB after the other")
        phases.append(Phase(title, lanes, parallel=False))
    elif "vips" not in answers:
        warnings.append(
            note("There is no keepalived.conf of this pair yet: configure-pair makes it ask.")
        )
    return Plan(
        procedure="install-check",
        title=_TITLE,
        cluster=ground.cluster.name,
        phases=tuple(phases),
        answers=tuple(answers.items()),
        warnings=tuple(warnings),
    )


def _script(facts: HostFacts, answers: Answers) -> Lane:
    host = facts.host
    text = check_script(
        best_asker(facts.tools),
        timeout_s=int(answers["check_timeout"]),
        port=int(answers["health_port"]),
    )
    return (
        place_file(
            host,
            facts.file(CHECK_SCRIPT),
            text,
            title=note("The check on {host}", host=host),
            reason=note(
                "It asks nginx once and says yes or no. Root owns it and only root may change "
                "it, or keepalived's script security would not run it."
            ),
            mode=0o755,
        ),
        *label(facts, CHECK_SCRIPT, "keepalived_unconfined_script_exec_t", note(
            "SELinux else forbids keepalived's scripts to ask nginx.")),
        place_file(
            host,
            facts.file(KEEPALIVED_ORDER),
            keepalived_order(),
            title=note("keepalived starts after nginx on {host}", host=host),
            reason=note("Else its first check after a boot finds nginx still starting."),
            apply="systemctl daemon-reload",
        ),
        _try(host),
    )  # fmt: skip


def _try(host: str) -> Step:
    above = [CHECK_SCRIPT]
    while above[-1] != "/":
        above.append(above[-1].rpartition("/")[0] or "/")
    script = f"""\
for f in {" ".join(quote(path) for path in reversed(above))}; do
  case $(stat -c '%u %A' "$f") in
  "0 "?????-??-?*) ;;
  *) echo "$f can be changed by others than root, so keepalived would not run the check" >&2
    exit 1 ;;
  esac
done
said=$({quote(CHECK_SCRIPT)} 2>&1) && exit 0
echo "the check says no: ${{said:-nginx does not answer}}" >&2
exit 1
"""
    return look(
        host,
        note("The check passes on {host}", host=host),
        note("It is run once, by hand, before keepalived depends on it."),
        script,
        id="check passes",
        root=True,
        settle_s=15.0,
        way_on=note(
            "The check asks nginx's local health answer: configure-balancer makes it, and nginx "
            "has to run."
        ),
    )
