"""The whole way by hand, as a learner types it: from bare hosts to a split brain and back.

Commands as the tutorials of this trade have them (yum, here-documents, ``{,.bak}``, ``nohup``);
each works on the demo's hosts, or fails as it does on a real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest

from haconsole.demo.serve import running
from haconsole.inventory import load
from haconsole.lab.topology import Family, LabState
from haconsole.parsers.keepalived_version import Version
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from tests.support.shells import Sitting, sitting

BALANCER = """\
cat > /etc/nginx/conf.d/kd.test.conf <<'EOF'
upstream kd {
  server 10.0.0.51;
  server 10.0.0.52;
}
server {
  listen 80;
  server_name _;
  location / {
    proxy_pass http://kd;
  }
}
EOF"""
WEB = """\
cat >> /etc/nginx/conf.d/kd.test.conf <<EOF
server {
 listen 80;
 server_name _;
 root /code;
 index index.html;
}
EOF"""
LOOP = """\
cat > /server/scripts/check.sh <<\\EOF
#!/bin/sh
while true;do
count=$(ps -C nginx --no-header|wc -l)
if [ $count -eq 0 ];then
    systemctl start nginx
    sleep 1
    count=$(ps -C nginx --no-header|wc -l)
    if [ $count -eq 0 ];then
        systemctl stop keepalived
        exit 1
    fi
fi
    sleep 1
done
EOF"""
DETECTOR = """\
cat >/server/scripts/split.sh <<'EOF'
#!/bin/sh
vip=10.0.0.100
other=10.0.0.10
while true;do
    ping -c 2 -W 3 $other &>/dev/null
    if [ $? -eq 0 -a `ip add|grep "$vip"|wc -l` -eq 1 ];then
        echo "both have it"
    else
        echo "one has it"
    fi
sleep 1
done
EOF"""


def keepalived_conf(name: str, state: str, priority: int) -> str:
    return f"""\
