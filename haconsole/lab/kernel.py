"""Asking the kernel what it can do, without leaving anything changed."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from pathlib import Path

_BRIDGE = "bridge"
_OVERLAY = "overlay"
_NETLINK_NETFILTER = 12
_NFNL_SUBSYS_NFTABLES = 10
_NFT_MSG_GETGEN = 16
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2


def missing_features() -> list[str]:
    """Return the names of the features that the lab needs and this kernel lacks."""
    if not _in_new_network("ip", "link", "set", "lo", "up"):
        return ["network namespaces"]
    missing = []
    if not _in_new_network("ip", "link", "add", "end0", "type", "veth", "peer", "name", "end1"):
        missing.append("veth")
    if not _in_new_network("ip", "link", "add", "end0", "type", _BRIDGE):
        missing.append("bridge")
    if not _has_filesystem(_OVERLAY):
        missing.append("overlayfs")
    if not _has_nf_tables():
        missing.append("nf_tables")
    return missing


def inotify_room() -> int:
    """Return how many more inotify instances the kernel allows root (inotify(7))."""
    limit = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    used = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == 0:
                links = [fd.readlink() for fd in (process / "fd").iterdir()]
                used += sum(str(link) == "anon_inode:inotify" for link in links)
        except OSError:
            continue
    return limit - used


def _in_new_network(*argv: str) -> bool:
    # The namespace, and whatever the command made in it, ends with the command.
    done = subprocess.run(["unshare", "--net", *argv], capture_output=True, check=False)
    return done.returncode == 0


def _has_filesystem(name: str) -> bool:
    known = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
    if name in known:
        return True
    try:
        dry_run = ["modprobe", "--dry-run", "--quiet", name]
        return subprocess.run(dry_run, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _has_nf_tables() -> bool:
    """Ask nf_tables for the number of its rule set's generation (a question that changes nothing).

    Message layout: linux/netlink.h ``nlmsghdr``, linux/netfilter/nfnetlink.h ``nfgenmsg``.
    """
    kind = _NFNL_SUBSYS_NFTABLES << 8 | _NFT_MSG_GETGEN
    family_version_resource = struct.pack("=BBH", socket.AF_UNSPEC, 0, 0)
    header = struct.pack("=IHHII", 16 + len(family_version_resource), kind, _NLM_F_REQUEST, 1, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as netlink:
            netlink.settimeout(2.0)
            netlink.sendto(header + family_version_resource, (0, 0))
            reply = netlink.recv(4096)
    except OSError:
        return False
    _, reply_kind, _, _, _ = struct.unpack_from("=IHHII", reply)
    if reply_kind != _NLMSG_ERROR:
        return True
    (error,) = struct.unpack_from("=i", reply, 16)
    return bool(error == 0) and os.geteuid() == 0
