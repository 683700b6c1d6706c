"""What ``up`` writes on each host before it boots: names, keys, and where it is ready, services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .mirror import APT_SOURCE, YUM_REPO
from .registry import Record
from .topology import INTERFACE, LBS, VIP, VRID, Family, LabState, Node, Part, nodes_for

_TEMPLATES = Path(__file__).parent / "templates"
KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
BALANCER_CONF = "/etc/nginx/conf.d/kd.test.conf"
ZONE = "/etc/firewalld/zones/public.xml"
#: The rich rule that lets VRRP in, as ``firewall-cmd`` takes it.
VRRP_RULE = 'rule protocol value="vrrp" accept'


@dataclass(frozen=True, slots=True)
class File:
    """A file on a host; owned by root."""

    path: str
    text: str
    mode: int = 0o644


def template(name: str, /, **values: object) -> str:
    """Return a template with its ``@fields@`` filled."""
    text = (_TEMPLATES / name).read_text()
    for field, value in values.items():
        text = text.replace(f"@{field}@", str(value))
    return text


def keepalived_conf(
    node: Node,
    *,
    vrid: int = VRID,
    advert_int: int = 1,
    vips: Sequence[str] = (VIP,),
    password: str | None = None,
) -> str:
    """Return an LB's keepalived.conf; the arguments are what a mismatch changes."""
    authentication = ""
    if password is not None:
        inner = f"        auth_type PASS\n        auth_pass {password}\n"
        authentication = f"    authentication {{\n{inner}    }}\n"
    return template(
        "keepalived.conf",
        name=node.name,
        state="MASTER" if node == LBS[0] else "BACKUP",
        interface=INTERFACE,
        vrid=vrid,
        priority=node.priority,
        advert_int=advert_int,
        authentication=authentication,
        vips="\n".join(f"        {vip}" for vip in vips),
    )


def service_files(node: Node, state: LabState) -> list[File]:
    """Return the files of the services that ``heal`` keeps as ``up`` made them."""
    if node.part is Part.MIRROR:
        return [File(ZONE, _zone(http=True))]
    if state is LabState.FRESH or node.part is Part.JUMP:
        return []
    restart = File("/etc/systemd/system/nginx.service.d/restart.conf", template("restart.conf"))
    if node.part is Part.WEB:
        page = f"{node.name} {node.name} {node.name}\n"
        return [
            File(ZONE, _zone(http=True)),
            File(BALANCER_CONF, template("web.conf")),
            File("/code/index.html", page),
            restart,
        ]
    return [
        File(ZONE, _zone(http=True, vrrp=True)),
        File(KEEPALIVED_CONF, keepalived_conf(node)),
        File("/etc/keepalived/check_nginx.sh", template("check_nginx.sh"), 0o755),
        # RHEL's default: say in the journal what is received and why it is refused.
        File("/etc/default/keepalived", 'DAEMON_ARGS="-D"\n'),
        File("/etc/sysconfig/keepalived", 'KEEPALIVED_OPTIONS="-D"\n'),
        File(BALANCER_CONF, template("balancer.conf")),
        # So that the first check, just after the boot, does not find nginx still starting.
        File(
            "/etc/systemd/system/keepalived.service.d/order.conf",
            "[Unit]\nAfter=nginx.service\n",
        ),
        File("/etc/nginx/conf.d/health.conf", template("health.conf")),
        File("/etc/nginx/conf.d/haconsole.conf", template("haconsole.conf")),
        restart,
    ]


def identity_files(node: Node, record: Record, machine_id: str, key: str) -> list[File]:
    """Return what makes a host itself: its name, its id, who may enter. ``key``: public."""
    names = "".join(f"{other.address} {other.name}\n" for other in nodes_for(record.state))
    users = ("ops", "ops-pw", "ops-fish", "ops-csh")
    return [
        File("/etc/hostname", f"{node.name}\n"),
        File("/etc/machine-id", f"{machine_id}\n"),
        File("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{names}"),
        *(File(f"/etc/ssh/authorized_keys/{user}", key) for user in users),
        *_package_sources(node, record),
    ]


def _package_sources(node: Node, record: Record) -> list[File]:
    """Point a fresh host's package manager at the lab's mirror."""
    if record.state is not LabState.FRESH or node.part not in (Part.LB, Part.WEB):
        return []
    if record.family is Family.YUM:
        return [File("/etc/yum.repos.d/lab.repo", YUM_REPO)]
    return [File("/etc/apt/sources.list", APT_SOURCE)]


def write(tree: Path, files: Sequence[File]) -> None:
    """Write files below ``tree``, a host's root or a copy of parts of it."""
    for file in files:
        path = tree / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        path.chmod(file.mode)


def _zone(*, http: bool = False, vrrp: bool = False) -> str:
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<zone>",
        "  <short>Public</short>",
        '  <service name="ssh"/>',
        '  <service name="dhcpv6-client"/>',
    ]
    if http:
        lines.append('  <service name="http"/>')
    if vrrp:
        lines += ["  <rule>", '    <protocol value="vrrp"/>', "    <accept/>", "  </rule>"]
    return "\n".join([*lines, "  <forward/>", "</zone>", ""])
