"""The model's processes: signals, stops, ends, orphans, zombies, pipes, /proc."""

from __future__ import annotations

import asyncio
import re

import pytest

from haconsole.demo.system.process import Disposition
from haconsole.demo.system.signals import Sig, name_of, parse
from haconsole.demo.system.streams import Collector, Null, make_pipe
from tests.demo.system.hosts import ENV
from tests.support.waiting import until


async def test_a_stopped_process_takes_no_step_until_it_is_continued(host):
    ticks = []

    async def ticking(inv):
        async def beside():
            while True:
                await inv.sleep(0.001)
                ticks.append("beside")

        inv.start(beside())
        while True:
            await inv.sleep(0.001)
            ticks.append("main")

    process = host.spawn(["ticking"], program=ticking)
    await until(lambda: len(ticks) > 6)
    process.signal(Sig.STOP)
    assert process.state == "T"
    before = len(ticks)
    await asyncio.sleep(0.05)
    assert len(ticks) == before
    process.signal(Sig.TERM)
    await asyncio.sleep(0.01)
    assert process.alive, "a stopped process hears TERM when it is continued"
    process.signal(Sig.CONT)
    assert await process.wait() == 143
    assert {"main", "beside"} == set(ticks)


async def test_a_stopped_process_can_be_killed(host):
    process = host.spawn(["sleep", "1000"])
    process.signal(Sig.STOP)
    await asyncio.sleep(0)
    process.signal(Sig.KILL)
    assert (await process.wait(), process.killed_by) == (137, Sig.KILL)
    await until(lambda: not process.tasks)


async def test_a_time_limit_that_passed_while_stopped_strikes_afterwards(host):
    outcome = []

    async def limited(inv):
        try:
            async with asyncio.timeout(0.02):
                await inv.sleep(1000)
        except TimeoutError:
            outcome.append("limit")
        return 0

    process = host.spawn(["limited"], program=limited)
    await asyncio.sleep(0)
    process.signal(Sig.STOP)
    await asyncio.sleep(0.05)
    assert not outcome
    process.signal(Sig.CONT)
    assert await process.wait() == 0
    assert outcome == ["limit"]


async def test_handlers_run_and_ignored_signals_are_inherited(host):
    heard: list = []

    async def hearing(inv):
        inv.process.on_signal(Sig.HUP, heard.append)
        inv.process.on_signal(Sig.TERM, Disposition.IGNORE)
        child = inv.spawn(["sleep", "1000"])
        heard.append(child)
        await inv.sleep(1000)
        return 0

    process = host.spawn(["hearing"], program=hearing)
    await until(lambda: heard)
    child = heard.pop()
    for each in (process, child):
        each.signal(Sig.TERM)
    process.signal(Sig.HUP)
    child.signal(Sig.HUP)
    assert heard == [Sig.HUP]
    assert (process.alive, child.alive) == (True, False)
    with pytest.raises(OSError, match="Invalid argument"):
        process.on_signal(Sig.KILL, heard.append)


async def test_orphans_go_to_init_and_zombies_wait_for_their_parent(host):
    children = []

    async def parent(inv):
        children.append(inv.spawn(["sleep", "1000"]))
        children.append(inv.spawn(["true"]))
        await inv.sleep(1000)
        return 0

    process = host.spawn(["parent"], program=parent)
    await until(lambda: len(children) == 2 and not children[1].alive)
    orphan, zombie = children
    assert host.processes.get(zombie.pid) is zombie
    assert zombie.state == "Z"
    process.signal(Sig.KILL)
    assert host.processes.get(zombie.pid) is None
    assert (orphan.ppid, orphan.alive) == (1, True)
    orphan.signal(Sig.TERM)
    assert host.processes.get(orphan.pid) is None


async def test_kill_reaches_groups_and_respects_users(host):
    group = host.spawn(["sh", "-c", "sleep 1000 & sleep 1000; :"], uid=1000, new_session=True)
    other = host.spawn(["sleep", "1000"], uid=1001)
    await until(lambda: len(host.processes.group(group.pgid)) == 3)
    with pytest.raises(PermissionError):
        host.processes.kill(group.pid, Sig.TERM, other)
    with pytest.raises(ProcessLookupError):
        host.processes.kill(31999, 0)
    host.processes.killpg(group.pgid, Sig.KILL)
    assert not host.processes.group(group.pgid)
    assert other.alive


async def test_a_pipe_ends_and_breaks_as_it_should(host):
    reader, writer = make_pipe(10)
    out = Collector()
    source = host.spawn(["yes"], fds={0: Null(), 1: writer, 2: Collector()})
    sink = host.spawn(["head", "-n", "3"], fds={0: reader, 1: out, 2: Collector()})
    assert await sink.wait() == 0
    assert out.data == b"y\ny\ny\n"
    assert await source.wait() == 128 + Sig.PIPE
    reader, writer = make_pipe()
    writer.share()
    cat = host.spawn(["cat"], fds={0: reader, 1: out, 2: Collector()})
    await writer.write(b"rest")
    writer.release()
    assert await cat.wait() == 0
    assert out.data.endswith(b"rest")


async def test_proc_shows_the_processes(host):
    process = host.spawn(["sleep", "1000"], uid=1000)
    await asyncio.sleep(0)
    read = host.files.read_text
    stat = read(f"/proc/{process.pid}/stat")
    assert re.match(rf"{process.pid} \(sleep\) S 1 1 1 0 -1 ", stat)
    assert len(stat.rpartition(")")[2].split()) == 50
    assert read(f"/proc/{process.pid}/comm") == "sleep\n"
    assert read(f"/proc/{process.pid}/cmdline") == "sleep\x001000\x00"
    assert read(f"/proc/{process.pid}/root/etc/hostname") == "lb01\n"
    assert "Uid:\t1000\t" in read(f"/proc/{process.pid}/status")
    assert str(process.pid) in host.files.listdir("/proc")
    assert f"btime {int(host.boot_at)}\n" in read("/proc/stat")
    assert re.fullmatch(r"0\.02 0\.04 0\.05 \d+/\d+ \d+\n", read("/proc/loadavg"))
    _, out, _ = await host.run(["sh", "-c", "read -r pid rest </proc/self/stat; echo $pid $$"])
    assert len(set(out.split())) == 1
    process.signal(Sig.KILL)
    assert not host.files.exists(f"/proc/{process.pid}/stat")


async def test_a_bug_in_a_program_is_loud(host):
    said = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: said.append(context["message"]))

    async def broken(inv):
        raise ValueError("bug")

    try:
        assert await host.spawn(["broken"], program=broken).wait() == 134
    finally:
        loop.set_exception_handler(None)
    assert said == ["['broken'] failed in the demo"]


async def test_a_program_may_be_copied_moved_and_removed_like_a_file(host):
    script = "cp /usr/bin/id /opt/me && /opt/me -u; rm /usr/bin/id; id; echo $?; mv /opt/me /bin/id; id -u"
    status, out, err = await host.run(["sh", "-c", script], env=ENV)
    assert (status, out, err) == (0, b"0\n127\n0\n", b"sh: 1: id: not found\n")


def test_signals_have_names_and_numbers():
    for text in ("TERM", "SIGTERM", "15", "sigterm"):
        assert parse(text) == Sig.TERM
    assert (parse("RTMIN+2"), name_of(36), parse("nope"), parse("0")) == (36, "RTMIN+2", None, 0)
