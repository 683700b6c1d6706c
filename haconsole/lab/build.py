"""Making one layer: a script run in a file system of its own, in namespaces of its own.

Every mount of a build lives in a mount namespace that ends with the build's processes, and those
end with ours (``setpriv --pdeathsig``, ``unshare --kill-child``): a killed build leaves nothing
but its directory.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from haconsole.words import t

from . import distribution
from .errors import LabError
from .tools import last_words

#: Counted up when this module changes in a way that changes what layers hold.
VERSION = "1"
_SEEN_AS = "/run/build"
_ALONE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"),
)
_CHROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: $1 root, $2 directory seen as /run/build, $3 the overlay's options or nothing.
_ENTER = f"""\
if [ -n "$3" ]; then mount -t overlay overlay -o "$3" "$1"; fi
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/tmp"
mount -t tmpfs tmpfs "$1/run"
mkdir "$1{_SEEN_AS}"
mount --bind "$2" "$1{_SEEN_AS}"
mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
mount --bind /etc/hosts "$1/etc/hosts"
exec chroot "$1" /bin/sh -eu {_SEEN_AS}/script
"""
#: Keeps packages from starting services while they are installed (Debian's policy-rc.d).
_POLICY = "usr/sbin/policy-rc.d"


@dataclass(frozen=True, slots=True)
class Order:
    """What to build; the fields are the recipe's. ``log`` keeps the build's output."""

    name: str
    script: str
    files: tuple[tuple[str, str], ...]
    bootstrap: tuple[str, ...]
    sources: bool
    log: Path


def make(order: Order, lowers: Sequence[Path], work: Path) -> Path:
    """Build in ``work`` and return the directory that holds the layer."""
    upper, settings = work / "layer", work / "settings"
    upper.mkdir()
    distribution.write_apt_settings(settings, _SEEN_AS, with_sources=order.sources)
    (settings / "script").write_text(order.script)
    order.log.unlink(missing_ok=True)
    if lowers:
        root, options = work / "root", _overlay_options(lowers, upper, work)
        root.mkdir()
    else:
        root, options = upper, ""
        _bootstrap(order, upper)
    for path, text in order.files:
        file = upper / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755 if text.startswith("#!") else 0o644)
    policy = upper / _POLICY
    policy.parent.mkdir(parents=True, exist_ok=True)
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    enter = ("sh", "-euc", _ENTER, "sh", str(root), str(settings), options)
    _logged(order, (*_ALONE, *enter), _environment())
    policy.unlink()
    return upper


def _overlay_options(lowers: Sequence[Path], upper: Path, work: Path) -> str:
    scratch = work / "scratch"
    scratch.mkdir()
    return overlay_options(lowers, upper, scratch)


def overlay_options(lowers: Sequence[Path], upper: Path, scratch: Path) -> str:
    """Return overlayfs's mount options; ``lowers`` lowest first (the kernel wants it last)."""
    stack = ":".join(str(lower) for lower in reversed(lowers))
    return f"lowerdir={stack},upperdir={upper},workdir={scratch},index=off,metacopy=off"


def _environment() -> dict[str, str]:
    return {
        "PATH": _CHROOT_PATH,
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "APT_CONFIG": f"{_SEEN_AS}/apt.conf",
        "BUILD": _SEEN_AS,
        **distribution.proxy_environment(),
    }


def _bootstrap(order: Order, target: Path) -> None:
    here = distribution.here()
    argv = (
        *("debootstrap", "--variant=minbase", f"--arch={here.architecture}"),
        f"--include={','.join(order.bootstrap)}",
        *(here.codename, str(target), here.main.uri),
    )
    path = {"PATH": f"{os.environ.get('PATH', '')}:{_CHROOT_PATH}", "LANG": "C.UTF-8"}
    _logged(order, (*_ALONE, *argv), {**path, **distribution.proxy_environment()})
    # debootstrap copies these from this machine.
    (target / "etc/resolv.conf").write_text("")
    (target / "etc/hostname").write_text("localhost\n")
    (target / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    (target / "etc/apt/sources.list").write_text("")


def _logged(order: Order, argv: Sequence[str], environment: dict[str, str]) -> None:
    with order.log.open("ab") as log:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
        )
    if done.returncode:
        raise LabError(
            t(
                "Building the image layer '{name}' failed: {words} (all of it: {log}).",
                name=order.name,
                words=last_words(order.log.read_text(errors="replace")[-20000:]),
                log=order.log,
            )
        )
