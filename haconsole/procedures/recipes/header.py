"""The line by which a reader of a file knows who writes it."""

from __future__ import annotations

#: First line of every configuration file that this tool writes (second where ``#!`` is first).
MANAGED = "# Managed by haconsole; what is changed here by hand is shown as drift and asked about."


def managed(text: str) -> str:
    """Put the header on a file whose comments begin with ``#``; a ``#!`` line stays the first."""
    if text.startswith("#!"):
        first, _, rest = text.partition("\n")
        return f"{first}\n{MANAGED}\n{rest}"
    return f"{MANAGED}\n{text}"


def is_managed(text: str) -> bool:
    """Whether a file says that this tool writes it."""
    return MANAGED in text.split("\n", 2)[:2]
