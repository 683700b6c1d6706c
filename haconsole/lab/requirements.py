"""What a machine needs for the lab, and a check that names what is missing.

``python -m haconsole.lab.requirements`` prints the packages, nothing else.
"""

from __future__ import annotations

import os
import shutil
import sys

from haconsole.words import t

from .errors import MissingError

#: Debian package → the tools of it that the lab runs.
PACKAGES: dict[str, tuple[str, ...]] = {
    "debootstrap": ("debootstrap",),
    "iproute2": ("ip",),
    "mount": ("mount", "umount"),
    "openssh-client": ("ssh-keygen",),
    "systemd-container": ("systemd-nspawn",),
    "util-linux": ("nsenter", "setpriv", "setsid", "unshare"),
}
#: Measured: systemd 5, logind, dbus and firewalld 1 each.
_INOTIFY_PER_HOST = 8
_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing_packages() -> list[str]:
    """Return the packages of which a tool is missing."""
    return [
        package
        for package, tools in PACKAGES.items()
        if any(shutil.which(tool) is None for tool in tools)
    ]


def check_rights() -> None:
    """Raise ``MissingError`` unless this is Linux and we are root."""
    if sys.platform != "linux":
        raise MissingError(t("The lab needs Linux; this is {platform}.", platform=sys.platform))
    if os.geteuid() != 0:
        raise MissingError(t("The lab needs root: run it again with sudo."))
    # Root's PATH after a plain 'su' lacks the directories where half of the tools are.
    if _SYSTEM_PATH not in os.environ.get("PATH", ""):
        os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}".lstrip(":")


def check() -> None:
    """Raise ``MissingError`` naming what this machine lacks; changes nothing."""
    check_rights()
    if missing := missing_packages():
        raise MissingError(
            t(
                "The lab needs packages that are not installed: run "
                "'apt-get install -y --no-install-recommends {packages}'.",
                packages=" ".join(missing),
            )
        )
    from . import cgroups, kernel

    if not cgroups.hierarchies():
        raise MissingError(t("The lab needs control groups mounted on /sys/fs/cgroup."))
    if lacking := kernel.missing_features():
        names = ", ".join(lacking)
        raise MissingError(t("The kernel lacks what the lab needs: {names}.", names=names))


def check_room(hosts: int) -> None:
    """Raise ``MissingError`` if the kernel's limits do not allow ``hosts`` more hosts."""
    from . import kernel

    if kernel.inotify_room() < hosts * _INOTIFY_PER_HOST:
        raise MissingError(
            t(
                "The kernel allows root too few inotify instances for {hosts} more hosts: run "
                "'sysctl fs.inotify.max_user_instances=1024', or take another lab down first.",
                hosts=hosts,
            )
        )


if __name__ == "__main__":
    sys.stdout.write(" ".join(PACKAGES) + "\n")
