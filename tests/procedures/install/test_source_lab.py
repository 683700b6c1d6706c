"""keepalived built from source on real hosts: killed, found again, upgraded, taken back."""

from __future__ import annotations

import contextlib
import hashlib
import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from haconsole.lab.api import LabHandle
from haconsole.procedures.paths import SOURCE_BINARY
from haconsole.procedures.progress import RunStatus

from ..driving import Driver, driving, files_of, problem_of, services_of

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NAME = "install-keepalived"
URL = "http://mirror/source/keepalived-{version}.tar.gz"
#: VRRP alone: half the time of a whole build.
QUICK = "--disable-lvs --disable-checksum-compat"
CONF = "/etc/keepalived/keepalived.conf"


def _sh(lab: LabHandle, host: str, script: str) -> str:
    done = lab.exec(host, ["sh", "-c", script])
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def _without_mirror(lab: LabHandle) -> Iterator[None]:
    _sh(lab, "mirror", "systemctl stop mirror")
    try:
        yield
    finally:
        _sh(
            lab,
            "mirror",
            "systemctl start mirror; i=0; until curl -fs -o /dev/null http://127.0.0.1/; do "
            "[ $i -lt 100 ] || exit 1; sleep 0.05; i=$((i+1)); done",
        )


@contextlib.contextmanager
def _console(lab: LabHandle, **given: str) -> Iterator[subprocess.Popen[str]]:
    """A console as a process of its own, that installs."""
    answers = [f"--set={key}={value}" for key, value in given.items()]
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "haconsole", "apply", str(lab.inventory), NAME),
            *("--write", "--yes", *answers),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as console:
        try:
            yield console
        finally:
            console.kill()


def _makes(lab: LabHandle, host: str) -> list[str]:
    """The makes of the step itself, by their process ids; those that they begin have no -j."""
    return lab.exec(host, ["pgrep", "-f", "^make -j[0-9]*$"]).stdout.split()


def _begun(lab: LabHandle, host: str, job: str) -> int:
    """How often systemd has started a job."""
    journal = f"journalctl -q --no-pager -o cat _PID=1 UNIT=haconsole-{job}.service"
    return int(_sh(lab, host, f"{journal} | grep -c '^Started '; :"))


def _killed_in_make(lab: LabHandle, host: str, **given: str) -> tuple[str, str]:
    """SIGKILL a console while its build is made; returns the job and its make's process id."""
    with _console(lab, **given) as console:
        assert console.stderr is not None
        said = []
        for line in console.stderr:
            said.append(line)
            if "+ lb02: Build keepalived" in line:
                break
        assert console.poll() is None, "".join(said)
        while not (makes := _makes(lab, host)):
            assert console.poll() is None, "".join(said)
        console.kill()
    (make,) = makes
    return _sh(lab, host, "ls /var/lib/haconsole/jobs").strip(), make


def _followed_to_its_end(lab: LabHandle, host: str, **given: str) -> tuple[set[str], str]:
    """Run another console to its end; returns the makes that ran meanwhile, and what it said."""
    makes: set[str] = set()
    with _console(lab, **given) as console:
        while console.poll() is None:
            makes.update(_makes(lab, host))
        assert console.stderr is not None
        said = console.stderr.read()
        assert console.returncode == 0, said
    return makes, said


async def test_a_build_survives_its_console_runs_and_goes_without_a_trace(
    fresh_apt: LabHandle, tmp_path: Path
) -> None:
    files, services = files_of(fresh_apt, "lb02"), services_of(fresh_apt, "lb02")
    given = {"hosts": "lb02", "via": "source", "url": URL, "version": "2.2.7", "options": QUICK}
    job, make = _killed_in_make(fresh_apt, "lb02", **given)
    assert job.startswith("make-keepalived-2-2-7-")
    async with driving(fresh_apt) as console:
        assert (await console.ground()).facts.host("lb02").jobs == (job,)

    makes, said = _followed_to_its_end(fresh_apt, "lb02", **given)
    assert makes == {make}
    assert _begun(fresh_apt, "lb02", job) == 1
    began = [line.partition(" + ")[2].strip() for line in said.splitlines() if " + " in line]
    assert began[0] == "lb02: Build keepalived 2.2.7"
    assert not any("A compiler" in line or "configure" in line for line in began)

    async with driving(fresh_apt) as console:
        facts = (await console.ground()).facts.host("lb02")
        assert (facts.built, facts.version, facts.binary) == ("2.2.7", "2.2.7", SOURCE_BINARY)
        assert facts.unit("keepalived.service").enabled == "enabled"  # type: ignore[union-attr]
        assert _sh(fresh_apt, "lb02", "keepalived -v 2>&1 | grep -c -- --sysconfdir=/etc") == "1\n"
        await console.apply(NAME, **given)
        assert console.changes == []

        await _upgrade_that_does_not_start(fresh_apt, console, tmp_path)

        await console.apply("remove", hosts="lb02")
        assert (await console.ground()).facts.host("lb02").built is None
    _sh(fresh_apt, "lb02", f"rm {CONF}; rmdir /etc/keepalived")  # the test's own
    assert sorted(files_of(fresh_apt, "lb02") ^ files) == []
    assert sorted(services_of(fresh_apt, "lb02") ^ services) == []


