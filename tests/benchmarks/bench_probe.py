"""How well an outage of known length is measured: the probe beside a loop of ``curl``.

A service of ours drops every SYN for a while; system calls begin and end that, stamped to the
microsecond. The probe (500 requests a second) and ``while :; do curl -m1; sleep 0.1; done`` look
at the same outages, at random phase; ``wrk -c1``, where it is installed, at one of its own.

``python -m tests.benchmarks.bench_probe [ROUNDS]`` (default 5; about 40 s). Exit status 1 when a
bracket that does not call itself void misses the truth or is wider than 5 ms.
"""

from __future__ import annotations

import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from haconsole.domain.outage import MAX_WIDTH_S, Measurement, measure
from haconsole.domain.outage_series import Injection
from tests.procedures.drill.probe.running import (
    Asking,
    Service,
    Told,
    asking,
    epoch_of,
    orders,
    service,
)

LENGTHS_S = (0.05, 0.3, 3.6)
AROUND_S = 0.25
_LOOP = (
    "while :; do a=$(date +%s.%N); curl -s -o /dev/null -m 1 {url}; s=$?; "
    'echo "$a $(date +%s.%N) $s"; sleep 0.1; done'
)


@dataclass
class Curl:
    """The loop of ``curl``; each line is when it began, when it ended, and how."""

    url: str
    rows: list[tuple[float, float, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            ["sh", "-c", _LOOP.format(url=self.url)], stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            began, ended, status = line.split()
            self.rows.append((float(began), float(ended), status == "0"))

    def outage_s(self, since: float, until: float) -> float:
        """Return how long it was, by these lines: from the first that failed to the next good."""
        rows = [row for row in self.rows if row[1] > since and row[0] < until]
        lost = [began for began, _, good in rows if not good]
        if not lost:
            return 0.0
        return (
            next((ended for began, ended, good in rows if good and began > lost[-1]), until)
            - (lost[0])
        )

    def end(self) -> None:
        self._process.kill()
        self._reader.join()


@dataclass
class Row:
    """One outage, as the two saw it."""

    told: Told
    measured: Measurement
    curl_s: float

    @property
    def true_s(self) -> float:
        return (self.told.least_s + self.told.most_s) / 2

    @property
    def width_s(self) -> float:
        return (self.measured.upper_s or 0.0) - self.measured.lower_s

    @property
    def off_s(self) -> float:
        """By how much the bracket's middle is off."""
        return abs((self.measured.lower_s + (self.measured.upper_s or 0.0)) / 2 - self.true_s)

    @property
    def sound(self) -> bool:
        held = self.measured.lower_s <= self.told.most_s
        held = held and self.told.least_s <= (self.measured.upper_s or 0.0)
        return bool(self.measured.void) or (held and self.width_s <= MAX_WIDTH_S)


def one(running: Asking, served: Service, curl: Curl, seconds: float) -> Row:
    """Make an outage and let both see it."""
    running.until(int(AROUND_S * 500) + random.randrange(60))
    time.sleep(random.uniform(0.0, 0.004))
    told = served.out("drop", seconds)
    begin, end = epoch_of(told.began[0]), epoch_of(told.ended[1])
    while running.series.judged_until < end + AROUND_S:
        running.until(1)
    while not curl.rows or curl.rows[-1][0] < end:
        running.until(1)
    samples = [
        row for row in running.series.samples if begin - AROUND_S < row.sent_at < end + AROUND_S
    ]
    measured = measure(samples, fault=Injection(begin, epoch_of(told.began[1])))
    return Row(told, measured, curl.outage_s(begin, end + 1.5))


def wrk(served: Service) -> str:
    """Return what ``wrk -c1`` says of an outage of a second."""
    if shutil.which("wrk") is None:
        return "wrk is not installed here: not compared"
    argv = ["wrk", "-c1", "-t1", "-d4s", "--latency", f"http://127.0.0.1:{served.port}/"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        served.out("drop", 1.0)
        text = process.communicate()[0]
    worst = re.search(r"Latency\s+\S+\s+\S+\s+(\S+)", text)
    return f"wrk -c1 calls its longest wait {worst[1] if worst else 'nothing'}; true: 1000 ms"


def ms(values: list[float]) -> str:
    """Median and maximum, in milliseconds."""
    return f"{statistics.median(values) * 1000:8.2f} {max(values) * 1000:8.2f}"


def main(arguments: list[str]) -> int:
    """Measure and print."""
    rounds = int(arguments[0]) if arguments else 5
    rows: dict[float, list[Row]] = {}
    with service() as served, asking(orders(served.port, limit_s=300.0)) as running:
        curl = Curl(f"http://127.0.0.1:{served.port}/")
        try:
            for seconds in LENGTHS_S:
                count = rounds if seconds < 1 else max(2, rounds // 2)
                rows[seconds] = [one(running, served, curl, seconds) for _ in range(count)]
        finally:
            curl.end()
        series = running.end()
        print(f"{'':14}{'the probe: width':>20}{'off by':>18}{'void':>6}{'curl off by':>20}  ratio")
        print(f"{'outage':14}{'median':>11}{'most':>9}{'median':>9}{'most':>9}", end="")
        print(f"{'':6}{'median':>11}{'most':>9}   (ms)")
        for seconds, trials in rows.items():
            good = [row for row in trials if not row.measured.void]
            curls = [abs(row.curl_s - row.true_s) for row in trials]
            void = len(trials) - len(good)
            if not good:
                print(f"{seconds * 1000:7.0f} ms    void: the probe was late")
                continue
            ratio = statistics.median(curls) / max(
                1e-6, statistics.median(row.off_s for row in good)
            )
            probe = f"{ms([row.width_s for row in good])} {ms([row.off_s for row in good])}"
            print(f"{seconds * 1000:7.0f} ms     {probe} {void:5} {ms(curls):>20} {ratio:6.0f} x")
        late = [row.sent_at - (row.due_at or row.sent_at) for row in series.samples]
        used, wall = series.cost_s
        print(
            f"late: {ms(late)} ms (median, most) of {len(late)} requests; {used / wall:.1%} of a core"
        )
        print(wrk(served))
    return 0 if all(row.sound for trials in rows.values() for row in trials) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
