"""The library's questions during one handshake, answered: host key, keys, passwords."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncssh

from haconsole.domain.notes import Note, note

from .asking import ATTEMPTS, Secrets
from .cleaning import clean_words
from .keys import KeyFile, KeyItem
from .knownhosts import Trust
from .prompts import SecretKind

KeyList: TypeAlias = "list[KeyItem | asyncssh.SSHKeyPair]"


@dataclass(slots=True)
class Identity:
    """What we can show to a host. ``explicit``: the inventory named the key files."""

    user: str
    files: Sequence[KeyFile]
    explicit: bool
    agent_path: str | None
    #: ``IdentitiesOnly``: of the agent's keys only those that the files name.
    only: bool = False


class Client(asyncssh.SSHClient):
    """Answers for one connection attempt, and remembers what happened for the error sentence."""

    def __init__(self, host: str, identity: Identity, trust: Trust, secrets: Secrets) -> None:
        self.host = host
        self.identity = identity
        self.secrets = secrets
        self.trust = trust
        #: The host key that was shown and is not trusted.
        self.stranger: asyncssh.SSHKey | None = None
        #: Methods that were really tried, in words.
        self.tried: list[str] = []
        self.declined = False
        #: Called with True when a question starts, False when it is answered.
        self.on_asking: Callable[[bool], None] = lambda _asking: None
        self._steps = self._key_steps()
        self._offered: set[bytes] = set()
        self._attempts: dict[SecretKind, int] = {}
        self._used: str | None = None
        self._agent: asyncssh.SSHAgentClient | None = None

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Trust a key known by the host's plain name; remember any other (the library asks)."""
        if key in self.trust.by_name:
            return True
        self.stranger = key
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the agent (the library calls)."""
        if self._agent is not None:
            self._agent.close()

    async def public_key_auth_requested(self) -> KeyList | None:
        """Return the next keys to try; ``None`` when there are no more."""
        while self._steps:
            keys = await self._steps.pop(0)()
            if keys:
                self._note("key")
                return keys
        return None

    def _key_steps(self) -> list[Callable[[], Awaitable[KeyList]]]:
        """What to try, in order: asking for a passphrase comes last."""
        agent, files, locked = self._agent_keys, self._file_keys, self._locked_keys
        return [files, agent, locked] if self.identity.explicit else [agent, files, locked]

    async def _file_keys(self) -> KeyList:
        return [item for file in self.identity.files for item in file.items()]

    async def _locked_keys(self) -> KeyList:
        for file in self.identity.files:
            if file.locked and file.public not in self._offered:
                async with self._asking():
                    items = await file.unlock(self.host)
                self._steps.insert(0, self._locked_keys)
                self.declined = self.declined or not items
                return list(items)
        return []

    async def _agent_keys(self) -> KeyList:
        if not self.identity.agent_path:
            return []
        try:
            self._agent = await asyncssh.connect_agent(self.identity.agent_path)
            offered = list(await self._agent.get_keys())
        except (OSError, ValueError, asyncssh.Error):
            return []
        ours = {file.public for file in self.identity.files}
        # As ssh(1) does: a server that allows few tries sees the named ones first.
        offered.sort(key=lambda pair: pair.public_data not in ours)
        if self.identity.only:
            offered = [pair for pair in offered if pair.public_data in ours]
        self._offered = {pair.public_data for pair in offered}
        return list(offered)

    async def password_auth_requested(self) -> str | None:
        """Return the password to try next; ``None`` after three wrong ones or a refusal."""
        answer = await self._secret(
            SecretKind.PASSWORD,
            note("Password of {user} on {host}", user=self.identity.user, host=self.host),
        )
        if answer is not None:
            self._note("password")
        return answer

    def kbdint_auth_requested(self) -> str | None:
        """Take part in keyboard-interactive, unless plain password works better."""
        return ""

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> Sequence[str] | None:
        """Answer a challenge, question by question (RFC 4256)."""
        if prompts:
            self._note("questions")
        answers: list[str] = []
        for prompt, echo in prompts:
            text = clean_words(prompt) or clean_words(instructions)
            if not echo and "password" in prompt.lower():
                answer = await self._secret(
                    SecretKind.PASSWORD,
                    note("Password of {user} on {host}", user=self.identity.user, host=self.host),
                )
            else:
                answer = await self._question(text, echo=echo)
            if answer is None:
                return None
            answers.append(answer)
        return answers

    async def _question(self, text: str, *, echo: bool) -> str | None:
        attempt = self._attempts[SecretKind.INTERACTIVE] = (
            self._attempts.get(SecretKind.INTERACTIVE, 0) + 1
        )
        if self.declined or attempt > 2 * ATTEMPTS:
            return None
        async with self._asking():
            answer = await self.secrets.ask(
                None,
                SecretKind.INTERACTIVE,
                self.host,
                note(
                    "{host} asks {user}: {text}", host=self.host, user=self.identity.user, text=text
                ),
                echo=echo,
            )
        self.declined = answer is None
        return answer

    async def _secret(self, kind: SecretKind, text: Note) -> str | None:
        key = (kind, self.identity.user, self.host)
        if self._used is not None:
            self.secrets.forget(key, self._used)
            self._used = None
        known = self.secrets.known(key)
        if known is None:
            attempt = self._attempts[kind] = self._attempts.get(kind, 0) + 1
            if self.declined or attempt > ATTEMPTS:
                return None
            async with self._asking():
                known = await self.secrets.ask(key, kind, self.host, text, attempt=attempt)
        self.declined = known is None
        self._used = known
        return known

    def _note(self, method: str) -> None:
        if method not in self.tried:
            self.tried.append(method)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        self.on_asking(True)
        try:
            yield
        finally:
            self.on_asking(False)
