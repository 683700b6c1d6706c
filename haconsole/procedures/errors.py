"""What can go wrong with a procedure; each message is the sentence to show."""

from __future__ import annotations


class ProcedureError(Exception):
    """A procedure cannot be planned or run; ``str(error)`` is one clear sentence."""


class AnswerError(ProcedureError):
    """An answer that is no answer. ``key`` names the field (``--set KEY=…``)."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key
