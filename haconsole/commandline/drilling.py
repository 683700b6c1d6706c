"""Drills one after another on a terminal: chosen, agreed to, told as they go, summed up."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from haconsole.domain.drill_verdict import Kind
from haconsole.domain.model import Cluster, Site, Vip
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.journal.ledger import Ledger
from haconsole.monitor.monitor import Monitor
from haconsole.procedures.drill.ask import ABOUT, SUITE, Ask
from haconsole.procedures.drill.preparing import pair_now
from haconsole.procedures.drill.report import (
    JSON_VERSION,
    as_json,
    outlook,
    repeated,
    worst,
)
from haconsole.procedures.drill.session import Drill, ways_of
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.procedures.errors import ProcedureError
from haconsole.transport.door import Door
from haconsole.transport.transport import Transport
from haconsole.words import t

from .drill import ALL, BAD, GOOD, REFUSED, VOID
from .drill_text import DrillTeller, listing, outlook_lines, plan_lines, result_lines, table
from .prompting import means_yes, prompter_for_terminal, typed

#: Faults of the backup that must move nothing: the suite begins with them.
_ON_BACKUP = (Scenario.STOP, Scenario.NGINX_STOP, Scenario.FREEZE)


@contextlib.asynccontextmanager
async def session(site: Site, *, writable: bool) -> AsyncIterator[tuple[Door, Monitor]]:
    """Watch a site for the length of the drills."""
    ledger = Ledger()
    door = Transport(
        site, prompter=prompter_for_terminal(), writable=writable, ledger=ledger.record
    )
    feed = Monitor(door)
    watching = asyncio.create_task(feed.run(), name="watch")
    try:
        yield door, feed
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        ledger.close()
        if ledger.problem:
            print(t("haconsole: the ledger: {problem}", problem=ledger.problem), file=sys.stderr)


def choose_vip(cluster: Cluster, wanted: str | None) -> Vip:
    """Return the VIP that is meant; ``ProcedureError`` names those that there are."""
    names = ", ".join(vip.address for vip in cluster.vips)
    for vip in cluster.vips:
        if vip.address == wanted or (wanted is None and len(cluster.vips) == 1):
            return vip
    if wanted is None:
        raise ProcedureError(t("There are several VIPs; say which: --vip {names}", names=names))
    raise ProcedureError(t("{cluster} has no VIP {vip}. There are: {names}.",
                           cluster=cluster.name, vip=wanted, names=names))  # fmt: skip


class Drilling:
    """The drills of one call. ``documents`` are the results, one a drill (repeats are one)."""

    def __init__(
        self, args: argparse.Namespace, door: Door, feed: Monitor, cluster: Cluster, vip: Vip
    ) -> None:
        self.documents: list[dict[str, Any]] = []
        self._outlooks: list[dict[str, Any]] = []
        self._args = args
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._vip = vip
        self._current: Drill | None = None
        self._ended = self._declined = False

    async def listed(self) -> str:
        """Return what can be drilled, with the prediction of each."""
        here = await pair_now(self._door, self._feed, self._cluster, self._vip)
        return listing(ways_of(here, self._vip), here)

    async def run(self) -> int:
        """Run them; returns the exit status."""
        refused = False
        with self._interrupts():
            for scenario, target in await self._wanted():
                if self._ended:
                    break
                status = await self._one(scenario, target)
                if status == REFUSED and self._args.scenario == ALL and not self._declined:
                    refused = True  # the others may be possible
                elif status is not None:
                    return status
        if refused:
            return BAD if self.documents else REFUSED
        if not self.documents:
            return BAD if self._args.write and not self._args.plan else GOOD
        if all(one["good"] for one in self.documents):
            return BAD if self._ended else GOOD
        sound = all(one["healthy"] for one in self.documents)
        return VOID if sound and self._worst() is Kind.VOID else BAD

    def _worst(self) -> Kind:
        return worst(one["verdict"] for one in self.documents)

    @property
    def document(self) -> dict[str, Any] | None:
        """The whole as JSON-ready data; of the outlook alone where nothing was run."""
        found = self.documents or self._outlooks
        if not found:
            return None
        if self._args.scenario != ALL and len(found) == 1:
            return found[0]
        whole: dict[str, Any] = {
            "version": JSON_VERSION,
            "scenario": self._args.scenario,
            "site": self._feed.site.name,
            "cluster": self._cluster.name,
            "vip": self._vip.address,
            "drills": found,
        }
        if self.documents:
            whole["at"] = found[0]["at"]
            whole["verdict"] = self._worst().value
            whole["healthy"] = all(one["healthy"] for one in found)
            whole["good"] = all(one["good"] for one in found)
        return whole

    def text(self) -> str:
        """Return the results for a terminal."""
        lines = [line for one in self.documents for line in result_lines(one)]
        if len(self.documents) > 1:
            lines += ["", *table(self.documents)]
        return "\n".join(lines) + "\n"

    async def _wanted(self) -> Sequence[tuple[Scenario, str | None]]:
        """Return the drills to do, in order; the suite begins with the backup's faults."""
        webs = [web.name for web in self._cluster.webs]
        if self._args.scenario != ALL:
            scenario = Scenario(self._args.scenario)
            if scenario is Scenario.BACKEND_DOWN and not self._args.target:
                return [(scenario, web) for web in webs] or [(scenario, None)]
            return [(scenario, self._args.target)]
        here = await pair_now(self._door, self._feed, self._cluster, self._vip)
        backups = [lb.name for lb in here.lbs if lb.name != here.owner]
        found: list[tuple[Scenario, str | None]] = []
        found += [(scenario, backup) for backup in backups for scenario in _ON_BACKUP]
        for scenario in SUITE:
            if scenario is Scenario.BACKEND_DOWN:
                found += [(scenario, web) for web in webs]
            elif scenario is not Scenario.REBOOT or self._args.yes > 1 or not self._args.write:
                found.append((scenario, None))
            else:
                self._say(t("haconsole: reboot is left out: it wants --yes twice."))
        return found

    async def _one(self, scenario: Scenario, target: str | None) -> int | None:
        """Do one drill as often as wanted; returns a status where nothing more is to be done."""
        runs: list[Mapping[str, Any]] = []
        for number in range(self._args.repeat):
            drill = self._current = Drill(
                self._door, self._feed, self._cluster, self._ask(scenario, target)
            )
            progress = await drill.prepare()
            if number == 0 and (status := self._look(drill, progress)) is not None:
                return status if status != GOOD else None
            if progress.stage is Stage.REFUSED:
                self._refused(progress)
                break
            if number == 0 and not await self._agreed(drill):
                self._declined = True
                return REFUSED
            if number:
                # A fault at any moment between two adverts, not always at the same one.
                await asyncio.sleep(random.uniform(0.0, 1.0))  # noqa: S311 - no secret
            teller = DrillTeller(sys.stderr, number + 1, self._args.repeat)
            drill.subscribe(teller.hear)
            progress = await drill.execute()
            teller.close(progress)
            if drill.result is None:
                break
            runs.append(as_json(drill.result))
            if self._ended or not drill.result.verdict.healthy:
                break
        if not runs:
            return BAD
        self.documents.append(dict(runs[0]) if self._args.repeat == 1 else repeated(runs))
        # Fewer than wanted prove less than was asked for, however good they were; and a pair that
        # is not as before is no ground for the next drill.
        whole = self._ended or len(runs) == self._args.repeat
        return None if whole and runs[-1]["healthy"] else BAD

    def _ask(self, scenario: Scenario, target: str | None) -> Ask:
        return Ask(
            scenario=scenario,
            vip=self._vip.address,
            target=target,
            limit_s=self._args.limit,
            place=self._args.place,
            rate_hz=self._args.rate,
            force=self._args.force,
        )

    def _look(self, drill: Drill, progress: DrillProgress) -> int | None:
        """Say what is foreseen; returns a status where that is all, or it is refused."""
        only = self._args.plan or not self._args.write
        if self._args.json and only:
            self._outlooks.append(outlook(drill.progress, drill.plan))
        else:
            self._say("\n".join(outlook_lines(progress, read_only=not only)),
                      out=sys.stdout if only else sys.stderr)  # fmt: skip
            if not self._feed.site.lab:
                self._say(
                    t(
                        "  this is no lab: whoever asks {vip} meanwhile is hit",
                        vip=self._vip.address,
                    ),
                    out=sys.stdout if only else sys.stderr,
                )
        if only:
            if drill.plan is not None and not self._args.json:
                self._say("\n".join(plan_lines(drill.plan)), out=sys.stdout)
            if not self._args.write and not self._args.json:
                self._say(
                    t("Nothing was changed. To run it: --write, and --yes not to be asked."),
                    out=sys.stdout,
                )
            return GOOD
        if progress.stage is Stage.REFUSED:
            self._outlooks.append(outlook(drill.progress, drill.plan))
            self._refused(progress)
            return REFUSED
        return None

    def _refused(self, progress: DrillProgress) -> None:
        hard = [one for one in progress.refusals if not one.forcible]
        hint = "" if hard else t(" --force goes over it, and the report says so.")
        self._say(t("haconsole: refused; nothing was touched.{hint}", hint=hint))

    async def _agreed(self, drill: Drill) -> bool:
        """Ask once; a reboot twice: the second time for the host's name."""
        twice = ABOUT[drill.progress.ask.scenario].twice
        if self._args.yes > int(twice):
            return True
        if not sys.stdin.isatty():
            word = t("--yes --yes") if twice else t("--yes")
            self._say(t("haconsole: nobody can be asked here; say {word} to run it.", word=word))
            return False
        if not self._args.yes:
            answer = await self._asked(t("Run it (yes/no)? "))
            if not means_yes(answer):
                return False
        if not twice:
            return True
        host = drill.progress.ask.target or ""
        return await self._asked(t("Type {host} to reboot it: ", host=host)) == host

    async def _asked(self, question: str) -> str:
        def read() -> str:
            print(question, end="", file=sys.stderr, flush=True)
            return sys.stdin.readline()

        return (await typed(read)).strip()

    def _say(self, text: str, *, out: Any = None) -> None:
        print(text, file=out or sys.stderr, flush=True)

    @contextlib.contextmanager
    def _interrupts(self) -> Iterator[None]:
        """Let Ctrl-C undo the fault in order, and a second one leave that to the node."""
        import signal

        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def interrupt() -> None:
            drill = self._current
            stage = drill.progress.stage if drill else Stage.PREFLIGHT
            going = stage not in (Stage.PREFLIGHT, Stage.READY) and not stage.over
            if drill is not None and going and not self._ended:
                self._ended = True
                self._say(t("Ending: the fault is undone now. Ctrl-C again leaves it to the node."))
                drill.undo_now()
                return
            if drill is not None and going:
                self._leave(drill)
            if task is not None:
                task.cancel()

        try:
            loop.add_signal_handler(signal.SIGINT, interrupt)
        except (NotImplementedError, RuntimeError):  # Windows: Ctrl-C leaves it to the node
            yield
            return
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def _leave(self, drill: Drill) -> None:
        from haconsole.procedures.drill.preparing import clock_time

        at = drill.undone_by_itself_at
        if at is None:
            self._say(t("haconsole: left. Nothing is armed on a node any more."))
            return
        self._say(
            t("haconsole: left. The node undoes it by itself at {time}.", time=clock_time(at))
        )
