"""What ``systemctl show`` knows of a unit (org.freedesktop.systemd1(5), systemctl(1))."""

from __future__ import annotations

from datetime import UTC, datetime

from . import unitfile
from .manager import Manager
from .service import Service
from .transient import Timer


def properties(manager: Manager, name: str) -> dict[str, str]:
    """Return what ``systemctl show`` knows of a unit; of one that is not there as well."""
    service = manager.find(name)
    if (timer := manager.timers.get(name)) is not None:
        return _of_timer(timer)
    if service is None:
        return _missing(name)
    file, main = service.file, service.main
    stamps = (service.changed_at, service.active_since, service.active_until,
              service.inactive_since)  # fmt: skip
    micros = {key: str(round(at * 1e6)) for key, at in zip(_STAMPS, stamps, strict=True)}
    wall = {
        key.removesuffix("Monotonic"): when_text(manager.machine.boot_at + at) if at else ""
        for key, at in zip(_STAMPS, stamps, strict=True)
    }
    return {
        "Type": service.kind,
        "Restart": service.restart_policy,
        "RestartUSec": f"{service.restart_delay_s:g}s",
        "PIDFile": file.last("PIDFile"),
        "MainPID": str(main.pid if main and main.alive else 0),
        "Result": service.result,
        "NRestarts": str(service.restarts),
        "ExecMainPID": str(main.pid if main else 0),
        "ExecMainCode": str(service.exec_code),
        "ExecMainStatus": str(service.exec_status),
        "ExecMainStartTimestampMonotonic": str(round(service.exec_start * 1e6)),
        "ExecMainExitTimestampMonotonic": str(round(service.exec_exit * 1e6)),
        "ExecStart": _exec_start(service),
        "RemainAfterExit": "yes" if service.remains else "no",
        "KillMode": file.last("KillMode", "control-group"),
        "ControlGroup": f"/system.slice/{service.name}" if service.running else "",
        "Id": service.name,
        "Names": service.name,
        "Description": file.description,
        "LoadState": _load_state(manager, service),
        "ActiveState": service.active,
        "SubState": service.sub,
        "FragmentPath": file.path,
        "DropInPaths": " ".join(file.drop_ins),
        "UnitFileState": unitfile.is_enabled(manager.machine.files, file),
        "NeedDaemonReload": _needs_reload(manager, service),
        "Transient": "yes" if service.transient else "no",
        "ConditionResult": "no" if service.unmet else "yes" if service.condition_at else "no",
        **wall,
        **micros,
        "InvocationID": service.invocation,
    }


def _of_timer(timer: Timer) -> dict[str, str]:
    waits = not timer.elapsed_at
    due = unitfile.span(timer.due)
    return {
        "Unit": timer.service.name,
        "TimersMonotonic": f"{{ OnActiveUSec={unitfile.span(timer.delay_s)} ; next_elapse={due} }}",
        "NextElapseUSecRealtime": "",
        "NextElapseUSecMonotonic": due if waits else "infinity",
        "LastTriggerUSecMonotonic": str(round(timer.elapsed_at * 1e6)),
        "Result": "success",
        "AccuracyUSec": unitfile.span(timer.accuracy_s),
        "RemainAfterElapse": "no",
        "Id": timer.name,
        "Names": timer.name,
        "Description": timer.file.description,
        "LoadState": "loaded",
        "ActiveState": timer.active,
        "SubState": timer.sub,
        "FragmentPath": timer.file.path,
        "UnitFileState": "transient",
        "NeedDaemonReload": "no",
        "Transient": "yes",
    }


def _missing(name: str) -> dict[str, str]:
    """Return the defaults, which are shown of a unit that is not there as well."""
    full = unitfile.full_name(name)
    own = {
        "MainPID": "0", "Restart": "no", "NRestarts": "0", "Result": "success",
    }  # fmt: skip
    if full.endswith(".timer"):
        own = {"Unit": "", "NextElapseUSecMonotonic": "infinity", "Result": "success",
               "AccuracyUSec": "1min", "RemainAfterElapse": "yes"}  # fmt: skip
    return {
        **own,
        "Id": full,
        "LoadState": "not-found",
        "ActiveState": "inactive",
        "SubState": "dead",
        "UnitFileState": "",
        "Transient": "no",
        **dict.fromkeys(_STAMPS, "0"),
    }


def _exec_start(service: Service) -> str:
    command = service.file.last("ExecStart")
    words = list(service.file.argv) or command.lstrip("-@+!:").split()
    if not words:
        return ""
    main = service.main
    return (
        f"{{ path={words[0]} ; argv[]={' '.join(words)} ; ignore_errors="
        f"{'yes' if command.startswith('-') else 'no'} ; start_time=[n/a] ; stop_time=[n/a] ; "
        f"pid={main.pid if main else 0} ; code=(null) ; status=0/0 }}"
    )


def _load_state(manager: Manager, service: Service) -> str:
    if service.file.masked:
        return "masked"
    gone = not service.transient and not manager.machine.files.exists(service.file.path)
    return "not-found" if gone and not service.running else "loaded"


def _needs_reload(manager: Manager, service: Service) -> str:
    if service.transient:
        return "no"
    return "yes" if unitfile.load(manager.machine.files, service.name) != service.file else "no"


_STAMPS = (
    "StateChangeTimestampMonotonic",
    "ActiveEnterTimestampMonotonic",
    "ActiveExitTimestampMonotonic",
    "InactiveEnterTimestampMonotonic",
)


def when_text(at: float) -> str:
    """Return a time of the wall clock as systemctl writes it. ``at``: epoch seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%a %Y-%m-%d %H:%M:%S UTC")
