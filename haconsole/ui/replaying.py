"""A replay on the screens: what its keys do, and what a step back undoes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from haconsole.journal.replay import Replay
from haconsole.ui.presentation.units import time_of_day
from haconsole.ui.triagedesk import TriageDesk
from haconsole.ui.triaging import Chart, OwnClinic
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.app import ConsoleApp


class ReplayTriage(TriageDesk):
    """Judges what the recording shows; nobody is asked for more."""

    def __init__(self, app: ConsoleApp, replay: Replay) -> None:
        super().__init__(app, None, OwnClinic())
        self._console, self._replay = app, replay

    def chart(self) -> Chart:
        """Return what is known at this moment of the recording."""
        return replace(super().chart(), recording=True)

    def look_closer(self) -> None:
        """Say that nobody can be asked."""
        self._console.tell(self._replay.refusal())


class Playback:
    """Moves a replay, and has everything follow."""

    def __init__(self, app: ConsoleApp, replay: Replay) -> None:
        self._app = app
        self.replay = replay
        replay.on_jump = self._rewound
        app.desk.triage = ReplayTriage(app, replay)

    def toggle(self) -> None:
        """Play, or pause."""
        self.replay.pause() if self.replay.playing else self.replay.play()
        self._app.paint()

    def step(self, by: int) -> None:
        """Go to the next or previous event."""
        if not self.replay.step(by):
            self._app.tell(t("The recording ends here.") if by > 0 else t("It begins here."))
        self._show()

    def jump(self, by: int) -> None:
        """Go to the next or previous trouble or mark."""
        stop = self.replay.jump(by)
        if stop is not None:
            self._app.tell(f"{time_of_day(stop.at)}  {stop.text}")
        elif by > 0:
            self._app.tell(t("No further trouble in this recording."))
        else:
            self._app.tell(t("No trouble before this moment."))
        self._show()

    def faster(self, by: int) -> None:
        """Play faster, or slower."""
        self.replay.faster(by)
        self._app.paint()

    def go(self, at: float) -> None:
        """Go to a moment."""
        self.replay.seek(at)
        self._show()

    def _show(self) -> None:
        self._app.flush()
        self._app.paint()

    def _rewound(self) -> None:
        """Forget what was heard and found after this moment."""
        self._app.session.hear_anew(self.replay.heard)
        self._app.desk.triage = ReplayTriage(self._app, self.replay)
        self._app.desk.triage.tick()
