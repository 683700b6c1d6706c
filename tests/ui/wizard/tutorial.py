"""A procedure of the tests' own: every kind of question, a plan of every kind of step. Pure."""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers, Choice, Field, FieldKind, Form, Objection
from haconsole.procedures.plan import FileChange, Phase, Plan, Step
from haconsole.transport.commands import Command, Effect

PATH = "/etc/keepalived/keepalived.conf"


def _number(low: int, high: int) -> object:
    def check(value: str) -> Note | None:
        if low <= int(value) <= high:
            return None
        return note("{value} is not from {low} to {high}", value=value, low=low, high=high)

    return check


def form(ground: Ground) -> Form:
    """Ask for what a pair is made of."""
    lbs = ground.cluster.lbs
    fields = [
        Field("vrid", FieldKind.INTEGER, note("virtual router id"),
              note("What the LBs of one pair share, and no other pair on the network has. "
                   "1 to 255 (RFC 5798)."), "50", check=_number(1, 255)),  # type: ignore[arg-type]
        Field("advert", FieldKind.SECONDS, note("seconds between adverts"),
              note("The backup takes over after three of these and a little."), "1"),
        Field("vips", FieldKind.LIST, note("VIPs"), note("Addresses with prefix length."),
              "10.0.0.100/24"),
        Field("auth", FieldKind.CHOICE, note("authentication"),
              note("Simple passwords travel in the clear: they keep mistakes out, not people."),
              "none", (Choice("none", note("none")), Choice("pass", note("simple password")))),
        Field("auth_pass", FieldKind.SECRET, note("password"), note("At most 8 characters count."),
              shown=lambda answers: answers["auth"] == "pass"),
        Field("preempt", FieldKind.SWITCH, note("preempt"),
              note("Whether the master takes the VIP back when it returns."), "yes"),
    ]  # fmt: skip
    for index, host in enumerate(lbs):
        fields += [
            Field(f"state.{host.name}", FieldKind.CHOICE, note("begins as"),
                  note("What it is until it has heard the other."),
                  "BACKUP" if index else "MASTER",
                  (Choice("MASTER", note("MASTER")), Choice("BACKUP", note("BACKUP"))),
                  host=host.name),
            Field(f"priority.{host.name}", FieldKind.INTEGER, note("priority"),
                  note("The higher one has the VIP. They must differ."), str(150 - 50 * index),
                  check=_number(1, 254), host=host.name),  # type: ignore[arg-type]
        ]  # fmt: skip
    return Form(
        note("Configure the pair"),
        note("keepalived.conf of every LB."),
        tuple(fields),
        judge,
    )


def judge(answers: Answers) -> tuple[Objection, ...]:
    """Refuse what will not fail over."""
    found = []
    priorities = {key: value for key, value in answers.items() if key.startswith("priority.")}
    if len(set(priorities.values())) < len(priorities):
        found.append(
            Objection(
                note("Equal priorities: the higher address decides, not you."), tuple(priorities)
            )
        )
    if answers["preempt"] == "no":
        found.append(
            Objection(note("Without preempt both must begin as BACKUP."), ("preempt",), False)
        )
    return tuple(found)


def _conf(name: str, answers: Answers, priority: str) -> str:
    secret = f"    auth_pass {answers['auth_pass']}\n" if answers["auth"] == "pass" else ""
    return (
        f"global_defs {{\n    router_id {name}\n}}\nvrrp_instance VI_1 {{\n"
        f"    state {answers[f'state.{name}']}\n    interface eth0\n"
        f"    virtual_router_id {answers['vrid']}\n    priority {priority}\n"
        f"    advert_int {answers['advert']}\n{secret}"
        f"    virtual_ipaddress {{\n        {answers['vips']}\n    }}\n}}\n"
    )


def plan(ground: Ground, answers: Answers) -> Plan:
    """Install, place the file, reload; the backup first."""
    if answers["vips"] == "unplannable":
        raise ProcedureError("No interface of lb01 has an address in that network.")
    lbs = ground.cluster.lbs
    installs = tuple((_install(host.name),) for host in lbs)
    rolling = tuple(
        (
            _place(ground, host.name, answers),
            _reload(host.name),
            _seen(host.name, answers),
        )
        for host in reversed(lbs)
    )
    return Plan(
        "tutorial",
        note("Configure the pair"),
        ground.cluster.name,
        (
            Phase(note("What has to be there"), installs),
            Phase(note("The backup first, then the master"), rolling, parallel=False),
        ),
        tuple((key, value) for key, value in answers.items() if key != "auth_pass"),
        (note("lb01's keepalived is 2.0.20: it has no “-t”, so the file is checked by ours."),),
        moves_vip=True,
    )


def _install(host: str) -> Step:
    return Step(
        f"install keepalived@{host}",
        note("install {name}", name="keepalived"),
        note("The pair's daemon. The repository offers 2.2.7."),
        host,
        do=Command("install", "apt-get -y install keepalived", Effect.CHANGES, root=True),
        check=Command("installed?", "dpkg -s keepalived >/dev/null 2>&1"),
        undo=Command("remove", "apt-get -y remove keepalived", Effect.CHANGES, root=True),
        expected_s=20.0,
        way_on=note("See that the repository can be reached, then try again."),
    )


def _place(ground: Ground, host: str, answers: Answers) -> Step:
    found = ground.facts.host(host).file(PATH)
    text = _conf(host, answers, answers[f"priority.{host}"])
    script = (
        '# stage it, have it judged, move it into place\nnew=$(mktemp "$TARGET.XXXXXX") || exit 1\n'
        'cat >"$new" && keepalived -t -f "$new" || { rm -f "$new"; exit 1; }\n'
        'mv "$new" "$TARGET"\n'
    )
    return Step(
        f"place keepalived.conf@{host}",
        note("place {name}", name="keepalived.conf"),
        note("This LB's half of the pair: router id, state, priority, VIPs."),
        host,
        do=Command("place", script, Effect.CHANGES, root=True, stdin=text.encode()),
        check=Command("same?", f"sha256sum {PATH}", root=True),
        undo=Command("put back", "mv -f $KEPT $TARGET", Effect.CHANGES, root=True),
        file=FileChange(PATH, found.text, text, foreign=found.foreign),
        expected_s=2.0,
        way_on=note("The line named above is wrong: change the answers."),
    )


def _reload(host: str) -> Step:
    return Step(
        f"reload keepalived@{host}",
        note("reload {name}", name="keepalived"),
        note("It reads its file again; the VIP stays where it is."),
        host,
        do=Command("reload", "systemctl reload keepalived", Effect.CHANGES, root=True),
        verify=Command("active?", "systemctl is-active --quiet keepalived"),
        settle_s=10.0,
        expected_s=3.0,
    )


def _seen(host: str, answers: Answers) -> Step:
    return Step(
        f"look at state@{host}",
        note("see that it is {state}", state=answers[f"state.{host}"]),
        note("What it says of itself, once it has heard the other."),
        host,
        verify=Command("state?", "ip -o address show dev eth0 | grep -F 10.0.0.100"),
        settle_s=10.0,
        expected_s=4.0,
    )
