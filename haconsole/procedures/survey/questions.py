"""What a survey asks a host, as sections of one script (POSIX sh; dash and bash alike)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from haconsole.parsers.systemd import SHOW_PROPERTIES
from haconsole.procedures import paths

UNITS = ("keepalived.service", "nginx.service", "firewalld.service")
PACKAGES = ("keepalived", "nginx")
#: Programs that plans ask for: what fetches, builds, unpacks, runs jobs, locks.
TOOLS = (
    *("curl", "wget", "gcc", "cc", "make", "pkg-config", "tar", "gzip", "systemd-run", "setsid"),
    *("flock", "sha256sum", "firewall-cmd", "nft", "iptables", "iptables-save", "restorecon"),
    *("useradd", "userdel", "arping", "tcpdump", "ss"),
)
#: Bytes of one file that are read.
FILE_LIMIT = 1 << 18
#: Earlier versions of a file whose texts are read, newest last; the first one always is.
VERSIONS = 12

_INSTALLED = f"""\
if command -v dpkg-query >/dev/null; then
  dpkg-query -W -f '${{Package}} ${{db:Status-Abbrev}} ${{Version}}\\n' {" ".join(PACKAGES)} \\
    2>/dev/null
elif command -v rpm >/dev/null; then
  rpm -q --qf '%{{NAME}} ii %{{EPOCH}}:%{{VERSION}}-%{{RELEASE}}\\n' {" ".join(PACKAGES)} \\
    2>/dev/null | grep ' ii '
fi
:"""
_MANAGER = """\
for m in apt-get dnf yum; do if command -v $m >/dev/null; then echo $m; break; fi; done"""
_BINARY = f"""\
for b in $(systemctl show -p ExecStart keepalived.service 2>/dev/null |
    sed -n 's/.*path=\\([^ ;]*\\).*/\\1/p') $(command -v keepalived) {paths.SOURCE_BINARY}; do
  if [ -x "$b" ]; then echo "$b"; "$b" -v 2>&1; break; fi
done
:"""
#: As root, -w is false only where nothing can be written (access(2), EROFS).
_WRITABLE = """\
for d in / /etc /usr /var; do [ -w $d ] || echo $d; done
:"""
_JOBS = f"""\
for d in {paths.JOBS_DIR}/*; do
  if [ -d "$d" ] && [ ! -e "$d/status" ] && kill -0 "$(cat "$d/pid" 2>/dev/null)" 2>/dev/null
  then echo "${{d##*/}}"; fi
done
:"""
_BROUGHT = f"""\
grep -h '^package ' {paths.PACKAGES_DIR}/*.brought 2>/dev/null
for f in {paths.PACKAGES_DIR}/*.brought {paths.PACKAGES_DIR}/*.before; do
  if [ -e "$f" ]; then f=${{f##*/}}; echo "record ${{f%.*}}"; fi
done"""
_BUILT = f"cat {paths.SOURCE_DIR}/version {paths.SOURCE_DIR}/token 2>/dev/null; :"
_FILES = """\
one() {
  h=$(sha256sum <"$1" | cut -c 1-64)
  echo "f $1"
  echo "m $(stat -L -c '%a %U:%G' "$1")"
  echo "h $h"
  echo "t $(head -c @limit@ "$1" | base64 -w 0)"
}
kept() {
  n=$(printf %s "$1" | tr / %); d=@kept@/$n
  [ -d "$d" ] || return 0
  if [ ! -f "$1" ]; then echo "f $1"; fi
  if [ -e "$d/origin" ]; then echo "o"; fi
  if [ -e "$d/managed" ]; then echo "g $(cut -c 1-64 "$d/managed")"; fi
  v=$(ls "$d" | grep -v -x -e origin -e undo -e 'managed.*' -e '.*\\.new')
  for x in $v; do echo "v $x"; done
  for x in $(echo "$v" | grep -x 0) $(echo "$v" | grep -v -x 0 | tail -n @versions@); do
    if [ -f "$d/$x" ]; then
      echo "k $x $(head -c @limit@ "$d/$x" | base64 -w 0)"
      echo "w $x $(stat -L -c '%a %U:%G' "$d/$x")"
    fi
  done
}
for p in @paths@ $(ls @kept@ 2>/dev/null | grep % | tr % /); do
  case " $seen " in *" $p "*) continue;; esac
  seen="$seen $p"
  if [ -f "$p" ]; then one "$p"; fi
  kept "$p"
done
:"""


def questions(wanted: Sequence[str]) -> dict[str, str]:
    """Return the sections of the reading; ``wanted``: paths of files to read."""
    tools = " ".join(TOOLS)
    return {
        "os": "cat /etc/os-release 2>/dev/null; :",
        "manager": _MANAGER,
        "installed": _INSTALLED,
        "held": "if command -v apt-mark >/dev/null; then apt-mark showhold; fi",
        "units": f"systemctl show -p {','.join(SHOW_PROPERTIES)} {' '.join(UNITS)}",
        "files": files_script(wanted),
        "address": "ip -o address show",
        "link": "ip -o link show",
        "firewalld": "systemctl is-active firewalld || :",
        "nft": "nft list ruleset",
        "iptables": "nft list ruleset >/dev/null 2>&1 || iptables -S",
        "selinux": "if command -v getenforce >/dev/null; then getenforce; fi",
        "binary": _BINARY,
        "nginx": "if command -v nginx >/dev/null; then nginx -v; fi",
        "tools": f"for t in {tools}; do if command -v $t >/dev/null; then echo $t; fi; done",
        "free": "df -P -k /var/lib | tail -n 1",
        "stuck": _WRITABLE,
        "jobs": _JOBS,
        "brought": _BROUGHT,
        "built": _BUILT,
    }


def files_script(wanted: Sequence[str]) -> str:
    """Return what prints files and their earlier versions, a line a fact.

    ``f`` path, ``m`` mode and owner, ``h`` SHA-256, ``t`` text, ``o`` an origin is kept, ``g``
    SHA-256 of what this tool wrote last, ``v`` a version's name, ``k`` its text, ``w`` its
    mode and owner. Texts are base64, since they may hold what a terminal (or our cleaning) must
    not see raw.
    """
    words = " ".join(shlex.quote(path) for path in wanted)
    script = _FILES.replace("@paths@", words).replace("@kept@", paths.FILES_DIR)
    return script.replace("@limit@", str(FILE_LIMIT)).replace("@versions@", str(VERSIONS))


#: What the repositories offer, from the lists that apt fetched last: asks no network.
_APT_OFFERS = f"""\
if ! ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then
  echo "the package lists were never fetched on this host" >&2; exit 1
fi
apt-cache madison {" ".join(PACKAGES)}"""
#: dnf and yum ask the repositories where what they know is old.
_DNF_OFFERS = f"""\
if said=$(@manager@ -q --setopt=timeout=10 --setopt=retries=1 list --showduplicates \\
    {" ".join(PACKAGES)} 2>&1); then echo "$said"
else
  case $said in *"o matching"*) ;; *) echo "$said" | grep -m 1 -i error >&2; exit 1;; esac
fi"""


def offers(manager: str) -> str:
    """Return what asks which versions are offered. ``manager``: ``apt``, ``dnf`` or ``yum``."""
    return _APT_OFFERS if manager == "apt" else _DNF_OFFERS.replace("@manager@", manager)
