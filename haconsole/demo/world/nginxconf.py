"""nginx's configuration: a small reader, and ``nginx -t``'s words for what is wrong."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass, field

from haconsole.demo.system.files import Files

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>#[^\n]*)|(?P<mark>[{};])"
    r"|'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\""
    r"|(?P<word>(?:\$\{\w+\}|\\.|[^\s{};#'\"])(?:\$\{\w+\}|\\.|[^\s{};])*)",
    re.DOTALL,
)
_BLOCKS = frozenset(("events", "http", "server", "location", "upstream", "map", "stream", "if",
                     "types", "geo", "split_clients", "limit_except"))  # fmt: skip
_SIMPLE = frozenset(
    """user worker_processes pid error_log worker_connections multi_accept use daemon
    master_process include default_type sendfile tcp_nopush tcp_nodelay types_hash_max_size
    server_tokens keepalive_timeout gzip gzip_vary gzip_proxied gzip_types gzip_comp_level
    log_format access_log listen server_name root index proxy_pass proxy_set_header
    proxy_connect_timeout proxy_read_timeout proxy_send_timeout proxy_next_upstream
    proxy_http_version proxy_buffering return rewrite try_files ip_hash least_conn keepalive
    server_names_hash_bucket_size client_max_body_size ssl_protocols
    ssl_prefer_server_ciphers ssl_certificate ssl_certificate_key charset expires add_header
    allow deny autoindex error_page stub_status zone hash resolver set real_ip_header
    worker_rlimit_nofile alias internal types_hash_bucket_size keepalive_requests
    proxy_next_upstream_tries open_log_file_cache""".split()  # noqa: SIM905 - a list of words
)


class ConfError(Exception):
    """The configuration cannot be used; the text is nginx's, with file and line."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive; ``block`` where it has one."""

    name: str
    args: tuple[str, ...]
    file: str
    line: int
    block: tuple[Directive, ...] | None = None

    def all(self, name: str) -> list[Directive]:
        """Return the directives of a name in the block."""
        return [one for one in self.block or () if one.name == name]

    def last(self, name: str) -> Directive | None:
        """Return the last directive of a name in the block."""
        found = self.all(name)
        return found[-1] if found else None


@dataclass(slots=True)
class _Reader:
    files: Files
    depth: int = 0
    tokens: list[tuple[str, str, int]] = field(default_factory=list)
    #: What was read, in its order; a file that is included twice once.
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, path: str) -> tuple[Directive, ...]:
        try:
            text = self.files.read(path).decode("utf-8", "replace")
        except OSError:
            raise ConfError(f'open() "{path}" failed (2: No such file or directory)') from None
        self.texts.setdefault(path, text)
        tokens = _tokens(text, path)
        found, rest = self._block(tokens, 0, path, inside=False, last=text.count("\n") + 1)
        assert rest == len(tokens)  # noqa: S101 - the reader ends at the end
        return found

    def _block(
        self, tokens: list[tuple[str, str, int]], at: int, path: str, *, inside: bool, last: int
    ) -> tuple[tuple[Directive, ...], int]:
        found: list[Directive] = []
        words: list[tuple[str, int]] = []
        while at < len(tokens):
            kind, text, line = tokens[at]
            at += 1
            if kind == "word":
                words.append((text, line))
                continue
            where = f"in {path}:{line}"
            if text == "}":
                if words:
                    raise ConfError(f'unexpected "}}" {where}')
                if not inside:
                    raise ConfError(f'unexpected "}}" {where}')
                return tuple(found), at
            if not words:
                raise ConfError(f'unexpected "{text}" {where}')
            name, args = words[0][0], tuple(word for word, _ in words[1:])
            words, begun = [], words[0][1]
            if text == "{":
                if name not in _BLOCKS:
                    self._known(name, path, begun, block=True)
                block, at = self._block(tokens, at, path, inside=True, last=last)
                found.append(Directive(name, args, path, begun, block))
                continue
            self._known(name, path, line, block=False)
            if name == "include":
                found += self._include(args[0], path, line)
            else:
                found.append(Directive(name, args, path, begun))
        if words or inside:
            expected = '";" or "}"' if words else '"}"'
            raise ConfError(f"unexpected end of file, expecting {expected} in {path}:{last}")
        return tuple(found), at

    @staticmethod
    def _known(name: str, path: str, line: int, *, block: bool) -> None:
        if name in _BLOCKS and not block and name != "server":
            raise ConfError(f'directive "{name}" has no opening "{{" in {path}:{line}')
        if name in _SIMPLE and block:
            raise ConfError(f'directive "{name}" is not terminated by ";" in {path}:{line}')
        if name not in _SIMPLE and name not in _BLOCKS:
            raise ConfError(f'unknown directive "{name}" in {path}:{line}')

    def _include(self, pattern: str, path: str, line: int) -> list[Directive]:
        if not pattern.startswith("/"):
            pattern = posixpath.join("/etc/nginx", pattern)
        folder, name = posixpath.split(pattern)
        if pattern == "/etc/nginx/mime.types" or self.depth > 8:
            return []
        if not any(char in name for char in "*?["):
            if not self.files.exists(pattern):
                raise ConfError(
                    f'open() "{pattern}" failed (2: No such file or directory) in {path}:{line}'
                )
            names = [name]
        else:
            there = self.files.listdir(folder) if self.files.is_dir(folder) else []
            names = sorted(one for one in there if fnmatch.fnmatchcase(one, name))
        found: list[Directive] = []
        self.depth += 1
        for one in names:
            found += self.read(posixpath.join(folder, one))
        self.depth -= 1
        return found


