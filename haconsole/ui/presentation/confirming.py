"""What is said before a plan is run, taken back, or left alone."""

from __future__ import annotations

from dataclasses import replace

from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunProgress, StepProgress, StepStatus
from haconsole.telling import say
from haconsole.words import t, tn

from . import marks
from .ink import Tone
from .planhead import counted, expected_s, hosts_text, to_change
from .units import duration

#: Sentences with their tones; an empty one is a blank line.
Said = list[tuple[str, Tone]]
_MOST = 5


def to_come(progress: RunProgress) -> RunProgress:
    """Return how a run would begin: what failed, was not begun or was undone is open again."""
    steps = {
        name: stands if stands.status.good else StepProgress()
        for name, stands in progress.steps.items()
    }
    return replace(progress, steps=steps)


def run_words(plan: Plan, progress: RunProgress) -> Said:
    """Return what a run would do: on which hosts, to which files, with which warnings."""
    progress = to_come(progress)
    todo = to_change(plan, progress)
    question = t("Run “{title}” on cluster {cluster}?", title=say(plan.title), cluster=plan.cluster)
    if not todo:
        text = t(
            "There is nothing to change. All is looked at once more; what is no longer so by then "
            "is done."
        )
        return [(question, Tone.STRONG), ("", Tone.TEXT), (text, Tone.TEXT)]
    how = tn(
        "{count} step changes something on {hosts}; about {span}.",
        "{count} steps change something on {hosts}; about {span}.",
        todo,
        hosts=hosts_text(plan, progress),
        span=duration(max(1.0, expected_s(plan, progress))),
    )
    said: Said = [(question, Tone.STRONG), ("", Tone.TEXT), (how, Tone.TEXT)]
    foreign = [
        f"{step.host}:{step.file.path}"
        for step in plan.foreign_files
        if step.file is not None and progress.of(step.id).status is not StepStatus.SATISFIED
    ]
    for name in foreign[:_MOST]:
        text = t("replaces {file}, which this tool did not write; the old one is kept", file=name)
        said.append((f"{marks.WARN} {text}", Tone.WARNING))
    for warning in plan.warnings[:_MOST]:
        said.append((f"{marks.WARN} {say(warning)}", Tone.WARNING))
    left = max(0, len(foreign) - _MOST) + max(0, len(plan.warnings) - _MOST)
    if left:
        said.append(
            (tn("and {count} more warning", "and {count} more warnings", left), Tone.WARNING)
        )
    if plan.moves_vip:
        text = t("This can move a VIP: clients may see a short outage.")
        said.append((f"{marks.WARN} {text}", Tone.WARNING))
    return said


def roll_back_words(plan: Plan, progress: RunProgress) -> Said:
    """Return what a roll-back would undo."""
    done = [s for s in plan.steps if s.mutating and progress.of(s.id).status is StepStatus.DONE]
    said: Said = [
        (t("Take back what “{title}” did on cluster {cluster}?", title=say(plan.title),
           cluster=plan.cluster), Tone.STRONG),
        ("", Tone.TEXT),
        (t("These are undone, last first; then it is as it was before the run:"), Tone.TEXT),
    ]  # fmt: skip
    names = [f"{step.host}: {say(step.title)}" for step in reversed(done)]
    said += [(f"+ {name}", Tone.TEXT) for name in names[: 2 * _MOST]]
    if len(names) > 2 * _MOST:
        said.append((t("and {count} more", count=len(names) - 2 * _MOST), Tone.TEXT))
    lasting = [step for step in done if step.undo is None]
    if lasting:
        text = t("These cannot be undone and stay: {names}",
                 names=", ".join(f"{s.host}: {say(s.title)}" for s in lasting[:_MOST]))  # fmt: skip
        said.append((f"{marks.WARN} {text}", Tone.WARNING))
    return said


def leave_words(plan: Plan, progress: RunProgress) -> Said:
    """Return what becomes of a run when its screen is left."""
    how = counted(plan, progress)
    return [
        (t("“{title}” runs ({how}).", title=say(plan.title), how=how), Tone.STRONG),
        ("", Tone.TEXT),
        (t("It goes on while you look at other screens; Home shows how far it is, 6 comes back."),
         Tone.TEXT),
    ]  # fmt: skip


def quit_words(plan: Plan, progress: RunProgress) -> Said:
    """Return what becomes of a run when the console is closed."""
    how = counted(plan, progress)
    return [
        (t("“{title}” runs ({how}). Close the console all the same?", title=say(plan.title),
           how=how), Tone.STRONG),
        ("", Tone.TEXT),
        (t("What runs now is finished on the nodes; the steps after it are not begun. The same "
           "change with the same answers goes on from there."), Tone.TEXT),
    ]  # fmt: skip
