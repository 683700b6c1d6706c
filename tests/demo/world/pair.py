"""Two VRRP instances on a wire that is nothing but a list of who hears whom."""

from __future__ import annotations

from haconsole.demo.world.adverts import Advert
from haconsole.demo.world.manners import Manners
from haconsole.demo.world.spec import InstanceSpec, VipSpec
from haconsole.demo.world.timers import PausableTimers
from haconsole.demo.world.vrrp import Instance
from haconsole.domain.daemon import VrrpState
from tests.demo.world.virtual import VirtualTimers

VIP = VipSpec("10.0.0.100", 32, "eth0", "10.0.0.100")
LB01 = InstanceSpec("VI_1", "eth0", 50, "10.0.0.10", 150, vips=(VIP,), wants_master=True)
LB02 = InstanceSpec("VI_1", "eth0", 50, "10.0.0.11", 100, vips=(VIP,))


class Router:
    """One end: the instance, its log, and whether its kernel has the addresses."""

    def __init__(self, pair: Pair, spec: InstanceSpec, how: Manners | None) -> None:
        self.pair = pair
        self.timers = PausableTimers(pair.timers, self._late)
        self.instance = Instance(spec, self.timers, self, how)
        self.lines: list[str] = []
        self.owns = False
        self.owned_at: list[float] = []
        self.dead = False
        self.backlog: list[Advert] = []
        self.announced = 0

    @property
    def state(self) -> VrrpState:
        return self.instance.state

    def _late(self, seconds: float) -> None:
        self.lines.append(f"A thread timer expired {seconds:.6f} seconds ago")

    def send(self, advert: Advert) -> str | None:
        for other in self.pair.routers:
            if other is not self and (self, other) not in self.pair.cut and not other.dead:
                other.hear(advert)
        return None

    def hear(self, advert: Advert) -> None:
        if self.timers.paused:
            self.backlog.append(advert)
        elif advert.vrid == self.instance.spec.vrid:
            self.pair.timers.call_later(50e-6, lambda: self.instance.receive(advert))

    def set_vips(self, *, present: bool) -> None:
        self.owns = present
        if present:
            self.owned_at.append(self.pair.timers.time())

    def announce(self, *, repeat: int) -> None:
        self.announced += repeat

    def log(self, line: str) -> None:
        self.lines.append(line)

    def wall(self) -> float:
        return 1795337751.0 + self.pair.timers.time()

    def kill(self) -> None:
        self.dead = True
        self.instance.drop()
        self.timers.end()

    def stop(self) -> None:
        self.instance.stop()
        self.dead = True
        self.timers.end()

    def freeze(self) -> None:
        self.timers.pause()

    def thaw(self) -> None:
        self.timers.resume()
        for advert in self.backlog:
            self.instance.receive(advert)
        self.backlog.clear()


class Pair:
    """Two routers in virtual time."""

    def __init__(
        self,
        first: InstanceSpec = LB01,
        second: InstanceSpec = LB02,
        *,
        how: Manners | None = None,
        apart_s: float = 0.3,
        settle_s: float = 0.0,
    ) -> None:
        self.timers = VirtualTimers()
        self.cut: set[tuple[Router, Router]] = set()
        self.routers: list[Router] = []
        self.lb01, self.lb02 = Router(self, first, how), Router(self, second, how)
        self.routers = [self.lb01, self.lb02]
        self.lb01.instance.start()
        self.timers.advance(apart_s)
        self.lb02.instance.start()
        if settle_s:
            self.timers.advance(settle_s)

    def part(self) -> None:
        self.cut = {(self.lb01, self.lb02), (self.lb02, self.lb01)}

    def join(self) -> None:
        self.cut = set()

    def owners(self) -> list[str]:
        return [name for name in ("lb01", "lb02") if getattr(self, name).owns]

    def lb01_owns(self) -> bool:
        return self.lb01.owns

    def lb02_owns(self) -> bool:
        return self.lb02.owns

    def lb02_yielded(self) -> bool:
        return not self.lb02.owns
