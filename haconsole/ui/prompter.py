"""Questions of the transport, asked on the screen: secrets, and whether to trust a host key."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from textual.app import App
from textual.screen import ModalScreen

from haconsole.transport.prompts import HostKeyQuestion, SecretQuestion
from haconsole.ui.screens.questions import SecretScreen, TrustScreen

T = TypeVar("T")


class ScreenPrompter:
    """Answers by asking the operator, one question at a time.

    Made before the app is (the transport needs it first), then attached to it. Without an app,
    and when the app goes away under a question, every answer is "no".
    """

    def __init__(self) -> None:
        self._app: App[int] | None = None
        self._turn = asyncio.Lock()
        self._open: asyncio.Future[None] | None = None

    def attach(self, app: App[int]) -> None:
        """Ask on this app's screen from now on."""
        self._app = app

    def detach(self) -> None:
        """Ask no more."""
        self._app = None

    async def secret(self, question: SecretQuestion) -> str | None:
        """Return the secret, or ``None`` when the operator declines."""
        return await self._ask(SecretScreen(question))

    async def trust_host_key(self, question: HostKeyQuestion) -> bool:
        """Return whether the operator trusts the key."""
        trusted = await self._ask(TrustScreen(question))
        return trusted is True

    async def _ask(self, screen: ModalScreen[T]) -> T | None:
        async with self._turn:
            app = self._app
            if app is None or not app.is_running:
                return None
            answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

            def answered(value: T | None) -> None:
                if not answer.done():
                    answer.set_result(value)

            # In the app's own turn: a transport's task knows nothing of the app's context.
            app.call_later(app.push_screen, screen, answered)
            try:
                return await answer
            finally:
                # The transport gave up waiting (a lost link): the question goes with it.
                if not answer.done() or answer.cancelled():
                    app.call_later(_take_away, screen)


def _take_away(screen: ModalScreen[T]) -> None:
    if screen.is_current:
        screen.dismiss(None)
