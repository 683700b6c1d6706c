"""Leaving an open lesson or exam, and the way back from one that nobody left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.telling import say
from haconsole.training.exam_standing import ExamPhase
from haconsole.training.standing import Phase
from haconsole.ui.lessoning import School
from haconsole.ui.presentation import lessonasking, lessonexam
from haconsole.ui.screens.confirm import ConfirmScreen
from haconsole.words import t

if TYPE_CHECKING:
    from haconsole.ui.lessondesk import LessonDesk


class LessonLeaving:
    """Leaves what is open at ``desk``. ``going_on``: hosts are being put right just now."""

    def __init__(self, desk: LessonDesk, school: School | None) -> None:
        self._desk = desk
        self._app = desk.errands.app
        self._school = school
        #: Clusters whose way back was offered in this session.
        self._offered: set[str] = set()
        self.going_on = False

    @property
    def own(self) -> bool:
        """Whether the hosts are somebody's own: leaving puts them back."""
        return self._school is not None and self._school.own_hosts

    def free(self) -> bool:
        """Whether an open lesson may be worked on; says why not."""
        if self.going_on:
            self._app.tell(t("A lesson is being left: one moment."))
        return not self.going_on

    def leave(self, then: Callable[[], object] | None = None, *, closing: bool = False) -> None:
        """Leave the open lesson or exam: what it did is undone as far as that is promised.

        ``closing``: the console is closed then; what could not be undone is asked about first.
        """
        room = self._desk.room or self._desk.exams.exam
        if room is None or self.going_on:
            return
        desk = self._app.desk
        if not closing and (desk.busy or desk.drills.busy):
            text = t("A plan or a drill runs: let it end, then leave the lesson.")
            self._app.tell(text, loud=True)
            return
        self.going_on = True
        self._app.tell(lessonasking.leaving_text(own=self.own))
        found: list[Note | None] = []

        async def undo() -> None:
            if closing:
                await desk.end_changes()
            found.append(await room.leave())

        async def go_away() -> None:
            try:
                await self._desk.errands.trying(undo)
            finally:
                self.going_on = False
                self._desk.close()
            self._left(found[0] if found else None, then, closing=closing)

        self._desk.errands.work(go_away, "lesson-leave")

    def _left(
        self, problem: Note | None, then: Callable[[], object] | None, *, closing: bool
    ) -> None:
        """Say what stays, and go on."""
        if problem is not None:
            self._app.tell(say(problem), loud=True)
        if problem is not None and closing and then is not None:
            words = lessonasking.stays_words(problem)
            self._desk.errands.ask(ConfirmScreen(words, t("Close"), t("Stay")), then)
        elif then is not None:
            then()
        if not closing and then is None and self._app.current_mode in ("lesson", "exam"):
            self._desk.go()

    def leave_console(self) -> bool:
        """Ask before the console is closed with a lesson open; whether there was need to."""
        progress, exam = self._desk.progress, self._desk.exams.progress
        close = partial(self.leave, self._app.exit, closing=True)
        if self.going_on:
            words = lessonasking.not_done_words()
            screen = ConfirmScreen(words, t("Close"), t("Stay"))
            self._desk.errands.ask(screen, self._app.exit)
        elif exam is not None and exam.phase is not ExamPhase.OVER:
            screen = ConfirmScreen(lessonexam.leave_words(own=self.own), t("Leave it"), t("Stay"))
            self._desk.errands.ask(screen, close)
        elif progress is not None and progress.phase is not Phase.OVER:
            words = lessonasking.quit_words(progress, own=self.own)
            self._desk.errands.ask(ConfirmScreen(words, t("Close"), t("Stay")), close)
        elif progress is not None or exam is not None:
            close()
        else:
            return False
        return True

    # The way back from a lesson that nobody left

    def offer_way_back(self) -> None:
        """Say that a lesson was begun on these hosts and never left, once, and offer to mend it."""
        school, cluster = self._school, self._app.session.cluster
        if school is None or cluster is None or self.going_on or self._desk.why_not:
            return
        known = school.unended(cluster)
        if known is None or cluster.name in self._offered:
            return
        self._offered.add(cluster.name)
        words = lessonasking.unended_words(self._desk.title_of(known.lesson), cluster, known.at)
        screen = ConfirmScreen(words, t("Put back"), t("Not now"), name=cluster.name)
        self._desk.errands.ask(screen, lambda: self._put_back(school, cluster))

    def _put_back(self, school: School, cluster: Cluster) -> None:
        if self.going_on or self._desk.room is not None or self._desk.examined:
            return
        self.going_on = True

        async def put_back() -> None:
            try:
                problem = await school.put_back(cluster, lambda doing: self._app.tell(say(doing)))
                if problem is None:
                    self._app.tell(t("The hosts are back where that lesson began."))
                else:
                    text = t("The hosts were not put back: {why}", why=say(problem))
                    self._app.tell(text, loud=True)
            finally:
                self.going_on = False

        self._desk.errands.act(put_back, "lesson-leave")
