"""Wraps Debian packages into RPMs, so that a yum of the lab installs something real.

A program of its own, run while the mirror is built: ``repack.py DEB-DIRECTORY RPM-DIRECTORY``.
The files are the distribution's; names that an operator types are those of RHEL, and so are
keepalived's sysconfig file and its default configuration. Imports nothing of ours.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: What RHEL calls what Debian calls otherwise.
NAMES = {
    "libc6-dev": "glibc-devel",
    "libnl-3-dev": "libnl3-devel",
    "libnl-genl-3-dev": "libnl3-genl-devel",
    "libpcre3-dev": "pcre-devel",
    "libssl-dev": "openssl-devel",
    "pkg-config": "pkgconfig",
}
#: What the RHEL package brings and Debian leaves to another or only recommends.
EXTRA = {
    "gcc": ["glibc-devel"],
    "libnl-3-dev": ["libnl3-genl-devel", "pkgconfig"],
}
_MERGED = ("bin", "sbin", "lib", "lib64")
_DROPPED = (
    *("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale"),
    "etc/init.d",
)
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64", "all": "noarch"}
_SPEC = """\
Name: {name}
Version: {version}
Release: {release}
Summary: {summary}
License: see the distribution
BuildArch: {arch}
AutoReqProv: no
{relations}
%description
{summary}
%post
/sbin/ldconfig || :
if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi
%files -f {listing}
"""


def main(argv: list[str]) -> None:
    """Wrap every package of a directory."""
    debs, target = sorted(Path(argv[0]).glob("*.deb")), Path(argv[1])
    fields = {deb: control(deb) for deb in debs}
    known = {field["Package"] for field in fields.values()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in pool.map(lambda deb: wrap(deb, fields[deb], known, target), debs):
            sys.stdout.write(f"wrapped {name}\n")


def control(deb: Path) -> dict[str, str]:
    """Return the control fields of a Debian package."""
    out = subprocess.run(["dpkg-deb", "-f", deb], capture_output=True, text=True, check=True)
    joined = re.sub(r"\n[ \t]", " ", out.stdout)
    return dict(line.split(": ", 1) for line in joined.splitlines() if ": " in line)


def wrap(deb: Path, fields: dict[str, str], known: set[str], target: Path) -> str:
    """Make one RPM and return its name."""
    debian = fields["Package"]
    name = NAMES.get(debian, debian)
    version, _, release = fields["Version"].split(":")[-1].rpartition("-")
    version, release = (version or release), (release if version else "1")
    requires = [NAMES.get(dep, dep) for dep in depends(fields, known)] + EXTRA.get(debian, [])
    relations = [f"Requires: {needed}" for needed in dict.fromkeys(requires)]
    relations += [f"Provides: {provided}" for provided in provides(fields, name)]
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "root"
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
        conffiles = tidy(root, deb)
        if debian == "keepalived":
            conffiles |= as_in_rhel(root)
        listing = Path(scratch) / "files"
        listing.write_text("".join(f"{line}\n" for line in list_files(root, conffiles)))
        spec = Path(scratch) / "package.spec"
        spec.write_text(
            _SPEC.format(
                name=name,
                version=plain(version),
                release=plain(release),
                summary=fields.get("Description", name)[:70].replace("%", ""),
                arch=_ARCHITECTURES[fields["Architecture"]],
                relations="\n".join(relations),
                listing=listing,
            )
        )
        build(spec, root, Path(scratch), target)
    return name


def build(spec: Path, root: Path, scratch: Path, target: Path) -> None:
    """Run rpmbuild on files that are as they shall be: no stripping, no checks, no scripts."""
    settings = {
        "_topdir": scratch,
        "_rpmdir": target,
        "_rpmfilename": "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
        "_binary_payload": "w1.gzdio",
        "__os_install_post": "%{nil}",
        "debug_package": "%{nil}",
        "_build_id_links": "none",
        "buildroot": root,
    }
    defines = [word for key, value in settings.items() for word in ("--define", f"{key} {value}")]
    done = subprocess.run(
        ["rpmbuild", "-bb", "--quiet", *defines, f"--buildroot={root}", spec],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"error: rpmbuild of {spec.read_text().split()[1]}: {done.stderr[-2000:]}")


def plain(version: str) -> str:
    """Return a version without the characters that RPM does not allow."""
    return re.sub(r"[^A-Za-z0-9.~+^_]", ".", version)


def depends(fields: dict[str, str], known: set[str]) -> list[str]:
    """Return the dependencies that are packages of this repository; the rest is installed."""
    wanted = ", ".join(fields.get(key, "") for key in ("Pre-Depends", "Depends"))
    found = []
    for clause in wanted.split(","):
        names = [re.split(r"[\s(:]", choice.strip())[0] for choice in clause.split("|")]
        found += [name for name in names if name in known][:1]
    return found


def provides(fields: dict[str, str], name: str) -> list[str]:
    """Return the names under which a package is asked for, beside its own."""
    names = [re.split(r"[\s(:]", part.strip())[0] for part in fields.get("Provides", "").split(",")]
    return [other for other in {*names, fields["Package"]} - {"", name} if other]


def tidy(root: Path, deb: Path) -> set[str]:
    """Move files to where merged directories have them; returns the configuration files."""
    for directory in _MERGED:
        old = root / directory
        if old.is_dir() and not old.is_symlink():
            shutil.copytree(old, root / "usr" / directory, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(old)
    for directory in _DROPPED:
        shutil.rmtree(root / directory, ignore_errors=True)
    out = subprocess.run(
        ["dpkg-deb", "--info", deb, "conffiles"], capture_output=True, text=True, check=False
    )
    return set(out.stdout.split()) if out.returncode == 0 else set()


def as_in_rhel(root: Path) -> set[str]:
    """Give keepalived RHEL's options file and the default configuration that RHEL installs."""
    unit = root / "usr/lib/systemd/system/keepalived.service"
    text = unit.read_text().replace("/etc/default/keepalived", "/etc/sysconfig/keepalived")
    unit.write_text(text.replace("$DAEMON_ARGS", "$KEEPALIVED_OPTIONS"))
    shutil.rmtree(root / "etc/default", ignore_errors=True)
    options, conf = root / "etc/sysconfig/keepalived", root / "etc/keepalived/keepalived.conf"
    options.parent.mkdir(parents=True, exist_ok=True)
    options.write_text('KEEPALIVED_OPTIONS="-D"\n')
    shutil.copyfile(conf.with_suffix(".conf.sample"), conf)
    return {"/etc/sysconfig/keepalived", "/etc/keepalived/keepalived.conf"}


def list_files(root: Path, conffiles: set[str]) -> list[str]:
    """Return the lines of an RPM file list: files, links, and directories that are empty."""
    lines = []
    for path in sorted(root.rglob("*")):
        name = f"/{path.relative_to(root)}"
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                lines.append(f'%dir "{name}"')
        elif name in conffiles:
            lines.append(f'%config(noreplace) "{name}"')
        else:
            lines.append(f'"{name}"')
    return lines


if __name__ == "__main__":
    main(sys.argv[1:])
