"""A finding: a cause, how sure it is, what shows it, what it costs and what mends it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from ..notes import Note, note
from ..verdict import Level
from .case import Case, Missing


class ActiveCheck(StrEnum):
    """Evidence that costs the nodes something, and so is taken only when it decides something.

    None of them changes anything, and each is bounded in time.
    """

    #: A short capture of IP protocol 112 on every LB.
    WIRE = "wire"
    #: The advert counters (SIGUSR2), twice.
    COUNTERS = "counters"
    #: ARP from third hosts: for the VIP, and for each LB's own address.
    ARP = "arp"
    #: Requests through the VIP, and to each LB and web node directly.
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen. ``command`` shows it again, on ``node`` (``None``: anywhere).

    ``at``: when it was taken (the case's clock); ``None``: a file without a time.
    """

    note: Note
    node: str | None = None
    at: float | None = None
    command: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends it. ``procedure``: a name of the catalogue, ``None`` where there is none.

    ``settings``: answers to that procedure's questions (``KEY`` or ``KEY.HOST``): all that it
    needs to be about this finding, so that what :meth:`shell` returns runs as it is.
    """

    note: Note
    procedure: str | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def shell(self, cluster: str = "") -> str:
        """Return the command that shows the procedure's plan; empty where there is none.

        ``INVENTORY`` stands for the inventory's file. ``cluster``: its name, where a site has
        several.
        """
        if self.procedure is None:
            return ""
        words = ["haconsole", "apply", "INVENTORY", self.procedure]
        words += ["--cluster", cluster] if cluster else []
        for key, value in self.settings.items():
            words += ["--set", f"{key}={value}"]
        return shlex.join([*words, "--plan"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause with everything that speaks for it.

    ``cause``: stable identifier, one of ``registry.RULES``. ``nodes``: whom it is about.
    ``confidence``: 0–1. ``impact``: in the words of those who use the service. ``ruled_out``: what
    else it could have been, and why it is not. ``wants``: evidence that would make it surer.
    ``vip``: the address that it is about, if one.
    """

    cause: str
    title: Note
    severity: Level
    confidence: float
    impact: Note
    fix: Fix
    nodes: tuple[str, ...] = ()
    vip: str | None = None
    evidence: tuple[Evidence, ...] = ()
    ruled_out: tuple[Note, ...] = ()
    wants: tuple[ActiveCheck, ...] = ()

    @property
    def sureness(self) -> Note:
        """The confidence in a word."""
        return sureness(self.confidence)


def sureness(confidence: float) -> Note:
    """Return a confidence (0–1) in a word."""
    if confidence >= 0.9:
        return note("certain")
    if confidence >= 0.7:
        return note("very likely")
    if confidence >= 0.5:
        return note("likely")
    return note("possible")


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause that can be found. ``about``: one sentence for the list of causes.

    ``explains``: causes that are only symptoms where this one is found on the same nodes or VIP.
    """

    cause: str
    about: Note
    find: Callable[[Case], Iterable[Finding]]
    explains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a cluster at ``at``, worst first.

    ``explained``: (symptom, the cause that explains it). ``missing``: what could not be read.
    ``settling``: an owner is changing now, so what follows from ownership was not judged yet.
    ``wants``: active evidence that would decide or strengthen something.
    """

    at: float
    findings: tuple[Finding, ...] = ()
    explained: tuple[tuple[Finding, str], ...] = ()
    missing: tuple[Missing, ...] = ()
    settling: bool = False
    wants: tuple[ActiveCheck, ...] = ()
    cluster: str = ""

    @property
    def level(self) -> Level:
        """The worst that was found; ``UNKNOWN`` when nothing was, but a whole host is unseen."""
        worst = max((one.severity for one in self.findings), key=lambda s: s.rank, default=None)
        if worst is not None:
            return worst
        return Level.UNKNOWN if any(m.what in _ESSENTIAL for m in self.missing) else Level.OK


#: Without these nobody can say that a pair is well.
_ESSENTIAL = frozenset({"link", "daemon", "addresses"})
