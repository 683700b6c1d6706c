"""One host of the lab: its file system, its boot in systemd-nspawn, entering it, its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from haconsole.words import t

from . import cgroups, processes
from .build import overlay_options
from .errors import LabError
from .places import LabPlaces
from .tools import last_words, run, wait_for

#: Moves itself into the control groups named before ``--``, then becomes the command after it.
#: systemd-nspawn with --keep-unit takes the group that it is started in.
_IN_GROUPS = """\
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done
shift
exec "$@"
"""
#: Starts a host again when it rebooted: with --keep-unit systemd-nspawn leaves that to whoever
#: started it, and says so by its exit status (systemd-nspawn(1): 133). $1 is ``_IN_GROUPS``.
_KEEPER = """\
in_groups=$1
shift
while :; do
    status=0
    sh -euc "$in_groups" sh "$@" || status=$?
    [ "$status" -eq 133 ] || exit "$status"
done
"""
#: systemd(1): SIGRTMIN+4 to PID 1 starts poweroff.target.
_POWER_OFF = signal.SIGRTMIN + 4
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/bash",
    "LANG": "C.UTF-8",
}
_NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd")


def spawn(group: str, argv: Sequence[str], log: Path, environment: dict[str, str]) -> None:
    """Start a process that outlives us, in a control group and a session of its own."""
    groups = [str(path) for path in cgroups.create(group)]
    with log.open("ab") as output:
        done = subprocess.run(
            ["setsid", "--fork", "sh", "-euc", _IN_GROUPS, "sh", *groups, "--", *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            check=False,
        )
    if done.returncode or not wait_for(lambda: bool(cgroups.processes(group)), 10.0):
        words = last_words(log.read_text(errors="replace"))
        raise LabError(t("'{command}' did not start: {words}", command=argv[0], words=words))


@dataclass(frozen=True, slots=True)
class Machine:
    """A host called ``name`` of the lab at ``places``."""

    places: LabPlaces
    name: str

    @property
    def group(self) -> str:
        """The host's control group."""
        return f"{self.places.cgroup}/{self.name}"

    @property
    def keeper(self) -> str:
        """The control group of what keeps the host running; empty when it is off."""
        return f"{self.places.cgroup}/{self.name}-keeper"

    @property
    def tree(self) -> Path:
        """The root file system; what is written there the host sees at once."""
        return self.places.tree(self.name)

    @property
    def log(self) -> Path:
        """What the host said while it booted."""
        return self.places.host(self.name) / "console.log"

    def mount(self, layers: Sequence[Path]) -> None:
        """Stack the layers under a directory of the host's own and mount that."""
        home = self.places.host(self.name)
        upper, scratch = home / "upper", home / "work"
        for path in (upper, scratch, self.tree):
            path.mkdir(parents=True)
        options = overlay_options(layers, upper, scratch)
        argv = ["mount", "-t", "overlay", "overlay", "-o", options, str(self.tree)]
        run(argv, t("Mounting the file system of {host}", host=self.name))

    def boot(self) -> socket.socket:
        """Start the host; the socket receives ``READY=1`` when its boot is through."""
        path = self.places.host(self.name) / "notify"
        path.unlink(missing_ok=True)
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ready.bind(str(path))
        network = self.places.netns(self.name)
        argv = (
            # Entered from the start: systemd-nspawn 252 mounts /sys before it joins the namespace
            # it is given, and the host would see the interfaces of this machine there.
            *("nsenter", f"--net={network}"),
            *("systemd-nspawn", "--quiet", "--settings=no", "--boot", "--register=no"),
            *("--keep-unit", "--resolv-conf=off", "--timezone=off", "--link-journal=no"),
            *("--console=pipe", "--notify-ready=yes", "--capability=CAP_NET_ADMIN,CAP_NET_RAW"),
            f"--directory={self.tree}",
            f"--machine={self.places.cgroup}-{self.name}",
            f"--hostname={self.name}",
            f"--network-namespace-path={network}",
        )
        groups = [str(path) for path in cgroups.create(self.group)]
        spawn(
            self.keeper,
            ("sh", "-euc", _KEEPER, "sh", _IN_GROUPS, *groups, "--", *argv),
            self.log,
            {
                **_ENVIRONMENT,
                "NOTIFY_SOCKET": str(path),
                # A host's own sysctls of the network can be set, as on any other host.
                "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
            },
        )
        return ready

    def init(self) -> int | None:
        """Return the process id (here) of the host's PID 1; ``None`` when it does not run."""
        found = cgroups.processes(self.group)
        return next((pid for pid in found if processes.is_init_of_container(pid)), None)

    def enter(self, argv: Sequence[str]) -> list[str]:
        """Return the command line that runs ``argv`` inside, as root, through no network."""
        init = self.init()
        if init is None:
            raise LabError(t("{host} is not running.", host=self.name))
        return ["nsenter", f"--target={init}", *_NAMESPACES, "--", *argv]

    def run(
        self, argv: Sequence[str], *, stdin: str | None = None, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside and return what it left behind, whatever its exit status."""
        try:
            return subprocess.run(
                self.enter(argv),
                input=stdin,
                stdin=None if stdin is not None else subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                env=environment(),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LabError(
                t(
                    "'{command}' on {host} took longer than {seconds} s.",
                    command=" ".join(argv),
                    host=self.name,
                    seconds=round(timeout_s),
                )
            ) from None

    def become(self, argv: Sequence[str]) -> None:
        """Replace this process by a command inside; returns only by raising."""
        command = self.enter(argv)
        os.execvpe(command[0], command, environment())  # noqa: S606 - that is the point

    def power_off(self) -> None:
        """Ask the host's PID 1 to power off; returns at once."""
        if (init := self.init()) is not None:
            processes.send([init], _POWER_OFF)


def environment() -> dict[str, str]:
    """Return the environment of commands inside: root's, with the caller's terminal."""
    return {**_ENVIRONMENT, "TERM": os.environ.get("TERM", "dumb")}
