"""What the sections of a survey mean, from texts as hosts print them."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from haconsole.monitor.sections import Section, compose, split
from haconsole.procedures import paths
from haconsole.procedures.facts import HostFacts, Manager, Package
from haconsole.procedures.survey.answers import (
    read_files,
    read_list,
    read_madison,
    read_packages,
    sum_of,
    understand,
)
from haconsole.procedures.survey.questions import files_script, questions

_MADISON = """\
keepalived | 1:2.2.8-1 | http://deb.example/debian trixie/main amd64 Packages
keepalived | 1:2.2.7-1+b2 | http://deb.example/debian bookworm/main amd64 Packages
keepalived | 1:2.2.7-1+b2 | http://mirror/apt ./ Packages
keepalived | 1:2.2.7-1 | http://deb.example/debian bookworm/main Sources
     nginx | 1.22.1-9+deb12u11 | http://mirror/apt ./ Packages
"""
_DNF = """\
Installed Packages
nginx.x86_64                    1:1.20.1-10.el9             @appstream
Available Packages
keepalived.x86_64               2.2.4-1.el9                 appstream
keepalived.x86_64               2.2.8-3.el9                 appstream
nginx.x86_64                    1:1.20.1-14.el9             appstream
nginx.x86_64                    0:1.24.0-1.el9              nginx-stable
"""
#: yum 3 breaks rows of more than 80 columns.
_YUM = """\
Available Packages
keepalived.x86_64
                 1.3.5-19.el7
                              base
nginx.x86_64     1:1.20.1-10.el7
                              epel-with-a-name-that-is-long
