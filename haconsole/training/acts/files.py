"""Files as the tutorial writes them, and what goes wrong with that."""

from __future__ import annotations

from haconsole.domain.model import Role
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.errors import ProcedureError
from haconsole.procedures.form import Answers
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Lane
from haconsole.procedures.steps.shell import changes, reads
from haconsole.words import t

from .act import Act, host_of, one_step
from .kept import KEEP

_CONF = """\
global_defs {{
    router_id {host}
}}

vrrp_instance VI_1 {{
    state {state}
    interface {interface}
    virtual_router_id 50
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass 123456
    }}
    virtual_ipaddress {{
        {vip}
    }}
}}
"""
#: The file is moved away as the tutorial does: a second time overwrites the copy of the original.
_WRITE = f"""\
{KEEP}[ -d /etc/keepalived ] || {{
  (umask 077; mkdir -p "$K") && mkdir -p /etc/keepalived && : >"$K/made-folder"; }}
[ ! -e {KEEPALIVED_CONF} ] || move {KEEPALIVED_CONF} {KEEPALIVED_CONF}.bak
put {KEEPALIVED_CONF}
"""


def _tutorial_conf(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    host = host_of(ground, answers)
    lbs = [lb.name for lb in ground.cluster.lbs]
    if host not in lbs:
        raise ProcedureError(t("{host} is no LB.", host=host))
    vip = ground.cluster.vips[0]
    first = host == lbs[0]
    text = _CONF.format(
        host=host,
        state="MASTER" if first else "BACKUP",
        priority=150 if first else 100,
        interface=vip.interface or _interface(ground, host),
        vip=vip.address,
    )
    same = f'[ -e {KEEPALIVED_CONF} ] && [ "$(cat)" = "$(cat {KEEPALIVED_CONF})" ] || exit 1'
    return (
        one_step(
            host,
            note("keepalived.conf as the tutorial writes it"),
            note("By hand: no test of the file, and the old one under .bak."),
            changes("write keepalived.conf", _WRITE, stdin=text.encode()),
            check=reads("is it there", same, root=True, stdin=text.encode()),
        ),
    )


def _interface(ground: Ground, host: str) -> str:
    """Return the interface with the host's own address, or the first that is no loopback."""
    facts = ground.facts.hosts.get(host)
    address = next(lb.address for lb in ground.cluster.lbs if lb.name == host)
    for one in facts.addresses if facts else ():
        if one.address == address:
            return one.interface
    names = [one.name for one in facts.interfaces if one.name != "lo"] if facts else []
    return names[0] if names else "eth0"


#: What an act wrote is put back; what somebody wrote since stays, unless nginx itself refuses it.
_GIVE_BACK = f"""\
{KEEP}give_back() {{
  [ -e "$K/act-$1.path" ] || return 0
  read -r site <"$K/act-$1.path"
  if mine "$1"; then give "$1"; return; fi
  case $(nginx -t 2>&1) in *" in $site:"*) give "$1" ;; *) drop "$1" ;; esac
}}
"""
#: The web node's server block once more, at the end of the file that has one.
_APPEND = f"""\
{KEEP}site=$(grep -ls 'root ' /etc/nginx/conf.d/*.conf | head -n 1)
[ -n "$site" ] || fail "no file in /etc/nginx/conf.d has a site"
{{ cat "$site"; cat <<'END'
server {{
    listen 80;
    server_name _;
    root /code;
    index index.html;
}}
END
}} | put "$site" append || exit 1
nginx -t 2>&1
exit 0
"""
_UNAPPEND = f"""\
{_GIVE_BACK}give_back append
nginx -t 2>&1 | tail -n 1
systemctl -q is-active nginx && nginx -s reload
exit 0
"""
#: The last closing brace goes: nginx runs on, and cannot be started again.
_BREAK = f"""\
{KEEP}site=$(grep -ls -e proxy_pass -e 'root ' /etc/nginx/conf.d/*.conf | head -n 1)
[ -n "$site" ] || fail "no file in /etc/nginx/conf.d has a site"
if ! mine break; then
  n=$(grep -n '}}' "$site" | tail -n 1 | cut -d: -f1)
  sed "${{n}}d" "$site" | put "$site" break || exit 1
fi
! nginx -t 2>/dev/null || fail "nginx still takes it"
"""
_MEND = f"""\
{_GIVE_BACK}give_back break
said=$(nginx -t 2>&1) || fail "nginx -t: $(echo "$said" | head -n 1)"
systemctl reset-failed nginx 2>/dev/null; systemctl start nginx
"""
#: Where a build with another prefix does not find its file: as if it had never been copied.
_CONF_AWAY = f"""\
{KEEP}[ ! -e {KEEPALIVED_CONF} ] || move {KEEPALIVED_CONF} {KEEPALIVED_CONF}.away
systemctl restart keepalived 2>/dev/null
systemctl status keepalived --no-pager 2>&1 | tail -n 5
exit 0
"""
#: Whatever was put there meanwhile is kept beside it.
_CONF_BACK = f"""\
{KEEP}if [ -e {KEEPALIVED_CONF}.away ]; then
  [ ! -e {KEEPALIVED_CONF} ] || move {KEEPALIVED_CONF} {KEEPALIVED_CONF}.bak
  move {KEEPALIVED_CONF}.away {KEEPALIVED_CONF}
fi
[ -e {KEEPALIVED_CONF} ] || fail "{KEEPALIVED_CONF} is not there"
systemctl reset-failed keepalived 2>/dev/null; systemctl restart keepalived
"""
_PRIORITY = f"""\
{KEEP}sed 's/^\\([ \t]*priority[ \t][ \t]*\\)[0-9]*/\\1@priority@/' {KEEPALIVED_CONF} \\
  | put {KEEPALIVED_CONF} || exit 1
systemctl reload keepalived
"""


def _on_host(title: Note, name: str, script: str, *, roles: tuple[Role, ...]) -> Act:
    """Return an act that is one script on one host."""

    def lanes(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
        host = host_of(ground, answers)
        role = next(one.role for one in ground.cluster.hosts if one.name == host)
        if role not in roles:
            raise ProcedureError(t("{act} is not for {host}.", act=name, host=host))
        command = changes(name, script, timeout_s=60.0)
        return (one_step(host, title, note("By hand, on the node."), command),)

    return Act(name, title, {"host": True}, lanes)


def _high_priority(ground: Ground, answers: Answers) -> tuple[Lane, ...]:
    host, priority = host_of(ground, answers), answers["priority"]
    if not priority.isdigit() or not 1 <= int(priority) <= 254:
        raise ProcedureError(
            t("A priority is a whole number from 1 to 254 (255 is the address's real owner).")
        )
    command = changes(f"priority {priority}", _PRIORITY.replace("@priority@", f"{int(priority)}"))
    title = note("priority {priority} on {host}", priority=priority, host=host)
    as_wanted = f"grep -Eq '^[ \t]*priority +{int(priority)}$' {KEEPALIVED_CONF} || exit 1"
    check = reads("is it so", as_wanted, root=True)
    return (one_step(host, title, note("Edited by hand, then reloaded."), command, check=check),)


_LB, _SERVING = (Role.LB,), (Role.LB, Role.WEB)
ACTS = (
    Act("tutorial-conf", note("keepalived.conf by hand"), {"host": True}, _tutorial_conf,
        moves_vip=False),
    _on_host(note("Append the site once more"), "append-web", _APPEND, roles=(Role.WEB,)),
    _on_host(note("Take the second copy of the site away"), "unappend-web", _UNAPPEND,
             roles=(Role.WEB,)),
    _on_host(note("Break nginx's configuration"), "break-nginx", _BREAK, roles=_SERVING),
    _on_host(note("Mend nginx's configuration and start it"), "mend-nginx", _MEND, roles=_SERVING),
    _on_host(note("Start keepalived where it finds no keepalived.conf"), "conf-away", _CONF_AWAY,
             roles=_LB),
    _on_host(note("Put keepalived.conf where keepalived looks for it"), "conf-back", _CONF_BACK,
             roles=_LB),
    Act("high-priority", note("Another priority, by hand"), {"host": True, "priority": True},
        _high_priority),
)  # fmt: skip
