"""keepalived's source as the mirror has it: a tree that the demo's compiler can build.

Its configure, Makefile and unit are files beside this module (``tree/``); the C files are only as
long as that compiler reads them. What is installed where is what keepalived 2.2.7's own
``make install`` does, as watched in a lab.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from functools import cache
from pathlib import Path

from .contents import SAMPLE_CONF

VERSION = "2.2.7"
_TREE = Path(__file__).with_name("tree")
#: 2.2.7's release: 16 January 2022.
_RELEASED = 1642360200
_SOURCES = {
    "lib": "memory utils notify timer scheduler vector html parser signals logger list_head rbtree "
    "process json_writer rttables",
    "keepalived/core": "main daemon pidfile layer4 smtp global_data global_parser "
    "keepalived_netlink namespaces track_process reload_monitor config_notify",
    "keepalived/vrrp": "vrrp_daemon vrrp_print vrrp_data vrrp_parser vrrp vrrp_notify "
    "vrrp_scheduler vrrp_sync vrrp_arp vrrp_if vrrp_track vrrp_ipaddress vrrp_ndisc "
    "vrrp_if_config vrrp_static_track vrrp_iproute vrrp_iprule vrrp_ip_rule_route_parser "
    "vrrp_vmac vrrp_ipsecah",
    "keepalived/check": "check_daemon check_data check_parser check_api check_tcp check_http "
    "check_ssl check_genhash check_smtp check_misc check_dns check_print ipwrapper ipvswrapper "
    "libipvs check_udp check_ping check_file",
    "keepalived/trackers": "track_file",
    "keepalived": "main",
}
_SAMPLES = (
    *("HTTP_GET.port", "IPv6", "PING_CHECK", "SMTP_CHECK", "SSL_GET", "UDP_CHECK"),
    *("conditional_conf", "fwmark", "inhibit", "misc_check", "misc_check_arg", "quorum", "sample"),
    *("status_code", "track_interface", "virtual_server_group", "virtualhost", "vrrp"),
    *("vrrp.localcheck", "vrrp.lvs_syncd", "vrrp.routes", "vrrp.rules", "vrrp.scripts"),
    *("vrrp.static_ipaddress", "vrrp.sync"),
)
_OTHER_SAMPLES = ("sample.misccheck.smbcheck.sh", "sample_notify_fifo.sh")
_OPTIONS = """\
# Words that are added to keepalived's command line; keepalived(8) has them all.
# --log-detail (-D) says in the log what is received and why it is refused.

KEEPALIVED_OPTIONS="-D"
"""


def tree(version: str = VERSION) -> dict[str, tuple[str, int]]:
    """Return the files of the source by their paths below its folder: text and mode."""
    found: dict[str, tuple[str, int]] = {}
    for folder, names in _SOURCES.items():
        for name in names.split():
            note = "/* program: keepalived */\n" if (folder, name) == ("keepalived", "main") else ""
            found[f"{folder}/{name}.c"] = f"/* {name}.c of keepalived {version} */\n{note}", 0o644
    objects = " ".join(path.removesuffix(".c") + ".o" for path in found)
    samples = [*(f"keepalived.conf.{name}" for name in _SAMPLES), *_OTHER_SAMPLES]
    makefile = (_TREE / "Makefile.in").read_text(encoding="utf-8")
    makefile = makefile.replace("@OBJECTS@", f"OBJECTS = {objects}")
    makefile = makefile.replace("@SAMPLES@", " ".join(f"doc/samples/{name}" for name in samples))
    makefile = makefile.replace("@SAMPLE_NAMES@", " ".join(samples))
    configure = (_TREE / "configure").read_text(encoding="utf-8").replace("@VERSION@", version)
    service = (_TREE / "keepalived.service.in").read_text(encoding="utf-8")
    found |= {
        "configure": (configure, 0o755),
        "Makefile.in": (makefile, 0o644),
        "README": (f"keepalived {version}\n", 0o644),
        "INSTALL": ("./configure && make && make install\n", 0o644),
        "keepalived/keepalived.service.in": (service, 0o644),
        "keepalived/etc/keepalived/keepalived.conf.sample": (SAMPLE_CONF, 0o644),
        "keepalived/etc/sysconfig/keepalived": (_OPTIONS, 0o644),
        "doc/man/man8/keepalived.8": (".TH KEEPALIVED 8\n", 0o644),
        "doc/man/man5/keepalived.conf.5": (".TH KEEPALIVED.CONF 5\n", 0o644),
        "doc/man/man1/genhash.1": (".TH GENHASH 1\n", 0o644),
    }
    return found | {f"doc/samples/{name}": (f"! {name}\n", 0o644) for name in samples}


@cache
def archive(version: str = VERSION) -> bytes:
    """Return ``keepalived-VERSION.tar.gz``; the same bytes every time."""
    name, buffer = f"keepalived-{version}", io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in sorted({"", *_parents(tree(version))}):
            info = tarfile.TarInfo(f"{name}/{folder}".rstrip("/"))
            info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, _RELEASED
            info.uname = info.gname = "root"
            tar.addfile(info)
        for path, (text, mode) in sorted(tree(version).items()):
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size, info.mode, info.mtime = len(text.encode()), mode, _RELEASED
            info.uname = info.gname = "root"
            tar.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _parents(paths: dict[str, tuple[str, int]]) -> set[str]:
    return {
        "/".join(parts[:count])
        for parts in (path.split("/") for path in paths)
        for count in range(1, len(parts))
    }
