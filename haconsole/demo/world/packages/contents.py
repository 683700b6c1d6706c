"""What is in the files of packages, as far as somebody reads it; for the rest, whose it is."""

from __future__ import annotations

import posixpath

from haconsole.demo.system.programs import image
from haconsole.lab.topology import Family

from .catalogue import Entry, Package

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
MIME_TYPES = "types {\n    text/html html htm;\n}\n"
DEFAULT_SITE = """\
# The site that answers until you have your own: replace it.
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    root /var/www/html;
    index index.html index.htm index.nginx-debian.html;
    server_name _;

    location / {
        try_files $uri $uri/ =404;
    }
}
"""
WELCOME = """\
<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body><h1>Welcome to nginx!</h1><p>nginx is installed and answers. Now give it a site.</p></body>
</html>
"""
KEEPALIVED_UNIT = """\
[Unit]
Description=Keepalive Daemon (LVS and VRRP)
After=network-online.target
Wants=network-online.target
Documentation=man:keepalived(8)
Documentation=man:keepalived.conf(5)
Documentation=man:genhash(1)
Documentation=https://keepalived.org
ConditionFileNotEmpty=/etc/keepalived/keepalived.conf

[Service]
Type=notify
EnvironmentFile=-/etc/default/keepalived
ExecStart=/usr/sbin/keepalived --dont-fork $DAEMON_ARGS
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
"""
NGINX_UNIT = """\
[Unit]
Description=A high performance web server and a reverse proxy server
Documentation=man:nginx(8)
After=network-online.target remote-fs.target nss-lookup.target
Wants=network-online.target

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
"""
#: An example as keepalived's own: an instance, and a virtual server that it would balance.
SAMPLE_CONF = """\
! A configuration to begin with: none of its names and addresses are yours.

global_defs {
    notification_email {
        admin@example.org
    }
    router_id EXAMPLE
    vrrp_strict
}

vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        192.0.2.16
        192.0.2.17
    }
}

virtual_server 192.0.2.100 443 {
    delay_loop 6
    lb_algo rr
    lb_kind NAT
    protocol TCP

    real_server 192.0.2.201 443 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
"""
_DEBIAN_OPTIONS = """\
# Words that are added to keepalived's command line.
DAEMON_ARGS=""
"""
_TEXTS = {
    "/etc/nginx/nginx.conf": NGINX_CONF,
    "/etc/nginx/mime.types": MIME_TYPES,
    "/etc/nginx/sites-available/default": DEFAULT_SITE,
    "/usr/share/nginx/html/index.html": WELCOME,
    "/lib/systemd/system/nginx.service": NGINX_UNIT,
    "/lib/systemd/system/keepalived.service": KEEPALIVED_UNIT,
    "/etc/keepalived/keepalived.conf": SAMPLE_CONF,
    "/etc/keepalived/keepalived.conf.sample": SAMPLE_CONF,
    "/etc/default/keepalived": _DEBIAN_OPTIONS,
    "/etc/sysconfig/keepalived": 'KEEPALIVED_OPTIONS="-D"\n',
}
#: Programs that go by more names than one.
_SAME = {"x86_64-linux-gnu-gcc-12": "gcc", "gcc-12": "gcc", "pkgconf": "pkg-config"}


def content(package: Package, entry: Entry, family: Family) -> bytes:
    """Return the bytes of a package's file; ``family`` has its own words in some."""
    name = posixpath.basename(entry.path)
    if entry.executable and ("/bin/" in entry.path or "/sbin/" in entry.path):
        return image(_SAME.get(name, name))
    text = _TEXTS.get(entry.path) or _TEXTS.get(entry.path.removeprefix("/usr"))
    if text is None:
        text = _made_up(package, entry, name)
    if family is Family.YUM and name == "keepalived.service":
        text = text.replace("/etc/default/keepalived", "/etc/sysconfig/keepalived")
        text = text.replace("$DAEMON_ARGS", "$KEEPALIVED_OPTIONS")
    return text.encode()


def _made_up(package: Package, entry: Entry, name: str) -> str:
    if name.endswith(".pc"):
        upstream = package.version.rpartition(":")[2].partition("-")[0]
        return f"Name: {name.removesuffix('.pc')}\nDescription: {package.summary}\n" \
               f"Version: {upstream}\n"  # fmt: skip
    if entry.path.startswith("/etc/init.d/"):
        return f"#!/bin/sh\n# Starts {name} where there is no systemd.\nexit 0\n"
    return f"{entry.path} of {package.name} {package.version}\n"
