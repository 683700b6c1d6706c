"""What a look at the VIP means, when it is said, and in which words. Asks nobody, writes nothing.

One of three files that become the program (:mod:`..shipping`), which the nodes' own Python runs,
2.7 and 3.6 too: so no f-strings, and nothing but the standard library.
"""

# ruff: noqa: UP004, UP031, B905
# Python 2.7 runs this too: it has no pathlib, no f-strings, and two kinds of OSError.

from __future__ import annotations

import json
from typing import Any

#: What a look can say. ``STRANGER``: one answers, and it is none of the LBs.
ONE, TWO, NONE, STRANGER = "one-owner", "two-owners", "no-owner", "stranger"
UNKNOWN, UNCOVERED = "unknown", "not-covered"
#: Exit statuses of the Monitoring Plugins guidelines, and which of them is the worst.
STATUS = {ONE: 0, UNCOVERED: 0, STRANGER: 1, TWO: 2, NONE: 2, UNKNOWN: 3}
LEVELS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
WORST = (0, 1, 3, 2)
#: A word counts when it was seen by looks this far apart, seconds. A failover that begins with a
#: crash leaves nobody for up to four seconds (three adverts and the skew), which is no alarm;
#: gratuitous ARP and two owners overlap for milliseconds.
SURE_S = {NONE: 5.0}
TWICE_S = 1.0
#: From the end of a look that saw something new to the next one, seconds.
SOON_S = 1.0
#: Of the journal (syslog(3)).
CRIT, WARNING, NOTICE = 2, 4, 5
#: Words on which somebody has to act.
BAD = (TWO, NONE, STRANGER)


class Settings(object):
    """What the program was told: lines of a word and its values (``/etc/haconsole``)."""

    def __init__(self, text: str, name: str = "settings") -> None:
        self.me, self.hook = "", ""
        self.interval, self.repeat_s = 5.0, 900.0
        #: (address, interface).
        self.vips: list[Any] = []
        #: name → (address, whether it is an LB).
        self.hosts: dict[str, Any] = {}
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            try:
                self.read(words)
            except (ValueError, IndexError) as error:
                told = "%s:%d: %s: it is not understood" % (name, number, line.strip())
                raise ValueError(told) from error
        if self.me not in self.hosts or not self.vips:
            raise ValueError("%s: it does not say who this host is, or no VIP" % name)

    def read(self, words: list[str]) -> None:
        """Take one line."""
        key = words[0]
        if key == "me":
            self.me = words[1]
        elif key == "vip":
            self.vips.append((words[1], words[2]))
        elif key == "host":
            self.hosts[words[1]] = (words[2], words[3:] == ["lb"])
        elif key == "interval":
            self.interval = min(max(float(words[1]), 2.0), 300.0)
        elif key == "repeat":
            self.repeat_s = max(float(words[1]), 1.0) * 60.0
        elif key == "hook":
            self.hook = words[1]
        else:
            raise ValueError(key)

    @property
    def is_lb(self) -> bool:
        """Whether this host is one that may own a VIP."""
        return bool(self.hosts[self.me][1])


class Look(object):
    """What one look at one VIP saw.

    ``own``: this host's MAC where its kernel holds the VIP, else empty. ``answers``: MACs that
    answered for the VIP. ``names``: MAC → host, of hosts that answered for themselves (this one
    too). ``problem``: why nothing could be seen.
    """

    def __init__(
        self, own: str = "", answers: Any = (), names: Any = None, problem: str = ""
    ) -> None:
        self.own, self.problem = own, problem
        self.names: dict[str, str] = dict(names or {})
        self.macs: list[str] = sorted(set(answers) | ({own} if own else set()))

    def heard(self, me: str) -> list[str]:
        """Return the other hosts that answered for themselves."""
        return sorted(name for name in set(self.names.values()) if name != me)


def word_of(settings: Settings, vip: str, look: Look) -> str:
    """Return what a look says of a VIP."""
    if ":" in vip:
        return UNCOVERED
    others = [name for name in settings.hosts if name != settings.me]
    if len(look.macs) < 2 and others and not look.heard(settings.me) and not look.problem:
        # Nobody answers, for itself either: maybe it is this host that is cut off.
        look.problem = "no other host answers for itself either: this host may be cut off"
    if look.problem:
        return UNKNOWN
    if len(look.macs) != 1:
        return TWO if look.macs else NONE
    lbs = [name for name in settings.hosts if settings.hosts[name][1]]
    named = set(look.names.values())
    owner = look.names.get(look.macs[0], "")
    if all(name in named for name in lbs) and owner not in lbs:
        return STRANGER
    return ONE


def named(look: Look, mac: str) -> str:
    """Return a MAC with the host that it is of."""
    return "%s (%s)" % (mac, look.names.get(mac, "of no host of this cluster"))


def sentence(settings: Settings, vip: str, word: str, look: Look) -> str:
    """Return a verdict as one sentence that says who saw what."""
    place = "%s (%s)" % (settings.me, "LB" if settings.is_lb else "third host")
    if word == TWO:
        if look.own:
            rest = ", ".join(named(look, mac) for mac in look.macs if mac != look.own)
            said = "two owners: this host holds it with %s, and %s answers too" % (look.own, rest)
        else:
            both = " and ".join(named(look, mac) for mac in look.macs)
            said = "two owners: %s answer for it" % both
    elif word == NONE:
        heard = ", ".join(look.heard(settings.me))
        said = "no owner: nobody answers for it, while %s answer for themselves" % heard
    elif word == STRANGER:
        said = "%s answers for it, none of the LBs" % named(look, look.macs[0])
    elif word == ONE:
        said = "one owner: %s" % named(look, look.macs[0])
    elif word == UNCOVERED:
        said = "IPv6 is not covered by this detector"
    else:
        said = "it cannot be told who owns it: %s" % look.problem
    return "%s: %s; seen from %s" % (vip, said, place)


