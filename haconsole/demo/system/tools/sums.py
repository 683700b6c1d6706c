"""``cksum``, ``sha256sum``, ``md5sum``, ``base64``: sums and codes."""

from __future__ import annotations

import base64 as codec
import binascii
import hashlib
import re

from ..errors import words_of
from ..invocation import Invocation, Program
from .inputs import contents
from .options import options


def _table() -> list[int]:
    """Return the table of the polynomial 0x04C11DB7, most significant bit first."""
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


_TABLE = _table()


def posix_crc(data: bytes) -> int:
    """Return the CRC of POSIX.1-2017, "cksum": over the bytes, then over their number."""
    length = len(data)
    tail = bytearray()
    while length:
        tail.append(length & 0xFF)
        length >>= 8
    crc = 0
    for byte in data + bytes(tail):
        crc = ((crc << 8) & 0xFFFFFFFF) ^ _TABLE[(crc >> 24) ^ byte]
    return ~crc & 0xFFFFFFFF


async def cksum(inv: Invocation) -> int:
    """``cksum [FILE…]``."""
    given = await options(inv)
    found, status = await contents(inv, given.words)
    for path, data in found:
        await inv.print(f"{posix_crc(data)} {len(data)}" + ("" if path == "-" else f" {path}"))
    return status


async def digest(inv: Invocation) -> int:
    """``sha256sum``, ``sha1sum``, ``md5sum``: ``[-c] [FILE…]``."""
    given = await options(inv, "cbtqz", long=("check:c", "status", "quiet:q"))
    name = inv.name.removesuffix("sum")
    found, status = await contents(inv, given.words)
    for path, data in found:
        if "c" not in given:
            await inv.print(f"{hashlib.new(name, data, usedforsecurity=False).hexdigest()}  {path}")
            continue
        for line in data.decode("utf-8", "surrogateescape").splitlines():
            match = re.fullmatch(r"([0-9a-f]+) [ *](.+)", line)
            if match:
                status |= await _check(inv, name, match[1], match[2], quiet="status" in given)
    return status


async def _check(inv: Invocation, name: str, wanted: str, path: str, *, quiet: bool) -> int:
    try:
        data = inv.files.read(path, inv.process.caller)
    except OSError as error:
        await inv.error(f"{path}: {words_of(error)}")
        if not quiet:
            await inv.print(f"{path}: FAILED open or read")
        return 1
    good = hashlib.new(name, data, usedforsecurity=False).hexdigest() == wanted
    if not quiet:
        await inv.print(f"{path}: {'OK' if good else 'FAILED'}")
    return int(not good)


async def base64(inv: Invocation) -> int:
    """``base64 [-d] [-w COLUMNS] [FILE]``."""
    given = await options(inv, "di", "w", long=("decode:d", "wrap=:w", "ignore-garbage:i"))
    found, status = await contents(inv, given.words)
    for _, data in found:
        if "d" in given:
            try:
                await inv.stdout.write(codec.b64decode(b"".join(data.split()), validate=True))
            except binascii.Error:
                return await inv.error("invalid input")
            continue
        text = codec.b64encode(data).decode()
        width = int(given.values.get("w", "76"))
        lines = [text[i : i + width] for i in range(0, len(text), width)] if width else [text]
        await inv.stdout.write("\n".join(lines) + ("\n" if width else ""))
    return status


PROGRAMS: dict[str, Program] = {
    "cksum": cksum, "sha256sum": digest, "sha1sum": digest, "md5sum": digest, "base64": base64,
}  # fmt: skip
