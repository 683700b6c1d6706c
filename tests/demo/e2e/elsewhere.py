"""haconsole as on another system: ``python -m tests.demo.e2e.elsewhere SYSTEM ARGUMENTS``.

What ``SYSTEM`` (``win32``, ``darwin``) lacks is taken away from haconsole's own modules, and
from nothing else: Python's library and Textual have ways of their own for each system. So a
module of ours that imports ``fcntl`` or calls ``os.getuid`` fails here as it would fail there.
Source: the "Availability" notes of Python's library reference, 3.11.
"""

from __future__ import annotations

import asyncio
import builtins
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, NoReturn

_MODULES_OF_UNIX = """
    crypt curses fcntl grp nis posix pty pwd readline resource spwd syslog termios tty
"""
#: Modules that are not there.
MISSING: dict[str, frozenset[str]] = {
    "win32": frozenset(_MODULES_OF_UNIX.split()),
    "darwin": frozenset({"spwd", "ossaudiodev"}),
}
_WINDOWS_SIGNALS = {
    *("SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM", "SIG_DFL", "SIG_IGN"),
    *("signal", "getsignal", "default_int_handler", "raise_signal", "strsignal", "valid_signals"),
    *("set_wakeup_fd", "Signals", "Handlers"),
}
_NOT_ON_WINDOWS = """
    O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC chown chroot confstr ctermid fchdir
    fchmod fchown fork forkpty fpathconf fstatvfs getegid geteuid getgid getgrouplist getgroups
    getloadavg getpgid getpgrp getpriority getresgid getresuid getsid getuid getxattr initgroups
    killpg lchown lockf major makedev memfd_create mkfifo mknod nice openpty pathconf pidfd_open
    pipe2 posix_fadvise posix_fallocate posix_spawn pread preadv pwrite pwritev readv
    sched_getaffinity sched_yield sendfile setegid seteuid setgid setgroups setpgid setpriority
    setregid setreuid setsid setuid setxattr statvfs sync sysconf tcgetpgrp tcsetpgrp ttyname uname
    wait wait3 wait4 waitid WEXITSTATUS WIFEXITED WIFSIGNALED WNOHANG WTERMSIG writev
"""
#: Names that are not in a module.
GONE: dict[str, dict[ModuleType, set[str]]] = {
    "win32": {
        os: set(_NOT_ON_WINDOWS.split()),
        signal: {name for name in dir(signal) if name[0] != "_"} - _WINDOWS_SIGNALS,
        socket: {name for name in dir(socket) if name.startswith(("AF_UNIX", "AF_NETLINK"))},
        time: {"tzset", "pthread_getcpuclockid", "clock_gettime"},
    },
    "darwin": {
        os: {"memfd_create", "pidfd_open", "sched_getaffinity", "setxattr", "getxattr"},
        signal: {"SIGPWR", "SIGSTKFLT", "SIGPOLL", "SIGRTMIN", "SIGRTMAX", "sigtimedwait"},
        socket: {n for n in dir(socket) if n.startswith(("AF_NETLINK", "AF_PACKET", "SO_PEERC"))},
    },
}
_POSIX_ONLY = ("preexec_fn", "pass_fds", "user", "group", "extra_groups", "umask", "process_group")
_OURS = "haconsole"
#: Folders that Linux has and others have not.
_LINUX_FOLDERS = ("/proc/", "/sys/", "/run/")


class _Lacking(ModuleType):
    """A module without some of its names, and with some values of another system."""

    def __init__(self, module: ModuleType, gone: set[str], other: Mapping[str, object]) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(other)
        self._module, self._gone = module, gone

    def __getattr__(self, name: str) -> Any:
        if name in self._gone:
            raise AttributeError(f"module {self.__name__!r} has no {name!r} on this system")
        return getattr(self._module, name)


class _WindowsPopen(subprocess.Popen[Any]):
    """Processes are started without what only POSIX can do (``creationflags``: only Windows)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        for name in _POSIX_ONLY:
            if options.get(name):
                raise ValueError(f"{name} is not supported on Windows platforms")
        super().__init__(*args, **options)


def pretend(system: str) -> None:
    """Take from haconsole's modules, imported from now on, what ``system`` lacks."""
    # Elsewhere a file is not UTF-8 unless one says so.
    warnings.simplefilter("ignore", EncodingWarning)
    warnings.filterwarnings("error", category=EncodingWarning, module=rf"{_OURS}\.")
    gone = GONE[system]
    others: dict[ModuleType, dict[str, object]] = {sys: {"platform": system}}
    if system == "win32":
        others[os] = {"name": "nt"}
        others[subprocess] = {"Popen": _WindowsPopen}
        _no_signal_handlers()
    stand_ins = {
        module.__name__: _Lacking(module, gone.get(module, set()), others.get(module, {}))
        for module in {*gone, *others}
    }
    real = builtins.__import__

    def lacking(
        name: str,
        names: Mapping[str, object] | None = None,
        known: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and _is_ours(names):
            if name.partition(".")[0] in MISSING[system]:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            if name in stand_ins:
                return stand_ins[name]
        return real(name, names, known, fromlist or (), level)

    builtins.__import__ = lacking  # type: ignore[assignment]  # its names may not shadow builtins
    sys.addaudithook(_refuse_linux_folders)


def _is_ours(names: Mapping[str, object] | None) -> bool:
    return str((names or {}).get("__name__", "")).partition(".")[0] == _OURS


def _no_signal_handlers() -> None:
    def add_signal_handler(*_: object) -> NoReturn:
        raise NotImplementedError

    loop = type(asyncio.new_event_loop())
    for name in ("add_signal_handler", "remove_signal_handler"):
        setattr(loop, name, add_signal_handler)


def _refuse_linux_folders(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not str(arguments[0]).startswith(_LINUX_FOLDERS):
        return
    frame = sys._getframe(1)
    # pathlib and its like open for whoever calls them.
    while frame.f_back and str(frame.f_globals.get("__name__")).startswith(("pathlib", "os")):
        frame = frame.f_back
    if _is_ours(frame.f_globals):
        raise FileNotFoundError(2, "No such file or directory", str(arguments[0]))


def main(system: str, *arguments: str) -> int:
    """Run haconsole's command line there."""
    pretend(system)
    from haconsole.cli import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
