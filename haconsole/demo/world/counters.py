"""An instance's counters, as SIGUSR2 prints them."""

from __future__ import annotations

from collections import Counter

from haconsole.domain.stats import COUNTERS, VrrpStats


class Counters:
    """Counts by keepalived's own names (``vrrp_stats``)."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """Count one; a name that keepalived has no counter for is an error of ours."""
        if name not in COUNTERS:
            raise KeyError(name)
        self._counts[name] += 1

    def stats(self, instance: str) -> VrrpStats:
        """Return the counters as they are now."""
        return VrrpStats(instance, **{name: self._counts[name] for name in COUNTERS})
