"""The parts of the README that are made from the code: ``python -m tests.support.readme``."""

from __future__ import annotations

from pathlib import Path

import haconsole.ui.commands.changes
import haconsole.ui.commands.drills
import haconsole.ui.commands.everywhere
import haconsole.ui.commands.lessons
import haconsole.ui.commands.lists
import haconsole.ui.commands.replay
import haconsole.ui.commands.terminal
import haconsole.ui.commands.triage  # noqa: F401 - importing them registers the commands
from haconsole.ui.commands.base import Scope, registry

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"


def key_table() -> str:
    """The table of all keys, by where they work."""
    rows = ["| where | key | does |", "|---|---|---|"]
    for scope in Scope:
        for command in registry:
            if command.scope is scope and command.keys:
                key = command.shown().replace("|", "\\|")
                rows.append(f"| {scope.value} | `{key}` | {command.description()} |")
    return "\n".join(rows) + "\n"


def with_keys(text: str) -> str:
    """Return the README's text with the table as it should be."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}{key_table()}{END}{after}"


if __name__ == "__main__":
    README.write_text(with_keys(README.read_text()))
