"""The very texts that the console sends, run on a modelled host."""

from __future__ import annotations

import asyncio
import re

import pytest

from haconsole.demo.system.streams import Collector, make_pipe
from haconsole.demo.system.tools import times
from haconsole.demo.system.tools.sums import posix_crc
from haconsole.monitor import clock
from haconsole.monitor.daemon import DaemonReader
from haconsole.monitor.firewall import FINGERPRINT
from haconsole.monitor.full import FullReading
from haconsole.monitor.hitlog import Finder, Found, follow
from haconsole.monitor.sections import split
from haconsole.transport.commands import Result
from haconsole.transport.wrappers import (
    frame,
    launch,
    shell_body,
    shell_preamble,
    solo_body,
    solo_script,
)
from tests.demo.system.hosts import ENV
from tests.support.sshsite import SshSite
from tests.support.waiting import until

NONCE = "hac0123456789"


@pytest.fixture(autouse=True)
def hasty(host):
    """Let ``sleep`` take a twentieth of its time: the wrappers wait two seconds at their end."""

    async def quick(inv):
        inv.argv = [inv.argv[0], *(str(float(word) / 20) for word in inv.args)]
        return await times.sleep(inv)

    host.programs.install("sleep", quick, "/bin/sleep")


class Wrapped:
    """A wrapped process on a host, fed as a channel feeds it."""

    def __init__(self, host, body: str, become: str = "", *, leads: bool = True, uid: int = 0):
        reader, self._writer = make_pipe()
        self._writer.share()
        self.out, self.err = Collector(), Collector()
        self.host = host
        self.process = host.spawn(
            ["sh", "-c", launch(body, become)],
            fds={0: reader, 1: self.out, 2: self.err},
            env=ENV,
            uid=uid,
            new_session=leads,
        )

    async def put(self, data: bytes) -> None:
        await self._writer.write(data)

    def close(self) -> None:
        self._writer.release()

    @property
    def text(self) -> str:
        return self.out.data.decode()

    async def framed(self, script: str) -> tuple[int, str]:
        self.out.data.clear()
        self.err.data.clear()
        await self.put(frame(script, NONCE))
        mark = f"\x1e{NONCE} "
        await until(lambda: self.text.count("\x1e") == 2 and b"\x1e" in self.err.data)
        output, _, rest = self.text.partition(mark)
        return int(rest.removesuffix("\x1e")), output


def result_of(output: bytes, status: int = 0) -> Result:
    return Result(status, output.decode(), "", 1000.0, 0.01)


@pytest.mark.parametrize("leads", [True, False], ids=["leader", "setsid"])
@pytest.mark.parametrize(
    ("become", "uid", "given"),
    [("", 0, b""), ("sudo -n", 1000, b""), ("sudo -S -k -p hac1f%%:", 1001, b"right\n")],
)
async def test_the_long_lived_shell(host, become, uid, given, leads):
    wrapped = Wrapped(host, shell_body(NONCE), become, leads=leads, uid=uid)
    await wrapped.put(given)
    await until(lambda: wrapped.text == f"{NONCE}\n")
    await wrapped.put(shell_preamble())
    assert await wrapped.framed("id -u; cd /tmp; x=1; exit 3") == (3, "0\n")
    assert await wrapped.framed("pwd; echo $x$TERM") == (0, "/\ndumb\n")
    assert await wrapped.framed("echo plain words") == (0, "plain words\n")
    assert await wrapped.framed("it's broken") == (2, "")
    assert await wrapped.framed("sleep 1000 & echo in") == (0, "in\n")
    assert host.processes.find("sleep")
    wrapped.close()
    await until(lambda: len(host.processes) == 1)


async def test_a_script_with_its_input_on_a_channel_of_its_own(host):
    wrapped = Wrapped(host, solo_body(NONCE, 5, 45))
    await wrapped.put(solo_script("echo 'first  line'\n  cat; exit 4", NONCE) + b"input" + b"...")
    await wrapped.process.wait()
    assert wrapped.text == f"{NONCE}\nfirst  line\ninput\x1e{NONCE} 4\x1e"
    wrapped.close()
    await until(lambda: len(host.processes) == 1)


@pytest.mark.parametrize("missing", [(), ("timeout",), ("head", "timeout")])
async def test_a_stream_ends_with_its_input_whatever_tools_there_are(host, missing):
    for name in missing:
        host.files.unlink(f"/usr/bin/{name}")
    wrapped = Wrapped(host, solo_body(NONCE, 0, 45))
    await wrapped.put(solo_script("echo on; sleep 1000", NONCE))
    await until(lambda: wrapped.text.endswith("on\n"))
    wrapped.close()
    await until(lambda: len(host.processes) == 1)


async def test_a_stream_ends_when_heartbeats_lapse(host):
    wrapped = Wrapped(host, solo_body(NONCE, 0, 0.3))
    await wrapped.put(solo_script("echo on; trap '' TERM; sleep 1000", NONCE))
    await until(lambda: wrapped.text.endswith("on\n"))
    for _ in range(10):
        await wrapped.put(b".")
        await asyncio.sleep(0.05)
    assert host.processes.find("sleep"), "heartbeats keep it alive"
    await until(lambda: not host.processes.find("sleep"))
    wrapped.close()


