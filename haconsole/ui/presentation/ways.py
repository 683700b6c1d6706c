"""The buttons under a plan, and what is said beside them."""

from __future__ import annotations

from haconsole.procedures.progress import RunStatus
from haconsole.ui.wizard import Stage, Wizard
from haconsole.words import t

#: A button's id, its label, whether it can be pressed.
Way = tuple[str, str, bool]


def ways_on(wizard: Wizard, *, writable: bool) -> list[Way]:
    """Return what can be done with a plan as it stands."""
    save: Way = ("save", t("Runbook…"), True)
    status = wizard.progress.status
    match wizard.stage:
        case Stage.PREVIEW:
            asks = wizard.form is not None and wizard.form.fields
            return [
                ("back", t("Change answers") if asks else t("Back"), True),
                save,
                (
                    "run",
                    t("Run…") if writable else t("Run: read-only"),
                    writable and status is RunStatus.READY,
                ),
            ]
        case Stage.RUNNING:
            return [save, ("stop", t("Stop"), status is RunStatus.RUNNING)]
    ways: list[Way] = [("close", t("Close"), True), save]
    if status in (RunStatus.FAILED, RunStatus.STOPPED):
        ways.append(("retry", t("Try again…"), writable))
    if status is not RunStatus.DONE:
        ways.append(("again", t("Change answers"), True))
    if wizard.can_roll_back:
        ways.append(("roll-back", t("Roll back…"), writable))
    return ways


def key_hints(wizard: Wizard, *, following: bool) -> list[tuple[str, str]]:
    """Return what keys do on a plan as it stands, the most important first."""
    hints = [("Tab", t("buttons")), ("Enter", t("step, whole"))]
    if wizard.stage is Stage.PREVIEW and wizard.unticked:
        hints.insert(0, ("Space", t("allow replacing")))
    if wizard.busy and not following:
        hints.insert(0, ("f", t("follow")))
    return hints
