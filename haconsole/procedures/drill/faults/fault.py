"""A fault on one node as shell, from looking whether it can be made to proving it is gone.

The pieces are POSIX sh that ``node_side`` puts together. Each sees ``$D``, the drill's folder on
the node, and may call ``fail "sentence"``, which ends its script with that sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.domain.notes import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is done to one host. Every piece is sh; an empty one is nothing to do.

    ``can``: fails where the fault cannot be made; a look, before anything is touched.
    ``capture``: fails likewise, and writes to ``$D`` what the undo needs; changes nothing else.
    ``stage``: after the undo is armed; puts in place what makes ``make`` short, without effect.
    ``prepare``: brings about what the fault presupposes (a step of its own); ``prepared``: asked on
    the other LBs until it is so. ``make``: the fault, between its two stamps. ``undo``: puts back,
    whatever was done and however often it is called; its status is not 0 where something is not
    yet as it was, with a sentence on standard error. ``left``: fails where anything is left.
    ``stdin``: what ``capture`` reads. ``limit_s``: when the node undoes it by itself, seconds.
    ``pause_s``: for how long the orderly undo waits before. ``armed``: whether a timer on the node
    can undo it (it does not outlive a reboot). ``back``: asked before the undo until it is so: the
    node is there again. ``patience_s``: how long the console may be cut off from it.
    """

    host: str
    title: Note
    can: str = ""
    capture: str = ""
    stage: str = ""
    prepare: str = ""
    prepare_title: Note | None = None
    prepared: str = ""
    make: str
    undo: str
    left: str = ""
    stdin: bytes | None = None
    limit_s: float = 60.0
    pause_s: float = 0.0
    armed: bool = True
    back: str = ""
    patience_s: float = 0.0
