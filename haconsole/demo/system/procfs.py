"""``/proc`` and ``/sys`` of a modelled host: files that are made when they are read (proc(5))."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .nodes import Caller, Node, Virtual, VirtualDirectory, VirtualLink

if TYPE_CHECKING:
    from .machine import Machine
    from .process import Process

#: Clock ticks a second, as ``getconf CLK_TCK`` says on Linux.
HERTZ = 100


def stat_line(machine: Machine, process: Process) -> str:
    """Return ``/proc/PID/stat``: 52 fields; those that are not modelled are 0."""
    started = int((process.started_at - machine.boot_at) * HERTZ)
    fields = [
        process.state, process.ppid, process.pgid, process.sid, 0, -1, 4194560,
        *[0] * 10, 20, 0, 1, 0, started, 4096000, 512, "18446744073709551615",
    ]  # fmt: skip
    fields += [0] * (50 - len(fields))
    return f"{process.pid} ({process.comm}) {' '.join(map(str, fields))}\n"


def status_text(machine: Machine, process: Process) -> str:
    """Return the lines of ``/proc/PID/status`` that scripts read."""
    words = {"R": "running", "S": "sleeping", "T": "stopped", "Z": "zombie"}
    uid, gid = process.context.uid, process.context.gid
    return (
        f"Name:\t{process.comm}\n"
        f"Umask:\t{process.context.umask:04o}\n"
        f"State:\t{process.state} ({words[process.state]})\n"
        f"Tgid:\t{process.pid}\nPid:\t{process.pid}\nPPid:\t{process.ppid}\n"
        f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{gid}\t{gid}\t{gid}\t{gid}\n"
        f"VmRSS:\t    2048 kB\nThreads:\t1\n"
    )


def _process_folder(machine: Machine, process: Process) -> VirtualDirectory:
    def text(make: Callable[[], str], mode: int = 0o444) -> Node:
        return Virtual(lambda caller: make().encode("utf-8", "surrogateescape"), mode=mode)

    def fd_find(name: str, caller: Caller) -> Node | None:
        if not name.isdigit() or int(name) not in process.fds:
            return None
        return VirtualLink(lambda caller: f"pipe:[{id(process.fds[int(name)]) % 100000}]")

    def cmdline() -> str:
        return "".join(f"{word}\0" for word in process.argv) if process.alive else ""

    makers: dict[str, Callable[[], Node]] = {
        "stat": lambda: text(lambda: stat_line(machine, process)),
        "status": lambda: text(lambda: status_text(machine, process)),
        "comm": lambda: text(lambda: f"{process.comm}\n"),
        "cmdline": lambda: text(cmdline),
        "environ": lambda: Virtual(
            lambda caller: "".join(f"{k}={v}\0" for k, v in process.context.env.items()).encode(),
            mode=0o400,
            uid=process.uid,
        ),
        "cwd": lambda: VirtualLink(lambda caller: process.cwd),
        "exe": lambda: VirtualLink(
            lambda caller: machine.programs.which(process.argv[0]) or process.argv[0]
        ),
        "root": lambda: machine.files.root,
        "fd": lambda: VirtualDirectory(fd_find, lambda caller: map(str, process.fds)),
        "ns": lambda: VirtualDirectory(
            lambda name, caller: (
                VirtualLink(lambda caller: f"pid:[{machine.pid_namespace}]")
                if name == "pid"
                else None
            ),
            lambda caller: ("pid",),
        ),
    }

    def find(name: str, caller: Caller) -> Node | None:
        maker = makers.get(name)
        return maker() if maker else None

    return VirtualDirectory(find, lambda caller: makers)


def mount_proc(machine: Machine) -> None:
    """Put ``/proc`` into the host's tree."""

    def system(make: Callable[[], str]) -> Virtual:
        return Virtual(lambda caller: make().encode())

    def loadavg() -> str:
        one, five, fifteen = machine.load
        table = machine.processes
        running = sum(p.state == "R" for p in table)
        return f"{one:.2f} {five:.2f} {fifteen:.2f} {running}/{len(table)} {table.last_pid}\n"

    def uptime() -> str:
        return f"{machine.uptime:.2f} {machine.uptime * machine.cpus * 0.98:.2f}\n"

    def cpu_stat() -> str:
        idle = int(machine.uptime * HERTZ * 0.98)
        rows = [f"cpu  0 0 0 {idle * machine.cpus} 0 0 0 0 0 0"]
        rows += [f"cpu{n} 0 0 0 {idle} 0 0 0 0 0 0" for n in range(machine.cpus)]
        rows += [f"btime {int(machine.boot_at)}", f"processes {machine.processes.forks}"]
        return "\n".join([*rows, "procs_running 1", "procs_blocked 0", ""])

    def meminfo() -> str:
        total = machine.memory_kib
        rows = {"MemTotal": total, "MemFree": total // 2, "MemAvailable": total * 3 // 4,
                "Buffers": total // 64, "Cached": total // 4,
                "SwapTotal": 0, "SwapFree": 0}  # fmt: skip
        return "".join(f"{name + ':':<16}{kib:>8} kB\n" for name, kib in rows.items())

    plain: dict[str, Node] = {
        "loadavg": system(loadavg),
        "mounts": system(lambda: mount_line(read_only=machine.files.store.read_only)),
        "uptime": system(uptime),
        "stat": system(cpu_stat),
        "meminfo": system(meminfo),
        "version": system(lambda: f"Linux version {machine.kernel} (demo)\n"),
        "sys": _tree(
            {
                "kernel/random/boot_id": system(lambda: f"{machine.boot_id}\n"),
                "net/ipv4/ip_nonlocal_bind": system(lambda: "0\n"),
            }
        ),
        "self": VirtualLink(lambda caller: str(caller.pid)),
    }

    def find(name: str, caller: Caller) -> Node | None:
        if name.isdigit():
            process = machine.processes.get(int(name))
            return _process_folder(machine, process) if process else None
        return plain.get(name)

    def names(caller: Caller) -> Iterable[str]:
        return [*plain, *(str(process.pid) for process in machine.processes)]

    machine.files.graft("/proc", VirtualDirectory(find, names))


def mount_line(*, read_only: bool) -> str:
    """Return the line of ``/proc/mounts`` for the one file system there is."""
    return f"/dev/vda1 / ext4 {'ro' if read_only else 'rw'},relatime 0 0\n"


def _tree(nodes: dict[str, Node]) -> VirtualDirectory:
    """Return directories that hold nodes at paths."""
    entries: dict[str, Node] = {}
    below: dict[str, dict[str, Node]] = {}
    for path, node in nodes.items():
        name, slash, rest = path.partition("/")
        if slash:
            below.setdefault(name, {})[rest] = node
        else:
            entries[name] = node
    entries |= {name: _tree(inner) for name, inner in below.items()}
    return VirtualDirectory(lambda name, caller: entries.get(name), lambda caller: entries)


def mount_sys(machine: Machine) -> None:
    """Put what is asked for in ``/sys`` into the host's tree."""

    def online(caller: Caller) -> bytes:
        return (f"0-{machine.cpus - 1}\n" if machine.cpus > 1 else "0\n").encode()

    machine.files.graft("/sys/devices/system/cpu/online", Virtual(online))
