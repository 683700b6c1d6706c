"""nginx's files: the balancer's on the LBs, the site's on the web nodes."""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.procedures.paths import WEB_ROOT

from .header import managed

HEALTH_PORT = 8080
HEALTH_PATH = "/health"
#: The log that the hit log wants, and its format (a line of the README).
HIT_LOG = "/var/log/nginx/haconsole.log"
LOG_FORMAT = (
    r"$msec\t$remote_addr\t$request_method\t$request_uri\t$status\t$upstream_addr"
    r"\t$upstream_status\t$upstream_response_time\t$request_time\t$body_bytes_sent\t$host"
)


@dataclass(frozen=True, slots=True)
class BalancerSettings:
    """What an LB passes on, and to whom. Times are whole seconds.

    ``backends``: addresses, with a port where it is not 80. After ``max_fails`` failures within
    ``fail_timeout_s`` nginx leaves a backend out for ``fail_timeout_s``
    (ngx_http_upstream_module). ``ipv6``: listen there, too.
    """

    backends: tuple[str, ...]
    port: int = 80
    max_fails: int = 1
    fail_timeout_s: int = 10
    connect_timeout_s: int = 1
    read_timeout_s: int = 5
    ipv6: bool = False


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What a web node serves."""

    root: str = WEB_ROOT
    port: int = 80
    ipv6: bool = False


def balancer_conf(settings: BalancerSettings) -> str:
    """Return the server that passes requests on to the web nodes.

    It is the default server, so that no other of the distribution's comes before it.
    """
    limits = f"max_fails={settings.max_fails} fail_timeout={settings.fail_timeout_s}s"
    servers = "".join(f"    server {backend} {limits};\n" for backend in settings.backends)
    return managed(f"""\
upstream kd {{
{servers}}}

server {{
{_listen(settings.port, ipv6=settings.ipv6)}    server_name _;

    location / {{
        proxy_pass http://kd;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout {settings.connect_timeout_s}s;
        proxy_read_timeout {settings.read_timeout_s}s;
    }}
}}
""")


def health_conf(port: int = HEALTH_PORT) -> str:
    """Return the local server that the check asks."""
    return managed(f"""\
# What the check script of keepalived asks.
server {{
    listen 127.0.0.1:{port};
    access_log off;

    location = {HEALTH_PATH} {{
        default_type text/plain;
        return 200 "ok\\n";
    }}
}}
""")


def log_conf() -> str:
    """Return the log format that tells the hit log everything, and where it is written.

    Beside the ``access_log`` of nginx.conf, on the same level: both are written
    (ngx_http_log_module), so what reads the distribution's log goes on reading it.
    """
    return managed(f"""\
log_format haconsole escape=default '{LOG_FORMAT}';
access_log {HIT_LOG} haconsole;
""")


def web_conf(settings: WebSettings) -> str:
    """Return the server of a web node."""
    return managed(f"""\
server {{
{_listen(settings.port, ipv6=settings.ipv6)}    server_name _;
    root {settings.root};
    index index.html;
}}
""")


def first_page(host: str) -> str:
    """Return a page that says which web node answered (the tutorial's)."""
    return f"{host} {host} {host}\n"


def _listen(port: int, *, ipv6: bool) -> str:
    lines = f"    listen {port} default_server;\n"
    return lines + (f"    listen [::]:{port} default_server;\n" if ipv6 else "")
