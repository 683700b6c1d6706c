"""The last line of a screen: the keys that matter here."""

from __future__ import annotations

from collections.abc import Iterable

from .ink import Ink, Line, Tone, cells, clip, ink

#: Key as it is shown, name, the action of a click, whether it is the screen on show.
Entry = tuple[str, str, str, bool]


def keybar_line(entries: Iterable[Entry], width: int) -> Line:
    """Return the entries that fit, in their order; the last three always stand.

    Where they do not all fit, they stand closer.
    """
    listed = list(entries)
    kept, fixed = listed[:-3], listed[-3:]
    gap = 2 if sum(_size(entry, 2) for entry in listed) < width else 1
    room = width - 1 - sum(_size(entry, gap) for entry in fixed)
    shown = []
    for entry in kept:
        if _size(entry, gap) > room:
            break
        shown.append(entry)
        room -= _size(entry, gap)
    parts: list[Ink] = [Ink(" ")]
    for key, name, action, here in (*shown, *fixed):
        if here:
            parts += [ink(f"{key} {name}", Tone.BADGE, action), Ink(" " * gap)]
        else:
            named = f" {name}" if name else ""
            parts += [ink(key, Tone.KEY, action), ink(named, Tone.MUTED, action), Ink(" " * gap)]
    return clip(tuple(parts), width)


def _size(entry: Entry, gap: int) -> int:
    return cells(entry[0]) + bool(entry[1]) + cells(entry[1]) + gap
