"""A line to type in, whose cursor stands still: nothing on a screen moves that says nothing."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class StillInput(Input):
    """An ``Input`` that does not blink."""

    cursor_blink = reactive(False, init=False)
