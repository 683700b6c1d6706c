"""The desk of the diagnosis: judged anew as the pair changes, off the way of keys and paint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from time import monotonic
from typing import TYPE_CHECKING

from haconsole.domain.events import (
    AddressChanged,
    AnswerSeen,
    DaemonLogged,
    DaemonRead,
    Event,
    FirewallRead,
    HitLogFound,
    HitsSeen,
    JournalRead,
    LinkChanged,
    UnitsRead,
)
from haconsole.domain.model import Cluster
from haconsole.domain.rules.beyond import beyond_verdict
from haconsole.domain.rules.finding import Diagnosis
from haconsole.procedures.catalogue import ENTRIES
from haconsole.telling import say
from haconsole.transport.door import Door
from haconsole.ui.triageward import Ward
from haconsole.ui.triaging import Chart, Clinic, Row, worst
from haconsole.ui.wizard import Prefilled
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp

#: Seconds between two judgements of a cluster: where something may have begun, and else.
_SOON_S, _CALM_S = 0.5, 2.0
#: Seconds after a change, so that what it brings along is judged with it, and painted before.
_AFTER_S = 0.1
#: Seconds before the first judgement: it loads the rules, and logins come first.
_FIRST_S = 1.0
#: Below this a finding is a guess, and stands on the triage screen only.
_SURE = 0.7
#: Judging goes on for so long at a time, seconds; what is left waits for the next turn.
_SLICE_S = 0.005
_TELLS_NOTHING = (HitsSeen, HitLogFound, JournalRead)
_TELLS_MUCH = (LinkChanged, AddressChanged, DaemonLogged, DaemonRead, UnitsRead, FirewallRead)


class TriageDesk:
    """Keeps a diagnosis for each cluster. ``door`` ``None``: what is seen is all there is."""

    def __init__(self, app: ConsoleApp, door: Door | None, clinic: Clinic) -> None:
        self._app = app
        self._door = door
        self._clinic = clinic
        self._wards: dict[str, Ward] = {}
        #: Cluster → when it is to be judged next (monotonic), and when it was last.
        self._due: dict[str, float] = {}
        self._judged: dict[str, float] = {}
        self._armed = False
        #: The operator has just come to the screen, to see the worst.
        self.opened = False
        self._about: dict[str, tuple[Cluster, ...]] = {}

    @property
    def on_show(self) -> bool:
        """Whether the operator looks at the triage screen."""
        return self._app.current_mode == "triage"

    # What changes

    def hear(self, events: Iterable[Event]) -> None:
        """Note which clusters to judge again. Cheap: it is called for every event."""
        for event in events:
            if not isinstance(event, _TELLS_NOTHING):
                gap = _SOON_S if isinstance(event, _TELLS_MUCH) or self.on_show else _CALM_S
                for cluster in self._clusters_of(event):
                    self._want(cluster, gap)

    def moved(self) -> None:
        """Have judged what was noted."""
        if self._due and not self._armed:
            self._armed = True
            least = _AFTER_S if self._judged else _FIRST_S
            wait = max(least, min(self._due.values()) - monotonic())
            self._app.set_timer(wait, self._judge)

    def tick(self) -> None:
        """Judge again what time alone may change."""
        for cluster in self._app.session.feed.site.clusters:
            ward = self._wards.get(cluster.name)
            if ward is None or ward.uneasy or (self.on_show and self._is_shown(cluster)):
                self._want(cluster, _SOON_S)
        self.moved()

    def _clusters_of(self, event: Event) -> tuple[Cluster, ...]:
        if not self._about:
            self._about = _about(self._app.session.feed.site.clusters)
        name = event.vip if isinstance(event, AnswerSeen) else event.host
        return self._about.get(name, ())

    def _want(self, cluster: Cluster, gap: float) -> None:
        due = self._judged.get(cluster.name, 0.0) + gap
        self._due[cluster.name] = min(due, self._due.get(cluster.name, due))

    def _is_shown(self, cluster: Cluster) -> bool:
        return self._app.session.cluster in (None, cluster)

    # Judging

    def ward(self, cluster: Cluster) -> Ward:
        """Return a cluster's diagnosis and all that belongs to it."""
        ward = self._wards.get(cluster.name)
        if ward is None:
            feed = self._app.session.feed
            ward = Ward(cluster, feed, self._clinic.consult(feed, self._door, cluster))
            self._wards[cluster.name] = ward
        return ward

    def _judge(self) -> None:
        """Judge what is due, for a moment; the rest has its turn soon."""
        self._armed = False
        if not self._app.is_running:
            return
        began = monotonic()
        clusters = {one.name: one for one in self._app.session.feed.site.clusters}
        for name in [name for name, due in self._due.items() if due <= began]:
            del self._due[name]
            self._judged[name] = monotonic()
            self._judge_one(clusters[name])
            if monotonic() - began > _SLICE_S:
                break
        self.moved()

    def judge_all(self) -> None:
        """Judge every cluster now, however long that takes."""
        self._due.clear()
        for cluster in self._app.session.feed.site.clusters:
            self._judged[cluster.name] = monotonic()
            self._judge_one(cluster)

    def _judge_one(self, cluster: Cluster) -> None:
        ward, watched = self.ward(cluster), self.on_show and self._is_shown(cluster)
        before = self._shown_of(ward, watched=watched)
        news = ward.judge(watched=watched)
        if self._shown_of(ward, watched=watched) != before:
            self._app.paint_soon(_AFTER_S)
        if self._door is None:
            return  # nobody is called for what a recording tells
        if news:
            self._call(tuple(Row(cluster.name, one) for one in news))
        if watched and ward.wants_look():
            self._work(ward.look, ward)
        elif ward.wants_reading(watched=watched):
            self._work(ward.read, ward)

    def _shown_of(self, ward: Ward, *, watched: bool) -> tuple[object, ...]:
        """Return that of a diagnosis which is on the screen now."""
        if watched:
            return _gist(ward.diagnosis)
        return ward.rows[0].key if ward.rows else ()

    def _call(self, rows: tuple[Row, ...]) -> None:
        """Ring once; say it where the screen on show does not."""
        app, row = self._app, rows[0]
        app.bell()
        shown = app.session.cluster is None or app.session.cluster.name == row.cluster
        # Whoever sits an exam is to find it out: it is told where it is looked for.
        if (app.current_mode in ("home", "triage") and shown) or app.desk.lessons.examined:
            return
        app.tell(t("{title}. 5 shows why.", title=say(row.finding.title)), loud=True)

    # What the operator wants

    def go(self) -> None:
        """Show the triage screen, judged now, from the worst finding on."""
        self.opened = not self.on_show
        self._app.go("triage")
        for cluster in self._app.session.feed.site.clusters:
            if self._is_shown(cluster):
                self._want(cluster, 0.0)
        self.moved()

    def look_closer(self) -> None:
        """Take evidence that costs the hosts something, and changes nothing on them."""
        if self._door is None:
            self._app.tell(t("There are no hosts behind this console: nobody can be asked."))
            return
        wards = [
            self.ward(cluster)
            for cluster in self._app.session.feed.site.clusters
            if self._is_shown(cluster)
        ]
        if len(wards) > 1:
            wards = [ward for ward in wards if ward.rows]
        if not wards:
            self._app.tell(t("Nothing is wrong. Choose one cluster to look at it all the same."))
        for ward in wards:
            if ward.since is None:
                self._work(ward.look, ward)

    def fix(self, row: Row) -> None:
        """Open the wizard that mends a finding, with the answers that the diagnosis knows."""
        fix, app = row.finding.fix, self._app
        entry = ENTRIES.get(fix.procedure or "")
        if entry is None:
            app.tell(t("There is no wizard for this: {what}", what=say(fix.note)), loud=True)
            return
        clusters = {one.name: one for one in app.session.feed.site.clusters}
        app.session.cluster = clusters[row.cluster]
        hints = {"host": row.finding.nodes[0]} if row.finding.nodes else {}
        if row.finding.vip is not None:
            hints["vip"] = row.finding.vip
        app.desk.open(entry, Prefilled(fix.settings, hints))

    def _work(self, work: Callable[[], Awaitable[None]], ward: Ward) -> None:
        async def then_judge() -> None:
            await work()
            self._want(ward.cluster, 0.0)
            self.moved()
            self._app.paint_soon(_AFTER_S)

        # Not the coroutine itself: a worker that is never begun would leave it behind.
        begun: Callable[[], Awaitable[None]] = then_judge
        self._app.run_worker(
            begun, name="diagnosis", group=f"triage-{ward.cluster.name}", exit_on_error=False
        )
        self._app.paint_soon(_AFTER_S)

    # What is shown

    def chart(self) -> Chart:
        """Return what is known of what is wrong, of the cluster on show or of all."""
        site = self._app.session.feed.site
        wards = [self._wards.get(one.name) for one in site.clusters if self._is_shown(one)]
        known = [ward for ward in wards if ward is not None and ward.diagnosis is not None]
        told = [ward.diagnosis for ward in known if ward.diagnosis is not None]
        rows = [row for ward in known for row in ward.rows]
        if len(known) > 1:
            rows.sort(key=lambda row: -row.finding.severity.rank)
        looking = [ward for ward in known if ward.since is not None]
        taking = [check for ward in looking for check in ward.taking]
        planned = [check for ward in known for check in ward.plan_look()]
        return Chart(
            rows=tuple(rows),
            missing=tuple(one for ward in known for one in ward.missing),
            level=worst([one.level for one in told]),
            judged_at=min((one.at for one in told), default=None),
            settling=any(one.settling for one in told),
            wants=tuple(dict.fromkeys(planned)),
            taking=tuple(dict.fromkeys(taking)),
            since=min((ward.since for ward in looking if ward.since is not None), default=None),
            looked_at=max((w.looked_at for w in known if w.looked_at is not None), default=None),
            can_look=self._door is not None,
            whole=len(known) == len(wards),
            problem=next((ward.problem for ward in known if ward.problem), ""),
        )

    def cause(self, cluster: Cluster | None, told: Collection[str | None]) -> Row | None:
        """Return the worst finding of a cluster, where it says more than the verdict does.

        ``told``: hosts whose troubles stand beside it.
        """
        ward = self._wards.get(cluster.name) if cluster is not None else None
        if cluster is None or ward is None or ward.diagnosis is None:
            return None
        found = beyond_verdict(ward.diagnosis.findings, told, sure=_SURE)
        return None if found is None else Row(cluster.name, found)


def _about(clusters: Iterable[Cluster]) -> dict[str, tuple[Cluster, ...]]:
    """Return whom an event is about: host or VIP → clusters; a jump host's are those behind it."""
    found: dict[str, dict[str, Cluster]] = {}
    for cluster in clusters:
        for host in cluster.hosts:
            for name in (host.name, *host.access.jumps):
                found.setdefault(name, {})[cluster.name] = cluster
        for vip in cluster.vips:
            found.setdefault(vip.address, {})[cluster.name] = cluster
    return {name: tuple(about.values()) for name, about in found.items()}


def _gist(diagnosis: Diagnosis | None) -> tuple[object, ...]:
    """Return what makes a diagnosis another one."""
    if diagnosis is None:
        return ()
    found = [(one.cause, one.nodes, one.severity, one.confidence) for one in diagnosis.findings]
    return (diagnosis.level, diagnosis.settling, *found)
