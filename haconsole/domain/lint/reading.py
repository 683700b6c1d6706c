"""What could not be read, as findings."""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Finding, Place
from .source import Source, found

#: A problem's sentence → the rule that it is a case of.
_RULES = {
    "odd-syntax": (
        "an escaped comment sign is one from 2.2.0 on: put it into quotes",
        "definitions, sequences and includes make too many lines; the rest is not read",
        "definitions make this line longer than keepalived reads, or endless",
        "an include with a condition or a definition is read twice from 2.2.0 on",
        "a backslash at the end of a line joins nothing outside a definition",
        "the line is longer than the {n} bytes that keepalived reads",
        "a NUL byte: this is no text file",
        "keepalived takes quotes for a part of the file's name from 2.2.0 on",
        "the file is longer than {n} bytes; the rest is not read",
        "too many files are included, or too deeply: {name} is not read",
    ),
    "unknown-condition": (
        "whether {condition} holds depends on the config id, which is not known here",
    ),
    "include-missing": (
        "there is no file {name}: keepalived reads on",
        "{name} cannot be read",
    ),
    "include-error": (
        "no file matches {name}: keepalived takes an error",
        "there is no file {name}: keepalived takes an error",
        "{name} includes itself",
    ),
    "keyword-version": (
        "{what} needs keepalived {version}",
        "before keepalived 1.4.2 nothing may stand behind a brace in its line",
    ),
    "syntax": (
        "a byte order mark: keepalived takes it for a part of the first word",
        "{what} is not written as keepalived wants it",
        "a quote is not closed on its line",
        "{name} is not defined here: keepalived reads its braces as a block",
        "the block {name} is never closed",
        "blocks are nested deeper than {n} levels",
        "a block opens without a name before it",
        "a closing brace too many",
    ),
}
RULE_OF = {sentence: rule for rule, sentences in _RULES.items() for sentence in sentences}


def reading(source: Source) -> Iterator[Finding]:
    """Tell what the parser met."""
    for problem in source.problems:
        rule = RULE_OF.get(problem.note.template, "odd-syntax")
        yield found(rule, Place(problem.file, problem.line), problem.note)
