"""Secrets in memory: asked once, one question at a time, gone with the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note

from .kin import Kin
from .prompts import HostKeyQuestion, Prompter, SecretKind, SecretQuestion

#: Answers that may be tried for one thing before we stop asking.
ATTEMPTS = 3


class Secrets:
    """Asks the operator, and remembers what was answered for the session.

    ``kin``: which hosts of ``clusters`` may share a sudo password.
    """

    def __init__(self, prompter: Prompter, clusters: Iterable[Cluster] = ()) -> None:
        self.kin = Kin(clusters)
        self._prompter = prompter
        self._one_at_a_time = asyncio.Lock()
        self._answers: dict[Hashable, str] = {}

    def known(self, key: Hashable) -> str | None:
        """Return the remembered answer."""
        return self._answers.get(key)

    def remember(self, key: Hashable, answer: str) -> None:
        """Remember an answer that came another way."""
        self._answers[key] = answer

    def forget(self, key: Hashable, answer: str) -> None:
        """Forget an answer that proved wrong (unless a newer one took its place)."""
        if self._answers.get(key) == answer:
            del self._answers[key]

    async def ask(
        self,
        key: Hashable | None,
        kind: SecretKind,
        host: str,
        text: Note,
        *,
        echo: bool = False,
        attempt: int = 1,
    ) -> str | None:
        """Return the answer, asked now or while we waited for our turn; ``None``: declined.

        With a ``key`` the answer is remembered under it.
        """
        before = None if key is None else self._answers.get(key)
        async with self._one_at_a_time:
            if key is not None:
                newer = self._answers.get(key)
                if newer is not None and newer != before:
                    return newer
            answer = await self._prompter.secret(SecretQuestion(kind, host, text, echo, attempt))
        if answer is not None and key is not None:
            self._answers[key] = answer
        return answer

    async def trust(self, question: HostKeyQuestion, settled: Callable[[], bool | None]) -> bool:
        """Return whether the operator trusts a host key.

        ``settled`` is asked first, when our turn has come: another link to the same host may
        have had its answer meanwhile.
        """
        async with self._one_at_a_time:
            known = settled()
            if known is not None:
                return known
            return await self._prompter.trust_host_key(question)
