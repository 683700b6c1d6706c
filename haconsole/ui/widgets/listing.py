"""A list of lines that keys, wheel and mouse act on."""

from __future__ import annotations

from textual import events
from textual.message import Message

from haconsole.ui.widgets.viewport import Viewport

_WHEEL_ROWS = 3


class Listing(Viewport):
    """A viewport that says when one of its rows was chosen."""

    class Chosen(Message):
        """The row under the cursor was clicked, or enter was pressed on it."""

        def __init__(self, listing: Listing, row: int) -> None:
            super().__init__()
            self.listing = listing
            self.row = row

        @property
        def control(self) -> Listing:
            """The list that it happened in."""
            return self.listing

    def choose(self) -> None:
        """Say that the row under the cursor was chosen."""
        if 0 <= self.cursor < self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_resize(self) -> None:
        """Keep the view within the rows."""
        self.clamp()

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the view down."""
        event.stop()
        self.scroll_rows(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the view up."""
        event.stop()
        self.scroll_rows(-_WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the click was; a second click chooses."""
        y = event.get_content_offset_capture(self).y - (self.header is not None)
        row = self.first_row + y
        if not 0 <= y < self.room or row >= self.count:
            return
        self.move_to(row)
        if event.chain > 1:
            self.choose()
