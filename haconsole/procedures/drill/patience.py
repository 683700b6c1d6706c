"""How long a drill watches before it undoes the fault, and before it calls the pair settled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from haconsole.domain.drill_verdict import end_owner
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.situation import Situation

#: How long a dead web node is watched: a client's patience with nginx's next try. Seconds.
_BACKEND_S = 3.0
#: What a late takeover is still waited for, beyond twice the predicted time. Seconds.
_LATE_S = 4.0
#: What readings, services and checks need after the undoing, and a machine that boots. Seconds.
_READ_S, _BOOT_S = 20.0, 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Decides by the prediction, and by what can still come if it is wrong."""

    situation: Situation
    prediction: Prediction
    ask: Ask

    @property
    def nobody_s(self) -> float:
        """After how long nobody takes over any more."""
        if self.prediction.scenario is Scenario.BACKEND_DOWN:
            return _BACKEND_S
        return self.situation.patience_s

    @property
    def hopeless_s(self) -> float:
        """After how long what has not come by then is not waited for."""
        takeover = self.prediction.takeover
        return max(self.nobody_s, 2 * takeover.max_s if takeover else 0.0) + _LATE_S

    def over(self, *, elapsed_s: float, taken_s: float | None, served: bool) -> bool:
        """Whether all was seen.

        ``taken_s``: for how long another kernel has had the VIP, seconds, ``None``: none took it;
        ``served``: whether clients have been answered for long enough.

        Where an outage is predicted to last until the undoing, clients are not left without an
        answer for longer than it takes to know that nobody takes over.
        """
        if elapsed_s >= self.hopeless_s:
            return True
        if self.prediction.takes_over is not None:
            taken = taken_s is not None and taken_s >= self.ask.keep_s
            return taken and (served or self.prediction.outage is None)
        if elapsed_s < self.nobody_s:
            return False
        return served or self.prediction.outage is None

    @property
    def settle_s(self) -> float:
        """How long the pair may take until it is as it should be in the end."""
        failback = self.prediction.failback
        boot_s = _BOOT_S if self.prediction.scenario is Scenario.REBOOT else 0.0
        return (failback.max_s if failback else 0.0) + _READ_S + boot_s

    def settled(self, owners: Collection[str]) -> bool:
        """Whether those own the VIP that should in the end."""
        return set(owners) == {end_owner(self.prediction)}