cat > /etc/keepalived/keepalived.conf <<EOF
global_defs {{
    router_id {name}
}}
vrrp_instance VI_1 {{
    state {state}
    interface eth0
    virtual_router_id 50
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass 123456
}}
    virtual_ipaddress {{
        10.0.0.100
    }}
}}
EOF"""


@contextlib.asynccontextmanager
async def seats(*names: str) -> AsyncIterator[tuple[Sitting, ...]]:
    """Bare hosts as they were in the days of keepalived 1.3.5, and somebody at each."""
    async with contextlib.AsyncExitStack() as stack:
        demo = await stack.enter_async_context(
            running(rate=0, state=LabState.FRESH, family=Family.YUM, keepalived=Version(1, 3, 5))
        )
        door = Transport(load(demo.inventory), prompter=NoPrompter(), writable=True)
        await door.start()
        stack.push_async_callback(door.close)
        await asyncio.gather(*(door.wait_up(name) for name in names))
        taken = [await stack.enter_async_context(sitting(door, name)) for name in names]
        yield tuple(taken)


async def set_up_balancer(seat: Sitting, name: str, state: str, priority: int) -> None:
    said = await seat.run("yum -y install keepalived nginx", 60)
    assert "Complete!" in said
    assert "Keepalived v1.3.5" in await seat.run("keepalived -v")
    await seat.run("mv /etc/keepalived/keepalived.conf{,.bak}")
    assert "keepalived.conf.bak" in await seat.run("ls /etc/keepalived")
    await seat.run(keepalived_conf(name, state, priority))
    assert f"priority {priority}" in await seat.run("cat /etc/keepalived/keepalived.conf")
    await seat.run(BALANCER)
    assert "test is successful" in await seat.run("nginx -t")
    await seat.run("systemctl start nginx && systemctl enable nginx")
    await seat.run("systemctl start keepalived && systemctl enable keepalived")
    assert await seat.run("systemctl is-active keepalived nginx") == "active\nactive"


async def has_vip(seat: Sitting, *, yes: bool = True) -> None:
    """Look at the interface until it is as expected (a learner looks twice as well)."""
    async with asyncio.timeout(20):
        while ("10.0.0.100/32" in await seat.run("ip a s eth0")) is not yes:
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_from_bare_hosts_to_a_split_brain_and_back() -> None:
    async with seats("lb01", "lb02", "web01", "web02") as (lb01, lb02, web01, web02):
        await asyncio.gather(
            set_up_balancer(lb01, "lb01", "MASTER", 150),
            set_up_balancer(lb02, "lb02", "BACKUP", 100),
        )
        await has_vip(lb01)
        await has_vip(lb02, yes=False)
        # The master goes, and comes back.
        await lb01.run("systemctl stop keepalived")
        await has_vip(lb01, yes=False)
        await has_vip(lb02)
        await lb01.run("systemctl start keepalived")
        await has_vip(lb01)
        for seat, name in ((web01, "web01"), (web02, "web02")):
            assert "Complete!" in await seat.run("yum -y install nginx", 60)
            # Their firewall is on, as Red Hat's is.
            open_http = "firewall-cmd --permanent --add-service=http && firewall-cmd --reload"
            assert await seat.run(open_http) == "success\nsuccess"
            await seat.run(WEB)
            await seat.run(f'mkdir /code && echo "{name} {name}" > /code/index.html')
            assert "test is successful" in await seat.run("nginx -t")
            await seat.run("systemctl start nginx")
            await seat.run("nginx -s reload")
        answers = await lb02.run("for i in 1 2 3 4; do curl -s 10.0.0.100; done")
        assert sorted(set(answers.splitlines())) == ["web01 web01", "web02 web02"]
        assert "10.0.0.10" in await web01.run("arping -c 1 -I eth0 10.0.0.10")
        await the_looping_check(lb01, lb02)
        await the_split_brain(lb01, lb02)


async def the_looping_check(lb01: Sitting, lb02: Sitting) -> None:
    await lb01.run("mkdir -p /server/scripts")
    await lb01.run(LOOP)
    await lb01.run("chmod +x /server/scripts/check.sh")
    said = await lb01.run("nohup sh /server/scripts/check.sh &")
    assert re.search(r"\[1\] \d+", said)
    await lb01.run("sed -i '$d' /etc/nginx/conf.d/kd.test.conf")
    assert "test failed" in await lb01.run("nginx -t")
    await lb01.run("systemctl stop nginx")
    await has_vip(lb02)
    async with asyncio.timeout(20):
        while await lb01.run("systemctl is-active keepalived") != "inactive":
            await asyncio.sleep(0.1)
    await lb01.run("echo } >> /etc/nginx/conf.d/kd.test.conf")
    await lb01.run("systemctl start nginx && systemctl start keepalived")
    await has_vip(lb01)


async def the_split_brain(lb01: Sitting, lb02: Sitting) -> None:
    await lb02.run("mkdir -p /server/scripts")
    await lb02.run(DETECTOR)
    for seat in (lb01, lb02):
        await seat.run("systemctl start firewalld")
    await has_vip(lb02)
    await has_vip(lb01)
    lb02.type("sh /server/scripts/split.sh\n")
    await lb02.until("^both have it")
    await lb01.run("systemctl stop firewalld")
    lb02.type("\x03")
    await lb02.run("systemctl stop firewalld")
    await has_vip(lb02, yes=False)
    lb02.type("clear\n")
    lb02.type("sh /server/scripts/split.sh\n")
    await lb02.until("^one has it")
    lb02.type("\x03")
    assert "130" in await lb02.run("echo $?")


@pytest.mark.slow
async def test_keepalived_from_source_as_it_is_typed() -> None:
    async with seats("lb01") as (seat,):
        tools = "yum -y install wget gcc make openssl-devel libnl3-devel"
        assert "Complete!" in await seat.run(tools, 60)
        official = "wget https://www.keepalived.org/software/keepalived-2.1.2.tar.gz"
        assert "unable to resolve host address" in await seat.run(official)
        await seat.run("wget http://mirror/source/keepalived-2.2.7.tar.gz")
        await seat.run("tar xf keepalived-2.2.7.tar.gz && cd keepalived-2.2.7")
        built = await seat.run("./configure --prefix=/usr/local/keepalived", 60)
        assert "Keepalived version       : 2.2.7" in built
        await seat.run("make && make install", 60)
        await seat.run("ln -s /usr/local/keepalived/sbin/keepalived /usr/sbin")
        assert "Keepalived v" in await seat.run("keepalived -v")
        # Built for another prefix, it looks for its file elsewhere: the unit does not start.
        await seat.run("mkdir /etc/keepalived")
        await seat.run("cp /usr/local/keepalived/etc/keepalived/keepalived.conf* /etc/keepalived/")
        said = await seat.run("systemctl daemon-reload; systemctl start keepalived")
        assert "Job for keepalived.service failed" in said
        said = await seat.run("systemctl status keepalived")
        assert "Unable to find configuration file /usr/local/keepalived/" in said
