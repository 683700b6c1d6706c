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
#: How far a way back is kept from what would spoil it, seconds: a step on a node, a reading.
_APART_S = 0.4
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
            well = taken and (served or self.prediction.outage is None)
            return well and not self._collides(taken_s or 0.0)
        if elapsed_s < self.nobody_s:
            return False
        return served or self.prediction.outage is None

    def _collides(self, taken_s: float) -> bool:
        """Whether the VIP, if it were undone now, would be back as the taker repeats its ARPs.

        ``garp_master_delay`` after it took over, an owner sends its gratuitous ARPs once more. In
        the moment before it hears that the other one is back it so takes the clients along, and
        they find nobody until the other one repeats its own: seconds that nothing but the drill's
        own timing makes. With keepalived's defaults the way back of a fault that is kept for
        1.5 s falls onto that moment.
        """
        back = self.prediction.failback
        taker = next(
            (lb for lb in self.situation.lbs if lb.name == self.prediction.takes_over), None
        )
        if back is None or taker is None or not taker.garp_delay_s:
            return False
        earliest, latest = taken_s + back.min_s, taken_s + back.max_s
        return earliest - _APART_S < taker.garp_delay_s < latest + _APART_S

    @property
    def settle_s(self) -> float:
        """How long the pair may take until it is as it should be in the end."""
        failback = self.prediction.failback
        boot_s = _BOOT_S if self.prediction.scenario is Scenario.REBOOT else 0.0
        return (failback.max_s if failback else 0.0) + _READ_S + boot_s

    def settled(self, owners: Collection[str]) -> bool:
        """Whether those own the VIP that should in the end."""
        return set(owners) == {end_owner(self.prediction)}
