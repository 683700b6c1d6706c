"""What is asked before a drill, and said while one runs behind another screen."""

from __future__ import annotations

from haconsole.procedures.drill.ask import ABOUT
from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.procedures.plan import Plan
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .confirming import Said
from .drillwords import STAGES, fault_text, foreseen_text, seconds_text, title_text, verdict_words
from .ink import Ink, Line, Tone, ink, spread
from .units import duration


def begin_words(progress: DrillProgress, plan: Plan) -> Said:
    """Return what a drill will do, and what clients will feel of it."""
    ask, foreseen = progress.ask, progress.prediction
    question = t("Drill “{title}” on cluster {cluster}?", title=title_text(ask),
                 cluster=plan.cluster)  # fmt: skip
    fault = t("The fault: {fault}.", fault=fault_text(ask, foreseen))
    said: Said = [(question, Tone.STRONG), ("", Tone.TEXT), (fault, Tone.TEXT)]
    if foreseen is not None:
        expected = t("Predicted: {what}.", what=foreseen_text(foreseen))
        said.append((expected, Tone.WARNING if foreseen.why_not else Tone.TEXT))
        said += [(f"{marks.WARN} {say(why)}", Tone.WARNING) for why in foreseen.why_not]
    limit = t("The node undoes it by itself after {limit}.", limit=seconds_text(ask.limit_s))
    said.append((limit, Tone.TEXT))
    for refusal in progress.refusals if ask.force else ():
        text = t("forced: {what}", what=say(refusal.note))
        said.append((f"{marks.WARN} {text}", Tone.WARNING))
    if ABOUT[ask.scenario].cuts_off:
        text = t("The console may lose the node meanwhile.")
        said.append((f"{marks.WARN} {text}", Tone.WARNING))
    said += [(f"{marks.WARN} {say(warning)}", Tone.WARNING) for warning in plan.warnings[:3]]
    return said


def twice_words(progress: DrillProgress) -> Said:
    """Return the second question before a drill that more than the pair may feel."""
    fault = fault_text(progress.ask, progress.prediction)
    return [
        (t("Really? {fault}.", fault=fault), Tone.STRONG),
        ("", Tone.TEXT),
        (t("Everything that runs on that host goes down with it, and nothing can be undone before "
           "it is up again."), Tone.WARNING),
    ]  # fmt: skip


def leave_words(progress: DrillProgress) -> Said:
    """Return what becomes of a drill when its screen is left."""
    return [
        (t("The drill “{title}” runs.", title=title_text(progress.ask)), Tone.STRONG),
        ("", Tone.TEXT),
        (t("It goes on while you look at other screens, and undoes its fault in any case; Home "
           "shows how far it is, 7 comes back."), Tone.TEXT),
    ]  # fmt: skip


def quit_words(progress: DrillProgress, now: float) -> Said:
    """Return what becomes of a drill when the console is closed."""
    due = [node for node in progress.nodes.values() if node.undo_due_at is not None]
    undo = " ".join(
        t("{host} undoes the fault by itself in {span}.", host=node.host,
          span=duration(max(0.0, (node.undo_due_at or now) - now)))
        for node in due
    )  # fmt: skip
    return [
        (t("The drill “{title}” runs. Close the console all the same?",
           title=title_text(progress.ask)), Tone.STRONG),
        ("", Tone.TEXT),
        (t("There will be no verdict. {undo}", undo=undo).rstrip(), Tone.WARNING),
        (t("u undoes it now, in order: that takes a few seconds."), Tone.TEXT),
    ]  # fmt: skip


def home_line(progress: DrillProgress, width: int, now: float) -> Line:
    """Return the line on the home screen while a drill runs."""
    glyph, word, tone = STAGES[progress.stage]
    due = [node.undo_due_at for node in progress.nodes.values() if node.undo_due_at is not None]
    right: Line = (Ink(t("7 shows it "), Tone.KEY, "app.show_drill"),)
    if due and progress.stage is not Stage.SETTLING:
        span = duration(max(0.0, max(due) - now))
        right = (Ink(t("undone ≤ {span}  ", span=span), Tone.ACCENT), *right)
    fault = fault_text(progress.ask, progress.prediction)
    stage = f", {t(word)}" if width >= 100 else ""
    begin: Line = (
        Ink(f" {glyph} {t('DRILL')}{stage}  ", tone),
        ink(fault, Tone.STRONG, "app.show_drill"),
    )
    return spread(begin, right, width)


def told_text(progress: DrillProgress) -> tuple[str, Tone]:
    """Return how a drill ended, in one sentence, for a notice."""
    title = title_text(progress.ask)
    if progress.verdict is not None:
        _, words, tone = verdict_words(progress.verdict)
        return t("{title}: {verdict}. 7 shows it.", title=title, verdict=words.lower()), tone
    word = STAGES[progress.stage][1]
    return t("{title}: {how}. 7 shows it.", title=title, how=t(word).lower()), Tone.CRITICAL
