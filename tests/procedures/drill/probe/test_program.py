"""The program: what it says of each answer, how fast it asks, and that it ends."""

from __future__ import annotations

import ast
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from haconsole.domain.outage import measure
from haconsole.domain.outage_series import Failure, Sample
from haconsole.procedures.drill.probe.shipping import program
from tests.procedures.drill.probe.running import Service, asking, certificate, orders, service


@pytest.fixture(scope="module")
def served() -> Iterator[Service]:
    with service() as running:
        yield running


def gaps(samples: list[Sample]) -> list[float]:
    sent = sorted(one.sent_at for one in samples)
    return [later - sooner for sooner, later in pairwise(sent)]


def test_it_tells_the_backend_and_when_it_was_sent_and_answered(served: Service) -> None:
    began = time.time()
    with asking(orders(served.port)) as running:
        running.until(50)
        series = running.end()
    assert not series.strange
    assert series.word == ""
    assert {one.backend for one in series.samples} == {"web01"}  # 10.0.0.5 is not in 10.0.0.51
    for one in series.samples:
        assert one.judged() is None
        assert one.connected
        assert one.due_at is not None and one.answered_at is not None
        assert began < one.due_at <= one.sent_at < one.answered_at < time.time()


@pytest.mark.parametrize(
    ("answer", "failure", "connected"),
    [
        ("500", Failure.STATUS, True),
        ("404", None, True),
        ("garbage", Failure.OTHER, True),
        ("reset", Failure.RESET, True),
        ("nothing", Failure.TIMEOUT, True),
    ],
)
def test_an_answer_is_judged_by_its_status_line(
    served: Service, answer: str, failure: Failure | None, connected: bool
) -> None:
    served.say(answer)
    with asking(orders(served.port, timeout=0.1)) as running:
        running.until(20)
        series = running.end()
    served.say("200")
    assert {(one.failure, one.connected) for one in series.samples} == {(failure, connected)}
    assert not series.strange


def test_who_does_not_listen_refuses(served: Service) -> None:
    with service() as other:
        port = other.port
    with asking(orders(port)) as running:
        running.until(20)
        series = running.end()
    assert {(one.failure, one.connected) for one in series.samples} == {(Failure.REFUSED, False)}


def test_a_silent_address_is_a_time_out_judged_when_it_is_over(served: Service) -> None:
    with asking(orders(served.port, timeout=0.2)) as running:
        running.until(20)
        served.out("drop", 0.5)
        series = running.end()
    lost = [one for one in series.samples if one.failure]
    assert {one.failure for one in lost} == {Failure.TIMEOUT}
    assert len(lost) > 50
    assert min(one.answered_at - one.sent_at for one in lost if one.answered_at) >= 0.2


def test_it_asks_an_ipv6_address() -> None:
    with service("0", "", "::1") as served, asking(orders(served.port, address="::1")) as running:
        running.until(20)
        series = running.end()
    assert {(one.judged(), one.backend) for one in series.samples} == {(None, "web01")}


def test_a_machine_without_epoll_can_run_it(served: Service) -> None:
    with asking(orders(served.port), first="import select; del select.epoll\n") as running:
        running.until(100)
        told = served.out("refuse", 0.1)
        running.until(100)
        series = running.end()
    assert {one.judged() for one in series.samples} == {None, Failure.REFUSED}
    measured = measure(series.samples)
    assert measured.void or measured.lower_s <= told.most_s
    assert min(gaps(series.samples)) >= 1 / 500 - 2e-6


def test_it_speaks_tls(tmp_path: Path) -> None:
    with (
        service("0", str(certificate(tmp_path))) as served,
        asking(orders(served.port, rate=100.0, tls=True)) as running,
    ):
        running.until(30)
        series = running.end()
    assert {one.judged() for one in series.samples} == {None}
    assert {one.backend for one in series.samples} == {"web01"}


def test_the_rate_is_never_exceeded_not_even_after_it_was_stopped(served: Service) -> None:
    rate = 400.0
    with asking(orders(served.port, rate=rate)) as running:
        running.until(100)
        os.kill(running.process.pid, signal.SIGSTOP)
        stopped = time.time()
        while time.time() < stopped + 0.3:
            time.sleep(0.01)
        os.kill(running.process.pid, signal.SIGCONT)
        running.until(100)
        series = running.end()
    assert min(gaps(series.samples)) >= 1 / rate - 2e-6  # two stamps, cut to a microsecond
    late = max(one.sent_at - one.due_at for one in series.samples if one.due_at)
    assert late >= 0.29  # what was missed is skipped, and shows
    span = series.samples[-1].sent_at - series.samples[0].sent_at
    assert len(series.samples) <= (span - 0.29) * rate + 2


