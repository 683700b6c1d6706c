"""What keepalived makes of its ``vrrp_script``s' ends (``vrrp_script_child_thread``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .manners import Manners, manners
from .spec import CheckSpec
from .vrrp import Instance


@dataclass(slots=True)
class Check:
    """A running check: how it did last, and what that does to the instances that track it.

    ``tracking``: the instances with the weight that each gives it.
    """

    spec: CheckSpec
    log: Callable[[str], None]
    how: Manners = field(default_factory=manners)
    tracking: list[tuple[Instance, int]] = field(default_factory=list)
    result: int = 0
    last_status: int = 0
    #: Nothing is known yet: one success is enough, and one failure as well.
    fresh: bool = True
    running: bool = False

    def __post_init__(self) -> None:
        self.result = self.spec.rise - 1

    @property
    def good(self) -> bool:
        """Whether it counts as passing."""
        return self.result >= self.spec.rise

    @property
    def well(self) -> bool:
        """Whether nothing speaks against it: it passes, or did not run yet."""
        return self.fresh or self.good

    @property
    def status(self) -> str:
        """``GOOD`` or ``BAD``, as the dump says it."""
        return "GOOD" if self.good else "BAD"

    def exited(self, status: int) -> None:
        """The script ended by itself."""
        if self.how.old_election and status:
            self.log(f"{self.spec.script} exited with status {status}")
        elif status != self.last_status and not self.how.old_election:
            self.log(f"Script `{self.spec.name}` now returning {status}")
        self.last_status = status
        self._ended(status == 0, f"failed (exited with status {status})")

    def timed_out(self) -> None:
        """The script took too long and was ended, which is a failure."""
        self._ended(False, "timed out" if self.how.old_election else "timed_out")

    def killed(self, signal: int) -> None:
        """The script was ended by somebody else."""
        self._ended(False, f"failed (due to signal {signal})")

    def _ended(self, success: bool, words: str) -> None:
        rise, fall = self.spec.rise, self.spec.fall
        if self.how.old_election and not success:
            # vrrp_script_child_thread of 1.3.5 says no more, and nothing of a first failure.
            words = words.partition(" (")[0]
        name = self.spec.name
        if success:
            if self.result < rise - 1:
                self.result += 1
            else:
                if self.result < rise:
                    self.log(f"VRRP_Script({name}) succeeded")
                    self._tell(ok=True)
                self.result = rise + fall - 1
        elif self.result > rise:
            self.result -= 1
        else:
            if self.result == rise or self.fresh:
                if self.result == rise or not self.how.old_election:
                    self.log(f"VRRP_Script({name}) {words}")
                self._tell(ok=False)
            self.result = 0
        self.fresh = False

    def _tell(self, *, ok: bool) -> None:
        for instance, weight in self.tracking:
            if weight:
                self._weigh(instance, weight, ok=ok)
            elif self.fresh:
                instance.first_result(ok=ok)
            elif ok:
                instance.recover()
            else:
                instance.fail()

    def _weigh(self, instance: Instance, weight: int, *, ok: bool) -> None:
        if self.fresh:
            # Only what makes a difference: a positive weight counts while the check passes.
            if ok is (weight > 0):
                instance.weigh(weight)
        else:
            instance.weigh(abs(weight) if ok else -abs(weight))
