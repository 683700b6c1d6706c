"""What is on each host of the demo when it begins: the same files as in a ready lab."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from haconsole.lab import topology
from haconsole.lab.topology import INTERFACE, LBS, VIP, VRID, Node, Part

_TEMPLATES = Path(topology.__file__).parent / "templates"
KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
BALANCER_CONF = "/etc/nginx/conf.d/kd.test.conf"
#: The rich rule that lets VRRP in, as ``firewall-cmd`` takes it.
VRRP_RULE = 'rule protocol value="vrrp" accept'
#: Debian 12's, without what nothing here asks for.
NGINX_CONF = """\
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
    worker_connections 768;
}

http {
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log /var/log/nginx/access.log;
    gzip on;
    include /etc/nginx/conf.d/*.conf;
    include /etc/nginx/sites-enabled/*;
}
"""
_UNITS = {
    "keepalived": """\
[Unit]
Description=Keepalive Daemon (LVS and VRRP)
After=network-online.target
Wants=network-online.target
ConditionFileNotEmpty=/etc/keepalived/keepalived.conf

[Service]
Type=notify
NotifyAccess=all
PIDFile=/run/keepalived.pid
KillMode=process
EnvironmentFile=-/etc/default/keepalived
ExecStart=/usr/sbin/keepalived --dont-fork $DAEMON_ARGS
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
""",
    "nginx": """\
[Unit]
Description=A high performance web server and a reverse proxy server
After=network-online.target remote-fs.target nss-lookup.target

[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStartPre=/usr/sbin/nginx -t -q -g 'daemon on; master_process on;'
ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'
ExecReload=/usr/sbin/nginx -g 'daemon on; master_process on;' -s reload
ExecStop=-/usr/sbin/nginx -s quit
TimeoutStopSec=5
KillMode=mixed

[Install]
WantedBy=multi-user.target
""",
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


@dataclass(frozen=True, slots=True)
class File:
    """A file on a host; owned by root."""

    path: str
    text: str
    mode: int = 0o644


def template(name: str, /, **values: object) -> str:
    """Return one of the lab's templates with its ``@fields@`` filled."""
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    for field, value in values.items():
        text = text.replace(f"@{field}@", str(value))
    return text


def keepalived_conf(node: Node) -> str:
    """Return an LB's keepalived.conf."""
    return template(
        "keepalived.conf",
        name=node.name,
        state="MASTER" if node == LBS[0] else "BACKUP",
        interface=INTERFACE,
        vrid=VRID,
        priority=node.priority,
        advert_int=1,
        authentication="",
        vips=f"        {VIP}",
    )


def services_of(node: Node) -> tuple[str, ...]:
    """Return the services that are enabled on a host, in the order in which it boots them."""
    match node.part:
        case Part.LB:
            return ("firewalld", "ssh", "nginx", "keepalived")
        case Part.WEB:
            return ("firewalld", "ssh", "nginx")
        case _:
            return ("ssh",)


def service_files(node: Node) -> list[File]:
    """Return the services' configuration: what a ready lab's ``up`` writes."""
    if node.part is Part.JUMP:
        return []
    zone = File("/etc/firewalld/zones/public.xml", zone_xml(vrrp=node.part is Part.LB))
    restart = File("/etc/systemd/system/nginx.service.d/restart.conf", template("restart.conf"))
    if node.part is Part.WEB:
        page = f"{node.name} {node.name} {node.name}\n"
        return [
            zone,
            File(BALANCER_CONF, template("web.conf")),
            File("/code/index.html", page),
            restart,
        ]
    return [
        zone,
        File(KEEPALIVED_CONF, keepalived_conf(node)),
        File("/etc/keepalived/check_nginx.sh", template("check_nginx.sh"), 0o755),
        File("/etc/default/keepalived", 'DAEMON_ARGS="-D"\n'),
        File("/etc/sysconfig/keepalived", 'KEEPALIVED_OPTIONS="-D"\n'),
        File(BALANCER_CONF, template("balancer.conf")),
        File(
            "/etc/systemd/system/keepalived.service.d/order.conf",
            "[Unit]\nAfter=nginx.service\n",
        ),
        File("/etc/nginx/conf.d/health.conf", template("health.conf")),
        File("/etc/nginx/conf.d/haconsole.conf", template("haconsole.conf")),
        restart,
    ]


def system_files(node: Node, nodes: tuple[Node, ...]) -> list[File]:
    """Return what the packages and the installer would have written."""
    names = "".join(f"{other.address} {other.name}\n" for other in nodes)
    release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n'
    release += 'VERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n'
    files = [
        File("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{names}"),
        File("/etc/os-release", release),
        File("/etc/debian_version", "12.11\n"),
    ]
    if node.part is not Part.JUMP:
        files.append(File("/etc/nginx/nginx.conf", NGINX_CONF))
        files.append(File("/etc/nginx/mime.types", "types {\n    text/html html htm;\n}\n"))
    units = {name: _UNITS[name] for name in services_of(node)}
    files += [File(f"/lib/systemd/system/{name}.service", text) for name, text in units.items()]
    return files


def zone_xml(*, vrrp: bool) -> str:
    """Return the zone's file: ssh and http, and on an LB VRRP."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<zone>",
        "  <short>Public</short>",
        '  <service name="ssh"/>',
        '  <service name="dhcpv6-client"/>',
        '  <service name="http"/>',
    ]
    if vrrp:
        lines += ["  <rule>", '    <protocol value="vrrp"/>', "    <accept/>", "  </rule>"]
    return "\n".join([*lines, "  <forward/>", "</zone>", ""])
