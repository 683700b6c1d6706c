"""The probe of a drill: what clients of a VIP are answered, to the millisecond."""

from __future__ import annotations

from .clock import Offset, offset
from .orders import ProbeError
from .probe import HERE, JUMP, Probe, open_probe

__all__ = ["HERE", "JUMP", "Offset", "Probe", "ProbeError", "offset", "open_probe"]
