"""Rules in a firewall that runs: firewalld, nftables, iptables; each noted to be taken back."""

from __future__ import annotations

from dataclasses import dataclass

from haconsole.domain.notes import Note, note
from haconsole.procedures.configure.records import UNDO_DIR, noted
from haconsole.procedures.plan import Step
from haconsole.procedures.recipes.firewall import Need
from haconsole.procedures.steps.shell import quote

_VRRP_RULE = 'rule protocol value="vrrp" accept'


#: ``zones INTERFACE …`` sets ``$zones``; ``listed`` reads ``$z`` whole, since each firewall-cmd
#: takes a third of a second.
_ZONES = """\
zones() {
  zones=
  for i in "$@"; do
    z=$(firewall-cmd --get-zone-of-interface="$i" 2>/dev/null) ||
      z=$(firewall-cmd --get-default-zone) || { echo "firewalld does not answer" >&2; exit 2; }
    case " $zones " in *" $z "*) ;; *) zones="$zones $z" ;; esac
  done
}
listed() {
  now=$(firewall-cmd --zone="$z" --list-all) && kept=$(firewall-cmd --permanent --zone="$z" \\
    --list-all) || { echo "firewalld does not tell its rules" >&2; exit 2; }
}
has() { printf '%s\\n' "$1" | grep -E -q "$2"; }
"""
#: ``as_found`` and ``add OPTION ADDED REMOVED`` are about ``$z``. firewalld.zones(5): a zone of
#: /usr/lib that is changed gets a file of its own in /etc.
_ADD = f"""\
as_found() {{
  f=/etc/firewalld/zones/$z.xml; before={UNDO_DIR}/zone-$z.before
  if [ ! -e "$f" ]; then
    printf '%s\\n' "$kept" >"$before"
    back "firewall-cmd --permanent --zone=$z --list-all | cmp -s - $before && rm -f $f $f.old
      rm -f $before"
  fi
}}
add() {{
  back "firewall-cmd -q --zone=$z $1 $3"
  said=$(firewall-cmd --zone="$z" $1 "$2" 2>&1) ||
    {{ echo "firewalld refuses it: $said" >&2; exit 1; }}
}}
"""


def _words(need: Need, host: str) -> tuple[Note, Note]:
    if need.port is None:
        reason = note("Without it an LB does not hear the other, and both take the VIP.")
        return note("The firewall of {host} lets VRRP in", host=host), reason
    title = note("The firewall of {host} lets port {port} in", host=host, port=need.port)
    return title, note("Without it nobody reaches nginx from outside.")


@dataclass(frozen=True, slots=True)
class Ways:
    """By which interfaces a host is reached: ``peers`` by adverts, ``clients`` by requests.

    Empty where nobody says: a firewalld's default zone is meant.
    """

    peers: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()


def firewalld_step(host: str, needs: tuple[Need, ...], ways: Ways | str) -> Step:
    """Return the step for firewalld: the running rules and the permanent ones, each as it is.

    Without a reload, which would drop what others added to the running rules alone. The rules go
    into the zones of the interfaces (a word: one for all); the default zone where one is in none.
    """
    ways = Ways((ways,), (ways,)) if isinstance(ways, str) else ways
    vrrp = tuple(need for need in needs if need.port is None)
    http = tuple(need for need in needs if need.port is not None)
    parts = [(vrrp, ways.peers), (http, ways.clients)]
    if ways.peers == ways.clients:
        parts = [(needs, ways.peers)]
    check, do = _ZONES, _ZONES + _ADD
    for some, interfaces in parts:
        if not some:
            continue
        head = f"zones {' '.join(map(quote, interfaces or ('',)))}\nfor z in $zones; do\nlisted\n"
        check, do = check + head, f"{do}{head}as_found\n"
        for need in some:
            entry, there = _firewalld_entry(need)
            pattern = quote(there)
            check += f'has "$now" {pattern} && has "$kept" {pattern} || exit 1\n'
            # The removal is quoted twice: it is a word of a command that is noted as a word.
            words = f"{quote(f'--add-{entry}')} {quote(quote(f'--remove-{entry}'))}"
            do += f'has "$kept" {pattern} || add --permanent {words}\n'
            do += f"has \"$now\" {pattern} || add '' {words}\n"
        check, do = check + "done\n", do + "done\n"
    ports = ", ".join(str(need.port) for need in http)
    title = note("firewalld on {host} lets in what the pair needs", host=host)
    return noted(host, "firewalld", title=title, reason=_reason(needs, ports), check=check, do=do)


