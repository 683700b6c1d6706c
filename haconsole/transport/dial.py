"""One way into one host: from the inventory and ``~/.ssh/config`` to an open connection."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh

from haconsole.domain.model import Access

from .asking import Secrets
from .cleaning import clean_words
from .client import Client, Identity
from .coalesce import Tunnel
from .errors import RefusedError, failure
from .keys import KeyRing, default_files, expanded
from .knownhosts import SYSTEM_FILES, KnownHosts, Trust, fingerprint
from .prompts import HostKeyQuestion
from .sentences import (
    key_changed,
    key_declined,
    key_of_other_kind,
    key_refused,
    not_entered,
    unreached,
)

#: Cheapest first where the CPU has AES: a third less CPU than chacha20 (measured).
CIPHERS = "^aes128-gcm@openssh.com"
#: A hop is given up after this many unanswered keepalives, this many seconds apart.
KEEPALIVE_S = 5.0
KEEPALIVE_MISSED = 3
#: Files that keep nothing.
_NOWHERE = ("/dev/null", os.devnull)


@dataclass(frozen=True, slots=True)
class Route:
    """A way in, once ``~/.ssh/config`` has had its say. ``proxy_jump``: as it stands there."""

    options: asyncssh.SSHClientConnectionOptions
    identity: Identity
    known: KnownHosts
    #: The address as the inventory has it, and what it is in the end (``Hostname``).
    asked: str
    address: str
    port: int
    #: The name and port under which the host stands in known_hosts.
    known_name: str
    known_port: int
    #: Whether there is a known_hosts file that a trusted key is written to.
    keeps: bool
    proxy_jump: str | None

    @property
    def where(self) -> str:
        """Address and port, as a sentence names them."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}"


