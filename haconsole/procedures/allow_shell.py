"""Rules in a firewall that runs: firewalld, nftables, iptables; each noted to be taken back."""

from __future__ import annotations

from haconsole.domain.notes import Note, note

from .configure_records import UNDO_DIR, noted
from .plan import Step
from .recipes.firewall import Need
from .steps.shell import quote

_VRRP_RULE = 'rule protocol value="vrrp" accept'


def _words(need: Need, host: str) -> tuple[Note, Note]:
    if need.port is None:
        reason = note("Without it an LB does not hear the other, and both take the VIP.")
        return note("The firewall of {host} lets VRRP in", host=host), reason
    title = note("The firewall of {host} lets port {port} in", host=host, port=need.port)
    return title, note("Without it nobody reaches nginx from outside.")


def firewalld_step(host: str, need: Need, interface: str) -> Step:
    """Return the step for firewalld: the running rules and the permanent ones, each as it is.

    Without a reload, which would drop what others added to the running rules alone.
    ``interface``: the rule goes into its zone; the default zone where it is in none.
    """
    if need.port is None:
        entry, also = f"rich-rule={_VRRP_RULE}", "protocol=vrrp"
    elif need.port == 80:
        entry, also = "service=http", "port=80/tcp"
    else:
        entry = also = f"port={need.port}/tcp"
    # firewalld.zones(5): a zone of /usr/lib that is changed gets a file of its own in /etc.
    common = f"""\
z=$(firewall-cmd --get-zone-of-interface={quote(interface or "eth0")} 2>/dev/null) ||
  z=$(firewall-cmd --get-default-zone) || {{ echo "firewalld does not answer" >&2; exit 2; }}
has() {{
  firewall-cmd -q --zone="$z" $1 {quote(f"--query-{entry}")} 2>/dev/null ||
    firewall-cmd -q --zone="$z" $1 {quote(f"--query-{also}")} 2>/dev/null
}}
"""
    # Quoted twice: it is a word of a command that is noted as a word.
    removal = quote(quote(f"--remove-{entry}"))
    do = f"""\
{common}f=/etc/firewalld/zones/$z.xml; before={UNDO_DIR}/zone-$z
if [ ! -e "$f" ] && [ ! -e "$before" ]; then
  firewall-cmd --permanent --zone="$z" --list-all >"$before"
fi
for p in --permanent ''; do
  has "$p" && continue
  if [ -n "$p" ] && [ -e "$before" ]; then
    back "firewall-cmd --permanent --zone=$z --list-all | cmp -s - $before &&
      rm -f $f $f.old $before"
  fi
  back "firewall-cmd -q --zone=$z $p "{removal}
  said=$(firewall-cmd --zone="$z" $p {quote(f"--add-{entry}")} 2>&1) ||
    {{ echo "firewalld refuses it: $said" >&2; exit 1; }}
done
"""
    title, reason = _words(need, host)
    check = f"{common}has --permanent && has '' || exit 1"
    return noted(host, f"firewalld {need.name}", title=title, reason=reason, check=check, do=do)


def nft_step(host: str, need: Need, *, ipv6: bool) -> Step:
    """Return the step for nftables: a rule at the head of every chain that filters what comes in.

    Every one of them can drop a packet, whatever the others say (nft(8)).
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
    type) case "$f $t $b $c $d" in *" firewalld "*) ;;
      *" filter hook input "*) case $f in {families}) echo "$f $t $n" ;; esac ;; esac ;;
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