async def _upgrade_that_does_not_start(lab: LabHandle, console: Driver, folder: Path) -> None:
    """A keepalived that runs becomes one that does not start: the earlier one comes back."""
    _sh(lab, "lb02", f"echo 'global_defs {{ router_id lb02 }}' >{CONF}")
    _sh(lab, "lb02", "systemctl start keepalived")
    was = _sh(lab, "lb02", "keepalived -v 2>&1; systemctl cat keepalived")
    archive = folder / "keepalived-9.9.9.tar.gz"
    archive.write_bytes(_that_does_not_start())
    with _without_mirror(lab):
        run = await console.run(NAME, hosts="lb02", via="source", archive=str(archive))
    assert run.progress.status is RunStatus.FAILED
    assert problem_of(run) == (
        "restart keepalived@lb02",
        "The new build does not start (it is broken); the earlier one is back, and runs.",
    )
    assert _sh(lab, "lb02", "systemctl is-active keepalived") == "active\n"
    assert _sh(lab, "lb02", "keepalived -v 2>&1; systemctl cat keepalived") == was
    assert (await console.ground()).facts.host("lb02").built == "2.2.7"


def _that_does_not_start(version: str = "9.9.9") -> bytes:
    """Return an archive whose keepalived tells its version, and starts for nobody."""
    binary = (
        f'#!/bin/sh\n[ "$1" = -v ] && {{ echo "Keepalived v{version}" >&2; exit 0; }}\n'
        "echo it is broken >&2\nexit 1\n"
    )
    configure = '#!/bin/sh\nfor o; do echo "$o"; done\n'
    makefile = (
        "all:\n\t@echo made\ninstall:\n\tmkdir -p $(DESTDIR)/usr/local/keepalived/sbin\n"
        "\tinstall -m 755 keepalived.sh $(DESTDIR)/usr/local/keepalived/sbin/keepalived\n"
    )
    texts = {"configure": configure, "Makefile": makefile, "keepalived.sh": binary}
    return _archive({f"keepalived-{version}/{name}": text for name, text in texts.items()})


def _archive(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


async def test_an_archive_of_this_machine_is_built_where_no_mirror_is_reached(
    fresh_yum: LabHandle, tmp_path: Path
) -> None:
    files = files_of(fresh_yum, "lb02")
    mirror = fresh_yum.machine("mirror").tree / "srv/mirror/source/keepalived-2.2.7.tar.gz"
    first, second = tmp_path / "keepalived-9.9.9.tar.gz", tmp_path / mirror.name
    first.write_bytes(_that_does_not_start())
    second.write_bytes(mirror.read_bytes())
    async with driving(fresh_yum) as console:
        given = {"hosts": "lb02", "via": "source", "options": QUICK}
        await console.apply(NAME, **given, archive=str(first))  # brings the tools
        assert (await console.ground()).facts.host("lb02").records == ("build",)
        with _without_mirror(fresh_yum):
            await console.apply(NAME, **given, archive=str(second))
            facts = (await console.ground()).facts.host("lb02")
            assert (facts.built, facts.version, facts.binary) == ("2.2.7", "2.2.7", SOURCE_BINARY)
            await console.apply("remove", hosts="lb02")
    assert sorted(files_of(fresh_yum, "lb02") ^ files) == []


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"version": "1.0.0"}, "There is no archive at http://mirror/source/keepalived-1.0.0"),
        (
            {"version": "2.2.7", "sha256": "ab" * 32},
            "The archive's SHA-256 is {sum}, and not " + "ab" * 32,
        ),
        ({"url": "http://mirror/apt/Packages", "version": "2.2.7"}, "What came is no tar archive"),
        (
            {"url": "http://mirror/source/keepalived-2.2.7.tar.gz", "version": "2.2.8"},
            "The archive holds no keepalived-2.2.8/configure",
        ),
        (
            {"url": "http://nowhere.example/keepalived-{version}.tar.gz", "version": "2.2.7"},
            "The archive cannot be fetched from http://nowhere.example/keepalived-2.2.7.tar.gz: "
            "Could not resolve host: nowhere.example. Give another address",
        ),
    ],
)
async def test_an_archive_that_cannot_be_had_is_told(
    fresh_apt: LabHandle, given: dict[str, str], begins: str
) -> None:
    archive = fresh_apt.machine("mirror").tree / "srv/mirror/source/keepalived-2.2.7.tar.gz"
    actual = hashlib.sha256(archive.read_bytes()).hexdigest()
    async with driving(fresh_apt) as console:
        run = await console.run(NAME, **{"hosts": "lb01", "via": "source", "url": URL, **given})
        step, said = problem_of(run)
        assert step.startswith("archive of keepalived") and step.endswith("@lb01")
        assert said.startswith(begins.replace("{sum}", actual))
        # Nothing was unpacked, and no compiler brought, for an archive that is of no use.
        assert (await console.ground()).facts.host("lb01").records == ()
    assert _sh(fresh_apt, "lb01", "ls /var/lib/haconsole/build") == ""
