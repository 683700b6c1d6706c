"""The buttons under a drill, and what is said beside them."""

from __future__ import annotations

from haconsole.procedures.drill.standing import DrillProgress, Stage
from haconsole.words import t

from .drilllive import BUSY

#: A button's id, its label, whether it can be pressed.
Way = tuple[str, str, bool]


def ways_on(progress: DrillProgress, *, writable: bool, steps: bool) -> list[Way]:
    """Return what can be done with a drill as it stands; ``steps``: they are on show."""
    shown: Way = ("steps", t("Time line") if steps else t("Steps"), True)
    match progress.stage:
        case Stage.PREFLIGHT:
            return [("cancel", t("Cancel"), True)]
        case Stage.READY:
            begin = t("Begin…") if writable else t("Begin: read-only")
            return [("cancel", t("Cancel"), True), ("begin", begin, writable)]
        case Stage.REFUSED:
            forcible = all(one.forcible for one in progress.refusals)
            able = forcible and bool(progress.refusals)
            ways = [("cancel", t("Cancel"), True), ("again", t("Look again"), True)]
            if not writable:
                return [*ways, ("begin", t("Begin: read-only"), False)]
            return [*ways, ("force", t("Force…"), True)] if able else ways
        case stage if stage in BUSY:
            undoing = stage in (Stage.UNDOING, Stage.SETTLING)
            return [("undo", t("Undo now"), not undoing), shown]
    return [("cancel", t("Close"), True), shown, ("again", t("Again"), True)]


def key_hints(progress: DrillProgress) -> list[tuple[str, str]]:
    """Return what keys do on a drill as it stands, the most important first."""
    match progress.stage:
        case Stage.READY | Stage.REFUSED:
            return [("l", t("limit")), ("p", t("probe's place")), ("Enter", t("step, whole"))]
        case Stage.DONE | Stage.FAILED:
            return [("c", t("copy the report"))] if progress.report else []
        case stage if stage in BUSY:
            return [("u", t("undo now")), ("s", t("steps, time line"))]
    return []
