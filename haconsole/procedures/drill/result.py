"""A drill when it is over: all that a report, the journal and a comparison need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from haconsole.domain.drill_verdict import Kind, Seen, Verdict
from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.domain.outage_series import OwnerEvent
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.parsers.masking import mask_secrets
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.standing import Row
from haconsole.procedures.facts import ClusterFacts
from haconsole.procedures.paths import CHECK_SCRIPT, KEEPALIVED_CONF
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress
from haconsole.procedures.survey.answers import sum_of

_COMPARED = (KEEPALIVED_CONF, CHECK_SCRIPT)


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host of the pair: its role, address, system and versions; empty: not known."""

    name: str
    role: str
    address: str
    system: str = ""
    keepalived: str = ""
    nginx: str = ""


@dataclass(frozen=True, slots=True)
class ProbeFacts:
    """How it was measured. Seconds; ``cpu``: of one core, where the probe ran."""

    place: Note
    rate_hz: float
    lag_s: float = 0.0
    cpu: float | None = None
    stalled_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One drill. Times are epoch seconds of the console's clock.

    ``forced``: what ``--force`` went over; ``fingerprints``: host → file → SHA-256 of its text
    with the secrets masked; ``clocks``: host → (offset, error), seconds.
    """

    drill_id: str
    began: float
    ended: float
    site: str
    cluster: str
    lab: bool
    who: str
    ask: Ask
    prediction: Prediction
    plan: Plan
    run: RunProgress
    probe: ProbeFacts
    verdict: Verdict
    seen: Seen = field(default_factory=Seen)
    forced: tuple[Note, ...] = ()
    topology: tuple[HostRow, ...] = ()
    fingerprints: Mapping[str, Mapping[str, str]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    clocks: Mapping[str, tuple[float, float]] = field(default_factory=lambda: MappingProxyType({}))
    rows: tuple[Row, ...] = ()
    owned: tuple[OwnerEvent, ...] = ()
    fault_at: tuple[float, float] | None = None
    undone_at: float | None = None
    problem: Note | None = None

    @property
    def good(self) -> bool:
        """Whether it proved what was predicted, and left the pair as it was."""
        return self.verdict.good

    @property
    def void(self) -> bool:
        """Whether it proves nothing, with the pair as before."""
        return self.verdict.kind is Kind.VOID and self.verdict.healthy


def topology(cluster: Cluster, facts: ClusterFacts) -> tuple[HostRow, ...]:
    """Return the pair's hosts as they were found."""
    found = []
    for host in cluster.hosts:
        known = facts.hosts.get(host.name)
        found.append(
            HostRow(
                host.name,
                host.role.value,
                host.address,
                known.os_name if known else "",
                (known.version or "") if known else "",
                (known.nginx_version or "") if known else "",
            )
        )
    return tuple(found)


def fingerprints(facts: ClusterFacts) -> Mapping[str, Mapping[str, str]]:
    """Return what tells one configuration from another: sums of texts, no secret in them."""
    found = {}
    for name, host in facts.hosts.items():
        found[name] = {
            path: sum_of(mask_secrets(file.text))
            for path, file in sorted(host.files.items())
            if file.text is not None and (path in _COMPARED or path.startswith("/etc/nginx/"))
        }
    return MappingProxyType(found)
