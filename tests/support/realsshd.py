"""OpenSSH's own sshd on loopback, from a temporary folder, as the current user."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import asyncssh

from haconsole.domain.model import Access, Become, Host, Role, Site
from tests.support.sshsite import make_site
from tests.support.waiting import until

SSHD = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class RealSshd:
    """One sshd process on some ports. ``options`` are lines of sshd_config."""

    def __init__(self, folder: Path, *options: str, ports: int = 1) -> None:
        self.folder = folder
        self.options = options
        #: All of them lead to the same host key and user.
        self.ports = [_free_port() for _ in range(ports)]
        self.port = self.ports[0]
        self.user_key = folder / "id_real"
        self.known_hosts = folder / "known_hosts"
        self.process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> RealSshd:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(self.user_key)
        self.user_key.chmod(0o600)
        key.write_public_key(self.folder / "authorized_keys")
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        host_key.write_private_key(self.folder / "host_key")
        (self.folder / "host_key").chmod(0o600)
        public = host_key.export_public_key("openssh").decode()
        self.known_hosts.write_text("".join(f"[127.0.0.1]:{p} {public}" for p in self.ports))
        self.start()
        await until(self._listens)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        config = self.folder / "sshd_config"
        lines = [
            *(f"Port {port}" for port in self.ports),
            "ListenAddress 127.0.0.1",
            f"HostKey {self.folder}/host_key",
            f"AuthorizedKeysFile {self.folder}/authorized_keys",
            f"PidFile {self.folder}/sshd.pid",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin yes",
            "PasswordAuthentication no",
            # What the user's own rc files do, and how long that takes, is not under test.
            f"SetEnv HOME={self.folder}",
            *self.options,
        ]
        config.write_text("\n".join(lines) + "\n")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        assert SSHD is not None
        with (self.folder / "sshd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
            )

    def stop(self) -> None:
        """End the listener and its connections."""
        if self.process is None:
            return
        for child in children(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process = None

    def pids(self) -> list[int]:
        """Return the processes below the listener: connections, and what runs in them."""
        return [] if self.process is None else children(self.process.pid)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def access(self, *jumps: str, port: int | None = None) -> Access:
        return Access(
            address="127.0.0.1",
            port=port or self.port,
            user=getpass.getuser(),
            identity_files=(self.user_key,),
            become=Become.NONE,
            jumps=jumps,
            ssh_config=(),
            known_hosts=self.known_hosts,
        )

    @property
    def site(self) -> Site:
        return make_site([Host("lb01", Role.LB, self.access())], [])


def children(pid: int) -> list[int]:
    """Return the processes that descend from ``pid``."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            found += [int(folder.name), *children(int(folder.name))]
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def wait_dead(process: asyncio.subprocess.Process) -> None:
    """Wait until a process that was killed is gone."""
    await asyncio.wait_for(process.wait(), 10)
