"""Lines of an access log a second, parsed and counted, beside two plain ways of doing it.

Run ``python -m tests.benchmarks.bench_hits`` (``--lines N``, ``--batch N``). All figures are
taken in one run, best of five rounds each, in batches as the hit log's stream hands them on.
The alternatives count the same sums with a dictionary a batch: less than ``count`` does.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from haconsole.domain.hits import HitSums, count
from haconsole.parsers.nginx_log import HitParser

#: Lines a second that the design asks for: own format, parsed and counted.
GOAL = 500_000
ROUNDS = 5

_GROUPS = re.compile(
    r'(?P<client>\S+) \S+ \S+ \[(?P<at>[^\]]+)\] "(?P<method>\S+) (?P<path>\S+) [^"]*" '
    r'(?P<status>\d{3}) (?P<size>\d+) "[^"]*" "[^"]*" "(?P<backend>[^"]*)" (?P<upstream>[\d.]+)'
)


def requests(lines: int) -> list[dict[str, str]]:
    """Make requests as a busy pair has them: 5,000 a second, two backends, some errors."""
    chance = random.Random(2026)
    statuses = ("200",) * 90 + ("304",) * 5 + ("404",) * 3 + ("502", "500")
    return [
        {
            "msec": f"{1795335354 + i / 5000:.3f}",
            "remote_addr": f"10.1.{i % 7}.{i % 250}",
            "request_method": "GET",
            "request_uri": f"/shop/item/{i % 9973}?page={i % 13}",
            "status": chance.choice(statuses),
            "upstream_addr": f"10.0.0.{20 + i % 2}:80",
            "upstream_status": "200",
            "upstream_response_time": f"{chance.expovariate(50):.3f}",
            "request_time": f"{chance.expovariate(40):.3f}",
            "body_bytes_sent": str(chance.randrange(200, 90_000)),
            "host": "shop.example.org",
        }
        for i in range(lines)
    ]


def combined(request: dict[str, str], *, upstream: bool) -> str:
    """Write a request in the combined format, with the upstream's fields if asked."""
    line = (
        f"{request['remote_addr']} - - [22/Nov/2026:08:15:{float(request['msec']) % 60:02.0f} +0000]"
        f' "GET {request["request_uri"]} HTTP/1.1" {request["status"]}'
        f' {request["body_bytes_sent"]} "-" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"'
    ).replace(":60 +", ":59 +")
    tail = f' "{request["upstream_addr"]}" {request["upstream_response_time"]}'
    return line + tail if upstream else line


def best(work: Callable[[], int]) -> float:
    """Return lines a second in the best of the rounds."""
    rates = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        done = work()
        rates.append(done / (time.perf_counter() - began))
    return max(rates)


def parsed(batches: Sequence[Sequence[str]]) -> int:
    """Parse only."""
    parser = HitParser("lb01")
    return sum(len(parser.parse(batch)[0]) for batch in batches)


def counted(batches: Sequence[Sequence[str]]) -> int:
    """Parse and count, as the console does."""
    parser, sums = HitParser("lb01"), HitSums()
    for batch in batches:
        hits, unparsed = parser.parse(batch)
        sums = count(sums, hits, unparsed=unparsed)
    if sums.unparsed:
        sys.exit(f"{sums.unparsed} lines were not understood")
    return sums.total


def by_groupdict(batches: Sequence[Sequence[str]]) -> int:
    """Parse and count with a regular expression's groupdict."""
    total = 0
    sums: Counter[tuple[str, str]] = Counter()
    for batch in batches:
        for line in batch:
            match = _GROUPS.match(line)
            if match:
                fields = match.groupdict()
                sums[fields["backend"], fields["status"]] += 1
                total += int(float(fields["upstream"]) >= 0)
    return total


def by_json(batches: Sequence[Sequence[str]]) -> int:
    """Parse and count with the standard library's JSON."""
    total = 0
    sums: Counter[tuple[str, str]] = Counter()
    for batch in batches:
        for line in batch:
            fields = json.loads(line)
            sums[fields["upstream_addr"], fields["status"]] += 1
            total += int(float(fields["request_time"]) >= 0)
    return total


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=100_000)
    arguments.add_argument("--batch", type=int, default=1000)
    chosen = arguments.parse_args()
    made = requests(chosen.lines)

    def batches(lines: list[str]) -> list[list[str]]:
        return [lines[i : i + chosen.batch] for i in range(0, len(lines), chosen.batch)]

    own = batches(["\t".join(request.values()) for request in made])
    upstream = batches([combined(request, upstream=True) for request in made])
    plain = batches([combined(request, upstream=False) for request in made])
    as_json = batches([json.dumps(request) for request in made])
    rows = [
        ("own format, parsed", best(lambda: parsed(own))),
        ("own format, parsed and counted", best(lambda: counted(own))),
        ("combined + upstream, parsed", best(lambda: parsed(upstream))),
        ("combined + upstream, parsed and counted", best(lambda: counted(upstream))),
        ("combined, parsed and counted", best(lambda: counted(plain))),
        ("alternative: regex + groupdict, counted", best(lambda: by_groupdict(upstream))),
        ("alternative: stdlib json, counted", best(lambda: by_json(as_json))),
    ]
    figure = rows[1][1]
    print(f"{chosen.lines} lines in batches of {chosen.batch}, Python {sys.version.split()[0]}")
    for name, rate in rows:
        print(f"{name:42} {rate:12,.0f} lines/s   own format, counted = {figure / rate:5.2f} x")
    verdict = "reached" if figure >= GOAL else "MISSED"
    print(f"goal: {GOAL:,} lines/s of the own format, parsed and counted: {verdict}")


if __name__ == "__main__":
    main()
