"""Lessons on one's own hosts: put back by what this tool knows of them, not by other hosts.

What is armed is undone, and what acts wrote (``acts.kept``) is put back; then the pair is built as
on bare hosts (``build-pair``, whatever its files say now), or everything that this tool brought is
taken away (``remove``). What somebody did there by other means stays: :data:`CANNOT` says so, and a
fresh start refuses to call that fresh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Entry, Ground, Procedure, entry
from haconsole.procedures.detector.install import take_away
from haconsole.procedures.detector.shipping import FILES as DETECTOR_FILES
from haconsole.procedures.engine import Run
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import ClusterFacts, HostFacts
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.prepare import prepare
from haconsole.procedures.progress import RunStatus
from haconsole.procedures.recover.shell import holds
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import WHY, changes
from haconsole.procedures.survey import survey
from haconsole.telling import say
from haconsole.training.acts.kept import PUT_BACK
from haconsole.training.faults.kind import by_priority, first_vip
from haconsole.training.faults.plan import left_behind, plan_undo
from haconsole.training.lesson import Start, StartState
from haconsole.training.reaching import reach
from haconsole.training.stage import StageError
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.words import t

#: To be said to whoever learns on hosts of his own.
CANNOT = note(
    "On your own hosts a reset undoes the faults that lessons made, and writes or takes away what "
    "this tool brings. What is done there by other means stays: packages and builds of your own, "
    "other services, kernel settings, logs."
)
_REACH_S = 30.0
_OWNER_S = 30.0
#: What no file says: processes that stand still, addresses that nobody manages, rules that are
#: nowhere written down. Rules are read anew only where those that are written let the console in.
_LOOSEN = """\
systemctl kill --signal=CONT keepalived 2>/dev/null
if ! systemctl -q is-active keepalived 2>/dev/null; then
  ip -o address show | while read -r n dev family address rest; do
    case $address in {vip}/*) ip address del "$address" dev "$dev" ;; esac
  done
fi
! systemctl -q is-active firewalld 2>/dev/null || ! way_in 2>/dev/null || firewall-cmd -q --reload
exit 0
"""
_ANEW = (
    'fail() {{ echo "$*" >&2; exit 1; }}\n'
    + WHY.replace("{", "{{").replace("}", "}}")
    + """\
for u in {units}; do
  systemctl reset-failed $u 2>/dev/null
  systemctl restart $u 2>/dev/null && continue
  said=; [ $u != nginx ] || said=$(nginx -t 2>&1 | grep -m 1 emerg)
  fail "$u does not start: ${{said:-$(why $u)}}"
done
"""
)


class HostsStage:
    """Hosts whose inventory says ``lab: true``, as a ``training.stage.Stage``.

    ``door``: the console's, writable; it may be set later, before the first reset. ``cluster``: the
    one that is learned on; the inventory's first, where none is set.
    """

    kind = "hosts"

    def __init__(self, door: Door | None = None, cluster: Cluster | None = None) -> None:
        self.door = door
        self.cluster = cluster

    def missing(self, start: Start) -> Note | None:
        """Say what of ``start`` these hosts cannot be."""
        if start.keepalived:
            return note(
                "These hosts run the keepalived that they have; only the demo behaves as "
                "{version}.",
                version=start.keepalived,
            )
        return None

    async def reset(self, start: Start) -> None:
        """Undo what is armed, then build the pair or take everything back.

        Raises ``StageError`` with the step that failed; the next reset goes on from there.
        """
        if problem := self.missing(start):
            raise StageError(say(problem))
        door = self.door
        if door is None or not door.site.clusters:
            raise StageError(t("There is no cluster to be put back."))
        cluster = self.cluster or door.site.clusters[0]
        await reach(door, _REACH_S, cluster.hosts)
        try:
            for made in await left_behind(door, cluster):
                await _execute(door, plan_undo(made, cluster))
            await _execute(door, _loosen(cluster))
            if start.state is StartState.READY:
                await _build(door, cluster)
            else:
                await _take_away(door, cluster)
        except (ProcedureError, TransportError) as error:
            raise StageError(str(error)) from None


async def _build(door: Door, cluster: Cluster) -> None:
    chosen = entry("build-pair")
    ground = await prepare(door, cluster, chosen)
    procedure = chosen.load()
    if watching := _stop_watching(ground):
        await _execute(door, watching)
    await _execute(door, procedure.plan(ground, _answers(procedure, ground)))
    # Other files than those of the survey that the plan was made from: which LB is first?
    await _execute(
        door, _start_anew(await prepare(door, cluster, Entry("", note(""), note(""), "")))
    )


def _answers(procedure: Procedure, ground: Ground) -> dict[str, str]:
    """Return what the procedure offers for hosts without any file of the pair.

    Its usual defaults come from the live files: what a lesson made wrong would stay wrong.
    """
    bare = {name: replace(facts, files={}) for name, facts in ground.facts.hosts.items()}
    return procedure.form(replace(ground, facts=ClusterFacts(bare))).fill({})


async def _take_away(door: Door, cluster: Cluster) -> None:
    chosen = entry("remove")
    ground = await prepare(door, cluster, chosen)
    procedure = chosen.load()
    await _execute(door, procedure.plan(ground, procedure.form(ground).fill({})))
    after = await survey(door, cluster)
    if left := ", ".join(_programs(after)):
        raise StageError(
            t(
                "Not everything could be taken back, for it was not this tool that brought it: "
                "{left}. Remove it yourself, then begin the lesson again.",
                left=left,
            )
        )


def _programs(facts: ClusterFacts) -> Iterator[str]:
    for name, found in facts.hosts.items():
        for program, there in (("keepalived", found.version), ("nginx", found.nginx_version)):
            if there is not None:
                yield t("{program} {version} on {host}", program=program, version=there, host=name)


def _loosen(cluster: Cluster) -> Plan:
    vip = first_vip(cluster)
    lanes = tuple(
        (
            Step(
                id=f"loosen@{host.name}",
                title=note("Nothing stands still on {host}", host=host.name),
                reason=note(
                    "Processes go on; addresses and rules that no file knows, go; files and "
                    "firewalld are as they were before lessons changed them."
                ),
                host=host.name,
                do=changes("loosen", PUT_BACK + _LOOSEN.format(vip=vip)),
            ),
        )
        for host in cluster.hosts
    )
    title = note("Let nothing stand still")
    return Plan("loosen", title, cluster.name, (Phase(title, lanes),))


def _stop_watching(ground: Ground) -> Plan | None:
    """Return the plan that takes detectors away, or ``None``: a pair as it is built has none."""
    lanes = tuple(
        take_away(facts)
        for facts in ground.facts.hosts.values()
        if any(facts.file(path).origin for path in DETECTOR_FILES)
    )
    if not lanes:
        return None
    title = note("No detector, as in a pair that was just built")
    return Plan("no-detector", title, ground.cluster.name, (Phase(title, lanes),))


def _start_anew(ground: Ground) -> Plan:
    """Return the plan in which every service reads its files anew, the first LB's last of all."""
    cluster = ground.cluster
    vip, order = first_vip(cluster), by_priority(ground)
    webs = [host.name for host in cluster.webs]
    steps = [_anew(ground.facts.host(host)) for host in (*webs, *reversed(order))]
    owner = look(
        order[0],
        note("{host} has {vip}", host=order[0], vip=vip),
        note("It has the highest priority."),
        f'{holds(vip)} || {{ echo "{order[0]} does not take {vip}" >&2; exit 1; }}\n',
        id="owner",
        settle_s=_OWNER_S,
    )
    phases = (
        Phase(note("Services read their files anew"), tuple((one,) for one in steps), False),
        Phase(note("One owner"), ((owner,),)),
    )
    return Plan("start-anew", note("Start the services anew"), cluster.name, phases)


def _anew(facts: HostFacts) -> Step:
    found = ((name, facts.unit(f"{name}.service")) for name in ("nginx", "keepalived"))
    units = " ".join(name for name, unit in found if unit is not None and unit.installed)
    return Step(
        id=f"start anew@{facts.host}",
        title=note("{units} on {host} start anew", units=units, host=facts.host),
        reason=note("What runs is then what the files say."),
        host=facts.host,
        do=changes("start anew", _ANEW.format(units=units)),
        expected_s=3.0,
    )


async def _execute(door: Door, plan: Plan) -> None:
    """Run a plan to its end; raises ``StageError`` with the step that failed."""
    run = Run(door, plan, overwrite=True)
    progress = await run.execute()
    if progress.status is RunStatus.DONE:
        return
    for step in plan.steps:
        if problem := progress.of(step.id).problem:
            raise StageError(
                t("{what}: {step} on {host}: {why}", what=say(plan.title), step=say(step.title),
                  host=step.host, why=say(problem))
            )  # fmt: skip
    raise StageError(
        t("{what}: {why}", what=say(plan.title), why=say(progress.problem) or t("it was stopped"))
    )
