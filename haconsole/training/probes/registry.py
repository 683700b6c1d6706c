"""Every probe by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import asking, owning, serving, stories
from .probe import Probe

PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        probe.name: probe
        for probe in (*owning.PROBES, *serving.PROBES, *asking.PROBES, *stories.PROBES)
    }
)