class Dialer:
    """Opens connections; keeps what all of them share: keys, answers, known_hosts."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.keys = KeyRing(secrets)
        self._known: dict[tuple[Path, ...], KnownHosts] = {}
        #: Keys that were trusted in this session, by name and port in known_hosts.
        self._trusted: dict[tuple[str, int], list[asyncssh.SSHKey]] = {}

    async def route(self, host: str, access: Access) -> Route:
        """Work out the way in; raises ``RefusedError`` when the configuration is wrong."""
        config = access.ssh_config
        try:
            options = await asyncssh.SSHClientConnectionOptions.construct(
                config=() if config is None else [str(path) for path in config],
                host=access.address,
                port=() if access.port is None else access.port,
                username=() if access.user is None else access.user,
                client_keys=None,
                agent_forwarding=False,
                compression_algs="none",
                keepalive_interval=KEEPALIVE_S,
                keepalive_count_max=KEEPALIVE_MISSED,
                connect_timeout=None,
                login_timeout=0,
            )
        except (ValueError, OSError, RuntimeError, asyncssh.Error) as error:
            raise failure(
                RefusedError,
                "{host}: the SSH configuration cannot be used: {reason}.",
                host=host,
                reason=clean_words(str(error)).rstrip("."),
            ) from error
        alias = options.host_key_alias
        tunnel = options.tunnel
        known, keeps = self._known_hosts(access, options)
        return Route(
            options=options,
            identity=self._identity(access, options),
            known=known,
            asked=access.address,
            address=options.host,
            port=options.port,
            known_name=alias or _known_name(known, access.address, options),
            known_port=22 if alias else options.port,
            keeps=keeps,
            proxy_jump=tunnel if isinstance(tunnel, str) and tunnel.lower() != "none" else None,
        )

    async def connect(
        self,
        host: str,
        route: Route,
        tunnel: asyncssh.SSHClientConnection | None,
        jump: str | None,
        timeout_s: float,
    ) -> asyncssh.SSHClientConnection:
        """Open the connection; asks about an unknown host key. Raises ``TransportError``."""
        while True:
            client = Client(host, route.identity, self._trust(route), self.secrets)
            try:
                return await self._try(route, client, tunnel, timeout_s)
            except asyncssh.HostKeyNotVerifiable as error:
                await self._consider(error, route, client)
            except asyncssh.KeyExchangeFailed as error:
                if "host key" in error.reason and client.trust.keys:
                    raise key_of_other_kind(
                        client, route.known, route.known_name, route.known_port, route.where
                    ) from error
                raise not_entered(error, client, route.where) from error
            except asyncssh.ChannelOpenError as error:
                raise unreached(error, host, route.where, jump) from error
            except asyncssh.Error as error:
                raise not_entered(error, client, route.where) from error
            except Exception as error:  # whatever it was, the link tries again and says why
                raise unreached(error, host, route.where, jump) from error

    async def _try(
        self,
        route: Route,
        client: Client,
        tunnel: asyncssh.SSHClientConnection | None,
        timeout_s: float,
    ) -> asyncssh.SSHClientConnection:
        trust = client.trust
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_s) as limit:
            # The operator may take his time; the network may not.
            client.on_asking = lambda asking: limit.reschedule(
                None if asking else loop.time() + timeout_s
            )
            return await asyncssh.connect(
                route.asked,
                route.port,
                options=route.options,
                config=None,
                tunnel=_way(route, tunnel),
                encryption_algs=() if route.options.config.get("Ciphers", ()) else CIPHERS,
                client_factory=lambda: client,
                known_hosts=lambda *_: (trust.keys, trust.authorities, trust.revoked),
            )

    def _trust(self, route: Route) -> Trust:
        """Return what is known of a host: by the files, and by this session's answers."""
        name, port = route.known_name, route.known_port
        trust = route.known.trust(name, port)
        if name == route.asked != route.address:
            revoked = route.known.trust(route.address, port).revoked
            trust = replace(trust, revoked=[*trust.revoked, *revoked])
        if trust.keys:
            return trust
        return replace(trust, by_name=[*trust.by_name, *self._trusted.get((name, port), ())])

    async def _consider(
        self, error: asyncssh.HostKeyNotVerifiable, route: Route, client: Client
    ) -> None:
        """Return when the key is trusted now; raise otherwise."""
        key, name, port = client.stranger, route.known_name, route.known_port
        if key is None:
            raise key_refused(client, error.reason, route.where) from error
        if route.known.entries(name, port):
            raise key_changed(client, route.known, name, port, route.where) from error
        question = HostKeyQuestion(
            client.host, route.address, route.port, key.get_algorithm(), fingerprint(key)
        )

        def settled() -> bool | None:
            trust = self._trust(route)
            return True if key in trust.keys or key in trust.by_name else None

        if not await self.secrets.trust(question, settled):
            raise key_declined(client, route.where) from error
        if not settled():
            if route.keeps:
                route.known.add(name, port, key)
            self._trusted.setdefault((name, port), []).append(key)

    def _identity(self, access: Access, options: asyncssh.SSHClientConnectionOptions) -> Identity:
        configured = options.config.get("IdentityFile", ())
        named: Sequence[Path] = access.identity_files or tuple(map(Path, _strings(configured)))
        agent = options.config.get("IdentityAgent", None) or os.environ.get("SSH_AUTH_SOCK")
        return Identity(
            user=options.username,
            files=[self.keys.file(path) for path in named or default_files()],
            explicit=bool(named),
            agent_path=str(expanded(Path(str(agent)))) if agent and agent != "none" else None,
            only=bool(options.config.get("IdentitiesOnly", False)),
        )

    def _known_hosts(
        self, access: Access, options: asyncssh.SSHClientConnectionOptions
    ) -> tuple[KnownHosts, bool]:
        """Return the files, and whether there is one of the user's own that keeps keys."""
        system: tuple[Path, ...] = ()
        if access.known_hosts is not None:
            user: list[str] = [str(access.known_hosts)]
        else:
            # The library makes an empty list of “none”.
            named = options.config.get("UserKnownHostsFile", None)
            user = ["~/.ssh/known_hosts"] if named is None else _strings(named)
            named = options.config.get("GlobalKnownHostsFile", None)
            system = SYSTEM_FILES if named is None else tuple(map(Path, _strings(named)))
        files = tuple(expanded(Path(path)) for path in user if path not in _NOWHERE)
        found = (*files, *system)
        keeps = bool(user) and user[0] not in _NOWHERE
        return self._known.setdefault(found, KnownHosts(found)), keeps


def _known_name(known: KnownHosts, asked: str, options: asyncssh.SSHClientConnectionOptions) -> str:
    """Return the name that is looked up in known_hosts: as ssh does, what ``HostName`` gave.

    Where the files know nothing by that name, a line with the inventory's own name counts:
    this console wrote such lines.
    """
    address, port = options.host, options.port
    found = known.trust(address, port)
    if found.keys or found.authorities or not known.entries(asked, port):
        return str(address)
    return asked


def _way(route: Route, jump: asyncssh.SSHClientConnection | None) -> Tunnel | None:
    """Return the way to the host's sshd; ``None`` leaves it to the library (ProxyCommand)."""
    if jump is None and route.options.proxy_command:
        return None
    return Tunnel(jump, int(route.options.family or 0))


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []
