"""What nodes and files said, made fit for the operator's terminal before it is printed.

Raw output is cleaned where it comes in; texts that were decoded after that (JSON escapes, base64,
files of a bundle) could hold control characters again (ECMA-48; OSC 52 sets the clipboard).
"""

from __future__ import annotations

from typing import Any

from haconsole.transport.cleaning import clean_line


def cleaned(text: str) -> str:
    """Return lines without anything that a terminal obeys."""
    return "\n".join(clean_line(line) for line in text.split("\n"))


def cleaned_document(value: Any) -> Any:
    """Return a JSON document with every text cleaned; JSON's own escapes leave C1 as it is."""
    if isinstance(value, dict):
        return {key: cleaned_document(item) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned_document(item) for item in value]
    return cleaned(value) if isinstance(value, str) else value
