"""The desk of an exam that goes on: answering, giving up, the next round, leaving."""

from __future__ import annotations

from collections.abc import Callable

from haconsole.training.exam_standing import ExamPhase, ExamProgress
from haconsole.ui.errands import Errands
from haconsole.ui.lessoning import Examining
from haconsole.ui.presentation import lessonexam
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.words import t

#: Seconds between two paintings while clients are felt.
GAP_S = 0.2


class ExamDesk:
    """Carries out what somebody in an exam wants."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._app = errands.app
        self._deaf: Callable[[], None] = lambda: None
        self.exam: Examining | None = None

    @property
    def progress(self) -> ExamProgress | None:
        """How it stands; ``None``: no exam goes on."""
        return self.exam.progress if self.exam is not None else None

    def begin(self, exam: Examining) -> None:
        """Enter it."""
        self.exam = exam
        self._deaf = exam.subscribe(lambda _: self._app.paint_soon(GAP_S))
        self._errands.act(exam.enter, "exam")

    def _open(self) -> Examining | None:
        """Return the exam; one that is being left is not worked on, which is said."""
        return self.exam if self._app.desk.lessons.leaving.free() else None

    def answer(self, cause: str) -> None:
        """Say what the cause is."""
        progress = self.progress
        exam = self._open()
        if exam is None or progress is None or progress.phase is not ExamPhase.WATCHING:
            return
        if cause in progress.wrong:
            self._app.tell(t("You said that already, and it is not it."))
        elif not exam.answer(cause):
            self._app.tell(t("It is not that (or nothing is broken yet). Wrong names cost points."))
        self._app.paint()

    def next(self) -> None:
        """Go on to the next round, or to the end."""
        exam = self._open()
        if exam is None:
            return
        match exam.progress.phase:
            case ExamPhase.ROUND_OVER:
                self._errands.act(exam.next, "exam")
            case ExamPhase.OVER:
                self._app.desk.lessons.leave()
            case ExamPhase.WATCHING | ExamPhase.MENDING:
                self._app.tell(t("Not yet: the round goes on. x gives it up."))

    def give_up(self) -> None:
        """Ask, then have it mended."""
        exam = self._open()
        if exam is not None and exam.progress.phase in lessonexam.AT_WORK:
            screen = ConfirmScreen(lessonexam.give_up_words(), t("Give up"), t("Stay"))
            self._errands.ask(screen, exam.give_up)

    def reset(self) -> None:
        """Ask, then begin the round again."""
        exam = self._open()
        busy = (ExamPhase.SETTING_UP, ExamPhase.RESETTING, ExamPhase.OVER)
        if exam is not None and exam.progress.phase not in busy:
            screen = ConfirmScreen(lessonexam.reset_words(), t("Reset"), t("Cancel"))
            self._errands.ask(screen, lambda: self._errands.act(exam.reset, "exam-reset"))

    def close(self) -> None:
        """Hear of it no more."""
        self._deaf()
        self.exam = None
