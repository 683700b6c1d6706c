"""What is asked in a lesson before something is done, and said of it on other screens."""

from __future__ import annotations

from haconsole.domain.model import Cluster
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


def own_hosts_words(lesson: Lesson, cluster: Cluster) -> Said:
    """Return the question before a lesson is begun on hosts of somebody's own."""
    from haconsole.training.hosts_stage import CANNOT

    hosts = ", ".join(host.name for host in cluster.hosts)
    return [
        (t("Begin “{title}” on cluster {cluster}?", title=words(lesson.title),
           cluster=cluster.name), Tone.STRONG),
        ("", Tone.TEXT),
        (t("The lesson brings {hosts} to where it begins: nginx and keepalived there are set up "
           "anew, stopped and broken.", hosts=hosts), Tone.WARNING),
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


def other_words(progress: LessonProgress) -> Said:
    """Return the question before another lesson is begun while one goes on."""
    title = words(progress.lesson.title)
    return [
        (t("The lesson “{title}” is open. Leave it?", title=title), Tone.STRONG),
        ("", Tone.TEXT),
        (t("What it broke is undone; it goes on at this step when you come back."), Tone.TEXT),
    ]


def quit_words(progress: LessonProgress) -> Said:
    """Return the question before the console is closed in the middle of a lesson."""
    title = words(progress.lesson.title)
    said: Said = [
        (t("The lesson “{title}” is open. Close the console?", title=title), Tone.STRONG),
        ("", Tone.TEXT),
        (t("What it broke is undone first; next time it goes on at this step."), Tone.TEXT),
    ]
    return said


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
