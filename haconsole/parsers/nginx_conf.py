"""nginx.conf → upstreams, servers, logs (nginx.org's module documentation, 1.9 to 1.29)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from haconsole.domain.conf import ConfProblem
from haconsole.domain.nginx_conf import (
    AccessLog,
    Listen,
    LocationConf,
    LogFormat,
    NginxConf,
    ServerConf,
    Upstream,
    UpstreamServer,
)
from haconsole.domain.notes import note

from .masking import mask_secrets
from .nginx_includes import NginxTree, read_tree, split_dump
from .nginx_text import Directive, NginxBuildError, build

__all__ = [
    "Directive",
    "NginxBuildError",
    "build",
    "extract_nginx",
    "read_dump",
    "read_nginx",
    "read_tree",
    "split_dump",
]

_METHODS = frozenset({"hash", "ip_hash", "least_conn", "least_time", "random"})
_TIME = re.compile(r"(\d{1,9})(ms|[smhdwMy]?)")
#: Seconds (nginx.org, "Configuration file measurement units").
_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0} | {
    "d": 86400.0,
    "w": 604800.0,
    "M": 2592000.0,
    "y": 31536000.0,
}
_MAX_PROBLEMS = 100


def read_nginx(files: Mapping[str, str | bytes], main: str = "/etc/nginx/nginx.conf") -> NginxConf:
    """Read files by their absolute paths; includes are looked for among them. Never raises."""
    return extract_nginx(read_tree(files, main))


def read_dump(text: str) -> NginxConf:
    """Read what ``nginx -T`` printed. Never raises; a problem says when it printed no files."""
    files = split_dump(text)
    if not files:
        problem = ConfProblem("nginx -T", 1, note("nginx printed no configuration"))
        return NginxConf("nginx -T", problems=(problem,))
    return read_nginx(files, next(iter(files)))


def extract_nginx(tree: NginxTree) -> NginxConf:
    """Return what a tree says; values that are no value are ``problems``."""
    return _Reader(tree).read()


class _Reader:
    def __init__(self, tree: NginxTree) -> None:
        self._tree = tree
        self._problems = list(tree.problems)
        self._http: tuple[Directive, ...] = tuple(
            inner for one in _named(tree.directives, "http") for inner in one.block or ()
        )

    def read(self) -> NginxConf:
        logs = self._logs(self._http, ())
        root = _value(self._http, "root")
        formats = tuple(self._formats())
        servers = tuple(self._server(one, logs, root) for one in _named(self._http, "server"))
        upstreams = tuple(self._upstream(one) for one in _named(self._http, "upstream"))
        self._check_formats(formats, (*logs, *_all_logs(servers)))
        return NginxConf(
            self._tree.file,
            upstreams,
            servers,
            formats,
            logs,
            tuple(self._tree.includes),
            tuple(dict.fromkeys(self._tree.missing)),
            tuple(self._tree.files),
            tuple(self._problems),
        )

    def _problem(self, one: Directive | AccessLog, template: str, **values: str) -> None:
        if len(self._problems) < _MAX_PROBLEMS:
            self._problems.append(ConfProblem(one.file, one.line, note(template, **values)))

    def _upstream(self, one: Directive) -> Upstream:
        block = one.block or ()
        method = next((inner.name for inner in block if inner.name in _METHODS), None)
        keepalive = _value(block, "keepalive")
        return Upstream(
            _first(one) or "",
            one.file,
            one.line,
            tuple(self._backend(inner) for inner in _named(block, "server") if inner.args),
            method,
            int(keepalive) if keepalive and re.fullmatch(r"[0-9]{1,9}", keepalive) else None,
        )

    def _backend(self, one: Directive) -> UpstreamServer:
        address, *words = one.args
        options = dict(word.partition("=")[::2] for word in words)
        host, port = self._endpoint(one, address)
        return UpstreamServer(
            address,
            host,
            port,
            one.file,
            one.line,
            self._whole(one, options, "weight", 1),
            self._whole(one, options, "max_fails", 1),
            self._seconds(one, options.get("fail_timeout"), 10.0),
            self._whole(one, options, "max_conns", 0),
            "backup" in options,
            "down" in options,
        )

    def _endpoint(self, one: Directive, text: str, any_address: str = "") -> tuple[str, int | None]:
        """Take ``host:port`` apart; port 80 where there is none."""
        if text.startswith("unix:"):
            return text, None
        if re.fullmatch(r"[0-9]{1,5}", text) and any_address:
            return any_address, self._port(one, text)
        match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", text)
        if match is None:
            self._problem(one, "{text} is no address", text=text[:60])
            return text, None
        host = match[1].strip("[]")
        return host, 80 if match[2] is None else self._port(one, match[2])

    def _port(self, one: Directive, text: str) -> int | None:
        if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536:
            return int(text)
        self._problem(one, "{text} is no port", text=text[:60])
        return None

    def _whole(self, one: Directive, options: Mapping[str, str], key: str, default: int) -> int:
        text = options.get(key)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text):
            self._problem(one, "{key} wants a number, not {text}", key=key, text=text[:60])
            return default
        return int(text)

    def _seconds(self, one: Directive, text: str | None, default: float) -> float:
        if text is None:
            return default
        parts = _TIME.findall(text)
        if not parts or "".join(n + unit for n, unit in parts) != text:
            self._problem(one, "{text} is no time", text=text[:60])
            return default
        return sum(int(number) * _UNITS[unit] for number, unit in parts)

    def _formats(self) -> Iterator[LogFormat]:
        for one in _named(self._http, "log_format"):
            if len(one.args) < 2:
                continue
            name, *words = one.args
            escape = words.pop(0)[7:] if words[0].startswith("escape=") else None
            yield LogFormat(name, "".join(words), one.file, one.line, escape)

    def _logs(
        self, block: Sequence[Directive], inherited: tuple[AccessLog, ...]
    ) -> tuple[AccessLog, ...]:
        """Return the logs in force: a block that names none has those around it."""
        own = [one for one in _named(block, "access_log") if one.args]
        if not own:
            return inherited
        if any(one.args[0] == "off" for one in own):
            return ()
        return tuple(_log(one) for one in own)

    def _check_formats(self, formats: tuple[LogFormat, ...], logs: Sequence[AccessLog]) -> None:
        known = {"combined", *(one.name for one in formats)}
        for log in dict.fromkeys(logs):
            if log.format not in known:
                self._problem(log, "there is no log_format {name}", name=log.format[:60])

    def _server(
        self, one: Directive, inherited: tuple[AccessLog, ...], around: str | None
    ) -> ServerConf:
        block = one.block or ()
        logs = self._logs(block, inherited)
        root = _value(block, "root") or around
        return ServerConf(
            one.file,
            one.line,
            tuple(name for inner in _named(block, "server_name") for name in inner.args),
            tuple(self._listen(inner) for inner in _named(block, "listen") if inner.args),
            root,
            tuple(self._locations(block, logs, root)),
            logs,
        )

    def _listen(self, one: Directive) -> Listen:
        host, port = self._endpoint(one, one.args[0], any_address="*")
        words = one.args[1:]
        default = "default_server" in words or "default" in words
        return Listen(host or "*", port, one.file, one.line, default, "ssl" in words)

    def _locations(
        self, block: Sequence[Directive], inherited: tuple[AccessLog, ...], around: str | None
    ) -> Iterator[LocationConf]:
        """Yield locations, each before those in it; the tree's depth is bounded."""
        for one in _named(block, "location"):
            inner = one.block or ()
            logs = self._logs(inner, inherited)
            root = _value(inner, "root") or around
            target = _value(inner, "proxy_pass")
            yield LocationConf(
                " ".join(one.args),
                one.file,
                one.line,
                None if target is None else mask_secrets(target),
                root,
                logs,
            )
            yield from self._locations(inner, logs, root)


def _log(one: Directive) -> AccessLog:
    path, *words = one.args
    is_format = bool(words) and "=" not in words[0] and words[0] not in ("gzip",)
    name = words[0] if is_format else "combined"
    return AccessLog(path, one.file, one.line, name, tuple(words[is_format:]))


def _all_logs(servers: Sequence[ServerConf]) -> Iterator[AccessLog]:
    for server in servers:
        yield from server.access_logs
        for location in server.locations:
            yield from location.access_logs


def _named(block: Sequence[Directive], name: str) -> Iterator[Directive]:
    return (one for one in block if one.name == name)


def _first(one: Directive) -> str | None:
    return one.args[0] if one.args else None


def _value(block: Sequence[Directive], name: str) -> str | None:
    return next((one.args[0] for one in _named(block, name) if one.args), None)
