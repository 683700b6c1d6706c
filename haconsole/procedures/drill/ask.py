"""What is asked of a drill, and what its scenarios are like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from haconsole.domain.notes import Note, note
from haconsole.domain.vrrp_prediction import Scenario

#: Seconds after which a node undoes a fault by itself, unless the operator says otherwise. It is
#: longer than any failover of sane timers, and short enough for an operator who waits.
LIMIT_S = 60.0
#: The least that leaves room for arming, a failover and the orderly undo; the most that a node is
#: trusted with alone.
LEAST_LIMIT_S, MOST_LIMIT_S = 10.0, 600.0
#: Requests a second. At 700 a bracket is 3 ms and the time of an answer wide: 5 ms where an answer
#: takes 2. More requests make the answers slower than the bracket narrower.
RATE_HZ = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One drill as the operator wants it. Times are seconds.

    ``target``: the host that is hit; ``None``: the VIP's owner (for ``backend-down`` each web node
    in turn is a drill of its own). ``place``: where the probe runs: ``here``, ``jump``, or a
    host's name; empty: ``jump`` where there is one. ``keep_s``: how long the fault is kept after
    clients are served again.
    """

    scenario: Scenario
    vip: str
    target: str | None = None
    limit_s: float = LIMIT_S
    place: str = ""
    rate_hz: float = RATE_HZ
    force: bool = False
    keep_s: float = 1.5


@dataclass(frozen=True, slots=True)
class About:
    """A scenario in words. ``fault``: what is done, as a sentence with ``{host}``.

    ``cuts_off``: the console may lose the node until it undoes the fault by itself.
    ``twice``: confirmed twice, because more than the pair may depend on that host.
    """

    title: Note
    fault: str
    cuts_off: bool = False
    twice: bool = False


ABOUT: Mapping[Scenario, About] = MappingProxyType(
    {
        Scenario.STOP: About(note("Stop keepalived"), "keepalived on {host} is stopped gracefully"),
        Scenario.CRASH: About(
            note("Kill keepalived"), "every keepalived process on {host} is killed (SIGKILL)"
        ),
        Scenario.FREEZE: About(
            note("Freeze keepalived"), "every keepalived process on {host} is frozen (SIGSTOP)"
        ),
        Scenario.NGINX_STOP: About(note("Stop nginx"), "nginx on {host} is stopped"),
        Scenario.NGINX_BROKEN: About(
            note("Break nginx"),
            "nginx on {host} is stopped, and its configuration broken so that it cannot start",
        ),
        Scenario.CHECK_FAIL: About(
            note("Let the check fail"), "the health check on {host} fails, while nginx goes on"
        ),
        Scenario.PARTITION: About(
            note("Part the pair"), "VRRP between the LBs is dropped by their firewalls"
        ),
        Scenario.LINK_DOWN: About(
            note("Pull the link"), "the VIP's interface on {host} is set down", cuts_off=True
        ),
        Scenario.BACKEND_DOWN: About(note("Stop a web node"), "nginx on {host} is stopped"),
        Scenario.REBOOT: About(note("Reboot"), "{host} is rebooted", cuts_off=True, twice=True),
        Scenario.FAILBACK: About(
            note("Bring the master back"),
            "keepalived on {host} was stopped, and is started again",
        ),
        Scenario.SWITCHOVER: About(
            note("Switch over"), "the priority of {host} is raised above the owner's"
        ),
    }
)

#: The order of ``all``: what cannot move the VIP first, the gentle before the rough.
SUITE: tuple[Scenario, ...] = (
    Scenario.BACKEND_DOWN,
    Scenario.SWITCHOVER,
    Scenario.STOP,
    Scenario.FAILBACK,
    Scenario.CHECK_FAIL,
    Scenario.NGINX_STOP,
    Scenario.NGINX_BROKEN,
    Scenario.FREEZE,
    Scenario.CRASH,
    Scenario.PARTITION,
    Scenario.LINK_DOWN,
    Scenario.REBOOT,
)
