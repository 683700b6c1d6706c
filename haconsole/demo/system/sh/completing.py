"""What the word before the cursor may become: commands, files, services."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ..nodes import Directory
from .bashisms import BASH
from .builtins import BUILTINS, SPECIAL

if TYPE_CHECKING:
    from .interp import Shell

#: Behind these a command begins.
_COMMAND = re.compile(r"(?:^|[;&|(]|\b(?:then|do|else|sudo|nohup|exec|time))\s*$")
_WORD = re.compile(r"[^\s;&|()<>'\"]*$")
_MOST = 200


def completions(shell: Shell, text: str) -> tuple[int, list[str]]:
    """Return how long the last word of ``text`` is, and the words that it may become."""
    match = _WORD.search(text)
    word = match[0] if match else ""
    if "/" not in word and _COMMAND.search(text[: len(text) - len(word)]):
        found = _commands(shell, word)
    else:
        found = _files(shell, word)
    return len(word), sorted(found)[:_MOST]


def _commands(shell: Shell, word: str) -> set[str]:
    names = {*BUILTINS, *SPECIAL, *BASH, *shell.state.functions}
    found = {name for name in names if name.startswith(word) and word}
    programs = shell.machine.programs
    path = shell.state.variables.values.get("PATH", "")
    for folder in path.split(":"):
        for name in _names(shell, folder or "."):
            if name.startswith(word) and programs.which(f"{folder}/{name}", path) and word:
                found.add(name)
    return found


def _files(shell: Shell, word: str) -> set[str]:
    before, slash, begin = word.rpartition("/")
    folder = before + slash or "."
    home = shell.state.variables.values.get("HOME", "/")
    real = home + folder[1:] if folder.startswith("~/") else folder
    files, caller = shell.machine.files, shell.process.caller
    found = set()
    for name in _names(shell, real):
        if name.startswith(begin) and (begin or not name.startswith(".")):
            is_folder = files.is_dir(posixpath.join(real, name), caller)
            found.add(f"{before}{slash}{name}{'/' if is_folder else ''}")
    return found


def _names(shell: Shell, folder: str) -> list[str]:
    try:
        node = shell.machine.files.find(folder, shell.process.caller)
    except OSError:
        return []
    return list(node.entries) if isinstance(node, Directory) else []
