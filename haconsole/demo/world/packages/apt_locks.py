"""Waiting for dpkg's lock as apt does (``DPkg::Lock::Timeout``), and saying who has it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from haconsole.demo.system.invocation import Invocation

from .aptwords import AptWords
from .managing import FRONTEND_LOCK, Packages

FAILED = 100


@contextlib.asynccontextmanager
async def locked(packages: Packages, call: Invocation, words: AptWords) -> AsyncIterator[int]:
    """Hold the lock for a while; yields the status to end with where there is none to be had."""
    if "simulate" in words:
        yield 0
        return
    refused = await _acquire(packages, call, words.timeout_s)
    try:
        yield refused
    finally:
        packages.release(FRONTEND_LOCK, call.process)


async def _acquire(packages: Packages, call: Invocation, timeout_s: float) -> int:
    if call.uid != 0:
        await call.stderr.write(
            f"E: Could not open lock file {FRONTEND_LOCK} - open (13: Permission denied)\n"
            f"E: Unable to acquire the dpkg frontend lock ({FRONTEND_LOCK}), are you root?\n"
        )
        return FAILED
    waited = 0.0
    while True:
        try:
            holder = packages.take(FRONTEND_LOCK, call.process)
        except OSError:
            for path in (FRONTEND_LOCK, "/var/lib/dpkg/lock"):
                await call.stderr.write(f"W: Not using locking for read only lock file {path}\n")
            return 0
        if holder is None:
            return 0
        held = f"Could not get lock {FRONTEND_LOCK}. It is held by process {holder.pid}"
        if 0 <= timeout_s <= waited:
            if not timeout_s:
                await call.stderr.write(f"E: {held} ({holder.comm})\n")
            await call.stderr.write(
                f"E: Unable to acquire the dpkg frontend lock ({FRONTEND_LOCK}), "
                "is another process using it?\n"
            )
            return FAILED
        await call.print(f"Waiting for cache lock: {held} ({holder.comm})...")
        await call.sleep(1)
        waited += 1
