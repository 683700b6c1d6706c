"""``systemctl``: what it prints and how it exits (systemctl(1), v252)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.signals import parse as parse_signal

from . import unitfile
from .journal import as_short
from .manager import JobError, Manager
from .service import Service
from .systemctl_words import Words
from .unit_listings import list_timers, list_unit_files, list_units, timer_status
from .unit_properties import properties, when_text

#: systemctl(1), "Exit status" (LSB).
_NOT_RUNNING, _NO_SUCH = 3, 4


def systemctl(manager: Manager) -> Program:
    """Return the program for a machine with this PID 1."""

    async def run(call: Invocation) -> int:
        words = Words(call.args)
        verb = words.names.pop(0) if words.names else "list-units"
        command = _VERBS.get(verb)
        if command is None:
            await call.stderr.write(f"Unknown command verb {verb}.\n")
            return 1
        if verb in _CHANGING and call.uid != 0:
            await call.stderr.write(
                f"Failed to {verb} {' '.join(words.names)}: Interactive authentication required.\n"
            )
            return 1
        try:
            return await command(manager, call, words)
        except JobError as error:
            if not words.quiet:
                await call.stderr.write(f"{_complaint(verb, error)}\n")
            missing = error.status == _NO_SUCH and verb in ("start", "stop", "restart")
            return 5 if missing else 1 if verb == "kill" else error.status

    return run


def _complaint(verb: str, error: JobError) -> str:
    """Say why a job failed: a unit that is not there is named in the words of the verb."""
    if error.status != _NO_SUCH:
        return str(error)
    unit = str(error).split()[1]
    found = "loaded" if verb in ("stop", "kill") else "found"
    thing = f"unit {unit}" if verb == "kill" else unit
    return f"Failed to {verb} {thing}: Unit {unit} not {found}."


async def _start(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.names:
        await manager.start(name)
    return 0


async def _stop(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.matching(unit.name for unit in manager.units()):
        await manager.stop(name)
    return 0


async def _restart(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.names:
        await manager.restart(name)
    return 0


async def _reload(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.names:
        await manager.reload(name)
    return 0


async def _reload_or_restart(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.names:
        service = manager.need(name)
        if service.active == "active" and service.file.all("ExecReload"):
            await manager.reload(name)
        else:
            await manager.restart(name)
    return 0


async def _enable(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.names:
        service = manager.find(name)
        full = unitfile.full_name(name)
        if service is None or service.file.masked:
            why = f"{service.file.path} is masked" if service else f"{full} does not exist"
            await call.stderr.write(f"Failed to enable unit: Unit file {why}.\n")
            return 1
        said = unitfile.enable(manager.machine.files, service.file)
        if said and not words.quiet:
            await call.stderr.write(f"{said}\n")
    return await _start(manager, call, words) if words.now else 0


async def _disable(manager: Manager, call: Invocation, words: Words) -> int:
    for name in words.names:
        full = unitfile.full_name(name)
        said = unitfile.disable(manager.machine.files, full)
        if said is None and manager.find(name) is None:
            await call.stderr.write(f"Failed to disable unit: Unit file {full} does not exist.\n")
            return 1
        if said and not words.quiet:
            await call.stderr.write(f"{said}\n")
    return await _stop(manager, call, words) if words.now else 0


async def _is_active(manager: Manager, call: Invocation, words: Words) -> int:
    found = [manager.timers.get(name) or manager.find(name) for name in words.names]
    if not words.quiet:
        for unit in found:
            await call.print(unit.active if unit else "inactive")
    good = any(unit and unit.active in ("active", "reloading") for unit in found)
    return 0 if good else _NOT_RUNNING


async def _is_failed(manager: Manager, call: Invocation, words: Words) -> int:
    found = [manager.find(name) for name in words.names]
    if not words.quiet:
        for service in found:
            await call.print(service.active if service else "inactive")
    return 0 if any(service and service.active == "failed" for service in found) else 1


async def _is_enabled(manager: Manager, call: Invocation, words: Words) -> int:
    states = []
    for name in words.names:
        service = manager.find(name)
        if service is None:
            text = f"Failed to get unit file state for {unitfile.full_name(name)}: "
            await call.stderr.write(f"{text}No such file or directory\n")
            return 1
        states.append(unitfile.is_enabled(manager.machine.files, service.file))
        if not words.quiet:
            await call.print(states[-1])
    return 0 if any(state in ("enabled", "static", "transient") for state in states) else 1


async def _show(manager: Manager, call: Invocation, words: Words) -> int:
    wanted = [
        key
        for name in ("p", "property")
        for text in words.options.get(name, [])
        for key in text.split(",")
    ]
    blocks = []
    for name in words.names:
        known = properties(manager, name)
        # systemctl prints in its own order, not in the one that was asked for.
        shown = {key: value for key, value in known.items() if not wanted or key in wanted}
        blocks.append(
            "".join(f"{v}\n" if words.value else f"{key}={v}\n" for key, v in shown.items())
        )
    await call.stdout.write("\n".join(blocks))
    return 0


async def _mask(manager: Manager, call: Invocation, words: Words) -> int:
    files = manager.machine.files
    for name in map(unitfile.full_name, words.names):
        link = f"/etc/systemd/system/{name}"
        if files.exists(link, follow=False):
            if files.realpath(link) == "/dev/null":
                continue
            await call.stderr.write(f"Failed to mask unit: File {link} already exists.\n")
            return 1
        if unitfile.load(files, name) is None:
            await call.stderr.write(f"Unit {name} does not exist, proceeding anyway.\n")
        files.mkdir("/etc/systemd/system", parents=True)
        files.symlink("/dev/null", link)
        await call.stderr.write(f"Created symlink {link} \u2192 /dev/null.\n")
    manager.reload_units()
    return 0


async def _unmask(manager: Manager, call: Invocation, words: Words) -> int:
    files = manager.machine.files
    for name in map(unitfile.full_name, words.names):
        link = f"/etc/systemd/system/{name}"
        if files.exists(link, follow=False) and files.realpath(link) == "/dev/null":
            files.unlink(link)
            await call.stderr.write(f'Removed "{link}".\n')
    manager.reload_units()
    return 0


async def _status(manager: Manager, call: Invocation, words: Words) -> int:
    worst = 0
    for index, name in enumerate(words.names):
        if (timer := manager.timers.get(name)) is not None:
            lines = timer_status(timer, manager.machine.boot_at, manager.now)
            await call.stdout.write(("\n" if index else "") + "\n".join(lines) + "\n")
            continue
        service = manager.find(name)
        if service is None:
            await call.stderr.write(f"Unit {unitfile.full_name(name)} could not be found.\n")
            worst = _NO_SUCH
            continue
        lines = _status_lines(manager, service, int(words.get("n", "lines") or 10))
        await call.stdout.write(("\n" if index else "") + "\n".join(lines) + "\n")
        if service.active not in ("active", "reloading"):
            worst = max(worst, _NOT_RUNNING)
    return worst


def _status_lines(manager: Manager, service: Service, count: int) -> list[str]:
    files = manager.machine.files
    enabled = unitfile.is_enabled(files, service.file)
    dot = {"active": "●", "failed": "×", "inactive": "○"}.get(service.active, "●")
    since = when_text(manager.machine.boot_at + service.changed_at) if service.changed_at else ""
    result = f" (Result: {service.result})" if service.active == "failed" else f" ({service.sub})"
    lines = [
        f"{dot} {service.file.title}",
        f"     Loaded: loaded ({service.file.path}; {enabled}; preset: enabled)",
        f"     Active: {service.active}{result}" + (f" since {since}" if since else ""),
    ]
    if service.unmet and not service.running:
        when = when_text(manager.machine.boot_at + service.condition_at)
        lines += [f"  Condition: start condition failed at {when}",
                  f"             └─ {service.unmet} was not met"]  # fmt: skip
    if service.main is not None:
        lines.append(f"   Main PID: {service.main.pid} ({service.main.comm})")
    processes = list(service.processes(manager.machine))
    if processes:
        lines += [f"      Tasks: {len(processes)}", f"     CGroup: /system.slice/{service.name}"]
        for process in processes:
            mark = "└─" if process is processes[-1] else "├─"
            lines.append(f"             {mark}{process.pid} {' '.join(process.argv)}")
    told = [e for e in manager.journal.entries() if e.of(service.name)][-count:] if count else []
    return [*lines, "", *(as_short(entry, manager.journal.hostname) for entry in told)]


async def _kill(manager: Manager, call: Invocation, words: Words) -> int:
    number = parse_signal(words.get("s", "signal") or "TERM")
    if number is None:
        return await call.error(f"Failed to parse signal string {words.get('s', 'signal')}.")
    whom = words.get("kill-whom", "kill-who") or "all"
    for name in words.names:
        if manager.timers.get(name) is not None:
            await call.stderr.write(f"Failed to kill unit {name}: Operation not supported\n")
            return 1
        manager.kill(name, number, whom)
    return 0


async def _cat(manager: Manager, call: Invocation, words: Words) -> int:
    files = manager.machine.files
    for name in words.names:
        service = manager.timers.get(name) or manager.find(name)
        if service is None:
            await call.stderr.write(f"No files found for {unitfile.full_name(name)}.\n")
            return 1
        for path in (service.file.path, *service.file.drop_ins):
            text = files.read(path).decode("utf-8", "replace")
            await call.stdout.write(f"# {path}\n{text}" + ("" if text.endswith("\n") else "\n"))
    return 0


async def _daemon_reload(manager: Manager, call: Invocation, words: Words) -> int:
    manager.reload_units()
    return 0


async def _reset_failed(manager: Manager, call: Invocation, words: Words) -> int:
    status = 0
    for name in words.matching(manager.services) if words.names else list(manager.services):
        full = unitfile.full_name(name)
        if full not in manager.services and words.names:
            await call.stderr.write(
                f"Failed to reset failed state of unit {full}: Unit {full} not loaded.\n"
            )
            status = 1
            continue
        manager.reset_failed(name)
    return status


async def _reboot(manager: Manager, call: Invocation, words: Words) -> int:
    if call.uid != 0:
        await call.stderr.write("Failed to set wall message, ignoring: Interactive authentication "
                                "required.\nCall to Reboot failed: Interactive authentication "
                                "required.\n")  # fmt: skip
        return 1
    manager.reboot()
    return 0


def reboot(manager: Manager) -> Program:
    """Return ``reboot``, which is systemctl by another name."""

    async def run(call: Invocation) -> int:
        return await _reboot(manager, call, Words([]))

    return run


async def _is_system_running(manager: Manager, call: Invocation, words: Words) -> int:
    failed = any(service.active == "failed" for service in manager.services.values())
    await call.print("degraded" if failed else "running")
    return int(failed)


_Verb = Callable[[Manager, Invocation, Words], Awaitable[int]]
_VERBS: dict[str, _Verb] = {
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "try-restart": _restart,
    "reload": _reload,
    "reload-or-restart": _reload_or_restart,
    "enable": _enable,
    "disable": _disable,
    "is-active": _is_active,
    "is-failed": _is_failed,
    "is-enabled": _is_enabled,
    "show": _show,
    "status": _status,
    "kill": _kill,
    "cat": _cat,
    "daemon-reload": _daemon_reload,
    "reset-failed": _reset_failed,
    "list-units": list_units,
    "list-unit-files": list_unit_files,
    "mask": _mask,
    "unmask": _unmask,
    "reboot": _reboot,
    "list-timers": list_timers,
    "is-system-running": _is_system_running,
}
_CHANGING = frozenset(
    ("start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "enable",
     "disable", "kill", "daemon-reload", "reset-failed", "mask", "unmask")
)  # fmt: skip
