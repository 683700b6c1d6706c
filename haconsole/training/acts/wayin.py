"""Whether firewalld, where it does not run yet, would let the console in again.

What is written of firewalld is read, for it cannot be asked before it runs: the default zone,
every zone that has an interface or a source, and those that NetworkManager gives to connections
(firewalld.zone(5), nm-settings(5)). Each has to let every port in on which sshd listens. Whatever
is not plain counts as no: a lesson that is refused is worth less than a host that is lost.
"""

from __future__ import annotations

from haconsole.domain.notes import note
from haconsole.procedures.plan import Step
from haconsole.procedures.steps.looks import look

#: Defines ``way_in``: true, or false with the reason on standard error. As root.
#: sshd's ports: where it listens, and where it serves connections whose port systemd listens on.
#: Rules are taken out of a zone before it is read: a service in one may be for some hosts only.
WAY_IN = r"""
closed() { echo "$*" >&2; return 1; }
ssh_ports() {
  all=$(ss -ltnp 2>/dev/null | sed -n 's/^LISTEN *[0-9]* *[0-9]* *//p' | grep -v -e '^127\.' \
    -e '^\[::1\]' -e '^\[::ffff:127\.')
  at='s/^[^ ]*:\([0-9][0-9]*\) .*/\1/p'
  printf '%s\n' "$all" | grep '"sshd' | sed -n "$at"
  for p in $(ss -tnp 2>/dev/null | sed -n 's/^ESTAB *[0-9]* *[0-9]* *//p' | grep '"sshd' \
      | sed -n "$at"); do
    ! printf '%s\n' "$all" | sed -n "$at" | grep -q -x "$p" || echo "$p"
  done
}
zone_text() {
  f=/etc/firewalld/zones/$1.xml; [ -e "$f" ] || f=/usr/lib/firewalld/zones/$1.xml
  [ -e "$f" ] && tr '\n' ' ' <"$f"
}
plain() { sed -e 's/<!--.*-->//' -e 's/<rule.*<\/rule>//'; }
zones() {
  z=$(sed -n 's/^ *DefaultZone *= *\([^ ]*\).*/\1/p' /etc/firewalld/firewalld.conf 2>/dev/null \
    | tail -n 1)
  echo "${z:-public}"
  for f in /etc/firewalld/zones/*.xml; do
    [ -e "$f" ] || continue
    case $(tr '\n' ' ' <"$f" | plain) in *'<interface '*|*'<source '*)
      f=${f##*/}; echo "${f%.xml}" ;; esac
  done
  sed -n 's/^zone=//p' /etc/NetworkManager/system-connections/* 2>/dev/null
  sed -n "s/^ZONE=[\"']*\([A-Za-z0-9_-]*\).*/\1/p" /etc/sysconfig/network-scripts/ifcfg-* \
    2>/dev/null
}
tcp_ports() {
  grep -o '<port [^>]*>' | grep 'protocol="tcp"' | sed -n 's/.* port="\([0-9-]*\)".*/\1/p'
}
service_ports() {
  f=/etc/firewalld/services/$1.xml; [ -e "$f" ] || f=/usr/lib/firewalld/services/$1.xml
  if [ -e "$f" ]; then tr '\n' ' ' <"$f" | sed 's/<!--.*-->//' | grep -v '<destination' | tcp_ports
  elif [ "$1" = ssh ]; then echo 22; fi
}
lets_in() {
  t=$(zone_text "$1") || return 1
  case $t in *'<drop'*|*'<reject'*) return 1 ;; esac
  t=$(printf '%s\n' "$t" | plain)
  case $t in *'target="ACCEPT"'*) return 0 ;; esac
  for r in $(printf '%s\n' "$t" | tcp_ports) $(printf '%s\n' "$t" | grep -o '<service [^>]*>' \
      | sed -n 's/.* name="\([^"]*\)".*/\1/p' | while read -r s; do service_ports "$s"; done); do
    if [ "$2" -ge "${r%-*}" ] && [ "$2" -le "${r#*-}" ]; then return 0; fi
  done
  return 1
}
way_in() {
  for u in nftables iptables ip6tables; do
    systemctl -q is-active firewalld || ! systemctl -q is-active $u \
      || closed "$u is the firewall of this host, and firewalld would take its place:" \
        "all is left as it is" || return 1
  done
  ports=$(ssh_ports | sort -u)
  [ -n "$ports" ] || closed "it cannot be seen on which port sshd listens," \
    "so firewalld is left as it is" || return 1
  ! cat /etc/firewalld/direct.xml /etc/firewalld/policies/*.xml 2>/dev/null \
    | grep -q -i -e drop -e reject || closed "firewalld has rules here that refuse something" \
      "(direct.xml, policies), so it is left as it is" || return 1
  for zone in $(zones); do
    for port in $ports; do
      lets_in "$zone" "$port" || closed "firewalld's zone $zone does not plainly let in" \
        "port $port, where sshd listens: it is left as it is, or nobody could come in again" \
        || return 1
    done
  done
}
"""


def still_in(host: str, *, runs_may: bool) -> Step:
    """Return the look that comes before firewalld is touched; it fails where SSH were kept out.

    ``runs_may``: where firewalld runs already, nothing is asked.
    """
    runs = "systemctl -q is-active firewalld && exit 0\n" if runs_may else ""
    return look(
        host,
        note("With firewalld {host} can still be entered", host=host),
        note("Where its zone does not let sshd's port in, nobody could come in again."),
        f"{WAY_IN}{runs}way_in || exit 1\n",
        id="way in",
        root=True,
        settle_s=0.0,
    )
