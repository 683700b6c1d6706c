"""An app with our themes, the palette of the running one, and notices that obey nothing."""

from __future__ import annotations

from haconsole.ui.palette import Palette
from haconsole.ui.presentation.ink import clean
from haconsole.ui.screens.palette import OncePalette
from haconsole.ui.theming import DEFAULT_THEME, PREFIX, load_themes
from haconsole.ui.typing import OneByOne
from haconsole.words import t


class ThemedApp(OneByOne[int]):
    """Colours, and words that pass by."""

    def __init__(self, theme: str | None) -> None:
        super().__init__()
        self._wanted_theme = theme
        self._palette: tuple[str, Palette] | None = None

    @property
    def palette(self) -> Palette:
        """The styles of the running theme."""
        if self._palette is None or self._palette[0] != self.theme:
            self._palette = (self.theme, Palette(self.get_css_variables()))
        return self._palette[1]

    def use_themes(self) -> None:
        """Register the themes; a bad file or an unknown name is one notice."""
        themes, problems = load_themes()
        for theme in themes:
            self.register_theme(theme.theme)
        wanted = self._wanted_theme or DEFAULT_THEME
        names = [name for name in (PREFIX + wanted, wanted) if name in self.available_themes]
        if names:
            self.theme = names[0]
        else:
            known = ", ".join(theme.name for theme in themes)
            problems.append(
                t("There is no theme {name}; there are: {known}.", name=repr(wanted), known=known)
            )
            self.theme = PREFIX + DEFAULT_THEME if themes else "textual-dark"
        if problems:
            self.tell("\n".join(problems), loud=True)

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, OncePalette):
            self.push_screen(OncePalette(id="--command-palette"))

    def tell(self, text: str, *, loud: bool = False) -> None:
        """Show a notice; its text is never markup, and nothing in it is obeyed."""
        text = "\n".join(clean(line) for line in text.splitlines())
        if loud:
            self.notify(text, severity="warning", timeout=12, markup=False)
        else:
            self.notify(text, timeout=4, markup=False)
