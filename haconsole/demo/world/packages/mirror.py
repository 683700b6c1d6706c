"""The mirror of a fresh demo: a host that serves packages and the source of keepalived."""

from __future__ import annotations

import asyncio
import gzip
import posixpath
from datetime import UTC, datetime
from urllib.parse import unquote

from haconsole.demo.system.files import Files
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.world.http import Request, Response
from haconsole.demo.world.stack import Stack
from haconsole.lab.topology import Family

from .archives import index, line, packed
from .catalogue import Package, offered
from .source import VERSION, archive

ROOT = "/srv/mirror"
UNIT = f"""\
[Unit]
Description=The lab's mirror
After=network.target

[Service]
ExecStart=/usr/bin/python3 -m http.server --protocol HTTP/1.1 --directory {ROOT} 80
Restart=on-failure
DynamicUser=yes
AmbientCapabilities=CAP_NET_BIND_SERVICE

[Install]
WantedBy=multi-user.target
"""
_TYPES = {".gz": "application/gzip", ".deb": "application/vnd.debian.binary-package", ".rpm":
          "application/x-rpm", ".xml": "text/xml"}  # fmt: skip


def fill(files: Files) -> None:
    """Put everything that a mirror serves on its host."""
    for package in offered(Family.APT):
        files.install(f"{ROOT}/apt/{package.filename}", packed(package))
    for package in offered(Family.YUM):
        files.install(f"{ROOT}/yum/{package.filename}", packed(package))
    write_indexes(files, offered(Family.APT), offered(Family.YUM))
    files.install(f"{ROOT}/source/keepalived-{VERSION}.tar.gz", archive())


def write_indexes(files: Files, debs: tuple[Package, ...], rpms: tuple[Package, ...]) -> None:
    """Write what repositories say of themselves."""
    text = index(debs)
    files.install(f"{ROOT}/apt/Packages", text)
    files.install(f"{ROOT}/apt/Packages.gz", gzip.compress(text.encode(), mtime=0))
    files.install(f"{ROOT}/apt/Release", "Origin: lab\n")
    primary = "".join(f"{line(package)}\n" for package in rpms)
    files.install(f"{ROOT}/yum/repodata/repomd.xml", "<repomd><primary/></repomd>\n")
    files.install(f"{ROOT}/yum/repodata/primary", primary)


class FileServer:
    """Python's ``http.server`` on a folder."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder

    def listens_on(self, address: str) -> bool:
        """It takes connections to every address."""
        return True

    async def http(self, request: Request) -> Response:
        """Answer with a file, or with a list of a folder's."""
        path = posixpath.normpath("/" + unquote(request.uri.partition("?")[0]).lstrip("/"))
        full, server = self._folder + path.rstrip("/"), "SimpleHTTP/0.6 Python/3.11.2"
        if self._files.is_dir(full):
            rows = "".join(
                f'<li><a href="{name}">{name}</a></li>\n' for name in self._files.listdir(full)
            )
            page = (
                f"<!DOCTYPE HTML>\n<title>Directory listing for {path}</title>\n<ul>\n{rows}</ul>\n"
            )
            return Response(200, page.encode(), "text/html; charset=utf-8", server=server)
        if not self._files.is_file(full):
            return Response(404, b"Error code: 404\n", server=server, words="File not found")
        kind = _TYPES.get(posixpath.splitext(full)[1], "application/octet-stream")
        when = datetime.fromtimestamp(self._files.stat(full).mtime_ns / 1e9, UTC)
        headers = {"Last-Modified": f"{when:%a, %d %b %Y %H:%M:%S} GMT"}
        return Response(200, self._files.read(full), kind, headers, server)


def python3(stack: Stack) -> Program:
    """Return as much of ``python3`` as a mirror needs: ``-m http.server``."""

    async def run(call: Invocation) -> int:
        words = call.args
        if words[:2] != ["-m", "http.server"]:
            return await call.error("this model runs nothing but -m http.server", 2)
        folder = words[words.index("--directory") + 1] if "--directory" in words else call.cwd
        port = int(words[-1]) if words[-1].isdigit() else 8000
        if port in stack.services:
            await call.stderr.write("OSError: [Errno 98] Address already in use\n")
            return 1
        stack.services[port] = FileServer(call.files, folder)
        try:
            await asyncio.Event().wait()
        finally:
            stack.services.pop(port, None)
        return 0

    return run
