"""What is asked in a lesson before something is done, and said of it on other screens."""

from __future__ import annotations

from haconsole.domain.model import Cluster
from haconsole.domain.notes import Note
from haconsole.telling import say
from haconsole.training.lesson import Lesson, Question
from haconsole.training.score import DONE_FOR_YOU
from haconsole.training.standing import LessonProgress, Phase
from haconsole.words import t

from .confirming import Said
from .ink import Ink, Line, Tone, clip, ink, spread, wrap
from .lessonmarkdown import inline_line
from .lessonpage import words
from .lessonwork import BUSY
from .units import day_of, time_of_day


def own_hosts_words(
    lesson: Lesson, cluster: Cluster, unended: tuple[str, float] | None = None
) -> Said:
    """Return the question before a lesson is begun on hosts of somebody's own.

    ``unended``: the title of a lesson that was begun there and never left, and when.
    """
    from haconsole.training.hosts_stage import CANNOT

    hosts = ", ".join(host.name for host in cluster.hosts)
    return [
        (t("Begin “{title}” on cluster {cluster}?", title=words(lesson.title),
           cluster=cluster.name), Tone.STRONG),
        ("", Tone.TEXT),
        (t("The lesson brings {hosts} to where it begins: nginx and keepalived there are set up "
           "anew, stopped and broken.", hosts=hosts), Tone.WARNING),
        *(
            [(_unended(*unended), Tone.WARNING), (t("Beginning puts them back first."), Tone.TEXT)]
            if unended is not None
            else []
        ),
        ("", Tone.TEXT),
        (say(CANNOT), Tone.TEXT),
    ]  # fmt: skip


def solve_words(progress: LessonProgress) -> Said:
    """Return the question before a step is done for the learner."""
    step = progress.step
    title = words(step.title) if step is not None else ""
    return [
        (t("Have “{title}” done for you?", title=title), Tone.STRONG),
        ("", Tone.TEXT),
        (t("It costs {cost} of the step's 100 points. s shows first what would be done.",
           cost=DONE_FOR_YOU), Tone.TEXT),
    ]  # fmt: skip


def reset_words(progress: LessonProgress) -> Said:
    """Return the question before everything is put back."""
    return [
        (t("Put the cluster back to where this step begins?"), Tone.STRONG),
        ("", Tone.TEXT),
        (t("Whatever was done to it is lost. What you scored stays."), Tone.TEXT),
    ]


def other_words(progress: LessonProgress, *, own: bool = False) -> Said:
    """Return the question before another lesson is begun while one goes on."""
    title = words(progress.lesson.title)
    return [
        (t("The lesson “{title}” is open. Leave it?", title=title), Tone.STRONG),
        ("", Tone.TEXT),
        (_becomes(own=own), Tone.TEXT),
        (t("It goes on at this step when you come back."), Tone.TEXT),
    ]


def quit_words(progress: LessonProgress, *, own: bool = False) -> Said:
    """Return the question before the console is closed in the middle of a lesson."""
    title = words(progress.lesson.title)
    return [
        (t("The lesson “{title}” is open. Close the console?", title=title), Tone.STRONG),
        ("", Tone.TEXT),
        (_becomes(own=own), Tone.TEXT),
        (t("Next time it goes on at this step."), Tone.TEXT),
    ]


def _becomes(*, own: bool) -> str:
    """Say what becomes of what was done in a lesson; ``own``: on hosts of somebody's own."""
    if own:
        return t("First its faults are undone, and the hosts are put back to where the lesson "
                 "began: that may take minutes.")  # fmt: skip
    return t("First its faults are undone. Whatever else was done stays until a lesson begins "
             "again, which puts the cluster back.")  # fmt: skip


def leaving_text(*, own: bool) -> str:
    """Return what is said while a lesson is left."""
    if own:
        return t("The lesson is left: its faults are undone, then the hosts are put back. That may "
                 "take minutes.")  # fmt: skip
    return t("The lesson is left: its faults are being undone.")


def not_done_words() -> Said:
    """Return the question before the console is closed while hosts are still put right."""
    return [
        (t("The hosts are still being put right. Close the console now?"), Tone.STRONG),
        ("", Tone.TEXT),
        (t("What is not undone by then stays as it is: faults until their nodes undo them by "
           "themselves (30 minutes at most), everything else until you put it right."),
         Tone.WARNING),
    ]  # fmt: skip


def stays_words(problem: Note) -> Said:
    """Return the question before the console is closed though something could not be undone."""
    return [
        (t("Not everything could be undone. Close the console all the same?"), Tone.STRONG),
        ("", Tone.TEXT),
        (say(problem), Tone.WARNING),
    ]


def unended_words(title: str, cluster: Cluster, at: float) -> Said:
    """Return the offer to put hosts back on which a lesson was begun and never left."""
    from haconsole.training.hosts_stage import CANNOT

    return [
        (t("Put the hosts of {cluster} back?", cluster=cluster.name), Tone.STRONG),
        ("", Tone.TEXT),
        (_unended(title, at), Tone.WARNING),
        (t("They come to where that lesson began. Any lesson that you begin does that, too."),
         Tone.TEXT),
        ("", Tone.TEXT),
        (say(CANNOT), Tone.TEXT),
    ]  # fmt: skip


def _unended(title: str, at: float) -> str:
    return t("“{title}” was begun on these hosts ({day} {time}) and never left: its console died, "
             "or is still open elsewhere. What was done in it may still be so.",
             title=title, day=day_of(at), time=time_of_day(at))  # fmt: skip


def ask_lines(question: Question, width: int, room: int) -> list[Line]:
    """Return what is asked before anything is done, in ``room`` lines."""
    head = Ink(f" {t('BEFORE IT HAPPENS')}  ", Tone.HEAD)
    line = (head, *inline_line(words(question.ask), Tone.STRONG))
    told = t("What do you expect? j k choose, Enter answers; a wrong answer costs little.")
    lines = wrap(line, width - 1, hang=3)[: max(1, room - 1)]
    return [*lines, (Ink(f"   {told}", Tone.MUTED),)]


def choice_line(text: str, number: int, width: int) -> Line:
    """Return a possible answer."""
    return clip((Ink(f"   {number}) ", Tone.MUTED), *inline_line(text)), width)


def home_line(progress: LessonProgress, width: int) -> Line:
    """Return the line on the home screen while a lesson goes on."""
    step = progress.step
    left: list[Ink] = [Ink(f" ▶ {t('LESSON')}  ", Tone.INFO)]
    left.append(ink(words(progress.lesson.title), Tone.STRONG, "app.show_lessons"))
    if step is not None:
        left.append(Ink(f"  {progress.at + 1}/{len(progress.lesson.steps)}  ", Tone.INFO))
        if progress.phase in BUSY:
            left.append(ink(say(progress.doing), Tone.TEXT))
        elif progress.phase is Phase.WORKING and step.task:
            left += inline_line(words(step.task))
        elif progress.phase is Phase.PASSED:
            left.append(Ink(t("done: 8 goes on"), Tone.OK))
    return spread(tuple(left), (Ink(t("8 shows it "), Tone.KEY, "app.show_lessons"),), width)
