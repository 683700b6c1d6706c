"""The one error that parsers raise."""

from __future__ import annotations


class ParseError(ValueError):
    """Nothing could be made of a text; the message names what it should have been.

    It never quotes the text: the text may hold a secret, and is hostile until cleaned.
    """
