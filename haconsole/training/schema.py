"""The JSON Schema of a lesson file (draft 2020-12), for editors that complete and check."""

from __future__ import annotations

from haconsole.inventory.scalars import Json
from haconsole.inventory.schema import DIALECT

from .fields import DEFINED, LESSON


def schema() -> Json:
    """Return the JSON Schema of a lesson as plain JSON values.

    Every lesson that loads is valid under it. What it cannot say, only the loader refuses: names
    that the code does not know, an answer that is no choice, a task without its checks.
    """
    return {
        "$schema": DIALECT,
        "title": "haconsole lesson",
        "description": "A lesson of the walkthrough, in English and Chinese.",
        **LESSON.definition(),
        "$defs": {kind.reference: kind.definition() for kind in DEFINED},
    }
