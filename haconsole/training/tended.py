"""A stage that is tended: what was changed on it is known, and which lesson is done on it."""

from __future__ import annotations

from haconsole.domain.model import Cluster, Site
from haconsole.domain.notes import Note
from haconsole.training.begun import Begun, Unended, place_of
from haconsole.training.lesson import Lesson, Start
from haconsole.training.stage import Stage
from haconsole.transport.commands import Effect, LedgerEntry

#: A changing command that changes nothing: a plan's lock.
_LOCK = "hold the lock"


class Tended:
    """A stage that knows whether anything was changed since it was put back.

    ``clean``: what it was begun as, where nobody has changed anything yet. ``begun``: where lessons
    on hosts of one's own are noted down while they go on; a demo and the lab need none.
    """

    def __init__(
        self, stage: Stage, clean: Start | None = None, begun: Begun | None = None
    ) -> None:
        self.stage = stage
        self._clean = clean
        self._begun = begun
        self._place = ""
        self._hosts: frozenset[str] = frozenset()
        self._in_lesson = False
        #: Hosts that were changed in a lesson since they were last put back.
        self._touched: set[str] = set()

    @property
    def kind(self) -> str:
        """What sort of cluster it is."""
        return self.stage.kind

    @property
    def own(self) -> bool:
        """Whether the hosts are somebody's own: then nothing but this tool puts them back."""
        return self.kind == "hosts"

    @property
    def touched(self) -> bool:
        """Whether anything was done in a lesson here since the hosts were last whole."""
        return bool(self._touched & self._hosts)

    def take(self, site: Site, cluster: Cluster) -> None:
        """Mean this cluster from now on; of another one nobody knows how it is."""
        place = place_of(site, cluster)
        if self._place not in ("", place):
            self._clean = None
        self._place = place
        self._hosts = frozenset(host.name for host in cluster.hosts)

    def unended(self, site: Site, cluster: Cluster) -> Unended | None:
        """Return the lesson that was begun there, and not left since."""
        known = self._begun if self.own else None
        return None if known is None else known.of(place_of(site, cluster))

    def begin(self, lesson: Lesson) -> None:
        """A lesson begins here: from now on what is changed is its doing.

        Where another one was begun on hosts of one's own and never left, nobody knows how they are.
        """
        if self.own and self._begun is not None:
            if not self._in_lesson and self._begun.of(self._place) is not None:
                self._clean = None
            self._begun.begin(self._place, lesson.id)
        self._in_lesson = True

    def end(self, *, whole: bool) -> None:
        """The lesson is left. ``whole``: the hosts are as before it."""
        self._in_lesson = False
        if whole:
            self._touched -= self._hosts
            if self.own and self._begun is not None:
                self._begun.end(self._place)

    def missing(self, start: Start) -> Note | None:
        """Say what of ``start`` this cluster cannot be."""
        return self.stage.missing(start)

    def clean(self, start: Start) -> bool:
        """Whether it is what ``start`` wants, and nothing was changed since it became that."""
        return self._clean is not None and _same(self._clean, start)

    def heard(self, entry: LedgerEntry) -> None:
        """Take a line of the ledger: what changes a host makes the cluster another one."""
        if entry.effect is Effect.CHANGES and entry.name != _LOCK:
            self._clean = None
            if self._in_lesson:
                self._touched.add(entry.host)

    async def reset(self, start: Start) -> None:
        """Put it back; raises ``StageError``."""
        self._clean = None
        self._touched |= self._hosts
        await self.stage.reset(start)
        self._clean = start
        self._touched -= self._hosts


def _same(one: Start, other: Start) -> bool:
    return (one.state, one.family, one.keepalived) == (other.state, other.family, other.keepalived)