def _tokens(text: str, path: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConfError(
                f'unexpected end of file, expecting ";" or "}}" in {path}:{text.count(chr(10)) + 1}'
            )
        kind = match.lastgroup or ""
        if kind == "mark":
            found.append(("mark", match[0], line))
        elif kind in ("single", "double"):
            found.append(("word", _unescaped(match[kind]), line))
        elif kind == "word":
            found.append(("word", match[0], line))
        line += match[0].count("\n")
        at = match.end()
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"t": "\t", "n": "\n", "r": "\r"}.get(m[1], m[1]), text)


def read_conf(files: Files, path: str = "/etc/nginx/nginx.conf") -> Directive:
    """Read the whole configuration; the result's block is the file. Raises ``ConfError``."""
    return Directive("", (), path, 0, _Reader(files).read(path))


def dump_conf(files: Files, path: str = "/etc/nginx/nginx.conf") -> str:
    """Return what ``nginx -T`` prints of a configuration that is right (``ngx_dump_config``)."""
    reader = _Reader(files)
    reader.read(path)
    return "".join(f"# configuration file {one}:\n{text}\n" for one, text in reader.texts.items())


@dataclass(frozen=True, slots=True)
class Upstream:
    """One ``upstream``: its servers with weight, ``max_fails`` and ``fail_timeout`` (s)."""

    name: str
    servers: tuple[tuple[str, int, int, float], ...]


@dataclass(frozen=True, slots=True)
class Location:
    """One ``location``: what it does with a request."""

    path: str
    exact: bool
    proxy_pass: str | None
    returns: tuple[int, str] | None
    root: str
    index: str
    content_type: str
    connect_timeout_s: float
    read_timeout_s: float


