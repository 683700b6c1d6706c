"""The way in: keys of this lab alone, a password for one user, the inventory, the relay."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from haconsole.words import t

from . import cgroups
from .errors import LabError
from .machine import spawn
from .places import LabPlaces
from .tools import run, wait_for
from .topology import BASTION, INTERFACE, LBS, VIP, VRID, WEBS, Node

_SSH_PORT = 22
_HOST_KEY = "etc/ssh/ssh_host_ed25519_key"


def make_keys(places: LabPlaces, nodes: Sequence[Node]) -> str:
    """Make the client's key and every host's, or give hosts those that the lab has.

    Returns the client's public key.
    """
    _keygen(places.client_key, f"ops@{places.name}")
    places.key("").mkdir(exist_ok=True, mode=0o700)
    for node in nodes:
        kept, key = places.key(node.name), places.tree(node.name) / _HOST_KEY
        _keygen(kept, node.name)
        for suffix in ("", ".pub"):
            shutil.copy(f"{kept}{suffix}", f"{key}{suffix}")
    return places.client_key.with_suffix(".pub").read_text()


def _keygen(path: Path, comment: str) -> None:
    if path.exists() and path.with_suffix(".pub").exists():
        return
    path.unlink(missing_ok=True)  # of an "up" or "reset" that was killed
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
    run(argv, t("Making a key"))


def set_password(places: LabPlaces, nodes: Sequence[Node]) -> None:
    """Give ``ops-pw`` a password, kept in a file that only root reads."""
    kept = ""
    with contextlib.suppress(FileNotFoundError):
        kept = places.password.read_text().strip()
    password = kept or secrets.token_urlsafe(12)
    with os.fdopen(
        os.open(places.password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
    ) as file:
        file.write(f"{password}\n")
    for node in nodes:
        argv = ["chroot", str(places.tree(node.name)), "chpasswd", "--crypt-method", "SHA512"]
        run(argv, t("Setting the password of ops-pw"), stdin=f"ops-pw:{password}\n")


def relay_runs(places: LabPlaces) -> bool:
    """Return whether the way in is there."""
    return bool(relay_processes(places))


def relay_processes(places: LabPlaces) -> set[int]:
    """Return the processes that are the way in."""
    return cgroups.processes(_relay_group(places))


def start_relay(places: LabPlaces, port: int = 0) -> int:
    """Start the relay and return the port of 127.0.0.1 on which it listens (0: choose one)."""
    relay = Path(__file__).with_name("relay.py")
    told, log = places.relay_port, places.root / "relay.log"
    told.unlink(missing_ok=True)
    arguments = (
        str(port),
        str(places.netns(BASTION.name)),
        BASTION.address,
        str(_SSH_PORT),
        str(told),
    )
    spawn(
        _relay_group(places),
        (sys.executable, "-I", "-B", str(relay), *arguments),
        log,
        {"PATH": os.defpath},
    )
    if not wait_for(told.exists, 10.0):
        words = log.read_text(errors="replace").strip()[-300:]
        raise LabError(t("The way in did not start: {words}", words=words))
    return int(told.read_text())


def _relay_group(places: LabPlaces) -> str:
    return f"{places.cgroup}/relay"


def write_known_hosts(places: LabPlaces, nodes: Sequence[Node], port: int) -> None:
    """Write the host keys, the bastion's under the relay's address as well."""
    lines = []
    for node in nodes:
        public = (places.tree(node.name) / f"{_HOST_KEY}.pub").read_text().split()
        key = " ".join(public[:2])
        lines.append(f"{node.address} {key}")
        if node == BASTION:
            lines.append(f"[127.0.0.1]:{port} {key}")
    places.known_hosts.write_text("\n".join(lines) + "\n")


def write_inventory(places: LabPlaces, port: int) -> None:
    """Write the inventory of the lab."""
    lbs = ", ".join(f"{node.name}: {node.address}" for node in LBS)
    webs = ", ".join(f"{node.name}: {node.address}" for node in WEBS)
    places.inventory.write_text(
        f"""\
# Written by 'haconsole lab up'; gone with 'haconsole lab down'.
# Other users that the same key lets in: ops-fish and ops-csh (login shells fish and csh, with a
# banner), ops-pw (sudo asks for the password in {places.password},
# with which it can log in as well).
site: {places.name}
lab: true
defaults:
  user: ops
  key: {places.client_key}
  become: sudo
  known_hosts: {places.known_hosts}
  ssh_config: none
jumps:
  {BASTION.name}: {{address: 127.0.0.1, port: {port}}}
clusters:
  pair:
    via: {BASTION.name}
    vips:
      - {{address: {VIP}/32, interface: {INTERFACE}, vrid: {VRID}}}
    lbs: {{{lbs}}}
    webs: {{{webs}}}
"""
    )
