"""nginx's configuration: what it says about broken ones, and what it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.nginxconf import Upstream
from haconsole.demo.world.proxy import Balancer
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

CONF = "/etc/nginx/conf.d/web.conf"


def story(tell: Callable[[DemoHost], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = DemoCluster(rate=0.001, clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        try:
            await tell(cluster.hosts["web01"])
        finally:
            await cluster.stop()

    run_virtually(main())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("server { listen 81; }", "test is successful"),
        ("server { listen 81;", f'unexpected end of file, expecting "}}" in {CONF}:1'),
        ("server {\nlisten 81\n}", f'unexpected "}}" in {CONF}:3'),
        ("server { listen 81; }\n}", f'unexpected "}}" in {CONF}:2'),
        ("server {\n  lissen 81;\n}", f'unknown directive "lissen" in {CONF}:2'),
        ("server\n{ listen 81; root; ;}", f'unexpected ";" in {CONF}:2'),
        (
            "server { location / { proxy_pass http://nobody; } }",
            f'host not found in upstream "nobody" in {CONF}:1',
        ),
        ("access_log /x missing;\n", f'unknown log format "missing" in {CONF}:1'),
        ("include conf.d/not-there.conf;", "No such file or directory"),
        ("server { listen 81; return 200 '", f'unexpected end of file, expecting ";" or "}}" in {CONF}:1'),
    ],
)  # fmt: skip
def test_dash_t(text: str, words: str) -> None:
    async def tell(host: DemoHost) -> None:
        host.machine.files.write(CONF, text)
        status, said = await host.do("nginx", "-t")
        assert (words in said, status) == (True, 0 if "successful" in words else 1), said

    story(tell)


def test_a_reload_serves_what_is_new_and_a_broken_one_changes_nothing() -> None:
    async def tell(host: DemoHost) -> None:
        host.machine.files.write(CONF, 'server { listen 81; return 201 "new\\n"; }')
        assert (await host.do("systemctl", "reload", "nginx"))[0] == 0
        await asyncio.sleep(0.1)
        assert await host.do("curl", "-s", "http://127.0.0.1:81/") == (0, "new\n")
        host.machine.files.write(CONF, "server {")
        assert (await host.do("systemctl", "reload", "nginx"))[0] == 1
        assert (await host.do("curl", "-s", "http://127.0.0.1:81/"))[0] == 0
        assert (await host.do("curl", "-s", "http://127.0.0.1/"))[1] == "web01 web01 web01\n"

    story(tell)


def test_another_file_than_its_own_is_tested() -> None:
    async def tell(host: DemoHost) -> None:
        other = "/etc/nginx/nginx.conf.other"
        await host.do("cp", "-a", "/etc/nginx/nginx.conf", other)
        assert (await host.do("nginx", "-t", "-c", other))[0] == 0
        host.machine.files.append(other, "\n} # one too many\n")
        status, said = await host.do("nginx", "-t", "-c", other)
        assert (status, 'unexpected "}" in /etc/nginx/nginx.conf.other' in said) == (1, True)
        assert (await host.do("nginx", "-t"))[0] == 0

    story(tell)


def test_files_that_are_not_there() -> None:
    async def tell(host: DemoHost) -> None:
        for uri, status in (("/", "200"), ("/nothing", "404"), ("/../etc/passwd", "404")):
            said = await host.do("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                 f"http://127.0.0.1{uri}")  # fmt: skip
            assert said == (0, status)

    story(tell)


def test_smooth_weighted_round_robin_is_nginxs() -> None:
    servers = (("a", 5, 1, 10.0), ("b", 1, 1, 10.0), ("c", 1, 1, 10.0))
    balancer = Balancer.of(Upstream("u", servers))
    picked = [peer.address for _ in range(7) if (peer := balancer.pick(0.0, set()))]
    # The example of nginx's own change (52327e0627f4): a a b a c a a.
    assert "".join(picked) == "aabacaa"


def test_a_server_that_failed_is_left_out_for_its_time() -> None:
    balancer = Balancer.of(Upstream("u", (("a", 1, 1, 10.0), ("b", 1, 1, 10.0))))
    first = balancer.peers[0]
    first.fails, first.checked_at = 1, 100.0
    picked = {peer.address for _ in range(6) if (peer := balancer.pick(105.0, set()))}
    assert picked == {"b"}
    picked = {peer.address for _ in range(6) if (peer := balancer.pick(111.0, set()))}
    assert picked == {"a", "b"}
