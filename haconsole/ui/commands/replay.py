"""Commands that move a recording; and the one that marks a moment while it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from haconsole.ui.presentation.units import time_of_day
from haconsole.words import t

from . import triage  # noqa: F401 - the screens stand before, wherever keys are told
from .base import Command, Row, Scope, registry

if TYPE_CHECKING:
    from haconsole.ui.replaying import Playback
    from haconsole.ui.screens.base import ConsoleScreen


class _Moves(Command):
    scope = Scope.REPLAY

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row, where there is a recording."""
        return super().rows(screen) if screen.session.replay is not None else ()

    def run(self, screen: ConsoleScreen) -> None:
        """Move it, where there is one."""
        playback = screen.console_app.playback
        if playback is not None:
            self.move(playback)

    def move(self, playback: Playback) -> None:
        """Do it."""
        raise NotImplementedError


@registry.add
class Play(_Moves):
    """Play the recording on from this moment, or pause it."""

    id = "replay.play"
    keys = ("P",)
    name = "play"

    def move(self, playback: Playback) -> None:
        """Turn it on or off."""
        playback.toggle()


@registry.add
class NextEvent(_Moves):
    """Go to the recording's next event (lines of logs are passed over)."""

    id = "replay.next"
    keys = ("full_stop",)
    key_shown = "."
    name = "next event"

    def move(self, playback: Playback) -> None:
        """Step."""
        playback.step(1)


@registry.add
class PreviousEvent(_Moves):
    """Go back to the recording's previous event."""

    id = "replay.back"
    keys = ("comma",)
    key_shown = ","
    name = "previous event"

    def move(self, playback: Playback) -> None:
        """Step back."""
        playback.step(-1)


@registry.add
class NextTrouble(_Moves):
    """Jump to where the recording's next trouble begins or changes, or to the next mark."""

    id = "replay.trouble"
    keys = ("greater_than_sign",)
    key_shown = ">"
    name = "next trouble"

    def move(self, playback: Playback) -> None:
        """Jump."""
        playback.jump(1)


@registry.add
class PreviousTrouble(_Moves):
    """Jump back to where a trouble of the recording began or changed, or to a mark."""

    id = "replay.trouble-back"
    keys = ("less_than_sign",)
    key_shown = "<"
    name = "previous trouble"

    def move(self, playback: Playback) -> None:
        """Jump back."""
        playback.jump(-1)


@registry.add
class Faster(_Moves):
    """Play the recording faster."""

    id = "replay.faster"
    keys = ("plus",)
    key_shown = "+"
    name = "faster"

    def move(self, playback: Playback) -> None:
        """One speed up."""
        playback.faster(1)


@registry.add
class Slower(_Moves):
    """Play the recording more slowly."""

    id = "replay.slower"
    keys = ("minus",)
    key_shown = "-"
    name = "slower"

    def move(self, playback: Playback) -> None:
        """One speed down."""
        playback.faster(-1)


@registry.add
class GoTo(_Moves):
    """Go to a moment of the recording: its beginning, its end, a trouble, a mark."""

    id = "replay.go"
    name = "go to"

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row for each moment that stands out."""
        replay = screen.session.replay
        if replay is None:
            return ()
        reel, about = replay.reel, cls.description()
        moments = [(reel.first, t("beginning")), *((s.at, s.text) for s in reel.stops)]
        moments.append((reel.last, t("end")))
        return [
            (t("go to {time}: {what}", time=time_of_day(at), what=what), about, repr(at))
            for at, what in moments
        ]

    def move(self, playback: Playback) -> None:
        """Go there."""
        if self.argument:
            playback.go(float(self.argument))


@registry.add
class MarkMoment(Command):
    """Mark this moment in the recording, to be found again when it is replayed."""

    id = "record.mark"
    name = "mark this moment"

    @classmethod
    def rows(cls, screen: ConsoleScreen) -> Sequence[Row]:
        """One row, where the session is recorded."""
        recorder = screen.session.recorder
        return super().rows(screen) if recorder is not None and recorder.recording else ()

    def run(self, screen: ConsoleScreen) -> None:
        """Write the mark."""
        recorder = screen.session.recorder
        if recorder is not None and recorder.recording:
            called = recorder.mark(screen.session.feed.now())
            screen.console_app.tell(t("Marked in the recording: {name}.", name=called))