def test_no_connection_is_left(served: Service) -> None:
    hits = served.hits()
    with asking(orders(served.port)) as running:
        running.until(100)
        running.end()
    assert served.hits() - hits >= 100
    port = f":{served.port:04X}"
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    left = [row[3] for row in table if port in (row[1][8:], row[2][8:])]
    assert [state for state in left if state != "0A"] == []  # but for the one that listens


def test_who_stays_connected_feels_it_too(served: Service) -> None:
    with asking(orders(served.port)) as running:
        running.until(50)
        served.say("nothing")
        running.until(300)
        served.say("200")
        running.until(300)
        series = running.end()
    # It waits for the answer that never came, and says how long as it goes on.
    assert series.stalls
    assert max(seconds for _, seconds in series.stalls) >= 0.3
    since = {since for since, _ in series.stalls}
    assert len(since) == len(series.stalls)


def test_who_stays_connected_connects_again_when_refused(served: Service) -> None:
    with service() as other, asking(orders(other.port)) as running:
        running.until(50)
        other.say("reset")
        running.until(150)
        other.say("200")
        running.until(100)
        series = running.end()
    (_, seconds), *more = series.stalls
    assert not more
    assert 0.2 <= seconds <= 3


def test_it_ends_when_its_time_is_over(served: Service) -> None:
    began = time.monotonic()
    with asking(orders(served.port, limit_s=0.3, lifeline=False)) as running:
        while running.hear():
            pass
        assert running.process.wait(5) == 0
    assert time.monotonic() - began < 5
    sent = [one.sent_at for one in running.series.samples]
    assert 0.2 < max(sent) - min(sent) <= 0.3


def test_it_ends_when_nobody_reads(served: Service) -> None:
    with asking(orders(served.port, lifeline=False)) as running:
        running.until(10)
        assert running.process.stdout is not None
        running.process.stdout.close()
        assert running.process.wait(5) == 0
        assert running.process.stdin and running.process.stderr
        running.process.stdin.close()
        running.process.stderr.close()


def test_it_never_waits_for_its_reader(served: Service) -> None:
    with asking(orders(served.port)) as running:
        running.until(10)
        assert running.process.stdout is not None
        fcntl.fcntl(running.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        before = served.hits()
        while served.hits() < before + 300:  # more lines than the pipe holds
            time.sleep(0.05)
        running.until(300)
        late = [one.sent_at - (one.due_at or 0) for one in running.series.samples]
        series = running.end()
    assert not series.strange
    assert sorted(late)[len(late) // 2] < 0.05


def test_what_is_sent_is_for_an_old_python() -> None:
    text = program()
    tree = ast.parse(text, feature_version=(3, 7))
    assert "annotations" not in text
    for node in ast.walk(tree):
        assert not isinstance(node, (ast.AnnAssign, ast.JoinedStr, ast.NamedExpr, ast.Nonlocal))
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs


def _runs(name: str) -> bool:
    """Whether there is such an interpreter, and not only a version manager's stand-in for it."""
    python = shutil.which(name)
    argv = [python or name, "-c", ""]
    return bool(python) and not subprocess.run(argv, check=False, capture_output=True).returncode


#: Interpreters of old distributions, as far as this machine has them; there are none to install.
OLD = [name for name in ("python2.7", "python3.6", "python3.8") if _runs(name)]


@pytest.mark.parametrize("name", [*OLD, Path(sys.executable).name])
def test_a_python_of_this_machine_runs_it(served: Service, name: str) -> None:
    python = (shutil.which(name) if name in OLD else None) or sys.executable
    with asking(orders(served.port), python=python) as running:
        running.until(20)
        series = running.end()
    assert {one.judged() for one in series.samples} == {None}


def test_python_3_6_can_read_it() -> None:
    """What the tests of each piece of syntax cannot tell: the whole as that version parses it."""
    ast.parse(program(), feature_version=(3, 6))


def test_it_is_run_apart_from_what_is_installed_here() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program(), "{}"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "KeyError: 'sudo'" in done.stderr  # so far it came: only the orders were missing
