"""What is on each host of the demo when it begins: the same files as in a ready lab."""

from __future__ import annotations

from haconsole.lab.ready import (
    BALANCER_CONF,
    KEEPALIVED_CONF,
    VRRP_RULE,
    File,
    service_files,
    zone_xml,
)
from haconsole.lab.topology import Node, Part

__all__ = [
    "BALANCER_CONF",
    "KEEPALIVED_CONF",
    "VRRP_RULE",
    "File",
    "service_files",
    "services_of",
    "system_files",
    "zone_xml",
]

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


def services_of(node: Node) -> tuple[str, ...]:
    """Return the services that are enabled on a host, in the order in which it boots them."""
    match node.part:
        case Part.LB:
            return ("firewalld", "ssh", "nginx", "keepalived")
        case Part.WEB:
            return ("firewalld", "ssh", "nginx")
        case _:
            return ("ssh",)


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
