"""Taking a tool's options apart, with the words of GNU getopt for mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from ..invocation import Invocation
from ..process import Exit


@dataclass
class Options:
    """What stood on a command line. ``flags`` counts; ``values`` holds the last of each."""

    flags: dict[str, int] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    every: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.flags or name in self.values


async def options(
    inv: Invocation,
    flags: str = "",
    valued: str = "",
    *,
    long: Sequence[str] = (),
    stop_early: bool = False,
) -> Options:
    """Take ``inv.args`` apart; ends the program with status 1 (GNU's) at an unknown option.

    ``flags`` and ``valued`` are letters; ``long`` are names, with ``=`` where a value follows
    and ``:x`` behind where they mean the same as a letter (``"lines=:n"``). ``stop_early``: the
    first word that is no option ends them.
    """
    found = Options()
    names = {}
    for entry in long:
        name, _, letter = entry.partition(":")
        names[name.rstrip("=")] = (letter or name.rstrip("="), name.endswith("="))
    words = list(inv.args)
    while words:
        word = words.pop(0)
        if word == "--":
            found.words += words
            break
        if word.startswith("--"):
            await _long(inv, found, names, word, words)
        elif word.startswith("-") and len(word) > 1:
            await _short(inv, found, flags, valued, word[1:], words)
        else:
            found.words.append(word)
            if stop_early:
                found.words += words
                break
    return found


async def _long(
    inv: Invocation,
    found: Options,
    names: dict[str, tuple[str, bool]],
    word: str,
    words: list[str],
) -> None:
    name, given, value = word[2:].partition("=")
    matches = [n for n in names if n == name] or [n for n in names if n.startswith(name)]
    if len(matches) != 1:
        await usage(inv, f"unrecognized option '{word}'")
    key, takes = names[matches[0]]
    if not takes:
        found.flags[key] = found.flags.get(key, 0) + 1
        return
    if not given:
        if not words:
            await usage(inv, f"option '--{matches[0]}' requires an argument")
        value = words.pop(0)
    found.values[key] = value
    found.every.append((key, value))


async def _short(
    inv: Invocation, found: Options, flags: str, valued: str, letters: str, words: list[str]
) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in valued:
            if not letters and not words:
                await usage(inv, f"option requires an argument -- '{letter}'")
            value = letters or words.pop(0)
            found.values[letter] = value
            found.every.append((letter, value))
            return
        if letter not in flags:
            await usage(inv, f"invalid option -- '{letter}'")
        found.flags[letter] = found.flags.get(letter, 0) + 1


async def usage(inv: Invocation, problem: str, status: int = 1) -> NoReturn:
    """Complain about the command line and end the program."""
    await inv.error(problem)
    await inv.stderr.write(f"Try '{inv.name} --help' for more information.\n")
    raise Exit(status)
