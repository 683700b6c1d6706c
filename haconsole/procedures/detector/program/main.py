"""The program: looks again and again, tells the journal, a file and, where wanted, a command.

``haconsole-detector`` runs until it is ended (SIGTERM) and then takes its state file away.
``--once`` looks, twice where the first look is not well, prints one line and exits 0 one owner,
1 an owner that is no LB, 2 two owners or none, 3 it cannot be told. ``--state`` says the same of
the state file, without root rights; 3 when that is old. ``--check`` says whether it could run.
It changes nothing on this host and sends nothing but ARP requests.
"""

# ruff: noqa: UP004, UP024, UP031, RUF005
# ruff: noqa: PTH101, PTH102, PTH104, PTH112, PTH116, PTH120, PTH123
# Python 2.7 runs this too: it has no pathlib, no f-strings, and two kinds of OSError.

from __future__ import annotations

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from typing import Any

from .judging import TWICE_S, WARNING, Detector, Once, Settings, line_of
from .wire import Segment, look, now, out_of_order

SETTINGS = "/etc/haconsole/detector.conf"
STATE = "/run/haconsole/detector.json"
#: A command that takes longer than so many seconds is ended.
HOOK_S = 30.0


def trusted(path: str) -> str:
    """Return why a command is not run as root; empty where only root could have written it."""
    if not path.startswith("/"):
        return "%s is no absolute path" % path
    part = path = os.path.realpath(path)
    while True:
        try:
            found = os.stat(part)
        except OSError as error:
            return "%s: %s" % (part, os.strerror(error.errno or 0))
        if found.st_uid != 0 or stat.S_IMODE(found.st_mode) & 0o022:
            return "%s can be written by others than root" % part
        if part == "/":
            break
        part = os.path.dirname(part)
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) or not mode & 0o100:
        return "%s is no program" % path
    return ""


def load(path: str = SETTINGS) -> Settings:
    """Return the settings; raises ``ValueError`` with a sentence."""
    try:
        with open(path) as file:
            return Settings(file.read(), path)
    except (OSError, IOError) as error:
        raise ValueError("%s: %s" % (path, os.strerror(error.errno or 0))) from error


def save(text: str, path: str = STATE) -> None:
    """Replace the state file at once, so that nobody ever reads half of it."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.mkdir(folder, 0o755)
    new = path + ".new"
    with open(new, "w") as file:
        file.write(text)
    os.chmod(new, 0o644)
    os.rename(new, path)


def kept(text: str) -> str:
    """Save it; return why that could not be done, or an empty text."""
    try:
        save(text)
    except (OSError, IOError) as error:
        return "%s cannot be written: %s" % (STATE, os.strerror(error.errno or 0))
    return ""


class Hook(object):
    """The command that is run at a change: one at a time, never for long, never waited for."""

    def __init__(self, path: str, tell: Any) -> None:
        self.path, self.tell = path, tell
        self.process: Any = None
        self.began = 0.0
        self.waiting: list[str] = []

    def call(self, word: str, vip: str, text: str) -> None:
        """Have it run with the verdict; of several that wait only the last is told."""
        if self.path:
            self.waiting = [word, vip, text]
            self.tick()

    def tick(self) -> None:
        """See what became of the last one; begin the next."""
        if self.process is not None:
            if self.process.poll() is None:
                if now() - self.began < HOOK_S:
                    return
                self.process.kill()
                self.process.wait()
                self.tell(WARNING, "%s took too long and was ended" % self.path)
            self.process = None
        if not self.waiting:
            return
        words, self.waiting = self.waiting, []
        why = trusted(self.path)
        if why:
            self.tell(WARNING, "the hook is not run: %s" % why)
            return
        try:
            with open(os.devnull, "r+") as null:
                self.process = subprocess.Popen(
                    [self.path] + words, stdin=null, stdout=null, stderr=null, close_fds=True
                )
            self.began = now()
        except OSError as error:
            self.tell(WARNING, "%s: %s" % (self.path, os.strerror(error.errno or 0)))


def run(settings: Settings) -> None:
    """Look until it is ended."""
    import syslog  # a console on Windows has none, and only ships this program

    syslog.openlog("haconsole-detector", syslog.LOG_PID, syslog.LOG_DAEMON)
    hook = Hook(settings.hook, syslog.syslog)
    detector = Detector(settings, syslog.syslog, hook.call)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    problem = ""
    try:
        while True:
            looks = look(settings)
            why = kept(detector.take(looks, now(), time.time()))
            if why and not problem:
                syslog.syslog(WARNING, why)
            problem = why
            hook.tick()
            time.sleep(detector.pause())
    finally:
        leave()


def leave() -> None:
    """Take the state file away, and its folder where nothing else is in it."""
    for take, path in ((os.unlink, STATE), (os.rmdir, os.path.dirname(STATE))):
        try:
            take(path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                raise


def once(settings: Settings) -> int:
    """Look; look again where that was not well, for a failover is no alarm."""
    asked = Once(settings)
    while asked.take(look(settings), now()):
        time.sleep(TWICE_S)
    return tell(asked.line())


def state() -> int:
    """Say what the state file says."""
    try:
        with open(STATE) as file:
            text = file.read()
    except (OSError, IOError) as error:
        text = os.strerror(error.errno or 0)
    return tell(line_of(text, STATE, time.time()))


def tell(said: Any) -> int:
    """Print a line; return its exit status."""
    sys.stdout.write(said[1] + "\n")
    return int(said[0])


def check(settings: Settings) -> int:
    """Say what keeps it from running; return 1 then."""
    whys = [out_of_order(interface) for vip, interface in settings.vips if ":" not in vip]
    whys.append(trusted(settings.hook) if settings.hook else "")
    if not any(whys):
        for vip, interface in settings.vips:
            try:
                if ":" not in vip:
                    Segment(interface).socket.close()
            except (OSError, socket.error) as error:
                whys.append("no raw socket on %s: %s" % (interface, error))
    for why in whys:
        if why:
            sys.stderr.write(why + "\n")
            return 1
    return 0


def main() -> int:
    """Do what the words say."""
    words = sys.argv[1:]
    if words == ["--state"]:
        return state()
    path = words[1] if len(words) == 2 and words[0] == "--check" else SETTINGS
    if words and words[0] not in ("--once", "--check"):
        sys.stderr.write("haconsole-detector [--once | --state | --check [FILE]]\n")
        return 3
    try:
        settings = load(path)
    except ValueError as error:
        sys.stderr.write("%s\n" % error)
        return 3
    if words and words[0] == "--check":
        return check(settings)
    if words:
        return once(settings)
    run(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
