"""Services, and whether clients are served."""

from __future__ import annotations

from haconsole.domain.facts import Unit, VrrpFirewall
from haconsole.domain.notes import Note, note
from haconsole.training.standing import Seen
from haconsole.transport.errors import TransportError

from .probe import COUNT, HOST, HOSTS, YES_NO, Probe, Settings, optional, words, yes
from .sight import Sight

_UNIT = words("keepalived", "nginx", "firewalld")


def _unit(sight: Sight, host: str, name: str) -> Unit | None:
    known = sight.known(host)
    units = known.current(known.units, sight.now)
    return next((unit for unit in units or () if unit.name == f"{name}.service"), None)


async def _service(sight: Sight, settings: Settings) -> Seen:
    host, name, wanted = settings["host"], settings["unit"], settings["is"]
    state = await _state(sight, host, name)
    if isinstance(state, Note):
        return Seen(None, state)
    said = {
        "active": note("{unit} on {host} runs", unit=name, host=host),
        "inactive": note("{unit} on {host} is stopped", unit=name, host=host),
        "failed": note("{unit} on {host} has failed", unit=name, host=host),
        "absent": note("there is no {unit} on {host}", unit=name, host=host),
    }.get(state, note("{unit} on {host} is {state}", unit=name, host=host, state=state))
    return Seen(state == wanted, said)


async def _state(sight: Sight, host: str, name: str) -> str | Note:
    """Return ``active``, ``inactive``, ``failed``, ``absent``, or a word of systemd's."""
    unit = _unit(sight, host, name)
    if unit is not None:
        return unit.active if unit.installed else "absent"
    if name != "firewalld":
        return note("the services of {host} are not known now", host=host)
    # No console watches firewalld itself: what it does is what matters.
    script = (
        "systemctl cat firewalld >/dev/null 2>&1 || { echo absent; exit 0; }\n"
        "systemctl is-active firewalld\n"
    )
    answer = await sight.ask(host, "firewalld", script)
    if isinstance(answer, Note):
        return answer
    return (answer.stdout.strip().splitlines() or ["unknown"])[0]


async def _at_boot(sight: Sight, settings: Settings) -> Seen:
    host, name, wanted = settings["host"], settings["unit"], yes(settings, "is")
    unit = _unit(sight, host, name)
    if unit is None:
        return Seen(None, note("the services of {host} are not known now", host=host))
    enabled = unit.enabled.startswith("enabled")
    said = (
        note("{unit} on {host} starts at boot", unit=name, host=host)
        if enabled
        else note("{unit} on {host} does not start at boot", unit=name, host=host)
    )
    return Seen(enabled is wanted, said)


async def _answers(sight: Sight, settings: Settings) -> Seen:
    """The VIP answers now, and each of ``by`` answered through it since the step began."""
    vip = sight.cluster.vips[0]
    reading = sight.state.answers.get(vip.address)
    answer = reading.fresh(sight.now, 10.0) if reading else None
    if answer is None:
        return Seen(None, note("whether {vip} answers is not known now", vip=vip.address))
    if answer.status is None:
        said = note("{vip} does not answer: {why}", vip=vip.address, why=answer.problem)
        return Seen(False, sight.because(said))
    status = int(settings.get("status", "200"))
    if answer.status != status:
        said = note("{vip} answers {status}, not {wanted}", vip=vip.address, status=answer.status,
                    wanted=status)  # fmt: skip
        return Seen(False, sight.because(said))
    wanted = settings.get("by", "").split()
    if wanted:
        return _by(sight, wanted)
    return Seen(True, note("{vip} answers {status}", vip=vip.address, status=answer.status))


def _by(sight: Sight, wanted: list[str]) -> Seen:
    sums = sight.state.hits.get(sight.cluster.name)
    counts = dict.fromkeys(wanted, 0)
    for second in sums.seconds if sums else ():
        if second.at < int(sight.since):
            continue
        for backend, count in second.backends.items():
            for name in wanted:
                if backend.rsplit(":", 1)[0] == sight.host(name).address:
                    counts[name] += count
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    if all(counts.values()):
        return Seen(True, note("answered since this step began: {counts}", counts=told))
    said = note("each should answer through the VIP; since this step began: {counts}", counts=told)
    return Seen(False, sight.because(said))


async def _silent(sight: Sight, settings: Settings) -> Seen:
    vip = sight.cluster.vips[0]
    reading = sight.state.answers.get(vip.address)
    answer = reading.fresh(sight.now, 10.0) if reading else None
    if answer is None:
        return Seen(None, note("whether {vip} answers is not known now", vip=vip.address))
    if answer.ok:
        return Seen(
            False, note("{vip} answers {status}", vip=vip.address, status=answer.status or 0)
        )
    why = answer.problem or note("status {status}", status=answer.status or 0)
    return Seen(True, note("{vip} does not serve: {why}", vip=vip.address, why=why))


async def _serves(sight: Sight, settings: Settings) -> Seen:
    host = settings["host"]
    address = sight.host(host).address
    url = f"http://[{address}]/" if ":" in address else f"http://{address}/"
    via = next(iter(sight.host(host).access.jumps[-1:]), None)
    try:
        status, _ = await sight.door.http_get(via, url, 3.0)
    except TransportError as error:
        return Seen(False, note("{host} itself does not answer: {why}", host=host, why=str(error)))
    wanted = int(settings.get("status", "200"))
    said = note("{host} itself answers {status}", host=host, status=status)
    return Seen(status == wanted, said)


async def _firewall(sight: Sight, settings: Settings) -> Seen:
    host, wanted = settings["host"], settings["vrrp"]
    known = sight.known(host)
    firewall = known.current(known.firewall, sight.now)
    if firewall is None:
        return Seen(None, note("the firewall of {host} is not known now", host=host))
    passes = firewall.vrrp is not VrrpFirewall.BLOCKED
    said = (
        note("VRRP comes through the firewall of {host} ({kind})", host=host, kind=firewall.kind)
        if passes
        else note("the firewall of {host} ({kind}) drops VRRP", host=host, kind=firewall.kind)
    )
    return Seen(passes is (wanted == "allowed"), said)


PROBES = (
    Probe("service", note("a service runs, is stopped, has failed, is not there"),
          {"host": HOST, "unit": _UNIT, "is": words("active", "inactive", "failed", "absent")},
          _service),
    Probe("at-boot", note("a service starts at boot, or not"),
          {"host": HOST, "unit": _UNIT, "is": YES_NO}, _at_boot),
    Probe("answers", note("the VIP answers, and which web nodes did"),
          {"by": optional(HOSTS), "status": optional(COUNT)}, _answers),
    Probe("silent", note("the VIP does not serve"), {}, _silent),
    Probe("serves", note("a host answers by itself"), {"host": HOST, "status": optional(COUNT)},
          _serves),
    Probe("firewall", note("what the firewall does to VRRP"),
          {"host": HOST, "vrrp": words("allowed", "blocked")}, _firewall),
)  # fmt: skip