@dataclass(frozen=True, slots=True)
class Server:
    """One ``server``. ``logs``: (file, format) of its access logs."""

    listens: tuple[tuple[str, int], ...]
    names: tuple[str, ...]
    locations: tuple[Location, ...]
    logs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What a configuration serves."""

    servers: tuple[Server, ...]
    upstreams: dict[str, Upstream]


#: ngx_http_log_module: the format that is always there.
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" '
    '$status $body_bytes_sent "$http_referer" "$http_user_agent"'
)


def understand(conf: Directive) -> Site:
    """Return what a configuration serves; ``ConfError`` for what only shows then."""
    servers: list[Server] = []
    upstreams: dict[str, Upstream] = {}
    for http in conf.all("http"):
        formats = {"combined": COMBINED}
        for one in http.all("log_format"):
            parts = [a for a in one.args[1:] if not a.startswith("escape=")]
            formats[one.args[0]] = "".join(parts)
        for one in http.all("upstream"):
            upstreams[one.args[0]] = _upstream(one)
        outer = _logs(http, formats) or (("/var/log/nginx/access.log", COMBINED),)
        servers += [_server(one, http, formats, outer, upstreams) for one in http.all("server")]
    return Site(tuple(servers), upstreams)


def _upstream(one: Directive) -> Upstream:
    servers = []
    for server in one.all("server"):
        options = dict(word.partition("=")[::2] for word in server.args[1:])
        address = server.args[0] if ":" in server.args[0] else f"{server.args[0]}:80"
        if "down" not in options:
            servers.append((
                address, int(options.get("weight", "1")), int(options.get("max_fails", "1")),
                _seconds(options.get("fail_timeout", "10s")),
            ))  # fmt: skip
    return Upstream(one.args[0], tuple(servers))


def _logs(block: Directive, formats: dict[str, str]) -> tuple[tuple[str, str], ...] | None:
    found: list[tuple[str, str]] = []
    for one in block.all("access_log"):
        if one.args[0] == "off":
            return ()
        name = one.args[1] if len(one.args) > 1 and "=" not in one.args[1] else "combined"
        if name not in formats:
            raise ConfError(f'unknown log format "{name}" in {one.file}:{one.line}')
        found.append((one.args[0], formats[name]))
    return tuple(found) or None


def _server(
    one: Directive, http: Directive, formats: dict[str, str],
    outer: tuple[tuple[str, str], ...], upstreams: dict[str, Upstream],
) -> Server:  # fmt: skip
    listens = []
    for listen in one.all("listen"):
        text = listen.args[0]
        host, colon, port = text.rpartition(":")
        if text.isdigit():
            host, port = "", text
        elif not colon:
            host, port = text, "80"
        listens.append((host.strip("[]*"), int(port)))
    logs = _logs(one, formats)
    plain = Directive("location", ("/",), one.file, one.line, one.block)
    blocks = [*one.all("location"), plain]
    locations = tuple(_location(block, one, http, upstreams) for block in blocks)
    names = tuple(word for name in one.all("server_name") for word in name.args)
    return Server(tuple(listens) or (("", 80),), names, locations, outer if logs is None else logs)


def _location(
    one: Directive, server: Directive, http: Directive, upstreams: dict[str, Upstream]
) -> Location:
    exact = one.args[0] == "="
    passes, returns = one.last("proxy_pass"), one.last("return")
    if passes is not None:
        host = passes.args[0].partition("://")[2].partition("/")[0].partition(":")[0]
        if host not in upstreams and not re.match(r"[\d.]+\Z|localhost\Z|\$", host):
            raise ConfError(f'host not found in upstream "{host}" in {passes.file}:{passes.line}')

    def nearest(name: str, default: str) -> str:
        for block in (one, server, http):
            if (found := block.last(name)) and found.args:
                return " ".join(found.args) if name == "index" else found.args[0]
        return default

    return Location(
        path=one.args[-1] if one.args else "/",
        exact=exact,
        proxy_pass=passes.args[0] if passes else None,
        returns=(int(returns.args[0]), returns.args[1] if len(returns.args) > 1 else "")
        if returns and returns.args[0].isdigit() else None,
        root=nearest("root", "/usr/share/nginx/html"),
        index=nearest("index", "index.html"),
        content_type=nearest("default_type", "text/plain"),
        connect_timeout_s=_seconds(nearest("proxy_connect_timeout", "60s")),
        read_timeout_s=_seconds(nearest("proxy_read_timeout", "60s")),
    )  # fmt: skip


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+)(ms|s|m|h)?", text)
    if match is None:
        return 60.0
    return int(match[1]) * {"ms": 1e-3, "m": 60.0, "h": 3600.0}.get(match[2] or "s", 1.0)
