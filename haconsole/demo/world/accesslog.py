"""nginx's access logs: a request in the words of a ``log_format`` (ngx_http_log_module)."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from haconsole.demo.system.machine import Machine

from .http import Request, Response

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
#: Bytes at which a log is rotated (its one predecessor is kept): a demo may run for days.
ROTATE_AT = 2 << 20
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\uffff]')


@dataclass(frozen=True, slots=True)
class Upstreams:
    """What was asked behind this nginx: one entry for each attempt."""

    addresses: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    seconds: tuple[float | None, ...] = ()


def line(form: str, request: Request, response: Response, seconds: float, now: float,
         asked: Upstreams) -> str:  # fmt: skip
    """Return the line for a request. ``now``: epoch seconds at its end."""
    when = datetime.fromtimestamp(now, UTC)
    times = (f"{s:.3f}" if s is not None else "-" for s in asked.seconds)
    values = {
        "msec": f"{now:.3f}",
        "remote_addr": request.peer,
        "time_local": when.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "time_iso8601": when.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "request": f"{request.method} {request.uri} HTTP/1.1",
        "request_method": request.method,
        "request_uri": request.uri,
        "uri": request.uri.partition("?")[0],
        "status": str(response.status),
        "body_bytes_sent": "0" if request.method == "HEAD" else str(len(response.body)),
        "bytes_sent": str(len(response.body) + len(response.head())),
        "request_time": f"{seconds:.3f}",
        "host": request.host.partition(":")[0],
        "http_host": request.host,
        "server_addr": request.to,
        "server_port": str(request.port),
        "scheme": "http",
        "upstream_addr": ", ".join(asked.addresses),
        "upstream_status": ", ".join(map(str, asked.statuses)),
        "upstream_response_time": ", ".join(times),
    }

    def fill(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        value = values.get(name)
        if value is None and name.startswith("http_"):
            value = request.headers.get(name[5:].replace("_", "-"))
        return _ESCAPED.sub(_escape, value) if value else "-"

    return _VARIABLE.sub(fill, form)


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def create(machine: Machine, path: str) -> None:
    """Create a log when nginx opens it: there is one before the first request."""
    files = machine.files
    with contextlib.suppress(OSError):
        if not files.exists(path):
            files.install(path, b"", 0o640)


def write(machine: Machine, path: str, text: str) -> None:
    """Append a line; a disk that is full loses it, as nginx does."""
    files = machine.files
    with contextlib.suppress(OSError):
        if files.exists(path) and files.stat(path).size > ROTATE_AT:
            files.rename(path, f"{path}.1")
        fresh = not files.exists(path)
        files.append(path, f"{text}\n")
        if fresh:
            files.chmod(path, 0o640)
