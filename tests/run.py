"""Run every test and end with what could not run: ``python -m tests.run [PYTEST ARGUMENTS]``.

In CI (``CI=true``) a test that was skipped is a failure: what did not run proves nothing.
"""

from __future__ import annotations

import os
import signal
import sys

import pytest


class _Skips:
    """Collects the reasons of skipped tests."""

    def __init__(self) -> None:
        self.reasons: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "?"
            reason = reason.removeprefix("Skipped: ")
            self.reasons[reason] = self.reasons.get(reason, 0) + 1


def main(arguments: list[str]) -> int:
    """Run pytest with ``arguments``, or over everything with coverage."""
    # Whoever starts us in the background may ignore these, and every program under test would.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    skips = _Skips()
    # The total alone: a table of every file would push the failures out of a log's end.
    chosen = arguments or ["--cov", "--cov-report=", "tests"]
    status = int(pytest.main(chosen, plugins=[skips]))
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
