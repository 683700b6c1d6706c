"""What a diagnosis reads on a host beside the monitor's readings: one script, nothing changed.

POSIX sh, dash and bash alike. Texts come as base64: they may hold what our cleaning would change.
"""

from __future__ import annotations

from haconsole.domain.model import Role
from haconsole.procedures import paths

#: Lines of keepalived's journal that are read.
JOURNAL_LINES = 400
_FILE_BYTES = 1 << 18
_SCRIPT_BYTES = 1 << 14

#: Where keepalived's configuration is: what the daemon was told, the packages', a build's.
_CONF = f"""\
f=
for p in $(pgrep -x keepalived); do
  f=$(tr '\\0' '\\n' 2>/dev/null </proc/$p/cmdline | grep -A 1 -x -e -f | tail -n 1)
  if [ -n "$f" ]; then break; fi
done
for c in "$f" {paths.KEEPALIVED_CONF} /usr/local{paths.KEEPALIVED_CONF} \\
    {paths.SOURCE_PREFIX}{paths.KEEPALIVED_CONF}; do
  if [ -f "$c" ]; then break; fi
done
if [ ! -f "$c" ]; then echo "there is no keepalived.conf"; exit 1; fi
d=${{c%/*}}
for i in "$c" "$d"/*.conf "$d"/*/*.conf; do
  case " $seen " in *" $i "*) continue;; esac
  seen="$seen $i"
  if [ -f "$i" ]; then
    echo "f $i"
    echo "w $(stat -L -c %Y "$i")"
    echo "t $(head -c {_FILE_BYTES} "$i" | base64 -w 0)"
  fi
done
:"""
#: Every absolute path among the first two words of a ``script``: the program, or what it runs.
_SCRIPTS = f"""\
seen=
for c in {paths.KEEPALIVED_CONF} /usr/local{paths.KEEPALIVED_CONF} \\
    {paths.SOURCE_PREFIX}{paths.KEEPALIVED_CONF} /etc/keepalived/*/*.conf; do
  [ -f "$c" ] || continue
  for s in $(sed -n 's/^[[:space:]]*script[[:space:]]\\{{1,\\}}//p' "$c" | tr -d "\\"'" |
      cut -d ' ' -f 1,2); do
    case $s in /*) ;; *) continue;; esac
    case " $seen " in *" $s "*) continue;; esac
    seen="$seen $s"
    echo "f $s"
    [ -f "$s" ] || continue
    echo "m $(stat -L -c '%a %U:%G' "$s")"
    echo "t $(head -c {_SCRIPT_BYTES} "$s" | base64 -w 0)"
    d=$s
    while [ -n "${{d%/*}}" ]; do
      d=${{d%/*}}
      echo "d $(stat -L -c '%a %U:%G' "$d") $d"
    done
  done
  for u in $(sed -n 's/^[[:space:]]*\\(script_user\\|user\\)[[:space:]]\\{{1,\\}}//p' "$c" |
      cut -d ' ' -f 1); do
    if id -u "$u" >/dev/null 2>&1; then echo "u yes $u"; else echo "u no $u"; fi
  done
done
:"""
#: Only processes that are older than a moment: a ``keepalived --version`` is none that matters.
_PROCESSES = """\
for p in $(pgrep -x keepalived); do
  IFS= read -r line 2>/dev/null < /proc/$p/stat && echo "$line"
done; :"""
_BOOT_FIREWALL = f"""\
if [ "$(systemctl is-active firewalld)" = active ]; then
  echo firewalld
  firewall-cmd --permanent --list-all
elif [ "$(systemctl is-enabled nftables 2>/dev/null)" = enabled ]; then
  echo nftables
  cat {paths.NFTABLES_CONF} 2>/dev/null || cat {paths.NFTABLES_SYSCONFIG}
fi"""
_DENIALS = """\
if [ "$(getenforce 2>/dev/null)" = Enforcing ]; then
  ausearch -m avc -ts recent 2>/dev/null | grep -i keepalived | tail -n 3
fi; :"""
_DRIFT = f"""\
for d in {paths.FILES_DIR}/*; do
  [ -s "$d/managed" ] || continue
  p=$(printf %s "${{d##*/}}" | tr % /)
  h=gone
  if [ -f "$p" ]; then h=$(sha256sum <"$p" | cut -c 1-64); fi
  if [ "$(cut -c 1-64 "$d/managed")" != "$h" ]; then echo "$h $p"; fi
done
:"""
#: The node's own time first: nginx stamps in local time, without a zone.
_NGINX_ERRORS = """\
date '+%Y/%m/%d %H:%M:%S'
tail -c 60000 /var/log/nginx/error.log 2>/dev/null | grep 'upstream: ' | tail -n 40; :"""
#: Not by the shell: dash reads a byte at a time, which such a file answers once.
_BIND = "cat /proc/sys/net/ipv4/ip_nonlocal_bind"
_UPTIME = 'IFS= read -r line < /proc/uptime && echo "$line"'
_DISKS = "df -P -k / /var /tmp"
_NGINX = "nginx -T"
#: With the node's own time: a detector that does not run any more left what it saw last.
_DETECTOR = f"date +%s; cat {paths.DETECTOR_STATE} 2>/dev/null; :"


def questions(role: Role) -> dict[str, str]:
    """Return the sections of the reading for a host of this role."""
    common = {
        "uptime": _UPTIME,
        "disks": _DISKS,
        "drift": _DRIFT,
        "nginx": _NGINX,
        "detector": _DETECTOR,
    }
    if role is not Role.LB:
        return common
    journal = f"journalctl --no-pager -q -n {JOURNAL_LINES} -o json -u keepalived.service"
    return {
        **common,
        "conf": _CONF,
        "scripts": _SCRIPTS,
        "journal": journal,
        "processes": _PROCESSES,
        "boot_firewall": _BOOT_FIREWALL,
        "bind": _BIND,
        "denials": _DENIALS,
        "errors": _NGINX_ERRORS,
    }
