"""``configure-balancer``: nginx on the LBs, which passes requests on to the web nodes."""

from __future__ import annotations

import re

from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.live import facts_of, service_address
from haconsole.procedures.configure.looks import ASK
from haconsole.procedures.configure.nginx import (
    clear_the_way,
    found_port,
    number_in,
    place,
    start_again,
    start_nginx,
)
from haconsole.procedures.configure.selinux import allow
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind, Form, Objection
from haconsole.procedures.paths import HEALTH_CONF, LOG_CONF, SERVER_CONF
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.recipes.nginx import (
    HEALTH_PATH,
    HEALTH_PORT,
    BalancerSettings,
    balancer_conf,
    health_conf,
    log_conf,
)
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.shell import quote

_TITLE = note("Configure the balancer")
_SERVER = re.compile(r"^[ \t]*server[ \t]+([^\s;{]+)[^;{\n]*;", re.M)


def form(ground: Ground) -> Form:
    """Return the questions about the balancer; defaults are what it is now."""
    now = server_now(ground)
    addresses = [service_address(ground, web) for web in ground.cluster.webs]
    backends = [address for address in addresses if address] or list(backends_now(ground))

    def number(key: str, default: int, least: int, most: int, label: Note, text: Note) -> Field:
        return Field(key, FieldKind.INTEGER, label, text, str(default), (),
                     ask.whole(least, most))  # fmt: skip

    def so(pattern: str, default: int) -> int:
        return number_in(now, pattern, default)

    fields = (
        Field("backends", FieldKind.LIST, note("Backends"), note(
            "The web nodes' addresses, with a port where it is not 80. Requests go to them in "
            "turn."
        ), ", ".join(backends), (), ask.backend_list),
        number("port", found_port(ground), 1, 65535, note("Port"), note(
            "Where the LBs listen, on all their addresses: the VIP comes and goes.")),
        number("max_fails", so(r"max_fails=(\d+)", 1), 0, 1000, note("Failures until left out"),
               note("After so many failures a backend gets no requests for a while; 0: it "
                    "always does.")),
        number("fail_timeout", so(r"fail_timeout=(\d+)s", 10), 1, 3600, note("Seconds left out"),
               note("How long a backend that failed is left out, and within what time failures "
                    "count.")),
        number("connect_timeout", so(r"proxy_connect_timeout (\d+)s", 1), 1, 75,
               note("Seconds to connect"),
               note("A dead host says nothing: after this long the next backend is asked.")),
        number("read_timeout", so(r"proxy_read_timeout (\d+)s", 60), 1, 86400,
               note("Seconds to answer"),
               note("The longest silence of a backend that is still an answer to come. Below what "
                    "the slowest page needs, that page fails.")),
        number("health_port", health_port_now(ground), 1, 65535, note("Port of the health answer"),
               note("A local server that says that nginx works; keepalived's check asks it.")),
    )  # fmt: skip

    def objections(answers: Answers) -> tuple[Objection, ...]:
        return tuple(_objections(ground, answers))

    about = note(
        "nginx on every LB, the same on each: whoever has the VIP passes requests on. Failed "
        "backends are left out for a while, and the log names who answered."
    )
    return Form(_TITLE, about, fields, objections)


def _objections(ground: Ground, answers: Answers) -> list[Objection]:
    found = []
    if answers.get("port") == answers.get("health_port"):
        found.append(
            Objection(
                note("The health answer needs a port of its own, not the site's {port}.",
                     port=answers.get("port", "")),
                ("health_port", "port"),
            )
        )  # fmt: skip
    try:
        listed = {ask.to_backend(word)[0] for word in ask.words(answers.get("backends", ""))}
    except ValueError:
        return found
    loops = listed & {vip.address for vip in ground.cluster.vips}
    loops |= listed & {lb.address for lb in ground.cluster.lbs}
    if loops:
        found.append(
            Objection(
                note("{addresses} is the LBs' own: requests would go round in a circle.",
                     addresses=", ".join(sorted(loops))),
                ("backends",),
            )
        )  # fmt: skip
    if len(listed) == 1:
        sentence = note("With one backend there is nothing to balance: when it is down, all is.")
        found.append(Objection(sentence, ("backends",), refuses=False))
    return found


