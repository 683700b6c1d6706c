"""What is on each host of the demo when it begins: the same files as in a lab."""

from __future__ import annotations

from dataclasses import replace

from haconsole.lab import ready
from haconsole.lab.ready import BALANCER_CONF, KEEPALIVED_CONF, VRRP_RULE, File, zone_xml
from haconsole.lab.topology import MIRROR, Family, LabState, Node, Part

from .flaws import Flaw, flawed
from .packages.mirror import UNIT as MIRROR_UNIT

__all__ = [
    "BALANCER_CONF",
    "KEEPALIVED_CONF",
    "VRRP_RULE",
    "File",
    "packages_of",
    "service_files",
    "services_of",
    "system_files",
    "zone_xml",
]

_RELEASE_APT = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
"""
#: The lab's, as are the sources of packages below.
_RELEASE_YUM = """\
NAME="Lab Linux"
ID=lab
ID_LIKE="rhel fedora"
VERSION_ID="9"
PRETTY_NAME="Lab Linux 9 (yum)"
"""
_APT_SOURCE = f"deb [trusted=yes] http://{MIRROR.name}/apt ./\n"
_YUM_REPO = f"""\
[lab]
name=lab
baseurl=http://{MIRROR.name}/yum
enabled=1
gpgcheck=0
"""
_UNITS = {
    "mirror": MIRROR_UNIT,
    "firewalld": """\
[Unit]
Description=firewalld - dynamic firewall daemon
Before=network-pre.target

[Service]
Type=notify
ExecStart=/usr/sbin/firewalld --nofork --nopid
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed

[Install]
WantedBy=multi-user.target
""",
    "ssh": """\
[Unit]
Description=OpenBSD Secure Shell server
After=network.target auditd.service

[Service]
Type=notify
ExecStart=/usr/sbin/sshd -D
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=on-failure

[Install]
WantedBy=multi-user.target
Alias=sshd.service
""",
}


def services_of(node: Node, state: LabState = LabState.READY) -> tuple[str, ...]:
    """Return the services that are enabled on a host, in the order in which it boots them."""
    match node.part, state:
        case Part.MIRROR, _:
            return ("firewalld", "ssh", "mirror")
        case Part.LB, LabState.READY:
            return ("firewalld", "ssh", "nginx", "keepalived")
        case Part.WEB, LabState.READY:
            return ("firewalld", "ssh", "nginx")
        case Part.JUMP, _:
            return ("ssh",)
        case _:
            return ("firewalld", "ssh")


def packages_of(node: Node, state: LabState = LabState.READY) -> tuple[str, ...]:
    """Return the packages that a host has beside those that every host has."""
    if state is LabState.FRESH:
        return ()
    return {Part.LB: ("nginx", "keepalived"), Part.WEB: ("nginx",)}.get(node.part, ())


def service_files(
    node: Node, state: LabState = LabState.READY, flaw: Flaw | None = None
) -> list[File]:
    """Return the services' configuration: what a lab's ``up`` writes, or that with a flaw."""
    if node.part is Part.MIRROR:
        return [File(ready.ZONE, zone_xml())]
    files = ready.service_files(node) if state is LabState.READY else []
    if flaw is None:
        return files
    return [
        replace(file, text=flawed(file.text, flaw)) if file.path == KEEPALIVED_CONF else file
        for file in files
    ]


def system_files(
    node: Node, nodes: tuple[Node, ...], state: LabState, family: Family
) -> list[File]:
    """Return what the installer would have written."""
    names = "".join(f"{other.address} {other.name}\n" for other in nodes)
    files = [File("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{names}")]
    if family is Family.YUM:
        files.append(File("/etc/os-release", _RELEASE_YUM))
        repository = File("/etc/yum.repos.d/lab.repo", _YUM_REPO)
    else:
        files.append(File("/etc/os-release", _RELEASE_APT))
        files.append(File("/etc/debian_version", "12.11\n"))
        repository = File("/etc/apt/sources.list", _APT_SOURCE)
    if state is LabState.FRESH and node.part in (Part.LB, Part.WEB):
        files.append(repository)
    units = [name for name in services_of(node, state) if name in _UNITS]
    return files + [File(f"/lib/systemd/system/{name}.service", _UNITS[name]) for name in units]
