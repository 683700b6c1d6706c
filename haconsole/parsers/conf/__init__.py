"""keepalived.conf as data: every byte of a file kept, read for its meaning, and edited."""

from .document import Block, Document, Entry, Text, TextKind
from .parse import parse

__all__ = ["Block", "Document", "Entry", "Text", "TextKind", "parse"]
