"""The program and a service of ours, run for a test."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from haconsole.procedures.drill.probe.orders import Orders
from haconsole.procedures.drill.probe.series import Series
from haconsole.procedures.drill.probe.shipping import program

ROOT = Path(__file__).parents[4]
BACKENDS = (("web02", ("web02", "10.0.0.5")), ("web01", ("web01",)))


@dataclass
class Told:
    """When an outage began and ended: (before, after) stamps of each, CLOCK_MONOTONIC."""

    began: tuple[float, float]
    ended: tuple[float, float]

    @property
    def least_s(self) -> float:
        return self.ended[0] - self.began[1]

    @property
    def most_s(self) -> float:
        return self.ended[1] - self.began[0]


class Service:
    """A running ``service.py``; ``inside``: the command that puts it into a namespace."""

    def __init__(self, *arguments: str, inside: Sequence[str] = ()) -> None:
        path = Path(__file__).with_name("service.py")
        self.process = subprocess.Popen(
            [*inside, sys.executable, str(path), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.hear("port")[0])

    def hear(self, word: str) -> list[str]:
        """Return the words of the next line, which begins with that one."""
        assert self.process.stdout is not None
        first, *words = self.process.stdout.readline().split()
        assert first == word
        return words

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def say(self, answer: str) -> None:
        """Answer so from now on."""
        self.tell(f"say {answer}")
        self.hear("ok")

    def hits(self) -> int:
        """Return how many connections it took."""
        self.tell("hits")
        return int(self.hear("hits")[0])

    def out(self, how: str, seconds: float) -> Told:
        """Be out for so long, and return the truth about it."""
        self.tell(f"{how} {seconds}")
        stamps = [float(word) for word in self.hear("out")]
        return Told((stamps[0], stamps[1]), (stamps[2], stamps[3]))

    def end(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@contextlib.contextmanager
def service(*arguments: str, inside: Sequence[str] = ()) -> Iterator[Service]:
    """Run a service while the block does."""
    running = Service(*arguments, inside=inside)
    try:
        yield running
    finally:
        running.end()


def certificate(folder: Path) -> Path:
    """Return a key and its certificate in one file."""
    path, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=vip"),
            *("-keyout", str(key), "-out", str(path)),
        ],
        check=True,
        capture_output=True,
    )
    path.write_text(key.read_text() + path.read_text())
    return path


def orders(port: int, rate: float = 500.0, limit_s: float = 30.0, **more: object) -> Orders:
    """Return orders for a service of ours."""
    plain = Orders(
        address="127.0.0.1",
        port=port,
        path="/",
        host=f"127.0.0.1:{port}",
        tls=False,
        rate=rate,
        limit_s=limit_s,
        backends=BACKENDS,
        lifeline=True,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


class Asking:
    """The program, run as it is here; ``python`` may be another one."""

    def __init__(
        self,
        told: Orders,
        *,
        python: str = sys.executable,
        inside: Sequence[str] = (),
        first: str = "",
    ) -> None:
        self.process = subprocess.Popen(
            [*inside, python, "-c", first + program(), told.text()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.series = Series([name for name, _ in told.backends])

    def hear(self) -> bool:
        """Take one line; returns whether there was one."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.series.feed([line.decode().rstrip("\n")] if line else [])
        return bool(line)

    def until(self, count: int) -> None:
        """Take lines until there are so many samples more."""
        count += len(self.series.samples)
        while len(self.series.samples) < count:
            assert self.hear(), self.process.stderr and self.process.stderr.read().decode()

    def end(self) -> Series:
        """End its standard input, and return all that it told."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        while self.hear():
            pass
        self.process.wait(10)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()
        return self.series

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.end()


@contextlib.contextmanager
def asking(
    told: Orders,
    *,
    python: str = sys.executable,
    inside: Sequence[str] = (),
    first: str = "",
) -> Iterator[Asking]:
    """Run the program while the block does; ``first``: what is done before it."""
    running = Asking(told, python=python, inside=inside, first=first)
    try:
        yield running
    finally:
        running.kill()


def epoch_of(monotonic: float) -> float:
    """Return a moment of the monotonic clock on the epoch's."""
    return (
        min(
            (after - before, epoch - (before + after) / 2)
            for before, epoch, after in (
                (time.monotonic(), time.time(), time.monotonic()) for _ in range(50)
            )
        )[1]
        + monotonic
    )
