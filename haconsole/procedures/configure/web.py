"""``configure-web``: nginx on the web nodes, the site's root and its first page."""

from __future__ import annotations

from haconsole.domain.model import Host
from haconsole.domain.notes import note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.live import facts_of
from haconsole.procedures.configure.looks import ASK
from haconsole.procedures.configure.nginx import (
    clear_the_way,
    number_in,
    place,
    start_again,
    start_nginx,
)
from haconsole.procedures.configure.selinux import label
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind, Form
from haconsole.procedures.paths import INDEX_PAGE, SERVER_CONF, WEB_ROOT
from haconsole.procedures.plan import Lane, Phase, Plan
from haconsole.procedures.recipes.nginx import WebSettings, first_page, web_conf
from haconsole.procedures.steps.files import place_file
from haconsole.procedures.steps.looks import look

_TITLE = note("Configure the web nodes")


def form(ground: Ground) -> Form:
    """Return the questions about the web nodes; defaults are what they are now."""
    now = _server_now(ground)
    fields = (
        Field("root", FieldKind.TEXT, note("Root"), note(
            "The folder that holds the site. Below /code a first page is written where you want "
            "one; another folder is taken as it is."
        ), _root_in(now), (), ask.absolute_path),
        Field("web_port", FieldKind.INTEGER, note("Port"), note(
            "Where the web nodes listen: what the balancer's backends say."
        ), str(server_port_now(ground)), (), ask.whole(1, 65535)),
        *(_page(ground, web) for web in ground.cluster.webs),
    )  # fmt: skip
    about = note(
        "One server on every web node. The page names the node, so that you see who answered; "
        "a site that is there stays as it is."
    )
    return Form(_TITLE, about, fields)


def _server_now(ground: Ground) -> str | None:
    texts = (
        ground.facts.hosts[web.name].file(SERVER_CONF).text
        for web in ground.cluster.webs
        if web.name in ground.facts.hosts
    )
    return next((text for text in texts if text), None)


def server_port_now(ground: Ground) -> int:
    """Return where the web nodes listen, or will."""
    return number_in(_server_now(ground), r"listen\s+(\d+)", 80)


def _root_in(text: str | None) -> str:
    for line in (text or "").splitlines():
        words = line.strip().rstrip(";").split()
        if words[:1] == ["root"] and len(words) == 2 and ask.absolute_path(words[1]) is None:
            return words[1]
    return WEB_ROOT


def _page(ground: Ground, web: Host) -> Field:
    return Field(
        f"page.{web.name}",
        FieldKind.TEXT,
        note("First page"),
        note("What {host} answers: one line. Empty: no page is written.", host=web.name),
        _page_now(ground, web),
        host=web.name,
        shown=lambda answers: answers.get("root", WEB_ROOT) == WEB_ROOT,
    )


def _page_now(ground: Ground, web: Host) -> str:
    """Return the line that is there; nothing where there is more than one line could say."""
    facts = ground.facts.hosts.get(web.name)
    text = facts.file(INDEX_PAGE).text if facts else None
    if text is None:
        return first_page(web.name).strip()
    line = text.removesuffix("\n")
    return line if line == line.strip() and line.isprintable() else ""


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; web nodes do not depend on one another, so all at the same time."""
    settings = WebSettings(answers["root"], int(answers["web_port"]))
    lanes = tuple(
        _lane(facts_of(ground, web.name), settings, answers.get(f"page.{web.name}", ""))
        for web in ground.cluster.webs
    )
    return Plan(
        procedure="configure-web",
        title=_TITLE,
        cluster=ground.cluster.name,
        phases=(Phase(note("nginx on the web nodes"), lanes),),
        answers=tuple(answers.items()),
    )


def _lane(facts: HostFacts, settings: WebSettings, page: str) -> Lane:
    host = facts.host
    pages: Lane = ()
    if page and settings.root == WEB_ROOT:
        pages = (
            place_file(
                host,
                facts.file(INDEX_PAGE),
                f"{page}\n",
                title=note("The first page of {host}", host=host),
                reason=note("It says which web node answered."),
            ),
        )
    return (
        *clear_the_way(facts, settings.port),
        *pages,
        place(facts, SERVER_CONF, web_conf(settings), note("The site of {host}", host=host),
              note("It serves what lies in {root}.", root=settings.root), port=settings.port),
        *label(facts, settings.root, "httpd_sys_content_t",
               note("SELinux else forbids nginx to read the site (status 403).")),
        start_again(facts),
        start_nginx(facts, settings.port),
        look(
            host,
            note("{host} answers", host=host),
            note("Its own nginx is asked for the first page."),
            f"{ASK}ask http://127.0.0.1:{settings.port}/\n",
            id="answers",
            settle_s=15.0,
            way_on=note("See nginx's error log on {host}: /var/log/nginx/error.log.", host=host),
        ),
    )  # fmt: skip