def _firewalld_entry(need: Need) -> tuple[str, str]:
    """Return an entry of a zone, and what shows that it (or its like) is there already."""
    if need.port is None:
        return f"rich-rule={_VRRP_RULE}", f"^\\s*{_VRRP_RULE}|^  protocols:.* vrrp( |$)"
    if need.port == 80:
        return "service=http", "^  services:.* http( |$)|^  ports:.* 80/tcp( |$)"
    return f"port={need.port}/tcp", f"^  ports:.* {need.port}/tcp( |$)"


def _reason(needs: tuple[Need, ...], ports: str) -> Note:
    vrrp = any(need.port is None for need in needs)
    if vrrp and ports:
        return note(
            "VRRP, or an LB does not hear the other and both take the VIP; and port {ports}, "
            "where nginx is asked.",
            ports=ports,
        )
    if vrrp:
        return note("VRRP: else an LB does not hear the other, and both take the VIP.")
    return note("Port {ports}: without it nobody reaches nginx from outside.", ports=ports)


def nft_step(host: str, need: Need, *, ipv6: bool) -> Step:
    """Return the step for nftables: a rule at the head of every chain that filters what comes in.

    Every one of them can drop a packet, whatever the others say (nft(8)); so can those that a
    firewalld left behind which does not run any more (CleanupOnExit=no of firewalld.conf(5)).
    """
    families = "ip|inet|ip6" if ipv6 else "ip|inet"
    there = (
        "(l4proto|protocol) (vrrp|112) .*accept"
        if need.port is None
        else f"tcp dport (\\{{.*[ ,])?({need.port}|http)[ ,}}].*accept"
    )
    common = f"""\
chains() {{
  nft list ruleset | while read -r a b c d; do
    case $a in
    table) f=$b; t=$c ;;
    chain) n=$b ;;
    type) case " $b $c $d" in " filter hook input "*)
      case $f in {families}) echo "$f $t $n" ;; esac ;; esac ;;
    esac
  done
}}
has() {{ nft list chain $1 2>/dev/null | grep -E -q '{there}'; }}
all=$(chains) || {{ echo "nft cannot list its rules" >&2; exit 2; }}
"""
    check = f"""\
{common}while read -r c; do [ -z "$c" ] || has "$c" || exit 1; done <<EOF
$all
EOF
exit 0
"""
    do = f"""\
{common}while read -r c; do
  if [ -z "$c" ] || has "$c"; then continue; fi
  back "nft -a list chain $c | grep '{need.comment}\\"' | sed 's/.*handle //' |
    while read -r h; do nft delete rule $c handle \\$h; done"
  nft {quote("insert rule")} $c {quote(need.nft)} || exit 1
done <<EOF
$all
EOF
"""
    title, reason = _words(need, host)
    return noted(host, f"nftables {need.name}", title=title, reason=reason, check=check, do=do)


def iptables_step(host: str, need: Need, *, ipv6: bool) -> Step:
    """Return the step for iptables: a rule at the head of INPUT."""
    programs = "iptables ip6tables" if ipv6 else "iptables"
    rule = need.iptables
    check = f"for i in {programs}; do $i -C INPUT {rule} 2>/dev/null || exit 1; done"
    do = f"""\
for i in {programs}; do
  $i -C INPUT {rule} 2>/dev/null && continue
  back "$i -D INPUT {rule}"
  $i -I INPUT 1 {rule} || exit 1
done
"""
    title, reason = _words(need, host)
    return noted(host, f"iptables {need.name}", title=title, reason=reason, check=check, do=do)
