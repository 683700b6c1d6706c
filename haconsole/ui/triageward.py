"""One cluster's diagnosis as it is kept while the console is open. Knows no screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from haconsole.domain.model import Cluster
from haconsole.domain.rules.case import Missing
from haconsole.domain.rules.finding import ActiveCheck, Diagnosis, Finding
from haconsole.domain.verdict import Level
from haconsole.monitor.feed import Feed
from haconsole.monitor.once import is_whole
from haconsole.ui.triaging import Consulting, Row
from haconsole.words import t

#: The longest that a closer look may take, seconds.
LONGEST_S = 40.0
#: Evidence that was taken counts for so long, seconds, and never past a change of the pair.
KEEP_S = 60.0
#: Between two closer looks that nobody asked for, seconds.
PAUSE_S = 15.0
#: What watching does not read is read anew: on show, and soon after the pair has changed.
_READ_AGAIN_S, _READ_SOON_S = 30.0, 1.5
#: A finding that was gone for so long is new when it comes back, seconds.
_NEW_AFTER_S = 60.0
#: A cause takes the place of another within so long, seconds.
_IN_ITS_PLACE_S = 5.0
#: What is wrong when the console opens is on its screen; nobody is called for that, seconds.
_OPENING_S = 20.0
_BAD = (Level.WARNING, Level.CRITICAL)


class Ward:
    """Judges a cluster again and again, and says when its hosts are to be asked for more."""

    def __init__(self, cluster: Cluster, feed: Feed, consulting: Consulting) -> None:
        self.cluster = cluster
        self._feed = feed
        self._consulting = consulting
        self.diagnosis: Diagnosis | None = None
        self._wrong = self._given_up = ""
        #: Since when a closer look goes on, what it takes, and when the last one ended.
        self.since: float | None = None
        self.taking: tuple[ActiveCheck, ...] = ()
        self.looked_at: float | None = None
        self._looked_mood: tuple[object, ...] = ()
        self._took: frozenset[ActiveCheck] = frozenset()
        self._holds = False
        self._renews = False
        self._untaken: tuple[Missing, ...] = ()
        self.reading = False
        self._read_at: float | None = None
        self._read_mood: tuple[object, ...] = ()
        self._told: dict[tuple[str, tuple[str, ...]], tuple[float, Finding]] = {}
        self._opened_at: float | None = None
        self._open = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """What was found, worst first."""
        found = self.diagnosis.findings if self.diagnosis is not None else ()
        return tuple(Row(self.cluster.name, one) for one in found)

    @property
    def problem(self) -> str:
        """Why there is no newer diagnosis, or no closer look, as a sentence."""
        return self._wrong or self._given_up

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What could not be known."""
        known = self.diagnosis.missing if self.diagnosis is not None else ()
        return tuple(dict.fromkeys((*known, *self._untaken)))

    @property
    def uneasy(self) -> bool:
        """Whether time alone may change the diagnosis."""
        one = self.diagnosis
        return one is None or bool(one.findings) or one.settling or self._holds

    def judge(self, *, watched: bool) -> tuple[Finding, ...]:
        """Judge anew; return the CRITICAL findings that nobody was told of yet.

        ``watched``: the triage screen is on show. While old evidence is taken anew, what it
        showed stays.
        """
        if self._renews:
            return ()
        now = self._feed.now()
        if self._holds and self._is_of_another_time(now, watched=watched):
            self._let_go()
        try:
            diagnosis = self._consulting.passive()
        except Exception as error:
            # A rule's own mistake must not take the console along.
            self._wrong = _mistake(error)
            return ()
        self._wrong = ""
        self.diagnosis = diagnosis
        return self._news(now)

    # Asking the hosts

    def wants_reading(self, *, watched: bool) -> bool:
        """Whether what watching does not read should be read now.

        On the screen every half a minute; elsewhere once for each trouble. Never where all is
        well and nobody looks.
        """
        one = self.diagnosis
        if self.reading or self.since is not None or one is None:
            return False
        if not watched and one.level not in _BAD:
            return False
        if self._read_at is None:
            return True
        age = self._feed.now() - self._read_at
        if self._consulting.mood() != self._read_mood:
            return age >= _READ_SOON_S
        return watched and age >= _READ_AGAIN_S

    async def read(self) -> None:
        """Read it."""
        self.reading = True
        self._read_at, self._read_mood = self._feed.now(), self._consulting.mood()
        try:
            await self._consulting.read()
        except Exception as error:
            self._given_up = _mistake(error)
        finally:
            self.reading = False

    def wants_look(self) -> bool:
        """Whether a closer look would decide something, and none was had just now."""
        one, now = self.diagnosis, self._feed.now()
        if one is None or self.since is not None:
            return False
        if self.looked_at is not None and now - self.looked_at < PAUSE_S:
            return False
        if not self._holds:
            return bool(one.wants)
        old = self.looked_at is not None and now - self.looked_at >= KEEP_S
        return (old and bool(one.findings)) or bool(set(one.wants) - self._took)

    def plan_look(self) -> tuple[ActiveCheck, ...]:
        """Return what a closer look would take, as far as that is known before."""
        wants = self.diagnosis.wants if self.diagnosis is not None else ()
        return tuple(dict.fromkeys((*wants, ActiveCheck.REQUESTS)))

    async def look(self) -> None:
        """Take the evidence that decides, at most :data:`LONGEST_S` seconds; changes nothing."""
        taking = self.plan_look()
        if self._holds:
            taking = tuple(one for one in ActiveCheck if one in self._took or one in taking)
            self._renews = True
            self._consulting.forget()
        self.since, self.taking, self._given_up = self._feed.now(), taking, ""
        try:
            async with asyncio.timeout(LONGEST_S):
                self.diagnosis = await self._consulting.examine()
        except TimeoutError:
            self._given_up = t(
                "The closer look took more than {seconds} s and was given up: a host is too slow.",
                seconds=int(LONGEST_S),
            )
        except Exception as error:
            self._given_up = _mistake(error)
        finally:
            self._looked(taking)

    def _looked(self, taking: Iterable[ActiveCheck]) -> None:
        self.since, self._renews, self._holds = None, False, True
        self.looked_at = self._read_at = self._feed.now()
        self._looked_mood = self._read_mood = self._consulting.mood()
        self._took = frozenset(taking)
        if self.diagnosis is not None:
            self._untaken = tuple(one for one in self.diagnosis.missing if one.what in _TAKEN)

    def _is_of_another_time(self, now: float, *, watched: bool) -> bool:
        if self._consulting.mood() != self._looked_mood:
            return True
        # On show it is taken anew instead, so that nothing changes for want of it.
        return not watched and self.looked_at is not None and now - self.looked_at >= KEEP_S

    def _let_go(self) -> None:
        self._consulting.forget()
        self._holds, self._took, self._untaken = False, frozenset(), ()

    # Whom to call

    def _news(self, now: float) -> tuple[Finding, ...]:
        """Return what is CRITICAL and new; a cause that takes another's place is not."""
        found = self.diagnosis.findings if self.diagnosis is not None else ()
        critical = {(one.cause, one.nodes): one for one in found if one.severity is Level.CRITICAL}
        before = {key for key, (at, _) in self._told.items() if now - at < _NEW_AFTER_S}
        gone = [
            old
            for key, (at, old) in self._told.items()
            if key not in critical and now - at < _IN_ITS_PLACE_S
        ]
        news = [
            one
            for key, one in critical.items()
            if key not in before and not any(_is_about_the_same(one, old) for old in gone)
        ]
        self._told = {key: value for key, value in self._told.items() if key in before} | {
            key: (now, one) for key, one in critical.items()
        }
        return tuple(news) if self._is_open(now) else ()

    def _is_open(self, now: float) -> bool:
        """Whether the console was open, with everything read, before this judgement."""
        if self._opened_at is None:
            self._opened_at = now
        was, self._open = self._open, self._open or is_whole(self._feed.state)
        return was or now - self._opened_at > _OPENING_S


#: What only a closer look can miss (``monitor.casework.evidence``).
_TAKEN = frozenset({"wire", "stats", "arp"})


def _is_about_the_same(one: Finding, other: Finding) -> bool:
    """Whether two findings are of one incident, as far as that can be told."""
    if one.vip is not None and one.vip == other.vip:
        return True
    return bool(set(one.nodes) & set(other.nodes))


def _mistake(error: Exception) -> str:
    return t(
        "haconsole made a mistake in its diagnosis ({kind}: {words}); please report that.",
        kind=type(error).__name__,
        words=error,
    )
