"""Hostile text on a real node: it neither reaches the terminal raw nor stops the console."""

from __future__ import annotations

import json
import re
import time

import pytest

from haconsole.lab.api import LabHandle
from tests.support.terminal import Terminal

from .test_faults import hosts, status

pytestmark = pytest.mark.lab

LOG = "var/log/nginx/haconsole.log"
#: Sets the window title, rings, clears the screen, reports to the host, moves the cursor.
ATTACKS = (b"\x1b]0;PWNED\x07", b"\x1b[2J", b"\x1bPPWNED\x1b\\", b"\x9b6n", b"\x1b[6n", b"\x07")
MARKUP = b"[/b][red]PWNED[/nosuch][@click=app.quit]x[/]"


def hit(path: bytes, status: bytes = b"200") -> bytes:
    at = f"{time.time():.3f}".encode()
    fields = [at, b"10.0.0.9", b"GET", path, status, b"10.0.0.51:80", b"200", b"0.001", b"0.001"]
    return b"\t".join([*fields, b"12", b"shop"]) + b"\n"


def write(pair: LabHandle, data: bytes) -> None:
    with (pair.machine("lb01").tree / LOG).open("ab") as log:
        log.write(data)


def test_hostile_lines_in_the_hit_log_and_the_journal(pair: LabHandle) -> None:
    console = Terminal.console(str(pair.inventory))
    log = pair.machine("lb01").tree / LOG
    before = log.read_bytes()
    try:
        console.until("SERVING")
        console.until("following")
        for attack in ATTACKS:
            write(pair, hit(b"/x" + attack + b"y") + attack + b"\n")
            pair.exec("lb01", ["logger", "-t", "nginx", (b"x" + attack).decode("latin-1")])
        write(
            pair, hit(b"/" + MARKUP) + hit(b"/\xff\xfe\xc3\x28\xf0\x9f\x98") + b"\xff" * 300 + b"\n"
        )
        write(pair, hit(b"/" + b"A" * 10_000_000))
        write(pair, b"B" * 10_000_000 + b"\n")
        write(pair, hit(b"/the-last-one", b"404"))
        console.until("/the-last-one", 30)
        raw = bytes(console.raw)
        assert b"PWNED\x07" not in raw
        assert b"\x1bPPWNED" not in raw
        titles = re.findall(rb"\x1b\][0-2];([^\x07\x1b]*)", raw)
        assert not [title for title in titles if b"PWNED" in title]
        # The console itself asks for the cursor's place at most; it never rings.
        assert b"\x07" not in re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", raw)
        console.type("3")
        console.until("404")
        assert console.process.poll() is None
        console.type("q")
        assert console.process.wait(10) == 0
        # Whoever comes now must not choke on what stands in the log.
        late = Terminal.console(str(pair.inventory))
        try:
            late.until("/the-last-one")
        finally:
            late.close()
    finally:
        console.close()
        log.write_bytes(before)


def test_a_tool_that_is_missing_on_a_node_is_named(pair: LabHandle) -> None:
    moved = "p=$(readlink -f $(command -v {0})); mv $p $p.aside"
    back = (
        "for f in /bin/*.aside /usr/bin/*.aside /usr/sbin/*.aside; do "
        "[ -e $f ] && mv $f ${f%.aside}; done; :"
    )
    for tool in ("ip", "systemctl"):
        done = pair.exec("web01", ["sh", "-c", moved.format(tool)])
        assert done.returncode == 0, done.stderr
    try:
        code, text = status(pair, "--json")
        document = json.loads(text)
        assert code == 3
        web01 = hosts(document)["web01"]
        assert web01["link"] == "up"
        assert web01["nginx"]["active"] is None
        assert web01["nginx"]["problem"] == "systemctl is missing on the node"
        assert any("systemctl is missing" in t["text"] for t in document["troubles"])
    finally:
        assert pair.exec("web01", ["sh", "-c", back]).returncode == 0