"""


def test_madison_tells_versions_newest_first_and_no_sources() -> None:
    assert read_madison(_MADISON) == {
        "keepalived": ("1:2.2.8-1", "1:2.2.7-1+b2"),
        "nginx": ("1.22.1-9+deb12u11",),
    }
    assert read_madison("") == {"keepalived": (), "nginx": ()}


def test_dnf_and_yum_tell_versions_newest_first_and_not_what_is_only_installed() -> None:
    assert read_list(_DNF) == {
        "keepalived": ("2.2.8-3.el9", "2.2.4-1.el9"),
        "nginx": ("1.24.0-1.el9", "1:1.20.1-14.el9"),
    }
    assert read_list(_YUM) == {"keepalived": ("1.3.5-19.el7",), "nginx": ("1:1.20.1-10.el7",)}


def test_a_package_counts_as_installed_when_its_state_says_so() -> None:
    offers = {"nginx": Package("nginx", None, None, "no lists")}
    found = read_packages(
        "keepalived rc  1:2.2.7-1\nnginx hi  1.22.1-9\nother ii 1\n", "nginx\n", offers
    )
    assert found["keepalived"] == Package("keepalived")
    assert found["nginx"] == Package("nginx", "1.22.1-9", None, "no lists", held=True)
    rpm = read_packages("keepalived ii (none):2.2.8-3.el9\nnginx ii 1:1.20-1\n", "", {})
    assert (rpm["keepalived"].installed, rpm["nginx"].installed) == ("2.2.8-3.el9", "1:1.20-1")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_files_are_told_with_what_was_before_them() -> None:
    mine = "router_id lb01\n"
    lines = [
        *("f /etc/a.conf", "m 640 root:nginx", f"h {sum_of(mine)}", f"t {_encoded(mine.encode())}"),
        *("o", f"g {sum_of(mine)}", "v 0", "v 20261122T120000Z", f"k 0 {_encoded(b'old')}"),
        *(f"k 20261122T120000Z {_encoded(bytes([0xFF, 10]))}", "w 20261122T120000Z 600 ops:adm"),
        *("f /etc/b.conf", "m 644 root:root", "h 11", f"t {_encoded(b'a[2J')}", "g 22"),
        *("f /etc/gone", "o", "g 33"),
        *("f /etc/odd", "m x y", "t not base64!"),
    ]
    found = read_files("\n".join(lines))
    a, b = found["/etc/a.conf"], found["/etc/b.conf"]
    assert (a.text, a.mode, a.owner) == (mine, 0o640, "root:nginx")
    assert a.managed and not a.drifted and a.origin and not a.foreign
    assert a.versions == ("0", "20261122T120000Z")
    assert a.kept == {"0": "old", "20261122T120000Z": "\udcff\n"}  # byte for byte
    assert a.rights == {"20261122T120000Z": (0o600, "ops:adm")}
    assert b.managed and b.drifted and b.foreign and not b.origin
    gone = found["/etc/gone"]
    assert gone.text is None and gone.origin and not gone.managed and not gone.foreign
    assert found["/etc/odd"].text is None


def test_what_a_file_holds_is_cleaned_before_anyone_sees_it() -> None:
    found = read_files(f"f /x\nh 1\nt {_encoded(b'a' + bytes([27]) + b'[2Jb')}\n")
    assert found["/x"].text == "a␛[2Jb"


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_that_reads_files_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    """Run here, with the folder that keeps versions elsewhere."""
    kept = tmp_path / "files"
    monkeypatch.setattr(paths, "FILES_DIR", str(kept))
    there, gone = tmp_path / "there.conf", tmp_path / "gone.conf"
    there.write_bytes(b"new\t\xff\r\n")
    there.chmod(0o640)
    for path, versions in ((there, ("0", "20260101T000000Z")), (gone, ("0",))):
        folder = kept / str(path).replace("/", "%")
        folder.mkdir(parents=True)
        for version in versions:
            (folder / version).write_bytes(version.encode() + b"\0\n")
            (folder / version).chmod(0o755 if version == "0" else 0o600)
        (folder / "origin").write_text("file\n")
        (folder / "managed").write_text(sum_of("something else") + "  -\n")
        (folder / "undo").write_text("0\n")
        (folder / "managed.before").write_text("x\n")
    script = files_script([str(there), str(tmp_path / "never")])
    done = subprocess.run([shell, "-c", script], capture_output=True, text=True, check=True)
    found = read_files(done.stdout)
    assert set(found) == {str(there), str(gone)}
    one = found[str(there)]
    assert (one.text, one.mode) == ("new\t�\n", 0o640)
    assert one.managed and one.drifted and one.origin
    assert one.versions == ("0", "20260101T000000Z")
    assert {name: mode for name, (mode, _) in one.rights.items()} == {
        "0": 0o755,
        "20260101T000000Z": 0o600,
    }
    assert one.kept == {"0": "0\0\n", "20260101T000000Z": "20260101T000000Z\0\n"}
    other = found[str(gone)]
    assert (other.text, other.versions, other.kept) == (None, ("0",), {"0": "0\0\n"})
    assert done.stderr == ""


def test_the_survey_is_one_script_that_sh_reads() -> None:
    script, nonce = compose(questions(["/etc/hostname", "/a b'c"]))
    done = subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert script.count(nonce) == 2 * len(questions([]))


def _understood(**texts: str) -> HostFacts:
    nonce = "00ff"
    out = "".join(f"<{nonce} {name}>\n{text}<{nonce} 0>\n" for name, text in texts.items())
    return understand("lb01", 1.0, split(out, nonce), {})


def test_a_host_is_understood() -> None:
    facts = _understood(
        os='NAME="Rocky Linux"\nID="rocky"\nPRETTY_NAME="Rocky Linux 9.4"\n',
        manager="dnf\n",
        binary="/usr/local/keepalived/sbin/keepalived\nKeepalived v2.2.8 (04/04,2023)\n",
        nginx="nginx version: nginx/1.22.1\n",
        tools="curl\ntar\n",
        free="/dev/sda1  100 50 50 50% /\n",
        stuck="/usr\n",
        selinux="Enforcing\n",
        firewalld="active\n",
        nft="table inet x {\n}\n",
        jobs="make-1\n",
        brought="package nginx\npackage nginx\npackage a-b\nrecord nginx\n",
        built="2.2.8\n12ab\n",
    )
    assert (facts.os_name, facts.os_id, facts.manager) == (
        "Rocky Linux 9.4",
        "rocky",
        Manager.DNF,
    )
    assert (facts.version, facts.nginx_version, facts.built) == ("2.2.8", "1.22.1", "2.2.8")
    assert facts.build_token == "12ab"
    assert facts.binary == "/usr/local/keepalived/sbin/keepalived"
    assert (facts.free_bytes, facts.read_only, facts.selinux) == (51200, True, "enforcing")
    assert (facts.firewall, facts.jobs) == ("firewalld", ("make-1",))
    assert (facts.brought, facts.records) == (("nginx", "a-b"), ("nginx",))


def test_nothing_understood_is_nothing_there() -> None:
    facts = understand(
        "lb01", 1.0, {"units": Section("units", 127, "sh: systemctl: not found")}, {}
    )
    assert (facts.manager, facts.firewall, facts.free_bytes) == (Manager.NONE, "none", None)
    assert facts.units == () and facts.files == {} and facts.binary is None
    assert not _understood(os="garbage", link="garbage", address="garbage", free="x").read_only
