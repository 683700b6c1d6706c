"""firewalld as a daemon with its client, and the kernel's filter that it fills."""

from __future__ import annotations

import asyncio

from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.machine import Machine
from haconsole.demo.system.signals import Sig

from .manager import Manager
from .net import LOOPBACK, Fate, Filter, Packet
from .nft import Table
from .nft_lang import Tables
from .nft_zone import zone_table
from .stack import Stack
from .zone import Zone

ZONE_FILE = "/etc/firewalld/zones/public.xml"
_BUILT_IN = "/usr/lib/firewalld/zones/public.xml"
_OPTIONS = {
    "rich-rule": "rich_rules",
    "service": "services",
    "port": "ports",
    "protocol": "protocols",
    "interface": "interfaces",
}
#: firewall-cmd(1), "Exit codes".
_NOT_RUNNING, _INVALID = 252, 101


class Firewall(Filter):
    """The packet filter of one machine: firewalld's zone while it runs, and tables by hand."""

    def __init__(self, machine: Machine, stack: Stack) -> None:
        self._machine = machine
        self._stack = stack
        self.zone: Zone | None = None
        self.tables = Tables()
        stack.filter = self

    def power_off(self) -> None:
        """Lose every rule: they are the kernel's."""
        self.zone = None
        self.tables = Tables()

    def incoming(self, packet: Packet) -> Fate:
        """Judge what comes in."""
        if packet.interface == LOOPBACK:
            return Fate.ACCEPT
        for hook in ("prerouting", "input"):
            if (fate := self.tables.judge(hook, packet)) is not Fate.ACCEPT:
                return fate
        # ct state established,related accept: firewalld's first rule.
        if self.zone is None or packet.established:
            return Fate.ACCEPT
        return self.zone.judge(packet)

    def outgoing(self, packet: Packet) -> Fate:
        """Judge what goes out; firewalld lets it all."""
        return self.tables.judge("output", packet)

    def permanent(self) -> Zone:
        """Return the zone as its file has it."""
        files = self._machine.files
        if not files.exists(ZONE_FILE):
            return Zone(interfaces=())
        return Zone.from_xml(files.read(ZONE_FILE).decode("utf-8", "replace"))

    def save(self, zone: Zone) -> None:
        """Write the zone's file."""
        self._machine.files.install(ZONE_FILE, zone.to_xml())

    def load(self) -> None:
        """Take the permanent zone into force; ``ValueError`` when its file is none."""
        self.zone = self.permanent()

    def ruleset(self, *, handles: bool = False) -> str:
        """Return what ``nft list ruleset`` prints."""
        own = zone_table(self.zone).text(handles=handles) if self.zone else ""
        return own + self.tables.text(handles=handles)

    def all_tables(self) -> list[Table]:
        """Return firewalld's table, while it runs, and the others."""
        return [*([zone_table(self.zone)] if self.zone else []), *self.tables.tables.values()]


def firewalld(manager: Manager, firewall: Firewall) -> Program:
    """Return the daemon: the zone is in force while it runs."""

    async def run(call: Invocation) -> int:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(_: int) -> None:
            if not ended.done():
                ended.set_result(None)

        def reload(_: int) -> None:
            firewall.load()

        call.process.on_signal(Sig.TERM, end)
        call.process.on_signal(Sig.HUP, reload)
        try:
            firewall.load()
        except ValueError as error:
            unit = manager.unit_of(call.process)
            manager.journal.write(f"ERROR: {error}", identifier="firewalld", unit=unit,
                                  pid=call.process.pid, priority=3)  # fmt: skip
            return 3
        manager.notify_ready(call.process)
        try:
            await ended
        finally:
            if call.process.alive:
                # Stopped in good order it takes its rules along; killed it leaves them.
                firewall.zone = None
        return 0

    return run


def firewall_cmd(firewall: Firewall) -> Program:
    """Return ``firewall-cmd``."""

    async def run(call: Invocation) -> int:
        args = [a for a in call.args if a not in ("-q", "--quiet") and not a.startswith("--zone")]
        quiet = not {"-q", "--quiet"}.isdisjoint(call.args)
        permanent = "--permanent" in args
        if call.uid != 0:
            await call.stderr.write("Authorization failed.\n    Make sure polkit agent is running "
                                    "or run the application as superuser.\n")  # fmt: skip
            return 253
        if firewall.zone is None and not (permanent and "--state" not in args):
            if not quiet or "--state" not in args:
                out = call.stdout if "--state" in args else call.stderr
                words = "not running" if "--state" in args else "FirewallD is not running"
                await out.write(f"{words}\n")
            return _NOT_RUNNING
        for option in args:
            if option != "--permanent":
                return await _one(call, firewall, option, permanent=permanent, quiet=quiet)
        await call.stderr.write("usage: see firewall-cmd man page\nNo option specified.\n")
        return 2

    return run


async def _one(
    call: Invocation, firewall: Firewall, option: str, *, permanent: bool, quiet: bool
) -> int:
    zone = firewall.permanent() if permanent or firewall.zone is None else firewall.zone
    said, status = _answer(firewall, zone, option)
    if said is None:
        key, _, value = option.removeprefix("--").partition("=")
        said, status, changed = _change(zone, key, value)
        if changed is not None and permanent:
            firewall.save(changed)
        elif changed is not None:
            firewall.zone = changed
    stream = call.stderr if status and not said.startswith(("no", "yes")) else call.stdout
    if not quiet:
        await stream.write(f"{said}\n" if not said.endswith("\n") else said)
    return status


def _answer(firewall: Firewall, zone: Zone, option: str) -> tuple[str | None, int]:
    """Answer a question; ``None``: it is none."""
    match option:
        case "--reload" | "--complete-reload":
            firewall.load()
        case "--runtime-to-permanent":
            firewall.save(zone)
        case _:
            return _listings(zone).get(option), 0
    return "success", 0


def _listings(zone: Zone) -> dict[str, str]:
    names = " ".join(zone.interfaces)
    return {
        "--state": "running",
        "--version": "1.3.3",
        "--get-default-zone": "public",
        "--get-active-zones": f"public\n  interfaces: {names}" if names else "",
        "--list-all": zone.listing(active=bool(zone.interfaces)),
        "--list-rich-rules": "\n".join(rule.text for rule in zone.rich_rules),
        "--list-services": " ".join(zone.services),
        "--list-ports": " ".join(f"{number}/{protocol}" for number, protocol in zone.ports),
        "--list-protocols": " ".join(zone.protocols),
    }


def _change(zone: Zone, key: str, value: str) -> tuple[str, int, Zone | None]:
    """Add, remove or query an entry; returns what to say, the status, and the zone it makes."""
    verb, _, what = key.partition("-")
    kind = _OPTIONS.get(what)
    if kind is None or verb not in ("add", "remove", "query"):
        return f"usage: see firewall-cmd man page\nUnrecognized option: --{key}", 2, None
    try:
        if verb == "query":
            found = zone.has(kind, value)
            return ("yes" if found else "no"), int(not found), None
        changed = zone.with_(kind, value) if verb == "add" else zone.without(kind, value)
    except (ValueError, KeyError) as error:
        return f"Error: {error}", _INVALID, None
    shown = value if kind != "rich_rules" else f"'{value}'"
    if changed is None and verb == "add":
        return f"Warning: ALREADY_ENABLED: {shown} already in 'public'\nsuccess", 0, None
    if changed is None:
        return f"Warning: NOT_ENABLED: {shown} not in 'public'\nsuccess", 0, None
    return "success", 0, changed
