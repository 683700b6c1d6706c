"""Asking by ARP, on a raw socket, without changing the table of any other host.

For a VIP an ARP probe is sent (RFC 5227, 2.1.1): its sender address is 0.0.0.0, so nobody who
hears it learns anything from it, and Linux answers it like any request (``arp_process``). For a
host's own address an ordinary request is sent: a host that is just probing that address for
itself would take somebody else's probe for a conflict (RFC 5227, 2.1.1 again) and give it up.
The answers come to this host's kernel, too: an entry that it has for the VIP becomes the owner's.
"""

# ruff: noqa: UP004, UP024, UP031, PTH123, B905
# Python 2.7 runs this too: it has no pathlib, no f-strings, and two kinds of OSError.

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from typing import Any

from .judging import Look, Settings

ARP, REQUEST, REPLY = 0x0806, 1, 2
EVERYBODY, NOBODY, UNKNOWN_IP = b"\xff" * 6, b"\0" * 6, "0.0.0.0"  # noqa: S104
#: How long answers are waited for, and how often is asked in that time, seconds.
LISTEN_S, AGAIN_S = 1.0, 0.4
#: What the kernel marks its own frames with (packet(7)).
OUTGOING = 4


def now() -> float:
    """Return a clock that never jumps, seconds (Python 2.7 has no monotonic())."""
    return float(os.times()[4])


def frame(mac: bytes, sender: str, target: str) -> bytes:
    """Return a broadcast ARP request: who has ``target``, asked by ``sender``."""
    ether = EVERYBODY + mac + struct.pack("!H", ARP)
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, REQUEST)
    body = mac + socket.inet_aton(sender) + NOBODY + socket.inet_aton(target)
    return ether + head + body + b"\0" * 18


def answer(data: bytes) -> Any:
    """Return (address, MAC) of an ARP reply; ``None`` for anything else."""
    if len(data) < 42 or struct.unpack("!H", data[12:14])[0] != ARP:
        return None
    if struct.unpack("!HHBBH", data[14:22]) != (1, 0x0800, 6, 4, REPLY):
        return None
    mac = ":".join("%02x" % byte for byte in bytearray(data[22:28]))
    return socket.inet_ntoa(data[28:32]), mac


def raw(text: str) -> bytes:
    """Return a MAC as bytes."""
    return bytes(bytearray(int(part, 16) for part in text.split(":")))


def read(path: str) -> str:
    """Return the first line of a file of the kernel; empty where there is none."""
    try:
        with open(path) as file:
            return file.readline().strip()
    except (OSError, IOError):
        return ""


def holds(address: str, path: str = "/proc/net/fib_trie") -> bool:
    """Whether this kernel has an IPv4 address as its own (its table of local routes)."""
    leaf = ""
    try:
        with open(path) as file:
            for line in file:
                words = line.split()
                if words[:1] == ["|--"]:
                    leaf = words[1]
                elif leaf == address and words[:3] == ["/32", "host", "LOCAL"]:
                    return True
    except (OSError, IOError):
        pass
    return False


def out_of_order(interface: str) -> str:
    """Return what keeps an interface from asking; empty where nothing does."""
    mac = read("/sys/class/net/%s/address" % interface)
    if not mac:
        return "there is no interface %s" % interface
    if len(mac) != 17:
        return "%s is no Ethernet interface" % interface
    if read("/sys/class/net/%s/carrier" % interface) != "1":
        return "%s is down or has no carrier" % interface
    return ""


class Segment(object):
    """One interface, for as long as a look takes."""

    def __init__(self, interface: str) -> None:
        self.mac = read("/sys/class/net/%s/address" % interface)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
        try:
            self.socket.bind((interface, ARP))
        except (OSError, socket.error):
            self.socket.close()
            raise
        self.socket.setblocking(False)

    def ask(self, vips: list[str], hosts: dict[str, str], me: str) -> dict[str, set[str]]:
        """Return address → the MACs that answered for it. ``hosts``: address → name."""
        found: dict[str, set[str]] = {one: set() for one in list(vips) + list(hosts)}
        began = now()
        again = began
        while True:
            at = now()
            if at >= again:
                again = at + AGAIN_S if at < began + AGAIN_S else began + 2 * LISTEN_S
                self.send([UNKNOWN_IP] * len(vips), vips)
                silent = [one for one in hosts if not found[one]]
                self.send([me] * len(silent), silent)
            left = min(again, began + LISTEN_S) - now()
            if now() >= began + LISTEN_S:
                return found
            if select.select([self.socket], [], [], max(left, 0.0))[0]:
                self.listen(found)

    def send(self, senders: list[str], targets: list[str]) -> None:
        """Ask for some addresses."""
        for sender, target in zip(senders, targets):
            self.socket.send(frame(raw(self.mac), sender, target))

    def listen(self, found: dict[str, set[str]]) -> None:
        """Take what has come."""
        try:
            data, place = self.socket.recvfrom(2048)
        except (OSError, socket.error) as error:
            if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR):
                return
            raise
        told = None if place[2] == OUTGOING else answer(data)
        if told and told[0] in found and told[1] != self.mac:
            found[told[0]].add(told[1])


def look(settings: Settings) -> list[Look]:
    """Look once at every VIP, about a second for each interface; raises nothing."""
    done: dict[str, Any] = {}
    found = []
    for vip, interface in settings.vips:
        if ":" in vip:
            found.append(Look())
            continue
        if interface not in done:
            done[interface] = asked(settings, interface)
        answers, mac, problem = done[interface]
        if problem:
            found.append(Look(problem=problem))
            continue
        names = {mac: settings.me}
        for name, (address, _) in settings.hosts.items():
            for other in answers.get(address, ()):
                names[other] = name
        own = mac if settings.is_lb and holds(vip) else ""
        found.append(Look(own, answers[vip], names))
    return found


def asked(settings: Settings, interface: str) -> Any:
    """Return (answers, own MAC, problem) of one interface."""
    problem = out_of_order(interface)
    if problem:
        return {}, "", problem
    vips = [vip for vip, name in settings.vips if name == interface and ":" not in vip]
    me = settings.hosts[settings.me][0]
    others = {one[0]: name for name, one in settings.hosts.items()
              if name != settings.me and ":" not in one[0]}  # fmt: skip
    try:
        segment = Segment(interface)
    except (OSError, socket.error) as error:
        return {}, "", "no raw socket on %s: %s" % (interface, error)
    try:
        return segment.ask(vips, others, me), segment.mac, ""
    except (OSError, socket.error) as error:
        return {}, "", "%s: %s" % (interface, error)
    finally:
        segment.socket.close()
