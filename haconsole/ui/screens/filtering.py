"""Filter line, faults only, and the way back out of them."""

from __future__ import annotations

from haconsole.ui.presentation.search import Query
from haconsole.ui.screens.abilities import Abilities
from haconsole.ui.widgets.filterbar import FilterBar
from haconsole.ui.widgets.listing import Listing


class Filtering(Abilities):
    """A screen whose lists can be filtered."""

    def __init__(self) -> None:
        super().__init__()
        self.search = Query()
        self.faults_only = False

    def open_filter(self) -> None:
        """Open the filter line with the filter in force."""
        self.query_one(FilterBar).open("filter", "/", self.search.text)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Filter while it is typed; enter closes the line."""
        if event.purpose == "filter":
            self.search = Query.parse(event.text)
            self.filter_changed()
        elif event.done:
            self.answered(event.purpose, event.text)
        if event.done:
            self.close_bar()

    def close_bar(self) -> None:
        """Close the line and give the focus back to the list."""
        self.query_one(FilterBar).close()
        self.set_focus(next((item for item in self.query(Listing) if item.display), None))

    def answered(self, purpose: str, text: str) -> None:
        """A question that is not the filter was answered."""

    def filter_changed(self) -> None:
        """Filter or faults-only changed: show what passes."""
        raise NotImplementedError

    def back(self) -> None:
        """Take back one thing: the filter line, the filter, faults only, then this screen."""
        if self.query_one(FilterBar).is_open or self.search:
            self.close_bar()
            self.search = Query()
            self.filter_changed()
        elif self.faults_only:
            self.faults_only = False
            self.filter_changed()
        else:
            self.leave()

    def toggle_faults(self) -> None:
        """Show faults only, or everything."""
        self.faults_only = not self.faults_only
        self.filter_changed()

    def leave(self) -> None:
        """Return to where this screen was opened from."""
