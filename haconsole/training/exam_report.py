"""An exam as a page, kept beside the drills' reports."""

from __future__ import annotations

import os
import time
from pathlib import Path

from haconsole.domain.rules.registry import BY_CAUSE
from haconsole.journal.drills import JournalError, folder
from haconsole.telling import say
from haconsole.training.exam_standing import ExamProgress, RoundResult
from haconsole.words import language, t


def keep(progress: ExamProgress, site: str, at: float, place: Path | None = None) -> Path:
    """Write an exam's page down and return its file; raises ``JournalError``."""
    place = place or folder()
    file = place / f"{time.strftime('%y%m%d-%H%M%S', time.gmtime(at))}-exam-{progress.seed}.md"
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(markdown(progress, site, at))
    except OSError as error:
        raise JournalError(f"{error.filename or place}: {error.strerror or error}") from error
    return file


def markdown(progress: ExamProgress, site: str, at: float) -> str:
    """Return an exam's page: its score, and what came of each round."""
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
    lines = [
        f"# {progress.lesson.title.within(language())}",
        "",
        t("{site}, {when}. Score: **{score}** of 100. Drawn with the seed {seed}.", site=site,
          when=when, score=progress.score, seed=progress.seed),
        "",
    ]  # fmt: skip
    for number, one in enumerate(progress.results, 1):
        lines += _round(number, one)
    return "\n".join(lines) + "\n"


def _round(number: int, one: RoundResult) -> list[str]:
    lines = [
        f"## {number}. {say(one.title)} ({', '.join(one.hosts)})",
        "",
        t("- Points: {points} of 100", points=one.points.points),
    ]
    lines += [f"  - −{less}: {say(why)}" for less, why in one.points.lost]
    lines.append(t("- Cause: {causes}", causes=_names(one.causes)))
    if one.wrong:
        lines.append(t("- Taken for: {causes}", causes=_names(one.wrong)))
    lines.append(t("- Named after: {seconds}", seconds=_seconds(one.detected_s)))
    lines.append(t("- Mended after: {seconds}", seconds=_seconds(one.mended_s)))
    felt = one.felt
    if felt.sent:
        lines.append(
            t("- Clients: {failed} of {sent} requests failed; the longest gap was {gap:.2f} s "
              "(known to {step:.2f} s)", failed=felt.failed, sent=felt.sent, gap=felt.gap_s,
              step=1 / felt.rate_hz)
        )  # fmt: skip
    return [*lines, ""]


def _names(causes: tuple[str, ...]) -> str:
    return "; ".join(
        f"`{cause}` ({say(BY_CAUSE[cause].about)})" if cause in BY_CAUSE else f"`{cause}`"
        for cause in causes
    )


def _seconds(took_s: float | None) -> str:
    return t("never") if took_s is None else t("{seconds:.0f} s", seconds=took_s)
