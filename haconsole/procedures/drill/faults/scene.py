"""What a fault is planned from: the pair as it was found, read for what faults need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from haconsole.domain.conf import InstanceConf, KeepalivedConf, VipConf
from haconsole.domain.model import Host, Vip
from haconsole.domain.vrrp import advert_int
from haconsole.domain.vrrp_prediction import Prediction
from haconsole.domain.vrrp_router import Router, router_of
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import parse_version
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.words import t

KEEPALIVED = "keepalived.service"
NGINX = "nginx.service"


@dataclass(frozen=True, slots=True)
class Scene:
    """A drill's ground, what is asked and what is expected."""

    ground: Ground
    ask: Ask
    prediction: Prediction

    @property
    def target(self) -> str:
        """The host that is hit."""
        return self.ask.target or self.prediction.target or self.prediction.owner or ""

    @property
    def lbs(self) -> tuple[str, ...]:
        """Names of the LBs."""
        return tuple(host.name for host in self.ground.cluster.lbs)

    @property
    def vip(self) -> Vip:
        """The VIP that is watched; ``ProcedureError`` where the cluster has no such."""
        for vip in self.ground.cluster.vips:
            if vip.address == self.ask.vip:
                return vip
        raise ProcedureError(
            t("{cluster} has no VIP {vip}.", cluster=self.ground.cluster.name, vip=self.ask.vip)
        )

    def target_among(self, hosts: Iterable[Host]) -> str:
        """Return the host that is hit; ``ProcedureError`` where it is none of these."""
        names = [host.name for host in hosts]
        if self.target in names:
            return self.target
        raise ProcedureError(
            t(
                "{scenario} is for {hosts}, not for {host}.",
                scenario=self.ask.scenario.value,
                hosts=", ".join(names) or t("no host of this cluster"),
                host=self.target or t("nobody"),
            )
        )

    def lb(self) -> str:
        """Return the LB that is hit."""
        return self.target_among(self.ground.cluster.lbs)

    def facts(self, host: str) -> HostFacts:
        """Return what was found on a host; ``ProcedureError`` where it could not be read."""
        if host not in self.ground.facts.hosts:
            reason = self.ground.facts.problems.get(host, "")
            raise ProcedureError(t("{host} could not be read: {reason}", host=host, reason=reason))
        return self.ground.facts.host(host)

    def conf(self, host: str) -> KeepalivedConf:
        """Return what an LB's keepalived.conf says; ``ProcedureError`` where it has none."""
        found = self.facts(host).file(KEEPALIVED_CONF)
        if found.text is None:
            raise ProcedureError(t("{host} has no {path}.", host=host, path=KEEPALIVED_CONF))
        version = parse_version(self.facts(host).version or "")
        return read_conf(found.text, KEEPALIVED_CONF, Reading(version=version))

    def router(self, host: str) -> Router:
        """Return an LB's instance of the VIP; ``ProcedureError`` where its file has none."""
        vip = self.vip
        router = router_of(host, self.conf(host), vip.address, vrid=vip.vrid)
        if router is None:
            raise ProcedureError(
                t("{path} on {host} has no instance for {vip}.", path=KEEPALIVED_CONF, host=host,
                  vip=vip.address)
            )  # fmt: skip
        return router

    def interface(self, host: str) -> str:
        """Return the interface on which an LB has or would have the VIP."""
        instance = self.router(host).instance
        own = next((v.interface for v in instance.vips if v.address == self.vip.address), None)
        holding = [a.interface for a in self.facts(host).addresses if a.address == self.ask.vip]
        name = next(iter(holding), None) or own or instance.interface or self.vip.interface
        if not name:
            raise ProcedureError(
                t("Nothing says on which interface {host} has {vip}.", host=host, vip=self.ask.vip)
            )
        return name

    def all_vips(self, host: str) -> tuple[str, ...]:
        """Return every address that keepalived on an LB manages, and the inventory's VIPs."""
        listed = (v.address for one in self.conf(host).instances for v in every_vip(one))
        own = (vip.address for vip in self.ground.cluster.vips)
        return tuple(dict.fromkeys((*own, *(a for a in listed if _is_address(a)))))

    def advert_s(self) -> float:
        """Return the longest advert interval of the pair, seconds."""
        return max(
            (
                advert_int(one.advert_int_s, one.version or conf.vrrp_version or 2)
                for conf in map(self.conf, self.lbs)
                for one in conf.instances
            ),
            default=1.0,
        )

    def need_unit(self, host: str, name: str) -> str:
        """Return a service's name without its ending; ``ProcedureError`` if it does not run."""
        unit, short = self.facts(host).unit(name), name.removesuffix(".service")
        if unit is None or not unit.installed:
            raise ProcedureError(
                t("{unit} on {host} is no service of systemd, so it cannot be put back.",
                  unit=short, host=host)
            )  # fmt: skip
        if unit.active != "active":
            raise ProcedureError(
                t("{unit} on {host} does not run ({state}).", unit=short, host=host,
                  state=unit.active)
            )  # fmt: skip
        return short


def every_vip(instance: InstanceConf) -> list[VipConf]:
    """Return the addresses of an instance, those that no advert names too."""
    return [*instance.vips, *instance.excluded_vips]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
