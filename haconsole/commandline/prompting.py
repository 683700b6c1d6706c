"""The transport's questions, asked on a terminal without the screens."""

from __future__ import annotations

import asyncio
import getpass
import sys

from haconsole.telling import say
from haconsole.transport.prompts import HostKeyQuestion, NoPrompter, Prompter, SecretQuestion
from haconsole.words import t


class TerminalPrompter:
    """Asks on the controlling terminal, never on standard output."""

    async def secret(self, question: SecretQuestion) -> str | None:
        """Ask for a secret without echo; an empty answer or an end of file declines."""
        text = f"{say(question.text)} "
        try:
            answer = await asyncio.to_thread(getpass.getpass, text)
        except (EOFError, KeyboardInterrupt):
            return None
        return answer or None

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        """Ask whether a key is to be trusted; only a plain "yes" does."""
        text = t(
            "{host} ({address}:{port}) is not in known_hosts. Its {algorithm} key is "
            "{fingerprint}. Trust it (yes/no)? ",
            host=question.host,
            address=question.address,
            port=question.port,
            algorithm=question.algorithm,
            fingerprint=question.fingerprint,
        )

        def ask() -> str:
            print(text, end="", file=sys.stderr, flush=True)
            return sys.stdin.readline()

        return (await asyncio.to_thread(ask)).strip().lower() == t("yes")


def prompter_for_terminal() -> Prompter:
    """Return who answers questions: the terminal, if there is one, else nobody."""
    return TerminalPrompter() if sys.stdin.isatty() and sys.stderr.isatty() else NoPrompter()
