"""The cache of image layers: built once, atomically, by one process at a time.

A layer is a directory that overlayfs stacks on its parents. Its key is a hash of its recipe and
of its parents' keys, so a changed recipe is built anew. A build works in ``building-NAME-*``
beside the finished layers and is renamed into place; what a killed build left is removed by the
next one, which holds the same lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from haconsole.words import t

from . import build, distribution
from .places import cache_dir
from .tools import say

_UNUSED_FOR_S = 14 * 86400.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a layer is made: ``script`` (``sh -eu``) runs as root in the parents' file system.

    ``parents``: what the build sees, lowest first. ``files`` are written first (path → text).
    A recipe without parents is bootstrapped, with the packages in ``bootstrap``.
    ``sources``: the script may fetch source packages.
    """

    name: str
    script: str
    parents: tuple[Recipe, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    bootstrap: tuple[str, ...] = ()
    sources: bool = False
    about_s: int = 10

    @property
    def key(self) -> str:
        """Hash of everything that decides what the layer will hold."""
        here = distribution.here()
        parts = (
            here.codename,
            here.architecture,
            build.VERSION,
            self.name,
            self.script,
            self.files,
            self.bootstrap,
            tuple(parent.key for parent in self.parents),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def directory(self) -> Path:
        """Where the finished layer lies."""
        return cache_dir() / f"{self.name}-{self.key}"


def ensure(recipe: Recipe) -> Path:
    """Return the directory of a layer, building it and its parents where they are missing."""
    lowers = [ensure(parent) for parent in recipe.parents]
    target = recipe.directory
    if not target.is_dir():
        cache_dir().mkdir(parents=True, exist_ok=True)
        with _locked(cache_dir() / f"{recipe.name}.lock"):
            if not target.is_dir():
                _build(recipe, lowers, target)
    os.utime(target)
    return target


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(t("Waiting for another process that builds the same image…"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(recipe: Recipe, lowers: list[Path], target: Path) -> None:
    prefix = f"building-{recipe.name}-"
    for wreck in cache_dir().glob(f"{prefix}*"):
        shutil.rmtree(wreck)
    _prune(recipe, keep=target)
    say(
        t(
            "Building the image layer '{name}' (about {seconds} s, once)…",
            name=recipe.name,
            seconds=recipe.about_s,
        )
    )
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=cache_dir()))
    try:
        order = build.Order(
            name=recipe.name,
            script=recipe.script,
            files=recipe.files,
            bootstrap=recipe.bootstrap,
            sources=recipe.sources,
            log=cache_dir() / f"{recipe.name}.log",
        )
        made = build.make(order, lowers, work)
        made.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _prune(recipe: Recipe, keep: Path) -> None:
    """Remove versions of a layer that nothing has used for two weeks and no lab has mounted."""
    mounts = Path("/proc/self/mountinfo").read_text()
    for old in cache_dir().glob(f"{recipe.name}-{'?' * 16}"):
        unused = time.time() - old.stat().st_mtime > _UNUSED_FOR_S
        if old != keep and unused and str(old) not in mounts:
            shutil.rmtree(old)