async def test_the_full_reading(host, tmp_path):
    async def ip(inv):
        await inv.print(" ".join(inv.args))
        return 0

    host.programs["ip"] = ip
    cluster = SshSite(tmp_path).site.clusters[0]
    reading = FullReading(cluster.lbs[0], cluster)
    status, out, err = await host.run(["sh", "-c", reading.command.script], env=ENV)
    nonce = re.findall(r"<(\w+) address>", out.decode())[0]
    sections = split(out.decode(), nonce)
    assert (status, err) == (0, b"")
    assert sections["address"].text == "-o address show\n"
    assert sections["units"].problem == "systemctl is missing on the node"
    assert sections["load"].text.split()[:3] == ["0.02", "0.04", "0.05"]
    assert sections["cpus"].text == "0-1\n"
    assert float(sections["uptime"].text.split()[0]) >= 0


@pytest.mark.parametrize("pgrep", [True, False], ids=["pgrep", "proc"])
async def test_the_processes_of_a_daemon(host, pgrep):
    if not pgrep:
        host.files.unlink("/usr/bin/pgrep")

    async def child(inv):
        await inv.sleep(1000)
        return 0

    async def keepalived(inv):
        return await inv.spawn(["keepalived"]).wait()

    reader = DaemonReader()
    _, out, _ = await host.run(["sh", "-c", reader.look.script], env=ENV)
    daemon, _, rules = reader.looked(result_of(out), None)
    assert daemon is not None
    assert not daemon.running
    assert re.fullmatch(r"\d+ \d+", rules)
    host.programs["keepalived"] = child
    parent = host.spawn(["keepalived"], program=keepalived)
    await until(lambda: len(host.processes.find("keepalived")) == 2)
    _, out, _ = await host.run(["sh", "-c", reader.look.script], env=ENV)
    assert reader.looked(result_of(out), None)[:2] == (None, True)
    host.processes.killpg(parent.pgid, 19)
    _, out, _ = await host.run(["sh", "-c", reader.look.script], env=ENV)
    daemon, _, _ = reader.looked(result_of(out), None)
    assert daemon is not None
    assert (daemon.frozen, daemon.pid) == (True, parent.pid)


async def test_the_dump_of_a_daemon(host):
    async def keepalived(inv):
        if inv.args:
            await inv.print("10")
            return 0
        written = 0

        def dump(number):
            nonlocal written
            written += 1
            inv.files.write(
                "/tmp/keepalived.data", f"dump {written}\n auth_pass = x\n password = y\n"
            )

        inv.process.on_signal(10, dump)
        await inv.sleep(1000)
        return 0

    host.programs["keepalived"] = keepalived
    reader = DaemonReader()
    host.spawn(["keepalived"])
    await until(lambda: host.processes.find("keepalived"))
    _, out, _ = await host.run(["sh", "-c", reader.look.script], env=ENV)
    reader.looked(result_of(out), None)
    for turn in (1, 2):
        status, out, err = await host.run(["sh", "-c", reader.dump().script], env=ENV)
        assert (status, out, err) == (
            0,
            f"dump {turn}\n auth_pass = x\n password = ***\n".encode(),
            b"",
        )
    host.processes.find("keepalived")[0].signal(19)
    assert (await host.run(["sh", "-c", reader.dump().script], env=ENV))[0] == 6
    host.processes.find("keepalived")[0].signal(9)
    assert (await host.run(["sh", "-c", reader.dump().script], env=ENV))[0] == 3


async def test_finding_and_following_a_hit_log(host):
    log = "/var/log/nginx/haconsole.log"
    host.files.install(log, "".join(f"line {n}\n" for n in range(300)))
    finder = Finder((log, "/var/log/nginx/access.log"))
    _, out, _ = await host.run(["sh", "-c", finder.command.script], env=ENV)
    found, problem = finder.found(out.decode())
    assert [(f.path, len(f.sample), f.polls) for f in found] == [(log, 200, True)]
    assert "cannot open '/var/log/nginx/access.log' for reading" in problem
    collected = Collector()
    host.spawn(["sh", "-c", follow(Found(log, (), True)).script], fds={1: collected})
    await until(lambda: host.processes.find("tail"))
    await asyncio.sleep(0)
    host.files.append(log, "new 1\n")
    await until(lambda: collected.data == b"new 1\n")
    host.files.rename(log, f"{log}.1")
    host.files.append(f"{log}.1", "late\n")
    host.files.write(log, "new 2\n")
    await until(lambda: collected.data == b"new 1\nlate\nnew 2\n")
    host.files.write(log, "3\n")
    await until(lambda: collected.data.endswith(b"new 2\n3\n"))


async def test_the_clock(host):
    _, out, _ = await host.run(["sh", "-c", clock.COMMAND.script], env=ENV)
    assert re.fullmatch(rb"\d{10}\.\d{9}\n", out)
    read = clock.understand(Result(0, out.decode(), "", host.clock(), 0.0))
    assert abs(read.offset_s) < 1


async def test_the_fingerprint_of_no_rules_is_that_of_nothing(host):
    _, out, _ = await host.run(["sh", "-c", FINGERPRINT], env=ENV)
    assert out == b"4294967295 0\n"
    assert posix_crc(b"123456789") == 930766865


async def test_a_look_at_the_processes_starts_few_of_them(host):
    """Counts what is started, not time: the console's readings go on for as long as it does."""
    before = host.processes.forks
    await host.run(["sh", "-c", DaemonReader().look.script], env=ENV)
    assert host.processes.forks - before <= 8
