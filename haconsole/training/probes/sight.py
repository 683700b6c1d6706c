"""What a probe sees with: the state of the session, and a few questions to the hosts."""

from __future__ import annotations

from haconsole.domain.conf import KeepalivedConf
from haconsole.domain.daemon import Instance
from haconsole.domain.model import Cluster, Host
from haconsole.domain.notes import Note, note
from haconsole.domain.ownership import VipView, judge_vip
from haconsole.domain.rules.finding import Diagnosis
from haconsole.domain.state import HostState, State
from haconsole.monitor.asroot import run_as_root
from haconsole.monitor.casework.consult import Consultation
from haconsole.monitor.feed import Feed
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import parse_version
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.transport.commands import Command, Result
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

#: Seconds for which the answer to a question to a host is taken for granted.
KEPT_S = 2.0
#: Seconds between two readings of what a diagnosis wants beside what is watched.
_READ_EVERY_S = 4.0


class Sight:
    """The eyes of one step. ``since``: feed's time at which it began; times are epoch seconds."""

    def __init__(self, feed: Feed, door: Door, cluster: Cluster, since: float) -> None:
        self.feed = feed
        self.door = door
        self.cluster = cluster
        self.since = since
        self._asked: dict[tuple[str, str], tuple[float, Result | str]] = {}
        self._consultation = Consultation(feed, door, cluster)
        self._read_at = 0.0
        self._mood: tuple[object, ...] | None = None

    @property
    def state(self) -> State:
        """The newest state."""
        return self.feed.state

    @property
    def now(self) -> float:
        """The feed's time."""
        return self.feed.now()

    def known(self, host: str) -> HostState:
        """Return what is known of a host; ``KeyError`` if the site has none of that name."""
        return self.state.host(host)

    def lb_names(self) -> tuple[str, ...]:
        """Names of the LBs."""
        return tuple(host.name for host in self.cluster.lbs)

    def host(self, name: str) -> Host:
        """Return a host of the cluster; ``KeyError`` if there is none of that name."""
        return {host.name: host for host in self.cluster.hosts}[name]

    def view(self) -> VipView:
        """Judge who owns the first VIP."""
        return judge_vip(self.state, self.cluster, self.cluster.vips[0], self.now)

    def instance(self, host: str) -> Instance | None:
        """Return the VRRP instance of an LB's daemon; ``None`` while it is not known."""
        known = self.known(host)
        daemon = known.current(known.daemon, self.now)
        vip = self.cluster.vips[0]
        return daemon.instance_for(vip.address, vip.vrid) if daemon else None

    def diagnosis(self) -> Diagnosis:
        """Judge what is known now."""
        return self._consultation.passive()

    async def diagnose(self) -> Diagnosis:
        """Judge, with what the monitor does not read read anew where it may have changed."""
        mood, age = self._consultation.mood(), self.now - self._read_at
        if age >= (_READ_EVERY_S if mood != self._mood else 10 * _READ_EVERY_S):
            self._mood, self._read_at = mood, self.now
            await self._consultation.read()
        return self.diagnosis()

    def why(self) -> Note | None:
        """Return what the diagnosis takes for the cause of what is wrong; ``None``: nothing is."""
        findings = self.diagnosis().findings
        return findings[0].title if findings else None

    def because(self, said: Note) -> Note:
        """Return a sentence with the cause behind it, where the diagnosis has one."""
        why = self.why()
        return said if why is None else note("{said} ({why})", said=said, why=why)

    async def ask(self, host: str, name: str, script: str) -> Result | Note:
        """Ask a host, with root rights where they are to be had, or say why it could not be.

        ``script`` only looks. Its answer is kept for ``KEPT_S``.
        """
        key, now = (host, script), self.now
        kept = self._asked.get(key)
        if kept is None or not 0 <= now - kept[0] < KEPT_S:
            command = Command(name, script, root=True, timeout_s=8.0)
            try:
                answer: Result | str = await run_as_root(self.door, host, command)
            except TransportError as error:
                answer = str(error)
            kept = (self.now, answer)
            self._asked[key] = kept
        if isinstance(kept[1], str):
            return note("{host} cannot be asked: {why}", host=host, why=kept[1])
        return kept[1]

    async def conf(self, host: str) -> KeepalivedConf | Note:
        """Read an LB's keepalived.conf, or say why it cannot be."""
        answer = await self.ask(
            host, "keepalived.conf", f"cat {KEEPALIVED_CONF}; keepalived --version 2>&1 | head -n 1"
        )
        if isinstance(answer, Note):
            return answer
        text, _, last = answer.stdout.rstrip("\n").rpartition("\n")
        if not text.strip():
            return note("{host} has no {path}.", host=host, path=KEEPALIVED_CONF)
        return read_conf(text + "\n", KEEPALIVED_CONF, Reading(version=parse_version(last)))
