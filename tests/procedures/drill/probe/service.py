"""A small service whose outages are known to the microsecond; runs as a process of its own.

``python service.py [PORT [CERTIFICATE [ADDRESS]]]`` prints ``port N``, then takes lines:

- ``drop S`` / ``refuse S``: for that many seconds no SYN is answered (a filter on the listening
  socket), or nobody listens. Prints ``out A B C D``: it began between A and B and ended between C
  and D (CLOCK_MONOTONIC, seconds), by stamps before and after the system calls.
- ``nft-drop S`` / ``nft-refuse S``: the same by a rule of the firewall, in a network namespace.
- ``say WORD``: what it answers from now on: a status, ``garbage``, ``reset``, ``nothing``.
- ``hits``: prints how many connections it took.

Its life hangs on its standard input.
"""

from __future__ import annotations

import contextlib
import ctypes
import heapq
import os
import selectors
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

_ATTACH, _DETACH = 26, 27  # SO_ATTACH_FILTER, SO_DETACH_FILTER (socket(7))
_BODY = b"hello from web01 (10.0.0.51)\n"


class Service:
    """One thread, one loop; firewalls are set beside it."""

    def __init__(self, address: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.address, self.port, self.tls = address, port, tls
        self.loop = selectors.DefaultSelector()
        self.timers: list[tuple[float, int, Callable[[], None]]] = []
        self.answer, self.hits = "200", 0
        self.listener = self.listen()
        self.began = (0.0, 0.0)
        self.commands = b""
        self.loop.register(0, selectors.EVENT_READ, self.command)
        self.say(f"port {self.port}")

    def say(self, line: str) -> None:
        os.write(1, line.encode() + b"\n")

    def listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.address, self.port))
        listener.listen(1024)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self.loop.register(listener, selectors.EVENT_READ, self.accept)
        return listener

    def run(self) -> None:
        while True:
            wait = self.timers[0][0] - time.monotonic() if self.timers else None
            for key, _ in self.loop.select(wait if wait is None else max(0.0, wait)):
                key.data()
            while self.timers and self.timers[0][0] <= time.monotonic():
                heapq.heappop(self.timers)[2]()

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self.timers, (time.monotonic() + seconds, id(call), call))

    def accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        self.hits += 1
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            # A handshake a connection, in the loop: tests over TLS ask slowly.
            sock.settimeout(2)
            try:
                sock = self.tls.wrap_socket(sock, server_side=True)
            except OSError:
                return
        sock.setblocking(False)
        buffer = bytearray()
        self.loop.register(sock, selectors.EVENT_READ, lambda: self.serve(sock, buffer))

    def serve(self, sock: socket.socket, buffer: bytearray) -> None:
        try:
            data = sock.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            data = b""
        buffer += data
        if not data:
            self.drop(sock)
        while b"\r\n\r\n" in buffer:
            request, _, rest = bytes(buffer).partition(b"\r\n\r\n")
            buffer[:] = rest
            if not self.respond(sock, request):
                return

    def respond(self, sock: socket.socket, request: bytes) -> bool:
        if self.answer == "nothing":
            return True
        if self.answer == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.drop(sock)
            return False
        keep = b"connection: keep-alive" in request.lower()
        head = f"HTTP/1.1 {self.answer} Word\r\nContent-Length: {len(_BODY)}\r\n".encode()
        head += b"\r\n" if keep else b"Connection: close\r\n\r\n"
        if self.answer == "garbage":
            head = (
                b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7 and a lot of other words, really\r\n\r\n"
            )
        try:
            sock.sendall(head + (b"" if request.startswith(b"HEAD") else _BODY))
        except OSError:
            keep = False
        if not keep:
            self.drop(sock)
        return keep

    def drop(self, sock: socket.socket) -> None:
        self.loop.unregister(sock)
        sock.close()

    def command(self) -> None:
        data = os.read(0, 4096)
        if not data:
            os._exit(0)
        *lines, self.commands = (self.commands + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "say":
                self.answer = rest
                self.say("ok")
            elif word == "hits":
                self.say(f"hits {self.hits}")
            elif word.startswith("nft-"):
                threading.Thread(target=self.rule, args=(word[4:], float(rest))).start()
            else:
                self.out(word, float(rest))

    def out(self, how: str, seconds: float) -> None:
        before = time.monotonic()
        if how == "drop":
            code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # bpf: ret 0
            program = struct.pack("HP", 1, ctypes.addressof(code))
            before = time.monotonic()
            self.listener.setsockopt(socket.SOL_SOCKET, _ATTACH, program)
        else:
            self.loop.unregister(self.listener)
            before = time.monotonic()
            self.listener.close()
        self.began = (before, time.monotonic())
        self.later(seconds, self.back)

    def back(self) -> None:
        before = time.monotonic()
        if self.listener.fileno() >= 0:
            self.listener.setsockopt(socket.SOL_SOCKET, _DETACH, 0)
        else:
            self.listener = self.listen()
        self.told(before, time.monotonic())

    def told(self, before: float, after: float) -> None:
        self.say("out " + " ".join(f"{at:.9f}" for at in (*self.began, before, after)))

    def rule(self, how: str, seconds: float) -> None:
        what = "drop" if how == "drop" else "reject with tcp reset"
        chain = "type filter hook input priority 0;"
        before = time.monotonic()
        nft(f"table inet probe {{ chain in {{ {chain} tcp dport {self.port} {what}; }}; }}")
        self.began = (before, time.monotonic())
        time.sleep(seconds)
        before = time.monotonic()
        nft("delete table inet probe")
        self.told(before, time.monotonic())


def nft(rules: str) -> None:
    if subprocess.run(["nft", "-f", "-"], input=rules.encode(), check=False).returncode:
        os._exit(1)  # who waits for its stamps hears the end instead


def main() -> None:
    tls = None
    if len(sys.argv) > 2 and sys.argv[2]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(Path(sys.argv[2]))
    # Its stamps are the truth: it must not be late itself, where that can be had.
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
    address = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
    Service(address, int(sys.argv[1]) if len(sys.argv) > 1 else 0, tls).run()


if __name__ == "__main__":
    main()
