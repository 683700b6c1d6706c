"""Which tools for packages a host has, by its family."""

from __future__ import annotations

from haconsole.demo.system.machine import Machine
from haconsole.demo.world.wget import wget
from haconsole.lab.topology import Family

from .apt_get import apt_get
from .apt_query import apt_cache, apt_mark
from .compiler import pkg_config
from .dnf import dnf
from .dpkg import dpkg
from .make import make
from .managing import Packages
from .rpm import rpm


def package_tools(machine: Machine, packages: Packages) -> None:
    """Install them, and make known what packages will bring."""
    install, define = machine.programs.install, machine.programs.define
    for name in ("gcc", "cc"):
        define(name, packages.compiler.program())
    define("pkg-config", pkg_config)
    define("make", make)
    define("wget", wget(packages.stack))
    if packages.family is Family.APT:
        for name in ("apt-get", "apt"):
            install(name, apt_get(packages))
        install("apt-cache", apt_cache(packages))
        install("apt-mark", apt_mark(packages))
        for name in ("dpkg", "dpkg-query"):
            install(name, dpkg(packages))
        return
    for name in ("dnf", "yum"):
        install(name, dnf(packages))
    install("rpm", rpm(packages))
