"""Building keepalived from source as sh: fetch, configure, make, put in place, and back.

Everything lies in a fixed folder on the node, with a mark after each stage, so that a second
run finds what a first one has done. What ``make install`` brings is staged first: that gives
the list of its files before any of them is in the system, and no file of ``/etc`` is replaced.
"""

from __future__ import annotations

from haconsole.procedures.install.packages_shell import RUN
from haconsole.procedures.paths import BINARY, BUILD_DIR, SOURCE_BINARY, SOURCE_DIR, SOURCE_PREFIX
from haconsole.procedures.steps.shell import WHY, quote

#: ``--sysconfdir=/etc``: so that the daemon reads /etc/keepalived/keepalived.conf, and its unit
#: /etc/sysconfig/keepalived, whatever the prefix is (the tutorial copies files instead).
OPTIONS = f"--prefix={SOURCE_PREFIX} --sysconfdir=/etc"
#: Succeeds when this very build is in place.
_BUILT = """\
is_built() {{ [ "$(cat {source}/token 2>/dev/null)" = {token} ] && [ -x {binary} ]; }}
"""
_NAMES = """\
B={build}; V={version}; A=$B/keepalived-$V.tar; D=$B/keepalived-$V; M={source}/manifest
T={token}; S=$B/stage; O={source}/earlier
"""
#: What is missing to build, or nothing. Found by trying, since names of packages say little.
PROBE = """\
missing=
for t in make pkg-config tar gzip; do command -v $t >/dev/null || missing="$missing $t"; done
command -v gcc >/dev/null || command -v cc >/dev/null || missing="$missing gcc"
C=gcc; command -v gcc >/dev/null || C=cc
if [ -z "$missing" ]; then
  for l in openssl libnl-3.0 libnl-genl-3.0; do
    pkg-config --exists $l || missing="$missing $l"
  done
  printf '#include <stdio.h>\\n#include <openssl/ssl.h>\\n#include <netlink/genl/genl.h>\\n' |
    $C $(pkg-config --cflags openssl libnl-3.0 libnl-genl-3.0 2>/dev/null) -fsyntax-only -x c - \\
      2>/dev/null || [ -n "$missing" ] || missing=" the headers of libc, openssl or libnl-3"
fi
"""
_ARRIVED = """\
if [ -n "$SUM" ]; then
  sum=$(sha256sum "$A.part" | cut -c 1-64)
  [ "$sum" = "$SUM" ] || { rm -f "$A.part"; fail "The archive's SHA-256 is $sum, and not $SUM: \
it was not unpacked. Ask its publisher which one is right."; }
fi
tar -tf "$A.part" >"$W/list" 2>/dev/null ||
  { rm -f "$A.part"; fail "What came is no tar archive: is the address that of a download?"; }
grep -q -x -e "keepalived-$V/configure" -e "./keepalived-$V/configure" "$W/list" ||
  { rm -f "$A.part"; fail "The archive holds no keepalived-$V/configure: it is no release of \
that version."; }
mv -f "$A.part" "$A" && printf '%s\\n' "$FROM" >"$A.from" || fail "The archive cannot be kept."
"""
FETCH = (
    """\
mkdir -p $B && rm -f "$A.part" || fail "There is no room for the archive in $B."
if command -v curl >/dev/null
then run curl -fsSL --connect-timeout 15 --retry 2 -o "$A.part" "$URL"
elif command -v wget >/dev/null; then run wget -nv -T 15 -t 3 -O "$A.part" "$URL"
else fail "Neither curl nor wget is on this host: upload the archive instead (archive=FILE)."; fi
if [ "$(cat "$W/status")" != 0 ]; then
  rm -f "$A.part"; full_or_stuck
  if said '404' >/dev/null; then fail "There is no archive at $URL: is the version right?"; fi
  why=$(grep -v '^$' "$W/log" | tail -n 1 | sed 's/^[a-z]*: //; s/^([0-9]*) //')
  fail "The archive cannot be fetched from $URL: ${why:-no answer}. Give another address \
(url=…), or upload it from your own machine (archive=FILE)."
fi
"""
    + _ARRIVED
)
UPLOAD = (
    """\
mkdir -p $B && cat >"$A.part" || fail "There is no room for the archive in $B."
"""
    + _ARRIVED
)
CONFIGURE = """\
rm -rf "$D" "$B/new"; mkdir -p "$B/new" || fail "There is no room to unpack in $B."
run tar -xf "$A" -C "$B/new" || { full_or_stuck; fail "The archive cannot be unpacked: \
$(tail -n 1 "$W/log")"; }
mv "$B/new/keepalived-$V" "$D" && rm -rf "$B/new" && cd "$D" || fail "$D cannot be made."
run ./configure $OPTIONS || {
  full_or_stuck
  if said 'no acceptable C compiler\\|compiler cannot create' >/dev/null
  then fail "A C compiler is missing, or makes nothing that runs: see the step of the build \
tools."; fi
  why=$(grep -i -m 1 -e 'error:' -e '!!!' "$W/log" || tail -n 1 "$W/log")
  fail "The build cannot be configured: $(printf %s "$why" | sed 's/.*error: //; s/ *!!!//g')"
}
echo "$T" >"$D/.configured" || fail "$D cannot be written."
"""
MAKE = """\
cd "$D" || fail "$D is gone: run the plan again."
run make -j"$(nproc 2>/dev/null || echo 1)" || {
  full_or_stuck
  why=$(grep -i -m 1 -e ' error: ' -e 'undefined reference' "$W/log" || tail -n 1 "$W/log")
  fail "The build broke off: $why"
}
echo "$T" >"$D/.made" || fail "$D cannot be written."
"""
#: Files that are there and not of an earlier build of ours stay, below /etc; elsewhere they
#: are somebody else's keepalived.
_UNIT = """\
[Unit]
Description=LVS and VRRP High Availability Monitor
After=network-online.target
Wants=network-online.target

[Service]
Type=forking
PIDFile=/run/keepalived.pid
KillMode=process
EnvironmentFile=-/etc/sysconfig/keepalived
ExecStart={binary} $KEEPALIVED_OPTIONS
ExecReload=/bin/kill -HUP $MAINPID

[Install]
WantedBy=multi-user.target
"""
INSTALL = (
    """\
cd "$D" || fail "$D is gone: run the plan again."
rm -rf "$S"; run make install DESTDIR="$S" || { full_or_stuck; fail "make install broke off: \
$(tail -n 1 "$W/log")"; }
cd "$S" || fail "make install left nothing."
# A configure that does not know systemd leaves its unit where systemd does not look, or none.
u=$(find . -name keepalived.service | head -n 1)
case $u in ./lib/systemd/system/*|./usr/lib/systemd/system/*|./etc/systemd/system/*) ;; *)
  mkdir -p etc/systemd/system
  if [ -n "$u" ]; then mv "$u" etc/systemd/system/
  else cat >etc/systemd/system/keepalived.service <<'END OF UNIT'
"""
    + _UNIT.format(binary=SOURCE_BINARY)
    + """END OF UNIT
  fi ;;
esac
touch $M
{ find . -type f; find . -type l; } | sed 's/^\\.//' | sort >"$W/files"
while read -r f; do
  if { [ -e "$f" ] || [ -L "$f" ]; } && ! grep -q -x -F "f $f" $M; then
    case $f in /etc/systemd/*) ;; /etc/*) continue;; esac
    fail "$f is there already, and this tool did not put it there: take it away first."
  fi
  echo "f $f"
done <"$W/files" >"$W/manifest" || exit 1
find . -type d | sed 's/^\\.//' | sort | while read -r d; do
  if [ -n "$d" ] && { [ ! -d "$d" ] || grep -q -x -F "d $d" $M; }; then echo "d $d"; fi
done >>"$W/manifest"
# Without a token a run was cut off just here: what is in place is half of each.
if [ -e {source}/token ]; then
  rm -rf $O; keep_earlier || fail "The earlier build cannot be kept in $O: is the disk full?"
fi
# Noted before it is done, so that a run that is cut off here leaves nothing unknown behind.
cat $M "$W/manifest" | sort -u >$M.new && mv $M.new $M || fail "$M cannot be written."
rm -f {source}/token
sed -n 's/^d //p' "$W/manifest" | while read -r d; do mkdir -p "$d"; done
sed -n 's/^f //p' "$W/manifest" | while read -r f; do
  cp -a ".$f" "$f.haconsole-new" && mv -fT "$f.haconsole-new" "$f" || exit 1
done || fail "The build cannot be put in place: is the disk full, or read-only?"
sed -n 's/^f //p' $O/manifest 2>/dev/null | while read -r f; do
  grep -q -x -F "f $f" "$W/manifest" || [ "$f" = {link} ] || rm -f "$f"
done
grep -x -F "f {link}" $M >>"$W/manifest"; sort -u "$W/manifest" >$M.new && mv $M.new $M
if [ -d /sys/fs/selinux ] && command -v restorecon >/dev/null; then restorecon -R {prefix}; fi
systemctl daemon-reload
if systemctl -q is-active keepalived.service; then : >{source}/restart; fi
{binary} -v 2>&1 | head -n 1
echo "$V" >{source}/version && echo "$T" >{source}/token || fail "{source} cannot be written."
""".replace("{source}", SOURCE_DIR)
    .replace("{binary}", SOURCE_BINARY)
    .replace("{prefix}", SOURCE_PREFIX)
    .replace("{link}", BINARY)
)
#: ``keep_earlier`` copies the build that is in place; ``bring_back`` puts it back; ``take_away``
#: leaves nothing of a build.
AWAY = """\
keep_earlier() {
  [ -s $M ] || return 0
  mkdir -p $O && cp -p $M $O/manifest || return 1
  for x in version token; do [ ! -e {source}/$x ] || cp -p {source}/$x $O/; done
  sed -n 's/^f //p' $M | while read -r f; do
    [ -e "$f" ] || [ -L "$f" ] || continue
    mkdir -p "$O/files${f%/*}" && cp -a "$f" "$O/files$f" || exit 1
  done
}
take_away() {
  [ -e $M ] || return 0
  sed -n 's/^f //p' $M | while read -r f; do rm -f "$f" "$f.haconsole-new"; done
  sed -n 's/^d //p' $M | sort -r | while read -r d; do rmdir "$d" 2>/dev/null; done
  rm -f $M {source}/version {source}/token {source}/restart
}
bring_back() {
  [ -e $O/manifest ] || return 1
  cp -p $O/manifest $O/again; take_away
  sed -n 's/^d //p' $O/again | while read -r d; do mkdir -p "$d"; done
  (cd $O/files && find . -type f && find . -type l) | sed 's/^\\.//' | while read -r f; do
    cp -a "$O/files$f" "$f" || exit 1
  done
  for x in version token; do [ ! -e $O/$x ] || cp -p $O/$x {source}/; done
  mv $O/again $M; rm -rf $O; systemctl daemon-reload
}
""".replace("{source}", SOURCE_DIR)
RESTART = (
    WHY
    + """\
stays_up() {
  systemctl reset-failed keepalived.service 2>/dev/null
  systemctl restart keepalived.service 2>/dev/null || return 1
  i=0; while [ $i -lt 8 ]; do
    sleep 0.25; systemctl -q is-active keepalived.service || return 1; i=$((i+1))
  done
}
if stays_up; then rm -f {source}/restart; exit 0; fi
why=$(why keepalived.service)
bring_back || fail "keepalived does not start: $why"
stays_up && fail "The new build does not start ($why); the earlier one is back, and runs."
fail "The new build does not start ($why); the earlier one is back, and does not start either."
""".replace("{source}", SOURCE_DIR)
)


def names(version: str, token: str) -> str:
    """Return the names that every script uses, and ``is_built``."""
    values = {
        "build": BUILD_DIR,
        "source": SOURCE_DIR,
        "version": quote(version),
        "token": quote(token),
        "binary": SOURCE_BINARY,
    }
    return (_NAMES + _BUILT).format(**values)


def acting(version: str, token: str) -> str:
    """Return what every script that changes begins with."""
    return RUN + names(version, token) + f"umask 022; mkdir -p {SOURCE_DIR}\n" + AWAY
