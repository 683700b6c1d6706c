"""Every act by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import files, scripts, services
from .act import Act

ACTS: Mapping[str, Act] = MappingProxyType(
    {act.name: act for act in (*services.ACTS, *files.ACTS, *scripts.ACTS)}
)


def act(name: str) -> Act:
    """Return an act; ``KeyError`` if there is none of that name."""
    return ACTS[name]
