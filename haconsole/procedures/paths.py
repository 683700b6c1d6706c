"""Where everything lies on a node: what recipes write, what a survey reads, what removal undoes.

One list, so that a file which a recipe writes is never one that a survey forgets to read.
"""

from __future__ import annotations

from haconsole.domain.model import Role

#: keepalived's own file; every package and ``--sysconfdir=/etc`` read it here.
KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
#: What keepalived asks about nginx. Beside the configuration, since script security wants a
#: path that only root can write (keepalived.conf(5), enable_script_security).
CHECK_SCRIPT = "/etc/keepalived/check_nginx.sh"
#: The options that the unit reads as its EnvironmentFile: Debian's and RHEL's.
KEEPALIVED_DEFAULT = "/etc/default/keepalived"
KEEPALIVED_SYSCONFIG = "/etc/sysconfig/keepalived"
#: keepalived starts after nginx, so that its first check does not find nginx still starting.
KEEPALIVED_ORDER = "/etc/systemd/system/keepalived.service.d/order.conf"
#: The unit of a build from source, where the archive's own does not start that build.
KEEPALIVED_UNIT = "/etc/systemd/system/keepalived.service"

NGINX_CONF = "/etc/nginx/nginx.conf"
#: The server that answers on port 80: the balancer's on LBs, the site's on web nodes.
SERVER_CONF = "/etc/nginx/conf.d/kd.test.conf"
#: The local server that the check asks.
HEALTH_CONF = "/etc/nginx/conf.d/health.conf"
#: The log format that the hit log wants.
LOG_CONF = "/etc/nginx/conf.d/haconsole.conf"
#: Debian's first site, a link to sites-available: it takes port 80 by default.
DEFAULT_SITE = "/etc/nginx/sites-enabled/default"
#: systemd starts nginx again after a crash.
NGINX_RESTART = "/etc/systemd/system/nginx.service.d/restart.conf"
#: The web nodes' default root and its first page (the tutorial's).
WEB_ROOT = "/code"
INDEX_PAGE = f"{WEB_ROOT}/index.html"

#: Where a firewall keeps its rules over a reboot: Debian's and RHEL's.
NFTABLES_CONF = "/etc/nftables.conf"
NFTABLES_SYSCONFIG = "/etc/sysconfig/nftables.conf"
IPTABLES_RULES = "/etc/iptables/rules.v4"
IPTABLES_SYSCONFIG = "/etc/sysconfig/iptables"

#: What a detector says of the VIPs, for whoever reads it (``install-detector``).
DETECTOR_STATE = "/run/haconsole/detector.json"
#: What this tool keeps on a node; root's alone, taken away last by ``remove``.
STATE_DIR = "/var/lib/haconsole"
FILES_DIR = f"{STATE_DIR}/files"
JOBS_DIR = f"{STATE_DIR}/jobs"
PACKAGES_DIR = f"{STATE_DIR}/packages"
BUILD_DIR = f"{STATE_DIR}/build"
#: What a build from source put on the node: a line a file.
SOURCE_DIR = f"{STATE_DIR}/source"

#: Where a build from source goes, and the keepalived that it leaves there.
SOURCE_PREFIX = "/usr/local/keepalived"
SOURCE_BINARY = f"{SOURCE_PREFIX}/sbin/keepalived"
#: Where packages put theirs; a build is linked here if nothing is in the way.
BINARY = "/usr/sbin/keepalived"

_NGINX = (NGINX_CONF, SERVER_CONF, LOG_CONF, NGINX_RESTART, DEFAULT_SITE)
_FIREWALL = (NFTABLES_CONF, NFTABLES_SYSCONFIG, IPTABLES_RULES, IPTABLES_SYSCONFIG)
#: What a survey reads on a host of each role, beside every file that this tool wrote there.
FILES: dict[Role, tuple[str, ...]] = {
    Role.LB: (
        *(KEEPALIVED_CONF, CHECK_SCRIPT, KEEPALIVED_DEFAULT, KEEPALIVED_SYSCONFIG),
        *(KEEPALIVED_ORDER, KEEPALIVED_UNIT, *_NGINX, HEALTH_CONF, *_FIREWALL),
    ),
    Role.WEB: (*_NGINX, INDEX_PAGE, *_FIREWALL),
    Role.JUMP: (),
}


def kept_as(path: str) -> str:
    """Return the folder that keeps a file's earlier versions (``/`` becomes ``%``)."""
    return f"{FILES_DIR}/{path.replace('/', '%')}"


def kept_path(name: str) -> str:
    """Return the file whose versions are kept under a name; undoes :func:`kept_as`."""
    return name.replace("%", "/")
