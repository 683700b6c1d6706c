"""What an nginx configuration says, as far as balancing and logging are concerned.

Defaults are nginx's own (nginx.org, ngx_http_upstream_module and ngx_http_core_module).
"""

from __future__ import annotations

from dataclasses import dataclass

from .conf import ConfProblem


@dataclass(frozen=True, slots=True)
class UpstreamServer:
    """A ``server`` of an ``upstream`` block. ``port`` is ``None`` for a Unix socket.

    ``weight`` 1, ``max_fails`` 1 and ``fail_timeout_s`` 10 where the line does not say.
    """

    address: str
    host: str
    port: int | None
    file: str
    line: int
    weight: int = 1
    max_fails: int = 1
    fail_timeout_s: float = 10.0
    max_conns: int = 0
    backup: bool = False
    down: bool = False


@dataclass(frozen=True, slots=True)
class Upstream:
    """An ``upstream`` block. ``method``: the balancing directive, ``None`` is round robin.

    ``keepalive``: idle connections kept open; ``None`` where it does not say.
    """

    name: str
    file: str
    line: int
    servers: tuple[UpstreamServer, ...] = ()
    method: str | None = None
    keepalive: int | None = None


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A ``log_format``; its strings are joined as nginx joins them."""

    name: str
    text: str
    file: str
    line: int
    escape: str | None = None


@dataclass(frozen=True, slots=True)
class AccessLog:
    """An ``access_log``. ``options``: ``buffer=…``, ``if=…`` and such, as they are written."""

    path: str
    file: str
    line: int
    format: str = "combined"
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listen:
    """A ``listen``. ``port`` is 80 where it does not say, ``None`` for a Unix socket.

    ``address`` is ``"*"`` for all.
    """

    address: str
    port: int | None
    file: str
    line: int
    default_server: bool = False
    ssl: bool = False


@dataclass(frozen=True, slots=True)
class LocationConf:
    """A ``location``. What it does not say itself it has from the blocks around it."""

    match: str
    file: str
    line: int
    proxy_pass: str | None = None
    root: str | None = None
    access_logs: tuple[AccessLog, ...] = ()

    @property
    def upstream(self) -> str | None:
        """The host or upstream that ``proxy_pass`` names, without its port."""
        if self.proxy_pass is None:
            return None
        host = self.proxy_pass.partition("://")[2].partition("/")[0]
        return host.rpartition(":")[0] or host


@dataclass(frozen=True, slots=True)
class ServerConf:
    """A ``server`` of the ``http`` block, with all its locations, nested ones too.

    ``access_logs`` are those in force; empty where logging is off or nothing was said (nginx
    then writes to the file that it was built for).
    """

    file: str
    line: int
    names: tuple[str, ...] = ()
    listens: tuple[Listen, ...] = ()
    root: str | None = None
    locations: tuple[LocationConf, ...] = ()
    access_logs: tuple[AccessLog, ...] = ()


@dataclass(frozen=True, slots=True)
class NginxConf:
    """A main file and those that it includes.

    ``includes`` are the names in it, ``missing_includes`` the paths and patterns of them without
    a file, ``files`` those that were read.
    """

    file: str
    upstreams: tuple[Upstream, ...] = ()
    servers: tuple[ServerConf, ...] = ()
    log_formats: tuple[LogFormat, ...] = ()
    access_logs: tuple[AccessLog, ...] = ()
    includes: tuple[str, ...] = ()
    missing_includes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    problems: tuple[ConfProblem, ...] = ()
