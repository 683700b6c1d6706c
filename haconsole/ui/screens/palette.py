"""The command palette, which takes the first Enter alone."""

from __future__ import annotations

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input, OptionList


class OncePalette(CommandPalette):
    """Textual's palette pops the screen below when Enter comes twice before it has closed."""

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def only_once(self, event: Input.Submitted | OptionList.OptionSelected) -> None:
        """Keep a choice from a palette that has closed."""
        if not self.is_current:
            event.prevent_default()
            event.stop()
