"""Run every test and end with what could not run: ``python -m tests.run [PYTEST ARGUMENTS]``.

Most tests wait for timers of real daemons, so several files run at the same time, a process
each; tests that measure time (``alone``) have the machine to themselves afterwards.

A few that failed beside others are run once more, alone: what fails again has failed, what passes
is named and counted, for it is still somebody's to look into. In CI (``CI=true``) a test that was
skipped is a failure: what did not run proves nothing.
"""

from __future__ import annotations

import os
import signal
import sys

import pytest

#: Processes that test at the same time. More than there are cores: they wait most of the time.
WORKERS = 3
#: Failures of which a busy machine may be the cause; more of them have another.
MOST_AGAIN = 6
#: Nothing was chosen: all tests of a folder may be marked otherwise.
_NONE_CHOSEN = 5


class Outcomes:
    """Collects the reasons of skipped tests, and the tests that failed."""

    def __init__(self) -> None:
        self.reasons: dict[str, int] = {}
        #: The ids of tests that failed, in their order.
        self.failed: dict[str, None] = {}
        self.passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            reason = report.longrepr[2] if isinstance(report.longrepr, (tuple, list)) else "?"
            reason = str(reason).removeprefix("Skipped: ")
            self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if report.failed:
            self.failed[report.nodeid] = None
        elif report.passed and report.when == "call":
            self.passed.add(report.nodeid)


def _run(*arguments: str, outcomes: Outcomes) -> pytest.ExitCode:
    status = pytest.ExitCode(pytest.main(list(arguments), plugins=[outcomes]))
    return pytest.ExitCode.OK if status == _NONE_CHOSEN else status


def run_all(*where: str) -> tuple[int, Outcomes]:
    """Run every test of ``where``; returns the exit status and what became of the tests."""
    outcomes = Outcomes()
    # In the order of collection, which conftest.py makes: what takes long begins first.
    order = ["--dist", "loadfile", "--no-loadscope-reorder"]
    many = ["-n", str(WORKERS), *order, "-m", "not alone", "--durations=25"]
    statuses = [_run(*many, *where, outcomes=outcomes)]
    statuses.append(_run("-m", "alone", *where, outcomes=outcomes))
    # Anything else than a failed test (a file that does not load, Ctrl-C) is not tried again.
    mere = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    if set(statuses) <= mere and 0 < len(outcomes.failed) <= MOST_AGAIN:
        return _again(outcomes)
    return max(statuses), outcomes


def _again(outcomes: Outcomes) -> tuple[int, Outcomes]:
    """Run what failed once more, with nothing beside it."""
    ids = list(outcomes.failed)
    print(f"\nOnce more, alone: {len(ids)} tests that failed above.", flush=True)
    second = Outcomes()
    status = _run(*ids, outcomes=second)
    passed = [one for one in ids if one in second.passed]
    if passed:
        print(f"\n{len(passed)} tests failed beside others and passed alone; look into them:")
        print("\n".join(f"  {one}" for one in passed))
    second.reasons = {**outcomes.reasons, **second.reasons}
    return status, second


def main(arguments: list[str]) -> int:
    """Run pytest with ``arguments``, or over everything."""
    # Whoever starts us in the background may ignore these, and every program under test would.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if arguments:
        outcomes = Outcomes()
        status = int(pytest.main(arguments, plugins=[outcomes]))
    else:
        status, outcomes = run_all("tests")
    if outcomes.reasons:
        print(f"\n{sum(outcomes.reasons.values())} tests could not run here:")
        for reason, number in sorted(outcomes.reasons.items()):
            print(f"  {number} × {reason}")
        if status == 0 and os.environ.get("CI") == "true":
            print("In CI every test must run: this is a failure.")
            return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
