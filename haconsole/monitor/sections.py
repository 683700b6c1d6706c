"""Several small questions in one command, so that a full reading costs one round trip.

Each section's output stands between two marks that carry a nonce of the command, so that
nothing a node prints can pass for a mark.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from haconsole.words import t

#: What a shell leaves when there is no such command (POSIX, 2.8.2).
_NOT_FOUND = 127


@dataclass(frozen=True, slots=True)
class Section:
    """What one question left behind."""

    name: str
    status: int
    text: str

    @property
    def problem(self) -> str | None:
        """Why there is no answer, in words; ``None`` when there is one."""
        if self.status == 0:
            return None
        last = self.text.strip().splitlines()[-1:] or [""]
        if self.status == _NOT_FOUND:
            return t("{tool} is missing on the node", tool=_missing(last[0]) or self.name)
        return last[0][:200] or t("exit status {status}", status=self.status)


def compose(questions: Mapping[str, str]) -> tuple[str, str]:
    """Return a script that asks every question, and its nonce.

    A question's standard error joins its output: it is the reason when the status is not 0.
    """
    nonce = secrets.token_hex(8)
    parts = [
        f"echo '<{nonce} {name}>'\n{{ {script}\n}} 2>&1\necho \"<{nonce} $?>\""
        for name, script in questions.items()
    ]
    return "\n".join(parts), nonce


def split(output: str, nonce: str) -> dict[str, Section]:
    """Take the output of a composed script apart; a section that was cut off is left out."""
    sections: dict[str, Section] = {}
    pattern = re.compile(rf"<{nonce} (\w+)>\n(.*?)<{nonce} (\d+)>\n", re.DOTALL)
    for match in pattern.finditer(output):
        sections[match[1]] = Section(match[1], int(match[3]), match[2])
    return sections


def _missing(line: str) -> str | None:
    """``sh: 1: ip: not found`` → ``ip``."""
    match = re.search(r"(?:^|[:\s])([\w./-]+): (?:command )?not found", line)
    return match[1] if match else None
