"""What a package does when it is set up and when it goes: the maintainers' scripts.

Debian starts and enables services, RHEL does neither. ``say`` gets what a script prints.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from haconsole.demo.system.files import Files
from haconsole.demo.world import unitfile
from haconsole.demo.world.manager import JobError, Manager
from haconsole.lab.topology import Family

from .contents import WELCOME

Say = Callable[[str], Awaitable[None]]
_ENABLED_SITE = "/etc/nginx/sites-enabled/default"
_WELCOME_PAGE = "/var/www/html/index.nginx-debian.html"
_CACHES = ("body", "fastcgi", "proxy", "scgi", "uwsgi")
_WWW_DATA, _ADM = 33, 4


class Scripts:
    """The scripts of the packages of one host."""

    def __init__(self, manager: Manager, family: Family, port_taken: Callable[[int], bool]) -> None:
        self._manager = manager
        self._files: Files = manager.machine.files
        self._family = family
        self._port_taken = port_taken

    async def set_up(self, name: str, say: Say, *, first: bool) -> None:
        """``postinst configure`` or ``%post``; ``first``: nothing of it was there before."""
        self._manager.reload_units()
        if self._family is Family.YUM:
            return
        match name:
            case "nginx-common":
                self._furnish(first=first)
                await self._enable("nginx", say)
                await self._try("nginx", say)
            case "nginx":
                running = self._manager.need("nginx").active == "active"
                for cache in _CACHES if running else ():
                    self._files.mkdir(f"/var/lib/nginx/{cache}", parents=True)
                if running:
                    await say("Upgrading binary: nginx.")
                elif self._port_taken(80):
                    await say("Not attempting to start NGINX, port 80 is already in use.")
                else:
                    await self._try("nginx", say)
            case "keepalived":
                await self._enable("keepalived", say)
                await self._try("keepalived", say)

    async def before_removal(self, name: str) -> None:
        """``prerm remove``: stop what runs of it. RHEL's (in the lab) has none."""
        if self._family is Family.APT and name in ("nginx", "keepalived"):
            with contextlib.suppress(JobError):
                await self._manager.stop(name)

    def after_removal(self, name: str, *, purge: bool) -> None:
        """``postrm``."""
        if self._family is Family.APT and purge:
            if name == "nginx-common":
                for folder in ("/var/log/nginx", "/var/lib/nginx", "/etc/nginx"):
                    self._remove(folder)
            if name in ("nginx-common", "keepalived"):
                unitfile.disable(self._files, f"{name.partition('-')[0]}.service")
        self._manager.reload_units()

    def _furnish(self, *, first: bool) -> None:
        """Make what nginx-common makes for itself."""
        files = self._files
        for name in ("access.log", "error.log"):
            if not files.exists(f"/var/log/nginx/{name}"):
                files.install(f"/var/log/nginx/{name}", "", 0o640, uid=_WWW_DATA, gid=_ADM)
        files.chown("/var/log/nginx", 0, _ADM)
        if not first:
            return
        if not files.exists(_ENABLED_SITE, follow=False):
            files.symlink("/etc/nginx/sites-available/default", _ENABLED_SITE)
        if not files.exists(_WELCOME_PAGE):
            files.install(_WELCOME_PAGE, WELCOME)

    async def _try(self, name: str, say: Say) -> None:
        try:
            await self._start(name)
        except JobError:
            # The package is installed nevertheless.
            await say("Could not execute systemctl:  at /usr/bin/deb-systemd-invoke line 145.")

    async def _start(self, name: str) -> None:
        # deb-systemd-invoke leaves alone what its owner has disabled.
        service = self._manager.need(name)
        if unitfile.is_enabled(self._files, service.file) in ("enabled", "static"):
            await self._manager.start(name)

    async def _enable(self, name: str, say: Say) -> None:
        said = unitfile.enable(self._files, self._manager.need(name).file)
        if said:
            await say(said.replace("\u2192", "->"))

    def _remove(self, path: str) -> None:
        if self._files.is_dir(path):
            self._files.remove_tree(path)
