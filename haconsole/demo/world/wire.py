"""The layer 2 between the machines: who hears whom, and whose frames are lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .timers import Timers

if TYPE_CHECKING:
    from .stack import Stack

#: Seconds that a frame takes from one machine to another.
LATENCY_S = 80e-6


class Wire:
    """A switch. Every stack has one cable to it; cables are pulled and segments parted."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.stacks: dict[str, Stack] = {}
        self._cut: set[tuple[str, str]] = set()
        self._watchers: list[Callable[[], None]] = []

    def attach(self, stack: Stack) -> None:
        """Plug a machine in."""
        self.stacks[stack.name] = stack

    def set_cable(self, name: str, *, plugged: bool) -> None:
        """Pull or plug the cable of one machine; its kernel notices at once."""
        self.stacks[name].set_carrier(present=plugged)
        self.changed()

    def part(self, group: set[str]) -> None:
        """Part a group of machines from all others; no kernel notices anything."""
        others = set(self.stacks) - group
        self._cut |= {(a, b) for a in group for b in others}
        self._cut |= {(b, a) for a in group for b in others}
        self.changed()

    def cut(self, sender: str, receiver: str) -> None:
        """Lose every frame from one machine to another, in this direction alone."""
        self._cut.add((sender, receiver))
        self.changed()

    def join(self) -> None:
        """Undo every :meth:`part` and :meth:`cut`."""
        self._cut.clear()
        self.changed()

    def carries(self, sender: Stack, receiver: Stack) -> bool:
        """Whether a frame from one machine reaches the other."""
        if sender is receiver:
            return True
        return sender.online and receiver.online and (sender.name, receiver.name) not in self._cut

    def connected(self, one: Stack, other: Stack) -> bool:
        """Whether frames go there and back."""
        return self.carries(one, other) and self.carries(other, one)

    def hearers(self, sender: Stack) -> Iterator[Stack]:
        """Yield the other machines that a broadcast reaches."""
        for stack in self.stacks.values():
            if stack is not sender and self.carries(sender, stack):
                yield stack

    def with_mac(self, mac: str) -> Stack | None:
        """Return the machine whose interface has this MAC."""
        for stack in self.stacks.values():
            if stack.nic.mac == mac:
                return stack
        return None

    def deliver(self, action: Callable[[], None]) -> None:
        """Let a frame arrive."""
        self.timers.call_later(LATENCY_S, action)

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call back whenever who hears whom may have changed; returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def changed(self) -> None:
        """Tell the watchers."""
        for watcher in list(self._watchers):
            watcher()
