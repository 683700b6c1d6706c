"""The list of what can be changed, and how far the change at hand is."""

from __future__ import annotations

from haconsole.procedures.catalogue import Entry
from haconsole.telling import say
from haconsole.ui.wizard import Stage, Wizard
from haconsole.words import t

from .ink import Ink, Line, Tone, fit, ink, spread, width_of, wrap
from .planhead import counted

_NAME = 20


def stage_text(wizard: Wizard) -> tuple[str, Tone]:
    """Return how far a change is, in a few words."""
    match wizard.stage:
        case Stage.READING:
            return (t("reading hosts"), Tone.INFO) if not wizard.problem else (
                t("could not be begun"), Tone.WARNING)  # fmt: skip
        case Stage.ASKING:
            return t("questions"), Tone.ACCENT
        case Stage.PREVIEW:
            return t("preview"), Tone.ACCENT
        case Stage.RUNNING:
            count = counted(wizard.plan, wizard.progress) if wizard.plan is not None else ""
            return t("runs {count}", count=count), Tone.INFO
        case Stage.OVER:
            words = {
                "done": (t("done"), Tone.OK),
                "failed": (t("failed"), Tone.CRITICAL),
                "stopped": (t("stopped"), Tone.WARNING),
                "rolled back": (t("rolled back"), Tone.TEXT),
            }
            return words.get(wizard.progress.status.value, ("", Tone.TEXT))


def entry_line(entry: Entry, wizard: Wizard | None, width: int) -> Line:
    """Return a procedure's row: its name, what it is for, and how far it is, where it was begun."""
    right: Line = ()
    if wizard is not None and wizard.entry.name == entry.name:
        text, tone = stage_text(wizard)
        right = (Ink(f"{text} ", tone),)
    left: Line = (
        ink(f" {fit(entry.name, _NAME)}", Tone.STRONG),
        ink(fit(say(entry.title), 38) + "  ", Tone.TEXT),
    )
    room = width - width_of(left) - width_of(right) - 2
    if room > 30:
        left = (*left, ink(fit(say(entry.about), room), Tone.MUTED))
    return spread(left, right, width)


def entry_text(entry: Entry) -> str:
    """Return a procedure as plain text, to be searched."""
    return f"{entry.name}: {say(entry.title)}. {say(entry.about)}"


def about_lines(entry: Entry | None, width: int) -> list[Line]:
    """Return what the procedure under the cursor is for, and how it is had without a screen."""
    if entry is None:
        return [(), (), ()]
    line = t("haconsole apply INVENTORY {name} --plan", name=entry.name)
    return [
        (Ink(" "), ink(say(entry.title), Tone.STRONG)),
        *wrap((Ink(" "), ink(say(entry.about), Tone.TEXT)), width - 1, hang=1)[:2],
        (Ink(f" {t('The same from a shell:')} ", Tone.MUTED), ink(line, Tone.ACCENT)),
    ]


def access_lines(
    cluster: str | None, *, writable: bool, door: bool, width: int, recording: bool = False
) -> list[Line]:
    """Return which cluster changes would be about, and whether they can be run here."""
    if recording:
        text = t("This is a recording: nothing can be planned or changed in it. To change the "
                 "hosts, open the console on them: `haconsole INVENTORY`.")  # fmt: skip
        tone = Tone.WARNING
    elif not door:
        text, tone = (
            t("There are no hosts behind this console: nothing can be changed."),
            Tone.WARNING,
        )
    elif cluster is None:
        text, tone = t("Choose one cluster first: ] shows the next."), Tone.WARNING
    elif writable:
        text = t("On cluster {name}. Every change is shown before it is made.", name=cluster)
        tone = Tone.TEXT
    else:
        text = t("READ-ONLY: plans can be made and looked at. `haconsole INVENTORY --write` runs "
                 "them, where the inventory allows it.")  # fmt: skip
        tone = Tone.ACCENT
    return wrap((Ink(" "), ink(text, tone)), width - 1, hang=1)
