"""The bar of a replay, under the body of every screen."""

from __future__ import annotations

from haconsole.journal.replay import Replay
from haconsole.ui.presentation.replaybar import Position, replay_line
from haconsole.ui.widgets.canvas import Panel


class ReplayBar(Panel):
    """Shows where in a recording one is; clicks go elsewhere."""

    DEFAULT_CSS = """
    ReplayBar { height: 1; width: 1fr; background: $surface; }
    """

    def __init__(self, replay: Replay) -> None:
        super().__init__(id="replay")
        self._replay = replay

    def show_position(self, width: int) -> None:
        """Paint the moment on show."""
        one = self._replay
        at = Position(
            one.reel.first, one.reel.last, one.now(), one.playing, one.speed, one.reel.stops
        )
        self.show([replay_line(at, width)])
