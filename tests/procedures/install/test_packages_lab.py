"""Packages on real hosts of both families: rolled back, and what can stand in their way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from haconsole.lab.api import LabHandle
from haconsole.procedures.install import packages_shell
from haconsole.procedures.progress import RunStatus

from ..driving import driving, files_of, problem_of, told

pytestmark = [pytest.mark.lab, pytest.mark.slow]


async def test_a_roll_back_takes_out_what_the_run_put_in(fresh: LabHandle) -> None:
    files = files_of(fresh, "web01")
    async with driving(fresh) as console:
        run = await console.apply("install-nginx", hosts="web01")
        progress = await run.roll_back()
        assert progress.status is RunStatus.ROLLED_BACK, told(run)
        await console.apply("remove", hosts="web01")  # the notes that a roll-back may leave
    assert files_of(fresh, "web01") == files


@contextlib.contextmanager
def _trouble(lab: LabHandle, host: str, begin: str, end: str) -> Iterator[None]:
    begun = lab.exec(host, ["sh", "-c", begin])
    assert begun.returncode == 0, begun.stderr
    try:
        yield
    finally:
        ended = lab.exec(host, ["sh", "-c", end])
        assert ended.returncode == 0, ended.stderr


async def _fails(lab: LabHandle, name: str = "install-nginx", **given: str) -> tuple[str, str]:
    async with driving(lab) as console:
        run = await console.run(name, hosts="web02", **given)
        assert run.progress.status is RunStatus.FAILED
        assert not list(lab.exec("web02", ["sh", "-c", "ls /run/haconsole.*"]).stdout)
        return problem_of(run)


_HOLD = """\
cat >/tmp/holder.py <<'END'
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.lockf(file, fcntl.LOCK_EX)
open("/tmp/held", "w").close()
time.sleep(600)
END
rm -f /tmp/held; setsid python3 /tmp/holder.py {lock} >/dev/null 2>&1 &
echo $! >/tmp/holder.pid
i=0; while [ ! -e /tmp/held ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i+1)); done; [ -e /tmp/held ]
"""
_LET_GO = "kill $(cat /tmp/holder.pid); rm -f /tmp/holder.py /tmp/held /tmp/holder.pid"


async def test_a_held_lock_is_told_with_its_holder(
    fresh: LabHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages_shell, "LOCK_WAIT_S", 1)
    apt = fresh.record.family == "apt"
    lock = "/var/lib/dpkg/lock-frontend" if apt else "$(rpm --eval %_dbpath)/.rpm.lock"
    with _trouble(fresh, "web02", _HOLD.format(lock=lock), _LET_GO):
        step, said = await _fails(fresh)
    assert step == "install nginx@web02"
    assert "lock" in said and "try again" in said
    if apt:
        assert "python3" in said and "process " in said


async def test_an_unreachable_repository_is_told(fresh: LabHandle) -> None:
    with _trouble(
        fresh,
        "mirror",
        "systemctl stop mirror",
        "systemctl start mirror; i=0; until curl -fs -o /dev/null http://127.0.0.1/ || "
        "[ $i -gt 100 ]; do sleep 0.05; i=$((i+1)); done",
    ):
        fresh.exec("web02", ["sh", "-c", "rm -rf /var/cache/dnf /var/lib/apt/lists/*Packages*"])
        step, said = await _fails(fresh)
    assert step == "fetch package lists for nginx@web02"
    assert said.startswith("A repository cannot be reached:") and "mirror" in said


async def test_a_version_that_is_not_offered_is_told_with_those_that_are(
    fresh: LabHandle,
) -> None:
    step, said = await _fails(fresh, version="9.9-9")
    assert step == "install nginx@web02"
    assert said.startswith("The repositories do not offer nginx in version 9.9-9; they offer: 1.2")


async def test_a_held_package_is_told(fresh_apt: LabHandle) -> None:
    with _trouble(fresh_apt, "web02", "apt-mark hold nginx", "apt-mark unhold nginx"):
        step, said = await _fails(fresh_apt)
    assert step == "install nginx@web02" and said.startswith("nginx is held on this host")


async def test_a_full_disk_is_told(fresh: LabHandle) -> None:
    where = "/var/cache/apt" if fresh.record.family == "apt" else "/var/cache/dnf"
    with _trouble(
        fresh,
        "web02",
        f"mkdir -p {where} && mount -t tmpfs -o size=128k none {where}",
        f"umount {where}",
    ):
        _, said = await _fails(fresh)
    assert said.startswith("The disk is full: make room")


async def test_a_read_only_file_system_is_told(fresh: LabHandle) -> None:
    with _trouble(
        fresh,
        "web02",
        "mount --bind /usr /usr && mount -o remount,ro,bind /usr",
        "umount -l /usr",  # what was started meanwhile runs from there
    ):
        async with driving(fresh) as console:
            facts = (await console.ground()).facts.host("web02")
            assert facts.read_only
        step, said = await _fails(fresh)
    assert step == "install nginx@web02" and said.startswith("The file system is read-only")


async def test_a_port_in_use_is_told_with_its_holder(fresh: LabHandle) -> None:
    with _trouble(
        fresh,
        "web02",
        "cd /tmp; setsid python3 -m http.server 80 >/dev/null 2>&1 & echo $! >/tmp/web.pid; "
        "i=0; until ss -ltn | grep -q ':80 ' || [ $i -gt 100 ]; do sleep 0.05; i=$((i+1)); done",
        "kill $(cat /tmp/web.pid); rm /tmp/web.pid",
    ):
        step, said = await _fails(fresh)
    assert step == "port 80@web02"
    assert said.startswith("Port 80 is in use by python3 (process ")
