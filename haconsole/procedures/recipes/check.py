"""The script that keepalived asks about nginx: one look, exit 0 or not, never a loop."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from .header import managed
from .nginx import HEALTH_PATH, HEALTH_PORT


class Asker(StrEnum):
    """What asks, best first: an answer over HTTP beats a process that is merely there."""

    CURL = "curl"
    WGET = "wget"
    BASH = "bash"
    PROCESS = "process"


def best_asker(tools: Collection[str]) -> Asker:
    """Return the best of what a host has (names of programs on its PATH)."""
    return next((one for one in Asker if one.value in tools), Asker.PROCESS)


def check_script(asker: Asker, *, timeout_s: int = 1, port: int = HEALTH_PORT) -> str:
    """Return the check. ``timeout_s``: after how many seconds it takes silence for a no."""
    url = f"http://127.0.0.1:{port}{HEALTH_PATH}"
    shell = "/bin/bash" if asker is Asker.BASH else "/bin/sh"
    head = f"#!{shell}\n# Does the nginx of this host answer? Exit 0: yes.\n"
    return managed(head + _BODIES[asker].format(url=url, port=port, path=HEALTH_PATH, s=timeout_s))


_BODIES = {
    Asker.CURL: "exec curl -fsS -m {s} -o /dev/null {url}\n",
    Asker.WGET: "exec wget -q -T {s} -t 1 -O /dev/null {url}\n",
    Asker.BASH: """\
exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1
printf 'GET {path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3
read -r -t {s} _ status _ <&3 || exit 1
[ "$status" = 200 ]
""",
    Asker.PROCESS: """\
# There is neither curl, wget nor bash to ask with: its main process being there has to do.
read -r pid </run/nginx.pid && [ -d "/proc/$pid" ]
""",
}
