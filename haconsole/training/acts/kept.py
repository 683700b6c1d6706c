"""What acts keep on a node, so that what they wrote can be put back, and only that.

``/var/lib/haconsole/lessons`` (0700) has, for every file that acts changed, the file as it was
before the first of them, and the sum of what the last of them left there: whatever somebody else
wrote since is never replaced by something older. An act that another one takes back has a copy of
its own besides. And it has how firewalld was found.
"""

from __future__ import annotations

from haconsole.procedures.configure.records import UNDO_DIR
from haconsole.procedures.paths import STATE_DIR

from .wayin import WAY_IN

FOLDER = f"{STATE_DIR}/lessons"
LOOP = "/server/scripts/check_web.sh"
VRRP_RULE = 'rule protocol value="vrrp" accept'

#: For scripts that change files:
#: ``keep F`` before F is changed, ``wrote F`` after it; ``put F [ACT]`` does both around writing
#: standard input into F; ``move F G``, ``gone F``.
#: ``mine ACT``: is the file still what the act wrote? ``give ACT`` puts its copy back, ``drop ACT``
#: forgets it.
KEEP = f"""\
K={FOLDER}
fail() {{ echo "$*" >&2; exit 1; }}
now_is() {{ if [ -f "$1" ]; then sha256sum <"$1" | cut -c 1-64; else echo absent; fi; }}
real() {{ readlink -f "$1" 2>/dev/null || printf '%s\\n' "$1"; }}
same() {{ [ -e "$1.sum" ] && read -r w <"$1.path" && [ "$(now_is "$w")" = "$(cat "$1.sum")" ]; }}
copy() {{
  (umask 077; mkdir -p "$K") && rm -f "$2.old" "$2.sum" && printf '%s\\n' "$1" >"$2.path" &&
    {{ [ ! -e "$1" ] || cp -p "$1" "$2.old"; }} || fail "$1 cannot be kept in $K"
}}
kept() {{ printf '%s/file-%s' "$K" "$(printf %s "$1" | tr / %)"; }}
keep() {{ p=$(real "$1"); n=$(kept "$p"); same "$n" || copy "$p" "$n"; }}
wrote() {{
  p=$(real "$1"); n=$(kept "$p"); s=$(now_is "$p")
  if [ "$s" = "$(now_is "$n.old")" ]; then rm -f "$n.old" "$n.sum" "$n.path"
  else printf '%s\\n' "$s" >"$n.sum"; fi
  rmdir "$K" 2>/dev/null; return 0
}}
put() {{
  keep "$1"; if [ -n "$2" ]; then same "$K/act-$2" || copy "$p" "$K/act-$2"; fi
  (umask 077; cat >"$K/new" && cat "$K/new" >"$p") || fail "$p cannot be written"
  if [ -n "$2" ]; then now_is "$p" >"$K/act-$2.sum"; fi
  rm -f "$K/new"; wrote "$p"
}}
move() {{
  keep "$1"; from=$p; keep "$2"
  mv -f "$from" "$p" || fail "$1 cannot be moved"
  wrote "$1"; wrote "$2"
}}
gone() {{ [ -e "$1" ] || return 0; keep "$1"; rm -f "$1"; wrote "$1"; }}
mine() {{ same "$K/act-$1"; }}
drop() {{
  rm -f "$K/act-$1.old" "$K/act-$1.sum" "$K/act-$1.path"; rmdir "$K" 2>/dev/null; return 0
}}
back() {{
  if [ -e "$1.old" ]; then mkdir -p "${{2%/*}}"; cp -p "$1.old" "$2"; else rm -f "$2"; fi \\
    || fail "$2 cannot be put back"
}}
give() {{
  read -r q <"$K/act-$1.path" || return 0
  keep "$q"; back "$K/act-$1" "$q"; drop "$1"; wrote "$q"
}}
"""

#: How firewalld is found, once, before an act starts, stops, enables or disables it.
NOTE_FIREWALLD = f"""\
K={FOLDER}
[ -e "$K/firewalld" ] || {{
  new=; [ -e {UNDO_DIR}/firewalld.undo ] || new=new
  a=$(systemctl is-active firewalld 2>/dev/null); e=$(systemctl is-enabled firewalld 2>/dev/null)
  (umask 077; mkdir -p "$K") && echo "${{a:-unknown}} ${{e:-unknown}} $new" >"$K/firewalld"
}} || {{ echo "nothing can be noted in $K: nothing is changed" >&2; exit 1; }}
"""

#: Everything that acts left: files as they were, no loop, firewalld as it was found. What was
#: written by others since stays. A copy beside a file is what an earlier version kept.
PUT_BACK = (
    KEEP
    + WAY_IN
    + f"""\
for s in "$K"/file-*.sum; do
  n=${{s%.sum}}; [ -e "$s" ] && read -r f <"$n.path" || continue
  if same "$n"; then back "$n" "$f"
  else case $f in /etc/firewalld/zones/*.xml)
    firewall-cmd -q --permanent --remove-rich-rule='{VRRP_RULE}' 2>/dev/null ;;
  esac; fi
done
rm -f /etc/nginx/conf.d/*.before-append /etc/nginx/conf.d/*.before-break
rm -f /etc/keepalived/keepalived.conf.before-loop
systemctl stop check-web-loop 2>/dev/null; systemctl reset-failed check-web-loop 2>/dev/null
for p in $(pgrep -f '{LOOP}'); do kill "$p" 2>/dev/null; done
[ ! -d /server ] || rmdir /server/scripts /server 2>/dev/null
[ ! -e "$K/made-folder" ] || rmdir /etc/keepalived 2>/dev/null
if [ -e "$K/firewalld" ]; then
  read -r a e new <"$K/firewalld"
  if [ "$a" = active ]; then
    systemctl -q is-active firewalld || {{ way_in && systemctl start firewalld; }} || exit 1
  else
    # What was let in meanwhile was let in by a firewalld that did not run before.
    [ "$new" != new ] || [ ! -e {UNDO_DIR}/firewalld.undo ] || {{
      sh {UNDO_DIR}/firewalld.undo; rm -f {UNDO_DIR}/firewalld.undo {UNDO_DIR}/firewalld-*.run*; }}
    ! systemctl -q is-active firewalld || systemctl stop firewalld || exit 1
  fi
  case $e in enabled*) systemctl -q enable firewalld ;; disabled*) systemctl -q disable firewalld ;;
  esac
fi
rm -rf "$K"; rmdir {UNDO_DIR} {STATE_DIR} 2>/dev/null
"""
)
