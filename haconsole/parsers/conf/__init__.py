"""keepalived.conf as data: every byte of a file kept, read for its meaning, and edited."""

from .document import Block, Document, Entry, Text, TextKind
from .edit import Editor, Written
from .errors import ConfEditError
from .parse import parse

__all__ = [
    "Block",
    "ConfEditError",
    "Document",
    "Editor",
    "Entry",
    "Text",
    "TextKind",
    "Written",
    "parse",
]
