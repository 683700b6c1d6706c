"""What systemd is told beside the packages' own units (systemd.unit(5), drop-ins)."""

from __future__ import annotations

from .header import managed


def nginx_restart() -> str:
    """Return the drop-in by which systemd starts nginx again: the check only looks."""
    return managed("[Service]\nRestart=on-failure\nRestartSec=1\n")


def keepalived_order() -> str:
    """Return the drop-in that starts keepalived after nginx.

    So that the first check, just after the boot, does not find nginx still starting.
    """
    return managed("[Unit]\nAfter=nginx.service\n")
