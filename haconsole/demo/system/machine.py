"""A modelled Unix host: files, processes, users, programs, a clock.

Everything that looks at the host asks this model, and everything that changes it changes this
model: there are no canned answers. A host is built by writing its files, adding its users and
installing its programs; then processes are started.
"""

from __future__ import annotations

import errno
import re
import uuid
from collections.abc import Callable, Mapping, Sequence

from .errors import failure
from .files import Files
from .invocation import Invocation, Program
from .locks import Locks
from .nodes import Caller, Device, Virtual
from .process import Body, Context, Process
from .procfs import mount_proc, mount_sys
from .programs import PATH, Programs
from .streams import Collector, Fixed, Null, OpenFile
from .table import ProcessTable
from .users import Users, group_text, passwd_text

_FOLDERS = (
    "/boot", "/dev", "/etc", "/home", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys",
    "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/local/bin", "/usr/local/sbin", "/usr/sbin",
    "/usr/share", "/usr/src", "/var/cache", "/var/lib", "/var/log",
)  # fmt: skip
#: What is below ``/usr`` (file-hierarchy(7)).
_MERGED = ("bin", "sbin", "lib", "lib64")


class Machine:
    """One host. ``clock``: its wall clock, seconds since the epoch.

    ``pid_namespace``: the inode that ``/proc/PID/ns/pid`` shows. ``load``: the three averages.
    ``log``: where ``logger`` hands its lines: ``log(facility.level, tag, text)``.
    """

    def __init__(self, name: str, *, clock: Callable[[], float]) -> None:
        self.name = name
        self.hostname = name
        self.clock = clock
        self.boot_at = clock()
        self.files = Files(clock)
        self.processes = ProcessTable(clock)
        self.locks = Locks()
        self.users = Users()
        self.programs = Programs(self.files)
        self.pid_namespace = 4026531836
        self.cpus = 2
        self.memory_kib = 2 << 20
        self.load = (0.02, 0.04, 0.05)
        self.kernel = "6.1.0-demo-amd64"
        self.log: Callable[[str, str, str], None] = lambda facility, tag, text: None
        for folder in _FOLDERS:
            self.files.mkdir(folder, parents=True)
        for merged in _MERGED:
            self.files.symlink(f"usr/{merged}", f"/{merged}")
        self.files.symlink("/run", "/var/run")
        for folder in ("/tmp", "/var/tmp"):  # noqa: S108 - of the model
            self.files.mkdir(folder, parents=True)
            self.files.chmod(folder, 0o1777)
        for number, device in enumerate(("null", "zero", "full"), 5):
            self.files.graft(f"/dev/{device}", Device(number, int(self.boot_at * 1e9), device))
        self.files.chmod("/root", 0o700)
        self.files.write("/etc/hostname", f"{name}\n")
        self.files.graft(
            "/etc/passwd", Virtual(lambda caller: passwd_text(self.users).encode(), mode=0o644)
        )
        self.files.graft(
            "/etc/group", Virtual(lambda caller: group_text(self.users).encode(), mode=0o644)
        )
        mount_proc(self)
        mount_sys(self)

    @property
    def boot_id(self) -> str:
        """What ``/proc/sys/kernel/random/boot_id`` shows: another one after every boot."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.name} {self.boot_at}"))

    @property
    def like_red_hat(self) -> bool:
        """Whether its distribution is one of Red Hat's family (os-release(5), ID_LIKE)."""
        path = "/etc/os-release"
        return (
            self.files.exists(path)
            and re.search(
                r"^ID(_LIKE)?=.*(rhel|fedora|centos)", self.files.read_text(path), re.MULTILINE
            )
            is not None
        )

    @property
    def uptime(self) -> float:
        """Seconds since boot."""
        return self.clock() - self.boot_at

    def spawn(
        self,
        argv: Sequence[str],
        *,
        parent: Process | None = None,
        program: Program | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        uid: int | None = None,
        fds: Mapping[int, OpenFile] | None = None,
        new_session: bool = False,
    ) -> Process:
        """Start a program; raises ``OSError`` (ENOENT, EACCES, ENOEXEC) when it cannot be run.

        Without ``program`` it is looked up on ``PATH``. Without a parent it is a child of init
        with the descriptors ``fds`` (default: ``/dev/null`` for all three).
        """
        base = (parent or self.processes.init).context.copy()
        if env is not None:
            base.env = dict(env)
        base.env.setdefault("PATH", PATH)
        base.cwd = cwd or base.cwd
        if uid is not None:
            user = self.users.by_uid(uid)
            base.uid, base.gid = uid, user.gid if user else uid
        words = list(argv)
        if program is None:
            program, words = self.lookup(words, base)
        if fds is None and parent is None:
            fds = dict.fromkeys(range(3), Null())
        return self.processes.fork(
            parent,
            self.body(program, words),
            argv=words,
            fds=fds,
            context=base,
            new_session=new_session,
        )

    def body(self, program: Program, argv: Sequence[str]) -> Body:
        """Return what a process does that runs a program."""

        async def run(process: Process) -> int:
            return await program(Invocation(self, process, argv))

        return run

    def lookup(self, argv: Sequence[str], context: Context) -> tuple[Program, list[str]]:
        """Find the program for some words on the ``PATH`` of a context; raises ``OSError``."""
        caller = Caller(context.uid, context.gid, context.cwd)
        name = argv[0]
        path: str | None = name
        if "/" not in name:
            path = self.programs.which(name, context.env.get("PATH", PATH), caller)
        if path is None:
            raise failure(errno.ENOENT, name)
        found = self.programs.load(path, list(argv), caller)
        return found.program, found.argv

    async def execute(self, process: Process, argv: Sequence[str]) -> int:
        """Put another program in the place of what a process runs (execve(2)).

        Return its status at once as one's own. Raises ``OSError`` while nothing has happened.
        """
        program, words = self.lookup(argv, process.context)
        process.become(words)
        return await program(Invocation(self, process, words))

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        uid: int = 0,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> tuple[int, bytes, bytes]:
        """Run a program to its end from outside; returns status, output and errors."""
        out, err = Collector(), Collector()
        fds: dict[int, OpenFile] = {0: Fixed(stdin), 1: out, 2: err}
        process = self.spawn(argv, env=env, cwd=cwd, uid=uid, fds=fds)
        status = await process.wait()
        return status, bytes(out.data), bytes(err.data)

    async def stop(self) -> None:
        """Kill every process and wait until nothing of the host runs any more."""
        await self.processes.end_all()
