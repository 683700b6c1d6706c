"""What a detector on a node has written down (``haconsole.procedures.detector``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from haconsole.domain.rules.pieces import Detected

#: Looks that may be missing before it counts as one that does not run any more, and some seconds.
_LATE_LOOKS, _LATE_S = 3, 5.0


def detected(text: str) -> tuple[Detected, ...] | None:
    """Read the node's time (a line, epoch seconds) and the state file behind it.

    ``None`` where there is no detector, or what it wrote is too old. Raises ``ValueError`` for
    what is no state file.
    """
    now, _, rest = text.partition("\n")
    if not rest.strip():
        return None
    found = json.loads(rest)
    try:
        if float(now) - found["at"] > _LATE_LOOKS * found["interval"] + _LATE_S:
            return None
        return tuple(_rows(found))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from None


def _rows(found: Any) -> Iterator[Detected]:
    for row in found["vips"]:
        owners = tuple((str(one["mac"])[:17], str(one["host"])[:64]) for one in row["macs"])
        third = found["role"] == "third"
        yield Detected(str(row["vip"])[:45], str(row["verdict"])[:20], owners[:8], third)
