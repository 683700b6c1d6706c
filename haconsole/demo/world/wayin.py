"""The way in: SSH servers, keys, and the inventory that a console opens the demo with.

A console comes in through a port on loopback, which leads to the bastion over the simulated
wire: with the bastion's cable, or its sshd, the way in is gone as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import asyncssh

from haconsole.demo.system.sshd import SshFront
from haconsole.lab.topology import BASTION, INTERFACE, PREFIX, VIP, VRID, Part

from .cluster import DemoCluster
from .stack import Stack
from .uplink import Uplink

#: Where the console is on the wire.
CONSOLE_ADDRESS = "10.0.0.1"
_CHUNK = 65536


class WayIn:
    """SSH into a cluster that has not been started yet; ``folder`` gets keys and inventory.

    Keys that are there already, of a demo before, are used again: whoever knew that one knows
    this. ``listener``: the bastion's socket, instead of one on ``port``. Call :meth:`prepare`,
    start the cluster, then :meth:`open`; at the end :meth:`close`.
    """

    def __init__(
        self,
        cluster: DemoCluster,
        folder: Path,
        port: int = 0,
        listener: socket.socket | None = None,
    ) -> None:
        self._cluster = cluster
        self._folder = folder
        self._port = port
        self._listener = listener
        self.inventory = folder / "inventory.yaml"
        stack = Stack("console", cluster.wire, mac="02:de:00:0a:00:01")
        stack.add_address(f"{CONSOLE_ADDRESS}/{PREFIX}", INTERFACE)
        self._uplinks = [Uplink(stack)]
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def prepare(self) -> None:
        """Make keys, and give every host its SSH server."""
        key = self._key("id_ed25519")
        public = key.export_public_key("openssh").decode()
        for host in self._cluster.hosts.values():
            for user in ("ops", "ops-pw"):
                host.machine.files.install(f"/etc/ssh/authorized_keys/{user}", public)
            uplink = Uplink(host.stack)
            self._uplinks.append(uplink)
            host.front = SshFront(
                host.machine,
                host_key=self._key(f"host_{host.name}_ed25519"),
                connect=uplink.connect,
                passwords=True,
            )

    def _key(self, name: str) -> asyncssh.SSHKey:
        """Return the key of that file, a new one if there is none. Raises ``OSError``."""
        path = self._folder / name
        with contextlib.suppress(FileNotFoundError, asyncssh.KeyImportError):
            return asyncssh.read_private_key(path)
        key = asyncssh.generate_private_key("ssh-ed25519", comment="haconsole demo")
        path.touch(mode=0o600)
        path.write_bytes(key.export_private_key("openssh"))
        return key

    async def open(self) -> Path:
        """Listen for consoles; returns the inventory. ``OSError`` where the port is taken."""
        if self._listener is not None:
            self._server = await asyncio.start_server(self._let_in, sock=self._listener)
        else:
            self._server = await asyncio.start_server(self._let_in, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        lines = []
        for host in self._cluster.hosts.values():
            if host.front is None:
                continue
            public = host.front.host_key.export_public_key("openssh").decode().split()[:2]
            names = host.node.address
            if host.node == BASTION:
                names = f"{names},[127.0.0.1]:{self._port}"
            lines.append(f"{names} {' '.join(public)}\n")
        (self._folder / "known_hosts").write_text("".join(lines), encoding="utf-8")
        self.inventory.write_text(self._inventory_text(), encoding="utf-8")
        return self.inventory

    async def close(self) -> None:
        """Listen no more and hang up; the folder is its owner's."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for uplink in self._uplinks:
            await uplink.close()
        for host in self._cluster.hosts.values():
            if host.front is not None:
                await host.front.stop()

    def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a console's connection to the bastion."""
        try:
            theirs, to_them = await self._uplinks[0].connect(BASTION.address, 22)
        except OSError:
            writer.transport.abort()
            return
        halves = {
            asyncio.ensure_future(_copy(reader, to_them)),
            asyncio.ensure_future(_copy(theirs, writer)),
        }
        try:
            await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for half in halves:
                half.cancel()
            await asyncio.gather(*halves, return_exceptions=True)
            to_them.close()
            writer.close()

    def _inventory_text(self) -> str:
        hosts = self._cluster.hosts.values()

        def listed(part: Part) -> str:
            return ", ".join(f"{h.name}: {h.node.address}" for h in hosts if h.node.part is part)

        return f"""\
# Written by 'haconsole demo'; gone when it ends.
# Another user that the same key lets in: ops-pw (sudo asks for the password: demo).
site: demo
lab: true
defaults:
  user: ops
  key: {self._quoted("id_ed25519")}
  become: sudo
  known_hosts: {self._quoted("known_hosts")}
  ssh_config: none
jumps:
  {BASTION.name}: {{address: 127.0.0.1, port: {self._port}}}
clusters:
  pair:
    via: {BASTION.name}
    vips:
      - {{address: {VIP}/32, interface: {INTERFACE}, vrid: {VRID}}}
    lbs: {{{listed(Part.LB)}}}
    webs: {{{listed(Part.WEB)}}}
"""

    def _quoted(self, name: str) -> str:
        """Return a path as YAML takes it, a Windows one as well."""
        return "'" + str((self._folder / name).absolute()).replace("'", "''") + "'"


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
