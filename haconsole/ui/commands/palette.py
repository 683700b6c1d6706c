"""The command palette: the commands of this screen, the nodes, the themes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from haconsole.ui.presentation.ink import clean
from haconsole.ui.theming import PREFIX
from haconsole.words import t

from .base import SCREEN_SCOPES, registry

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp

#: Title, explanation, and what choosing it does.
Offer = tuple[str, str, Callable[[], object]]


class ConsoleProvider(Provider):
    """Offers what can be done where the operator is."""

    def _offers(self) -> list[Offer]:
        from haconsole.ui.screens.base import ConsoleScreen

        app = cast("ConsoleApp", self.app)
        screen = self.screen
        offers: list[Offer] = []
        if isinstance(screen, ConsoleScreen):
            writable = app.session.feed.writable
            for command in registry.available(SCREEN_SCOPES[screen.mode], writable=writable):
                if command.in_palette:
                    for title, text, argument in command.rows(screen):
                        run = partial(screen.action_command, command.id, argument)
                        offers.append((title, text, run))
        for host in app.session.feed.site.every_host:
            title = clean(t("node {name}", name=host.name))
            offers.append((title, clean(host.address), partial(app.open_node, host.name)))
        for name in app.available_themes:
            if name.startswith(PREFIX):
                title = t("theme {name}", name=name.removeprefix(PREFIX))
                offers.append(
                    (title, t("Change the colours."), partial(setattr, app, "theme", name))
                )
        return offers

    async def discover(self) -> Hits:
        """Offer everything."""
        for title, text, run in self._offers():
            yield DiscoveryHit(Content(title), run, text=title, help=text)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for title, text, run in self._offers():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, Content(title), run, text=title, help=text)
