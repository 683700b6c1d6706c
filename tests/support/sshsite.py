"""A site of SSH hosts on loopback, behind a jump host, that run real commands.

``async with SshSite(folder, nodes=2) as lab:`` gives ``lab.site`` (a domain ``Site``) whose
inventory access works with ``Transport``. Run as a program it serves until its standard input
ends and prints what a client needs as JSON, for benchmarks in which the servers must not share
the client's process: ``python -m tests.support.sshsite --nodes 20 --folder DIR``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

import asyncssh

from haconsole.domain.model import Access, Become, Cluster, Host, Role, Site, Vip
from haconsole.transport.prompts import HostKeyQuestion, SecretQuestion
from tests.support.sshserver import Behaviour, Server

CLUSTER = "pair"


class Answers:
    """A prompter that answers from lists and keeps the questions."""

    def __init__(self, *secrets: str | None, trust: bool = False) -> None:
        self.secrets = list(secrets)
        self.trust = trust
        self.questions: list[SecretQuestion] = []
        self.keys: list[HostKeyQuestion] = []

    async def secret(self, question: SecretQuestion) -> str | None:
        self.questions.append(question)
        return self.secrets.pop(0) if self.secrets else None

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        self.keys.append(question)
        return self.trust


class Daemon:
    """One listening SSH server that can be stopped and started again on its port."""

    def __init__(self, name: str, user_key: asyncssh.SSHKey) -> None:
        self.name = name
        self.behaviour = Behaviour()
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.certificate: asyncssh.SSHCertificate | None = None
        self.port = 0
        self._user_key = user_key
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self.connections: set[asyncssh.SSHServerConnection] = set()

    async def start(self) -> None:
        authorized = asyncssh.import_authorized_keys(
            self._user_key.export_public_key("openssh").decode()
        )

        def factory() -> Server:
            server = Server(self.behaviour)
            made = server.connection_made

            def keep(conn):
                self.connections.add(conn)
                made(conn)

            server.connection_made = keep  # type: ignore[method-assign]
            return server

        self._acceptor = await asyncssh.create_server(
            factory,
            "127.0.0.1",
            self.port,
            server_host_keys=[
                (self.host_key, self.certificate) if self.certificate else self.host_key
            ],
            authorized_client_keys=authorized,
            encoding=None,
            backlog=512,
        )
        self.port = self._acceptor.get_port()

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None
        self.cut()
        await self.behaviour.settle()

    def cut(self) -> None:
        """Cut every connection; new ones are welcome."""
        for connection in self.connections:
            connection.abort()
        self.connections.clear()


class SshSite:
    """``nodes`` hosts (the first two are the LBs) and, with ``jump``, a bastion before them."""

    def __init__(
        self, folder: Path, *, nodes: int = 2, jump: bool = True, become: Become = Become.NONE
    ) -> None:
        self.folder = folder
        self.become = become
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.key_file = folder / "id_test"
        self.known_hosts = folder / "known_hosts"
        self.bastion = Daemon("bastion", self.user_key) if jump else None
        self.nodes = [Daemon(self._name(number), self.user_key) for number in range(nodes)]

    @staticmethod
    def _name(number: int) -> str:
        return f"lb{number + 1:02}" if number < 2 else f"web{number - 1:02}"

    @property
    def daemons(self) -> list[Daemon]:
        return [*([self.bastion] if self.bastion else []), *self.nodes]

    def daemon(self, name: str) -> Daemon:
        return next(daemon for daemon in self.daemons if daemon.name == name)

    async def __aenter__(self) -> SshSite:
        self.user_key.write_private_key(self.key_file)
        self.key_file.chmod(0o600)
        for daemon in self.daemons:
            await daemon.start()
        self.write_known_hosts()
        return self

    async def __aexit__(self, *_: object) -> None:
        for daemon in self.daemons:
            await daemon.stop()

    def write_known_hosts(self) -> None:
        lines = [
            f"[127.0.0.1]:{d.port} {d.host_key.export_public_key('openssh').decode()}"
            for d in self.daemons
        ]
        self.known_hosts.write_text("".join(lines))

    @property
    def site(self) -> Site:
        """The inventory's view of these hosts."""
        jumps = ("bastion",) if self.bastion else ()
        hosts = [
            self._host(d, Role.LB if n < 2 else Role.WEB, jumps) for n, d in enumerate(self.nodes)
        ]
        return make_site(hosts, [self._host(self.bastion, Role.JUMP, ())] if self.bastion else [])

    def _host(self, daemon: Daemon, role: Role, jumps: tuple[str, ...]) -> Host:
        return Host(daemon.name, role, self.access(daemon.port, jumps))

    def access(self, port: int, jumps: tuple[str, ...] = ()) -> Access:
        return Access(
            address="127.0.0.1",
            port=port,
            user="operator",
            identity_files=(self.key_file,),
            become=self.become,
            jumps=jumps,
            ssh_config=(),
            known_hosts=self.known_hosts,
        )


def make_site(hosts: list[Host], jumps: list[Host]) -> Site:
    """Return a site of one cluster; a lone host is made LB twice over only in name."""
    cluster = Cluster(
        CLUSTER,
        lbs=tuple(host for host in hosts if host.role is Role.LB),
        webs=tuple(host for host in hosts if host.role is Role.WEB),
        vips=(Vip("192.0.2.10"),),
    )
    return Site("test", (cluster,), tuple(jumps))


async def serve(folder: Path, nodes: int, jump: bool) -> None:
    async with SshSite(folder, nodes=nodes, jump=jump) as lab:
        ports = {daemon.name: daemon.port for daemon in lab.daemons}
        print(json.dumps({"ports": ports}), flush=True)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--no-jump", action="store_true")
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.folder, arguments.nodes, not arguments.no_jump))


if __name__ == "__main__":
    main()