def server_now(ground: Ground) -> str | None:
    """Return the server that the first LB has now, ``None`` where there is none."""
    texts = (
        ground.facts.hosts[lb.name].file(SERVER_CONF).text
        for lb in ground.cluster.lbs
        if lb.name in ground.facts.hosts
    )
    return next((text for text in texts if text), None)


def backends_now(ground: Ground) -> tuple[str, ...]:
    """Return the backends of the first LB's server file, each with its port."""
    listed = _SERVER.findall(server_now(ground) or "")
    return tuple(word if re.search(r":\d+\Z", word) else f"{word}:80" for word in listed)


def health_port_now(ground: Ground) -> int:
    """Return the port of the local health answer, or the one that it will have."""
    texts = [
        ground.facts.hosts[lb.name].file(HEALTH_CONF).text
        for lb in ground.cluster.lbs
        if lb.name in ground.facts.hosts
    ]
    text = next((one for one in texts if one), None)
    return number_in(text, r"listen\s+127\.0\.0\.1:(\d+)", HEALTH_PORT)


def settings(ground: Ground, answers: Answers) -> BalancerSettings:
    """Return the settings that answers mean."""
    listed = [ask.to_backend(word) for word in ask.words(answers["backends"])]
    names = [f"[{a}]" if ":" in a else a for a, _ in listed]
    # In a build of the whole pair its VIPs are answered, too.
    vips = [*ask.words(answers.get("vips", "")), *(vip.address for vip in ground.cluster.vips)]
    return BalancerSettings(
        backends=tuple(
            name if port == 80 else f"{name}:{port}"
            for name, (_, port) in zip(names, listed, strict=True)
        ),
        port=int(answers["port"]),
        max_fails=int(answers["max_fails"]),
        fail_timeout_s=int(answers["fail_timeout"]),
        connect_timeout_s=int(answers["connect_timeout"]),
        read_timeout_s=int(answers["read_timeout"]),
        ipv6=any(":" in vip for vip in vips),
    )


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan: one LB after the other, since each of them may be the one that serves."""
    chosen = settings(ground, answers)
    health = int(answers["health_port"])
    lanes = tuple(
        _lane(facts_of(ground, lb.name), chosen, health) for lb in reversed(ground.cluster.lbs)
    )
    looks = tuple((_look(lb.name, chosen, health),) for lb in ground.cluster.lbs)
    return Plan(
        procedure="configure-balancer",
        title=_TITLE,
        cluster=ground.cluster.name,
        phases=(
            Phase(note("nginx on the LBs, one after the other"), lanes, parallel=False),
            Phase(note("See that every LB reaches the web nodes"), looks),
        ),
        answers=tuple(answers.items()),
        warnings=tuple(one.note for one in _objections(ground, answers) if not one.refuses),
    )


def _lane(facts: HostFacts, chosen: BalancerSettings, health: int) -> Lane:
    return (
        *allow(facts, "httpd_can_network_connect", note(
            "SELinux else forbids nginx to connect to the web nodes (status 502).")),
        *clear_the_way(facts, chosen.port),
        place(facts, LOG_CONF, log_conf(), note("The hit log of {host}", host=facts.host), note(
            "A line a request, with the backend that answered and how long it took.")),
        place(facts, HEALTH_CONF, health_conf(health),
              note("The health answer of {host}", host=facts.host),
              note("What keepalived's check asks: it is answered by nginx itself, so it says "
                   "that nginx works, whatever the backends do."), port=health),
        place(facts, SERVER_CONF, balancer_conf(chosen),
              note("The balancer of {host}", host=facts.host),
              note("Requests to any of its addresses go to the web nodes in turn."),
              port=chosen.port),
        start_again(facts),
        start_nginx(facts, chosen.port),
    )  # fmt: skip


def _look(host: str, chosen: BalancerSettings, health: int) -> Step:
    urls = [f"http://127.0.0.1:{health}{HEALTH_PATH}"]
    urls += [f"http://{backend}/" for backend in chosen.backends]
    urls.append(f"http://127.0.0.1:{chosen.port}/")
    script = ASK + "".join(f"ask {quote(url)} || exit 1\n" for url in urls)
    return look(
        host,
        note("{host} answers, and reaches every backend", host=host),
        note("Each web node is asked directly, then one of them through the balancer."),
        script,
        id="reaches every backend",
        settle_s=15.0,
        way_on=note(
            "A web node that does not answer: configure it (configure-web), or let HTTP through "
            "its firewall (allow-vrrp)."
        ),
    )
