"""The check as it is written, run against real answers, silences and refusals."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from haconsole.procedures.recipes.check import Asker, best_asker, check_script
from haconsole.procedures.recipes.header import MANAGED

ASKERS = [asker for asker in Asker if asker is not Asker.PROCESS]


class _Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *args: object) -> None:
        pass


def _server(status: int) -> HTTPServer:
    handler = type("Handler", (_Answers,), {"status": status})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def good() -> Iterator[int]:
    server = _server(200)
    yield server.server_port
    server.shutdown()


@pytest.fixture
def bad() -> Iterator[int]:
    server = _server(503)
    yield server.server_port
    server.shutdown()


@pytest.fixture
def silent() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def run(tmp_path: Path, asker: Asker, port: int) -> int:
    if asker.value not in ("process",) and shutil.which(asker.value) is None:
        pytest.skip(f"THE CHECK WITH {asker.value} WAS NOT TESTED: it is not installed here")
    script = tmp_path / "check.sh"
    script.write_text(check_script(asker, port=port))
    script.chmod(0o755)
    return subprocess.run([script], capture_output=True, check=False, timeout=10).returncode


@pytest.mark.parametrize("asker", ASKERS)
def test_an_answer_is_a_yes(tmp_path: Path, asker: Asker, good: int) -> None:
    assert run(tmp_path, asker, good) == 0


@pytest.mark.parametrize("asker", ASKERS)
def test_an_error_is_a_no(tmp_path: Path, asker: Asker, bad: int) -> None:
    assert run(tmp_path, asker, bad) != 0


@pytest.mark.parametrize("asker", ASKERS)
def test_silence_is_a_no_in_time(tmp_path: Path, asker: Asker, silent: int) -> None:
    began = time.monotonic()
    assert run(tmp_path, asker, silent) != 0
    assert time.monotonic() - began < 1.9  # it asks for one second; the next is due after two


@pytest.mark.parametrize("asker", ASKERS)
def test_nobody_there_is_a_no(tmp_path: Path, asker: Asker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert run(tmp_path, asker, port) != 0


def test_the_best_that_a_host_has_asks() -> None:
    assert best_asker({"wget", "curl", "bash"}) is Asker.CURL
    assert best_asker({"wget", "gcc"}) is Asker.WGET
    assert best_asker({"bash"}) is Asker.BASH
    assert best_asker({"gcc"}) is Asker.PROCESS


@pytest.mark.parametrize("asker", list(Asker))
def test_it_looks_once_and_says_who_writes_it(asker: Asker) -> None:
    lines = check_script(asker).splitlines()
    assert lines[0].startswith("#!/bin/")
    assert lines[1] == MANAGED
    assert not any(word in line for line in lines[2:] for word in ("while ", "sleep", "systemctl"))