class Watch(object):
    """One VIP over time. A word counts once looks in a row have said it for long enough."""

    def __init__(self) -> None:
        self.word: str = ""
        self.since = 0.0
        self.look: Any = None
        self.next, self.next_at = "", 0.0
        self.said_at: Any = None

    def take(self, word: str, look: Look, at: float, epoch: float) -> bool:
        """Take a look's word at ``at`` (a clock that never jumps); return whether it changed."""
        if word == self.word:
            self.next, self.look = "", look
            return False
        if self.next != word:
            self.next, self.next_at = word, at
            # A beginning that is well needs no second look.
            if self.word or word not in (ONE, UNCOVERED):
                return False
        elif at - self.next_at < SURE_S.get(word, TWICE_S):
            return False
        self.word, self.look, self.since, self.next = word, look, epoch, ""
        return True

    def wants_saying(self, changed: bool, at: float, repeat_s: float) -> bool:
        """Whether it is to be said now: at a change, and again while it is bad."""
        if changed:
            return self.word != ONE or self.said_at is not None
        if self.word not in BAD or self.said_at is None:
            return False
        return bool(at - self.said_at >= repeat_s)

    def was_said(self, at: float) -> None:
        """Note that it was said."""
        self.said_at = None if self.word == ONE else at


def document(settings: Settings, watches: Any, epoch: float) -> dict[str, Any]:
    """Return the state file's object. Times: epoch seconds of this host's clock."""
    rows = []
    for (vip, interface), watch in zip(settings.vips, watches):
        look = watch.look or Look()
        rows.append(
            {
                "vip": vip,
                "interface": interface,
                "verdict": watch.word or UNKNOWN,
                "since": round(watch.since, 3),
                "held": bool(look.own),
                "macs": [{"mac": mac, "host": look.names.get(mac, "")} for mac in look.macs],
                "heard": look.heard(settings.me),
                "problem": look.problem,
            }
        )
    role = "lb" if settings.is_lb else "third"
    return {
        "version": 1,
        "host": settings.me,
        "role": role,
        "at": round(epoch, 3),
        "interval": settings.interval,
        "vips": rows,
    }


def status_of(words: Any) -> int:
    """Return the exit status for some words: the worst; what IPv6 hides is not known."""
    found = set(words)
    if found == {UNCOVERED} or not found:
        return 3
    return max((STATUS[word] for word in found), key=WORST.index)


class Detector(object):
    """Takes looks, and tells what they mean.

    ``tell(level, text)`` writes into the journal; ``hook(word, vip, text)`` is called at a change.
    """

    def __init__(self, settings: Settings, tell: Any, hook: Any) -> None:
        self.settings, self.tell, self.hook = settings, tell, hook
        self.watches = [Watch() for _ in settings.vips]

    def take(self, looks: Any, at: float, epoch: float) -> str:
        """Tell what some looks (one a VIP) change; return the state file's text."""
        for (vip, _), watch, one in zip(self.settings.vips, self.watches, looks):
            word = word_of(self.settings, vip, one)
            changed = watch.take(word, one, at, epoch)
            if watch.wants_saying(changed, at, self.settings.repeat_s):
                text = sentence(self.settings, vip, watch.word, watch.look)
                level = NOTICE if watch.word == ONE else WARNING
                if status_of([watch.word]) == 2:
                    level = CRIT
                self.tell(level, text if changed else "still: " + text)
                if changed:
                    self.hook(watch.word, vip, text)
                watch.was_said(at)
        return json.dumps(document(self.settings, self.watches, epoch), sort_keys=True) + "\n"

    def pause(self) -> float:
        """Return how long after this look the next one begins, seconds."""
        unsure = any(watch.next for watch in self.watches)
        return SOON_S if unsure else max(self.settings.interval - 1.0, SOON_S)


def plugin(told: Any) -> Any:
    """Return exit status and line for (verdict, sentence) of every VIP, the bad ones first."""
    status = status_of([word for word, _ in told])
    worst = sorted(told, key=lambda one: one[0] not in BAD)
    return status, "%s: %s" % (LEVELS[status], "; ".join(text for _, text in worst))


class Once(object):
    """One answer for a monitoring system: more looks where the first is not well."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.left = settings, 5
        self.watches = [Watch() for _ in settings.vips]
        self.told: list[Any] = []

    def take(self, looks: Any, at: float) -> bool:
        """Take looks, one a VIP; return whether to look again after a moment."""
        self.left, self.told = self.left - 1, []
        for (vip, _), watch, one in zip(self.settings.vips, self.watches, looks):
            word = word_of(self.settings, vip, one)
            watch.take(word, one, at, 0.0)
            self.told.append((word, sentence(self.settings, vip, word, one)))
        return self.left > 0 and any(watch.next for watch in self.watches)

    def line(self) -> Any:
        """Return exit status and line."""
        return plugin(self.told)


def line_of(text: str, name: str, epoch: float) -> Any:
    """Return exit status and line for a state file's text; what is old is not known."""
    try:
        found = json.loads(text)
        age = epoch - found["at"]
        late = age > 3 * found["interval"] + 5
        told = [(row["verdict"], "%s: %s" % (row["vip"], row["verdict"])) for row in found["vips"]]
    except (ValueError, KeyError, TypeError):
        return 3, "UNKNOWN: %s: %s" % (name, text.strip()[:200] or "it is empty")
    if late:
        return 3, "UNKNOWN: %s is %d s old: the detector does not run" % (name, age)
    return plugin(told)
