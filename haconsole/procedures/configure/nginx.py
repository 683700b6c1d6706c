"""nginx's files in their place, and what stands in their way out of it."""

from __future__ import annotations

import re

from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.facts import HostFacts, Manager
from haconsole.procedures.paths import DEFAULT_SITE, NGINX_CONF, NGINX_RESTART
from haconsole.procedures.plan import Step
from haconsole.procedures.recipes.units import nginx_restart
from haconsole.procedures.steps.files import NGINX_TEST, place_file, remove_file
from haconsole.procedures.steps.services import enable_and_start

#: An nginx that does not run has nothing to read anew; the step that starts it comes later.
RELOAD = "if systemctl -q is-active nginx; then systemctl reload nginx; fi"
#: ``nginx -t`` does not mind a port that another program has (it opens none then), and a reload
#: keeps the old sockets without a word to who asked for it: so it is looked at before.
_PORT_IS_FREE = """
who=$(ss -ltnp 2>/dev/null | while read -r state r s local peer users; do
  case $local in 127.0.0.1:@port@|0.0.0.0:@port@|\\*:@port@|\\[::\\]:@port@)
    case $users in ''|*'"nginx"'*) ;; *) echo "$users" ;; esac ;; esac
done | sed -n 's/[^"]*"\\([^"]*\\)".*/\\1/p' | head -n 1)
[ -z "$who" ] || fail "port @port@ is in use by $who, so nginx could not listen there"
"""


def place(
    facts: HostFacts, path: str, text: str, title: Note, reason: Note, *, port: int | None = None
) -> Step:
    """Return the step that puts one of nginx's files in its place and reloads.

    ``port``: where its server listens, if it has one.
    """
    free = _PORT_IS_FREE.replace("@port@", str(port)) if port else ""
    return place_file(
        facts.host,
        facts.file(path),
        text,
        title=title,
        reason=reason,
        validate=NGINX_TEST + free,
        apply=RELOAD,
        healthy="! systemctl -q is-failed nginx",
        way_on=note("Look at what nginx says: nginx -t on {host}.", host=facts.host),
    )


def clear_the_way(facts: HostFacts, port: int) -> tuple[Step, ...]:
    """Return the steps that take the distribution's own default server of a port out of the way.

    Debian's is a link that is taken away (its file stays in sites-available). RHEL's stands in
    nginx.conf: where it calls itself ``default_server``, that word goes, and the server of
    conf.d is asked first.
    """
    steps = []
    if facts.manager is Manager.APT or facts.file(DEFAULT_SITE).text is not None:
        steps.append(
            remove_file(
                facts.host,
                facts.file(DEFAULT_SITE),
                title=note("Debian's default site on {host} goes", host=facts.host),
                reason=note(
                    "It answers for port 80 in the place of ours. It is a link: the site itself "
                    "stays in sites-available."
                ),
                apply=RELOAD,
            )
        )
    conf = facts.file(NGINX_CONF)
    if conf.text is not None and (text := without_default_server(conf.text, port)) != conf.text:
        steps.append(
            place(
                facts,
                NGINX_CONF,
                text,
                note("nginx.conf on {host}: its server is no default any more", host=facts.host),
                note("There can be one default server on a port, and it has to be ours."),
            )
        )
    return tuple(steps)


def without_default_server(text: str, port: int) -> str:
    """Return an nginx.conf whose own servers are no default on a port; the rest as it was."""
    listen = re.compile(
        rf"^(?P<head>[ \t]*listen[ \t]+(?:[^\s;#]*:)?{port}(?:[ \t]+[^;#\n]*?)?)"
        r"[ \t]+default_server(?P<tail>[^;#\n]*;)",
        re.M,
    )
    return listen.sub(r"\g<head>\g<tail>", text)


def start_again(facts: HostFacts) -> Step:
    """Return the step by which systemd starts nginx again when it dies."""
    return place_file(
        facts.host,
        facts.file(NGINX_RESTART),
        nginx_restart(),
        title=note("systemd starts nginx again on {host}", host=facts.host),
        reason=note("Starting it again is systemd's; keepalived's check only looks."),
        apply="systemctl daemon-reload",
    )


def start_nginx(facts: HostFacts, port: int) -> Step:
    """Return the step after which nginx runs; where its port is taken, it says by whom."""
    return enable_and_start(
        facts.host,
        "nginx.service",
        reason=note("It serves, also after a reboot."),
        way_on=note(
            "If the address is in use, see who has it: ss -ltnp 'sport = :{port}' on {host}.",
            port=port,
            host=facts.host,
        ),
    )


def found_port(ground: Ground) -> int:
    """Return the port at which the cluster's first VIP is asked, as far as plain HTTP goes."""
    vip = ground.cluster.vips[0]
    return 80 if vip.check_tls else vip.check_port


def number_in(text: str | None, pattern: str, default: int) -> int:
    """Return the first number that a pattern finds in a file, or a default."""
    match = re.search(pattern, text or "")
    return int(match[1]) if match else default
