"""A run told line by line, and stopped by Ctrl-C: safely first, at once when asked again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import TextIO

from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepProgress, StepStatus
from haconsole.telling import say
from haconsole.words import t

_TOLD = {
    StepStatus.SATISFIED: "=",
    StepStatus.DONE: "✔",
    StepStatus.FAILED: "✘",
    StepStatus.UNDONE: "↶",
    StepStatus.LINK_LOST: "…",
    StepStatus.RUNNING: "+",
}


class Teller:
    """Prints each change of a run once, and a failing step's last lines."""

    def __init__(self, plan: Plan, out: TextIO) -> None:
        self._plan = plan
        self._out = out
        self._last: dict[str, StepStatus] = {}
        self._running = False

    def hear(self, progress: RunProgress) -> None:
        """Take a snapshot."""
        # A survey's findings are the plan's; what is told is what the run itself does.
        if not self._running:
            self._running = progress.status is RunStatus.RUNNING
            if self._running:
                for warning in progress.warnings:
                    print(f"! {say(warning)}", file=self._out)
            self._last = {step.id: progress.of(step.id).status for step in self._plan.steps}
            return
        for number, step in self._plan.numbered():
            stands = progress.of(step.id)
            if self._last.get(step.id) is not stands.status:
                self._last[step.id] = stands.status
                self._tell(number, step, stands)

    def close(self, progress: RunProgress) -> None:
        """Say why it did not get to its end."""
        if progress.problem is not None:
            print(f"haconsole: {say(progress.problem)}", file=self._out)
        if progress.status is RunStatus.DONE:
            return
        done = progress.count(StepStatus.DONE)
        left = [s for s in self._plan.steps if not progress.of(s.id).status.good]
        print(
            t(
                "haconsole: {done} steps were done, {left} are left. Run it again to go on; what "
                "was done is found and kept.",
                done=done,
                left=len(left),
            ),
            file=self._out,
        )

    def _tell(self, number: int, step: Step, stands: StepProgress) -> None:
        mark = _TOLD.get(stands.status)
        if mark is None:
            return
        took = f" ({stands.seconds:.1f} s)" if stands.status is StepStatus.DONE else ""
        line = f"{number:3}/{len(self._plan.steps)} {mark} {step.host}: {say(step.title)}{took}"
        print(line, file=self._out)
        if stands.problem is not None:
            print(f"        {say(stands.problem)}", file=self._out)
        if stands.status is StepStatus.FAILED:
            for text in stands.output[-6:-1]:
                print(f"        | {text}", file=self._out)
            if step.way_on is not None:
                print(f"        {say(step.way_on)}", file=self._out)
        self._out.flush()


@contextlib.contextmanager
def stopping_on_interrupt(going: Run) -> Iterator[None]:
    """Let Ctrl-C end the run after the steps that run now, and a second one leave at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def interrupt() -> None:
        if going.progress.status is RunStatus.RUNNING:
            going.stop()
        elif task is not None:
            if going.progress.status is RunStatus.STOPPING:
                print(
                    t(
                        "haconsole: left. What was begun goes on there; run it again, and it is "
                        "found."
                    ),
                    file=sys.stderr,
                )
            task.cancel()

    try:
        loop.add_signal_handler(signal.SIGINT, interrupt)
    except (NotImplementedError, RuntimeError):  # Windows: Ctrl-C leaves at once
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
