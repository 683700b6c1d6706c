"""A modelled site behind SSH: a bastion, and hosts that only it can reach."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.sshd import SshFront, serve_machine
from haconsole.domain.model import Access, Become, Host, Role, Site
from tests.demo.system.hosts import make_host
from tests.support.sshsite import make_site


class DemoSite:
    """``async with DemoSite(folder) as site:`` serves ``bastion`` and ``lb01``, ``lb02``."""

    def __init__(self, folder: Path, *, user: str = "ops", passwords: bool = False) -> None:
        self.user = user
        self.passwords = passwords
        self.key_file = folder / "id_demo"
        self.known_hosts = folder / "known_hosts"
        self.hosts: dict[str, Machine] = {}
        self.fronts: dict[str, SshFront] = {}

    async def __aenter__(self) -> DemoSite:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(self.key_file)
        self.key_file.chmod(0o600)
        public = key.export_public_key("openssh").decode()
        lines = []
        for number, name in enumerate(("bastion", "lb01", "lb02")):
            machine = self.hosts[name] = make_host(name)
            for user in machine.users:
                if not self.passwords:
                    machine.files.install(f"/etc/ssh/authorized_keys/{user.name}", public)
            connect = self._connect if name == "bastion" else None
            front = await serve_machine(machine, connect=connect, passwords=self.passwords)
            self.fronts[name] = front
            shown = front.host_key.export_public_key("openssh").decode()
            where = f"[10.0.0.{number}]:22" if number else f"[127.0.0.1]:{front.port}"
            lines.append(f"{where.replace(']:22', '').replace('[10', '10')} {shown}")
        self.known_hosts.write_text("".join(lines))
        return self

    async def __aexit__(self, *_: object) -> None:
        for name, front in self.fronts.items():
            await front.stop()
            await self.hosts[name].stop()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        routes = {"10.0.0.1": "lb01", "10.0.0.2": "lb02"}
        if port != 22 or host not in routes:
            raise ConnectionRefusedError("Connection refused")
        front = self.fronts[routes[host]]
        if not front.listening.is_set():
            raise ConnectionRefusedError("Connection refused")
        return await asyncio.open_connection("127.0.0.1", front.port)

    @property
    def site(self) -> Site:
        """The inventory's view."""
        bastion = self._host("bastion", Role.JUMP, "127.0.0.1", self.fronts["bastion"].port, ())
        lbs = [self._host(f"lb0{n}", Role.LB, f"10.0.0.{n}", 22, ("bastion",)) for n in (1, 2)]
        return make_site(lbs, [bastion])

    def _host(self, name: str, role: Role, address: str, port: int, jumps: tuple[str, ...]) -> Host:
        access = Access(
            address=address,
            port=port,
            user=self.user,
            identity_files=() if self.passwords else (self.key_file,),
            become=Become.SUDO,
            jumps=jumps,
            ssh_config=(),
            known_hosts=self.known_hosts,
        )
        return Host(name, role, access)
