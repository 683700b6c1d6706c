"""Run every test and end with what could not run: ``python -m tests.run [PYTEST ARGUMENTS]``.

Most tests wait for timers of real daemons, so several files run at the same time, a process
each; tests that measure time (``alone``) have the machine to themselves afterwards.

In CI (``CI=true``) a test that was skipped is a failure: what did not run proves nothing.
"""

from __future__ import annotations

import os
import signal
import sys

import pytest

#: Processes that test at the same time. More than there are cores: they wait most of the time.
WORKERS = 3
#: Nothing was chosen: all tests of a folder may be marked otherwise.
_NONE_CHOSEN = 5


class _Skips:
    """Collects the reasons of skipped tests."""

    def __init__(self) -> None:
        self.reasons: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, (tuple, list)) else "?"
            reason = str(reason).removeprefix("Skipped: ")
            self.reasons[reason] = self.reasons.get(reason, 0) + 1


def main(arguments: list[str]) -> int:
    """Run pytest with ``arguments``, or over everything."""
    # Whoever starts us in the background may ignore these, and every program under test would.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    skips = _Skips()
    if arguments:
        status = int(pytest.main(arguments, plugins=[skips]))
    else:
        # In the order of collection, which conftest.py makes: what takes long begins first.
        order = ["--dist", "loadfile", "--no-loadscope-reorder"]
        many = ["-n", str(WORKERS), *order, "-m", "not alone", "--durations=25", "tests"]
        together = int(pytest.main(many, plugins=[skips]))
        alone = int(pytest.main(["-m", "alone", "tests"], plugins=[skips]))
        status = together or (0 if alone == _NONE_CHOSEN else alone)
    if skips.reasons:
        print(f"\n{sum(skips.reasons.values())} tests could not run here:")
        for reason, number in sorted(skips.reasons.items()):
            print(f"  {number} × {reason}")
        if status == 0 and os.environ.get("CI") == "true":
            print("In CI every test must run: this is a failure.")
            return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
