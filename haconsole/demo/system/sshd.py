"""The SSH server of a modelled host: a daemon among its processes, a port on loopback.

The daemon is a program (:attr:`SshFront.program`): what starts it, listens; what ends it, stops
listening and leaves the sessions that there are, as systemd's unit for sshd does. Each connection
has an sshd process of its own, and whoever ends that process cuts the connection.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Mapping

import asyncssh

from .errors import words_of
from .invocation import Invocation
from .machine import Machine
from .process import Context, Process
from .sshforward import Connect, Connection, Forward, WhenAwaited
from .sshsession import Session
from .streams import Null
from .users import User

#: sshd_config(5): MaxSessions.
MAX_SESSIONS = 10


class SshFront:
    """The SSH side of one host.

    ``connect`` decides on forwarded connections (``None``: forwarding is prohibited).
    ``passwords``: whether users with a password may log in by it. ``env``: what sessions have
    in their environment besides what sshd sets.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        host_key: asyncssh.SSHKey | None = None,
        connect: Connect | None = None,
        passwords: bool = False,
        env: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.machine = machine
        self.host_key = host_key or asyncssh.generate_private_key("ssh-ed25519")
        self.connect = connect
        self.passwords = passwords
        self.env = dict(env or {})
        self.address = address
        #: The port; 0 until the daemon first listened, the same ever after.
        self.port = port
        self.max_sessions = MAX_SESSIONS
        self.listening = asyncio.Event()
        self.connections: set[SshConnection] = set()
        self.daemon: Process | None = None

    async def program(self, inv: Invocation) -> int:
        """Listen until the process ends (``sshd -D``)."""
        try:
            acceptor = await asyncssh.create_server(
                lambda: SshConnection(self),
                self.address,
                self.port,
                server_host_keys=[self.host_key],
                encoding=None,
                line_editor=False,
                backlog=512,
                keepalive_interval=0,
            )
        except OSError as error:
            await inv.stderr.write(f"error: Bind to port {self.port} failed: {error.strerror}.\n")
            return 255
        self.port = acceptor.get_port()
        self.daemon = inv.process
        self.listening.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.listening.clear()
            acceptor.close()
        return 0

    def start(self) -> Process:
        """Start the daemon as a child of init."""
        argv = ["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"]
        return self.machine.processes.fork(
            None,
            self.machine.body(self.program, ["/usr/sbin/sshd", "-D"]),
            argv=["sshd", *argv],
            fds=dict.fromkeys(range(3), Null()),
        )

    async def stop(self) -> None:
        """End the daemon and cut every connection."""
        if self.daemon is not None and self.daemon.alive:
            self.daemon.signal(15)
        for connection in tuple(self.connections):
            connection.cut()
        await asyncio.sleep(0)

    def authorized_keys(self, user: User) -> set[bytes]:
        """Return the public keys (RFC 4253, 6.6) that may log in as a user."""
        found: set[bytes] = set()
        for path in (f"{user.home}/.ssh/authorized_keys", f"/etc/ssh/authorized_keys/{user.name}"):
            try:
                text = self.machine.files.read_text(path)
            except OSError:
                continue
            for word in text.split():
                if word.startswith("AAAA"):
                    try:
                        found.add(base64.b64decode(word, validate=True))
                    except binascii.Error:
                        continue
        return found


class SshConnection(asyncssh.SSHServer):
    """One connection to a front."""

    def __init__(self, front: SshFront) -> None:
        self._front = front
        self._machine = front.machine
        self._connection: asyncssh.SSHServerConnection | None = None
        self._user: User | None = None
        self._process: Process | None = None
        self._closed = asyncio.Event()
        self._sessions = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection (called by the library)."""
        self._connection = conn
        self._front.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: its sshd process ends (called by the library)."""
        self._front.connections.discard(self)
        self._closed.set()

    def cut(self) -> None:
        """Cut the connection."""
        if self._connection is not None:
            self._connection.abort()

    # --- authentication ---

    def begin_auth(self, username: str) -> bool:
        """Everyone has to prove who they are."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are always allowed."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether a key stands in the user's authorized_keys, as the file is now."""
        user = self._machine.users.get(username)
        return user is not None and key.public_data in self._front.authorized_keys(user)

    def password_auth_supported(self) -> bool:
        """Whether passwords are allowed."""
        return self._front.passwords

    def validate_password(self, username: str, password: str) -> bool:
        """Whether a password is the user's."""
        user = self._machine.users.get(username)
        return user is not None and user.password is not None and user.password == password

    def auth_completed(self) -> None:
        """Start the connection's own sshd process."""
        assert self._connection is not None  # noqa: S101 - set when it was made
        name = self._connection.get_extra_info("username")
        user = self._machine.users.get(name)
        if user is None:
            self.cut()
            return
        self._user = user
        daemon = self._front.daemon
        self._process = self._machine.processes.fork(
            daemon if daemon is not None and daemon.alive else None,
            self._live,
            argv=["sshd", f"sshd: {name}@notty"],
            fds={},
            context=Context(user.uid, user.gid),
            new_session=True,
        )

    async def _live(self, process: Process) -> int:
        try:
            await self._closed.wait()
        finally:
            self.cut()
        return 255

    # --- channels ---

    def session_requested(self) -> Session:
        """Open a session, as many as MaxSessions allows."""
        if self._user is None or self._process is None or not self._process.alive:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "open failed")
        if self._sessions >= self._front.max_sessions:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, "open failed")
        self._sessions += 1
        session = Session(self._machine, self._user, self._process, self._session_env())
        session.on_end = self._session_ended
        return session

    def _session_ended(self) -> None:
        self._sessions -= 1

    def _session_env(self) -> dict[str, str]:
        assert self._connection is not None  # noqa: S101 - set when it was made
        here = self._connection.get_extra_info("sockname") or ("", 0)
        there = self._connection.get_extra_info("peername") or ("", 0)
        return {
            "SSH_CLIENT": f"{there[0]} {there[1]} {here[1]}",
            "SSH_CONNECTION": f"{there[0]} {there[1]} {here[0]} {here[1]}",
            **self._front.env,
        }

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> Awaitable[asyncssh.SSHTCPSession[bytes]]:
        """Forward a connection to what this host can reach."""
        connect = self._front.connect
        if connect is None:
            reason = "open failed"
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, reason)
        return WhenAwaited(lambda: self._forward(connect, dest_host, dest_port))

    async def _forward(self, connect: Connect, host: str, port: int) -> Forward:
        try:
            connection: Connection = await connect(host, port)
        except OSError as error:
            reason = words_of(error) if error.errno else str(error) or "Connection refused"
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_CONNECT_FAILED, reason) from None
        return Forward(*connection)


async def serve_machine(
    machine: Machine,
    *,
    host_key: asyncssh.SSHKey | None = None,
    connect: Connect | None = None,
    passwords: bool = False,
    env: Mapping[str, str] | None = None,
    port: int = 0,
) -> SshFront:
    """Serve a host on loopback; returns when it listens. ``OSError`` where the port is taken."""
    front = SshFront(
        machine, host_key=host_key, connect=connect, passwords=passwords, env=env, port=port
    )
    daemon = front.start()
    listening = asyncio.ensure_future(front.listening.wait())
    ended = asyncio.ensure_future(daemon.wait())
    await asyncio.wait((listening, ended), return_when=asyncio.FIRST_COMPLETED)
    if not listening.done():
        listening.cancel()
        raise OSError(f"port {port} cannot be listened on")
    ended.cancel()
    return front
