"""The package managers as sh: what is there, what an installation brings, why one failed.

The scripts run on the node, so the sentences of their failures are made there too: a manager's
own output is a page, of which one line matters. The messages are those of apt 1.8 to 2.9, dpkg,
dnf 4 and 5, yum 3 and rpm.
"""

from __future__ import annotations

from haconsole.procedures.facts import Manager
from haconsole.procedures.paths import PACKAGES_DIR

#: Seconds to wait for another program that holds the manager's lock.
LOCK_WAIT_S = 60
#: ``run`` runs a command, shows what it says, and keeps it, so that ``explain`` can end the
#: script with the one sentence that says why it failed. The notes lie in memory (/run), since
#: the disk may be full.
RUN = """\
fail() { echo "$*" >&2; exit 1; }
W=$(mktemp -d /run/haconsole.XXXXXX 2>/dev/null) || W=$(mktemp -d) || fail "Nothing can be \
written on this host, not even a note: is its disk full, or read-only?"
trap 'rm -rf "$W"' EXIT
run() { { "$@" 2>&1; echo $? >"$W/status"; } | tee "$W/log"; return $(cat "$W/status"); }
said() { grep -i -m 1 -e "$1" "$W/log"; }
full_or_stuck() {
  if said 'No space left on device' >/dev/null || said 'enough free space' >/dev/null ||
    said 'needs .* more space' >/dev/null || said 'disk requirements' >/dev/null ||
    said 'curl error (23)' >/dev/null
  then fail "The disk is full: make room on this host, then try again."; fi
  if said 'Read-only file system' >/dev/null
  then fail "The file system is read-only: find out why (dmesg), remount it, then try again."; fi
}
"""
_EXPLAIN = """\
explain() {
  full_or_stuck
  if said 'could not get lock' >/dev/null || said 'unable to acquire' >/dev/null ||
    said 'unable to lock' >/dev/null || said 'currently holding the' >/dev/null ||
    said 'already locked by' >/dev/null || said 'transaction lock' >/dev/null ||
    said 'frontend.* locked by another' >/dev/null || said 'waiting for process with pid' >/dev/null
  then
    who=$(sed -n -e 's/.*held by process \\([0-9]*\\) (\\([^)]*\\)).*/process \\1, \\2/p' \\
      -e 's/.*with PID \\([0-9]*\\) is: \\(.*\\)/process \\1, \\2/p' \\
      -e 's/.*locked by another process with pid \\([0-9]*\\).*/process \\1/p' \\
      -e 's/.*process with pid \\([0-9]*\\) to finish.*/process \\1/p' \\
      -e 's/.*already locked by \\([0-9]*\\).*/process \\1/p' "$W/log" | tail -n 1)
    fail "Another program holds the package manager's lock${who:+ ($who)}: wait until it is done, \
or end it, then try again."
  fi
  if said 'held packages were changed' >/dev/null || said 'versionlock' >/dev/null
  then fail "$1 is held on this host (apt-mark hold, or versionlock): release it, then try again."
  fi
  reached
  if said 'version .* for .* was not found' >/dev/null; then not_offered "$1" "$2" "$3"; fi
  if said 'unable to locate package' >/dev/null || said 'no match for argument' >/dev/null ||
    said 'unable to find a match' >/dev/null || said 'no package .* available' >/dev/null ||
    said 'has no installation candidate' >/dev/null || said 'not.* matching packages' >/dev/null
  then not_offered "$1" "$2" "$3"; fi
  why=$(grep -i -e '^E: ' -e '^Error: ' -e '^error: ' "$W/log" | tail -n 1)
  fail "$1 could not be installed: ${why:-$(grep -v '^$' "$W/log" | tail -n 1)}"
}
reached() {
  if why=$(said 'failed to fetch') || why=$(said 'temporary failure resolving') ||
    why=$(said 'could not resolve') || why=$(said 'curl error') ||
    why=$(said 'cannot download') || why=$(said 'failed to download') || why=$(said 'errno 14')
  then fail "A repository cannot be reached: $(printf %s "$why" |
    sed -e 's/^[WE]: //' -e 's/^ *- //' | cut -c 1-200). Check its address and the way to it, \
then try again."
  fi
}
not_offered() {
  if [ -n "$3" ]; then
    o=$(offered "$2")
    [ -z "$o" ] || fail "The repositories do not offer $1 in version $3; they offer: $o."
  fi
  n=$(sed -n -e 's/.*o match for argument: *//p' -e 's/.*nable to locate package *//p' "$W/log" |
    head -n 1)
  fail "The repositories of this host do not offer ${n:-$1}: add one that does (on RHEL nginx may \
need EPEL), then try again."
}
"""
_APT = """\
there() { dpkg-query -W -f '${db:Status-Abbrev} ${Version}\\n' "$1" 2>/dev/null |
  sed -n 's/^.i *//p'; }
every() { dpkg-query -W -f '${db:Status-Abbrev} ${Package}\\n' | sed -n 's/^.i */package /p'; }
offered() { apt-cache madison "$1" | cut -d '|' -f 2 | tr -d ' ' | sort -u | tr '\\n' ' ' |
  sed 's/ $//'; }
"""
_DNF = """\
there() { rpm -q --qf '%{EPOCH}:%{VERSION}-%{RELEASE}\\n' "$1" 2>/dev/null |
  sed -n -e 's/^(none)://' -e 's/^0://' -e '/^package /!p'; }
every() { rpm -qa --qf 'package %{NAME}\\n'; }
offered() { @manager@ -q list --showduplicates "$1" 2>/dev/null |
  sed -n 's/^[^ ]*\\.[^ ]* *\\([0-9][^ ]*\\) .*/\\1/p' | sort -u | tr '\\n' ' ' | sed 's/ $//'; }
"""
_APT_ACTS = """\
get() {
  run apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=@wait@ \\
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}
refresh() { run apt-get -q -o DPkg::Lock::Timeout=@wait@ update; }
put_in() {
  dpkg --configure -a >/dev/null 2>&1
  if [ -n "$2" ]; then get --allow-downgrades install "$1=$2"; else get install $1; fi
}
take_out() { dpkg --configure -a >/dev/null 2>&1; get purge "$@"; }
would_lose() {
  apt-get -s -q purge "$@" 2>/dev/null | sed -n -e 's/^Purg \\([^ ]*\\).*/\\1/p' \\
    -e 's/^Remv \\([^ ]*\\).*/\\1/p'
}
"""
_DNF_ACTS = """\
get() {
  i=0
  until run @manager@ -y --setopt=exit_on_lock=True --setopt=timeout=15 --setopt=retries=2 \\
    --setopt=install_weak_deps=False --setopt=clean_requirements_on_remove=False "$@"; do
    said 'holding the\\|already locked\\|transaction lock' >/dev/null || return 1
    [ $i -lt @wait@ ] || return 1
    i=$((i+1)); sleep 1
  done
}
refresh() { get makecache; }
put_in() {
  if [ -n "$2" ]; then
    get install "$1-$2" || return 1
    [ "$(there "$1")" = "$2" ] || get downgrade "$1-$2"
  else get install $1; fi
}
take_out() { get remove "$@"; }
would_lose() {
  echo "$@" | tr ' ' '\\n'
  @manager@ --assumeno remove "$@" 2>/dev/null | sed -n '/^Removing .*depend/,/^ *$/{
    /^Removing/d; s/^ \\([^ ]*\\) .*/\\1/p
  }'
}
"""
#: What is on the host, a line a thing: subtracting two of these says what came.
_INVENTORY = f"""\
P={PACKAGES_DIR}
inventory() {{
  every
  sed 's/:.*//; s/^/user /' /etc/passwd; sed 's/:.*//; s/^/group /' /etc/group
  for p in @paths@; do [ ! -e $p ] || echo "path $p"; done
  # Some packages leave folders that they do not own.
  {{ find /etc /usr -xdev -type d; find /var -xdev -maxdepth 3 -type d; }} | sed 's/^/dir /'
}}
before() {{
  umask 077; mkdir -p $P || fail "Nothing can be kept in $P."
  [ -e $P/$1.before ] || {{ inventory | sort -u >$P/$1.new && mv $P/$1.new $P/$1.before; }} ||
    fail "What is installed could not be noted in $P: is the disk full?"
}}
came() {{ inventory | sort -u | cat $P/$1.before $P/$1.before - | sort | uniq -u; }}
after() {{
  {{ cat $P/$1.brought 2>/dev/null; came $1; }} | sort -u >$P/$1.new
  mv $P/$1.new $P/$1.brought && rm -f $P/$1.before
}}
"""
_REMOVAL = """\
gone_with() {
  [ -e $P/$1.brought ] || [ -e $P/$1.before ] || exit 0
  [ ! -e $P/$1.before ] || after $1
  brought=" $(sed -n 's/^package //p' $P/$1.brought | tr '\\n' ' ')"
  wanted=; for p in $brought; do [ -z "$(there $p)" ] || wanted="$wanted $p"; done
  if [ -n "$wanted" ]; then
    only_ours $wanted
    if [ -n "$mine" ]; then take_out $mine || explain "$1"; fi
  fi
  sed -n 's/^path //p' $P/$1.brought | while read -r p; do rm -rf "$p"; done
  sed -n 's/^dir //p' $P/$1.brought | sort -r | while read -r d; do rmdir "$d" 2>/dev/null; done
  sed -n 's/^user //p' $P/$1.brought | while read -r u; do userdel "$u" 2>/dev/null; done
  sed -n 's/^group //p' $P/$1.brought | while read -r g; do groupdel "$g" 2>/dev/null; done
  rm -f $P/$1.brought
}
# What is needed by something that this tool did not bring stays.
only_ours() {
  mine="$*"
  while [ -n "$mine" ]; do
    others=; for p in $(would_lose $mine); do case $brought in *" $p "*) ;;
      *) others="$others $p";; esac; done
    [ -n "$others" ] || return 0
    keep=; for p in $mine; do
      bad=; for q in $(would_lose $p); do case "$others " in *" $q "*) bad=1;; esac; done
      if [ -n "$bad" ]; then echo "$p stays:$others needs it."; else keep="$keep $p"; fi
    done
    [ "$keep" != "$mine" ] || return 0
    mine=$keep
  done
}
"""
#: What a package's service fills while it runs, and a manager leaves behind. Of what was made
#: below /etc only empty folders go: what somebody put there is theirs.
PATHS = {
    "nginx": "/var/log/nginx /var/lib/nginx /var/cache/nginx /var/www/html/index.nginx-debian.html",
    "keepalived": "",
    "build": "",
}


def queries(manager: Manager) -> str:
    """Return ``there NAME`` (its version, or nothing), ``every`` and ``offered NAME``."""
    return (_APT if manager is Manager.APT else _DNF).replace("@manager@", manager.value)


def actions(manager: Manager, record: str) -> str:
    """Return everything that installing and removing take.

    ``run COMMAND…``, ``explain WHAT NAME``, ``refresh``, ``put_in NAMES VERSION``, ``before
    RECORD`` and ``after RECORD`` around an installation, ``gone_with RECORD`` for its removal.
    ``record``: a key of ``PATHS``.
    """
    acts = _APT_ACTS if manager is Manager.APT else _DNF_ACTS
    script = (
        RUN
        + queries(manager)
        + _EXPLAIN
        + acts
        + _INVENTORY.replace("@paths@", PATHS.get(record, ""))
    )
    return script.replace("@manager@", manager.value).replace("@wait@", str(LOCK_WAIT_S))


def removal(manager: Manager, record: str) -> str:
    """Return :func:`actions` and ``gone_with RECORD``: takes away what an installation brought."""
    return actions(manager, record) + _REMOVAL
