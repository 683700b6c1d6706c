"""Every scene at every width: lines fit, and say what must be said."""

from __future__ import annotations

import pytest

from haconsole.domain.events import LinkChanged, LinkStatus
from haconsole.domain.notes import note
from haconsole.ui.presentation.clusters import cluster_line
from haconsole.ui.presentation.glance import Glance, address_of, backend_label
from haconsole.ui.presentation.head import cluster_tabs, title_line, verdict_lines
from haconsole.ui.presentation.hits import hits_summary, home_head, losses_text, source_text
from haconsole.ui.presentation.ink import Line, Tone, plain, width_of
from haconsole.ui.presentation.layout import home_layout
from haconsole.ui.presentation.node import overview_lines
from haconsole.ui.presentation.nodes import columns_for, header_line, node_line
from haconsole.ui.presentation.timeline import clocks_line, days_line, latest_lines
from haconsole.ui.presentation.topology import topology_lines
from tests.support.parts import up
from tests.support.states import NOW, Scene, all_scenes, healthy, pair_site

SCENES = all_scenes()
WIDTHS = (80, 100, 120, 200)


def glance(scene: Scene) -> Glance:
    return Glance.take(scene.state, scene.now)


def everything(seen: Glance, width: int) -> list[Line]:
    """Every line that any screen would show."""
    lines: list[Line] = []
    site = seen.state.site
    columns = columns_for(width, 12)
    for cluster in (None, *site.clusters[:3]):
        lines += [title_line(seen, cluster, width), cluster_tabs(seen, cluster, width)]
        lines += verdict_lines(seen, cluster, width, room=8)
    for cluster in site.clusters[:3]:
        lines += topology_lines(seen, cluster, width)
        lines += [home_head(seen, cluster, width, ()), cluster_line(seen, cluster, width, 8)]
        lines += hits_summary(seen, cluster, width)
    for host in site.every_host[:12]:
        lines += [header_line(columns), node_line(seen, host, columns)]
        lines += overview_lines(seen, host, width)
    names = tuple(host.name for host in site.every_host)
    lines += latest_lines(seen, frozenset(names), width, 5)
    return [*lines, clocks_line(seen, names, width), days_line(seen, 3, width, ())]


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("width", WIDTHS)
def test_lines_fit(name: str, width: int) -> None:
    for line in everything(glance(SCENES[name]), width):
        assert width_of(line) <= width, plain(line)


def head(name: str, width: int = 120) -> str:
    scene = SCENES[name]
    cluster = scene.site.clusters[0]
    return "\n".join(plain(line) for line in verdict_lines(glance(scene), cluster, width))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("healthy", ["● SERVING", "10.0.0.100 on lb01", "for 3 d 4 h", "daemon ✓", "kernel ✓"]),
        ("split-brain", ["✖ SPLIT BRAIN", "lb01 AND lb02", "for 40 s", "drops VRRP"]),
        ("ghost", ["✖ GHOST VIP", "left behind on lb01", "lb02 owns it"]),
        ("unowned", ["✖ NO OWNER", "held by no LB", "answer ✖"]),
        ("unknown", ["◌ UNKNOWN", "last seen on lb01", "lb01 cannot be seen"]),
        ("starting", ["◌ CONNECTING", "bastion", "Nothing is known yet"]),
        (
            "jump-lost",
            ["◌ JUMP LOST", "bastion, 12 s ago", "next try in 3 s", "10.0.0.100 on lb01"],
        ),
        ("link-lost", ["● SERVING", "web02 cannot be reached"]),
        ("refused", ["lb02 cannot be reached", "host key"]),
        ("nginx-down", ["✖ NOT SERVING", "nginx does not run", "check_nginx fails"]),
        ("two-vips", ["10.0.0.100 on lb01", "10.0.0.101 on lb01"]),
    ],
)
def test_the_head_says_what_is_so(name: str, said: list[str]) -> None:
    text = head(name)
    for part in said:
        assert part in text


@pytest.mark.parametrize("cluster", [True, False])
def test_the_first_seconds_are_told_as_such(cluster: bool) -> None:
    site = pair_site()
    events = [up(NOW, site.jumps[0]), up(NOW, site.hosts[0])]
    seen = glance(Scene(site, tuple(events)))
    lines = verdict_lines(seen, site.clusters[0] if cluster else None, 100)
    assert plain(lines[0]) == " ◌ CONNECTING  1 of 4 hosts"
    lost = LinkChanged(at=NOW, host="lb02", status=LinkStatus.LOST, detail=note("refused"))
    seen = glance(Scene(site, (*events, lost)))
    text = "\n".join(plain(line) for line in verdict_lines(seen, site.clusters[0], 100))
    assert "UNKNOWN" in text
    assert "lb02 cannot be reached: refused" in text


def test_a_lost_jump_host_is_no_dead_node() -> None:
    scene = SCENES["jump-lost"]
    seen = glance(scene)
    text = "\n".join(plain(line) for line in everything(seen, 120))
    assert "down" not in text
    assert "stopped" not in text
    for host in scene.site.hosts:
        known = seen.host(host.name)
        line = node_line(seen, host, columns_for(160, 8))
        tones = {part.tone for part in line if part.text.strip()}
        assert tones <= {Tone.UNKNOWN, Tone.STALE, Tone.MUTED}, host.name
        assert known.age_at is not None


@pytest.mark.parametrize("name", ["jump-lost", "starting", "stale", "link-lost", "unknown"])
def test_what_is_not_current_is_neither_green_nor_red(name: str) -> None:
    scene = SCENES[name]
    seen = glance(scene)
    for host in scene.site.hosts:
        known = seen.host(host.name)
        if known.current(known.addresses, seen.now) is not None:
            continue
        line = node_line(seen, host, columns_for(160, 8))
        loud = [
            part
            for part in line
            if part.tone in (Tone.OK, Tone.CRITICAL) and part.text.strip() != "● up"
        ]
        assert not loud


def test_every_state_has_glyph_and_word() -> None:
    for name, scene in SCENES.items():
        seen = glance(scene)
        for host in scene.site.hosts[:8]:
            text = plain(node_line(seen, host, columns_for(120, 8)))
            assert any(glyph in text for glyph in "●○◌✖▲"), name


def test_rates_of_an_unwatched_log_are_not_told_as_zero() -> None:
    scene = SCENES["jump-lost"]
    seen = glance(scene)
    cluster = scene.site.clusters[0]
    assert "not seen for 12 s" in plain(home_head(seen, cluster, 100, ()))
    assert "◌ ?/s" in "\n".join(plain(line) for line in topology_lines(seen, cluster, 100))


def test_the_source_of_the_hits_is_stated() -> None:
    scene = SCENES["healthy"]
    text, found = source_text(glance(scene), scene.site.clusters[0])
    assert found
    assert text == "from /var/log/nginx/haconsole.log on lb01 (names the backend)"
    scene = SCENES["no-hit-log"]
    text, found = source_text(glance(scene), scene.site.clusters[0])
    assert not found
    assert text.startswith("no hit log: lb01, lb02, web01, web02: /var/log/nginx/access.log: ")


def test_losses_are_counted() -> None:
    scene = SCENES["healthy"]
    cluster = scene.site.clusters[0]
    seen = glance(scene)
    assert losses_text(seen, cluster, hidden=12345, waiting=7) == (
        "12,345 older not in view · 7 new wait"
    )


def test_backends_go_by_the_names_of_the_web_nodes() -> None:
    names = {"10.0.0.20": "web01", "fe80::1": "web02"}
    assert backend_label("10.0.0.20:80", names) == "web01"
    assert backend_label("[fe80::1]:8080", names) == "web02"
    assert backend_label("[fe80:0::1]:8080", names) == "web02"
    assert backend_label("unix:/run/app.sock", names) == "unix:/run/app.sock"
    assert address_of("app.example:80") == "app.example"


def test_shares_add_up_and_name_the_web_nodes() -> None:
    scene = SCENES["healthy"]
    text = [plain(i) for i in topology_lines(glance(scene), scene.site.clusters[0], 120)]
    assert "web01" in text[0]
    assert "57.1 %" in text[0]
    assert "web02" in text[1]
    assert "42.9 %" in text[1]


def test_more_web_nodes_than_rows_are_counted_with_their_troubles() -> None:
    scene = healthy(pair_site(webs=30))
    lines = topology_lines(glance(scene), scene.site.clusters[0], 120, rows=5)
    assert len(lines) == 5
    assert "… 26 more web nodes" in plain(lines[-1])


def test_troubles_that_do_not_fit_are_counted() -> None:
    scene = SCENES["stale"]
    lines = verdict_lines(glance(scene), scene.site.clusters[0], 80, room=4)
    assert len(lines) == 4
    assert "◌ lb02: addresses cannot be read: ip: no answer in 10 s" in plain(lines[2])
    assert "◌ lb02: keepalived, services not read for 35 s" in plain(lines[3])
    lines = verdict_lines(glance(scene), scene.site.clusters[0], 80, room=3)
    assert plain(lines[-1]).strip() == "… and 2 more troubles"


@pytest.mark.parametrize("height", range(10, 80))
@pytest.mark.parametrize("nodes", [2, 4, 200])
def test_the_home_screen_never_takes_more_rows_than_there_are(height: int, nodes: int) -> None:
    layout = home_layout(height, tabs=True, verdict=8, picture=20, nodes=nodes)
    parts = layout.verdict + layout.picture + layout.nodes + layout.moments
    hits = height - parts - 4 - (3 if layout.air else 0)
    assert hits >= 1 or height < 13


def test_a_failed_feed_is_said_first() -> None:
    scene = SCENES["healthy"]
    seen = Glance.take(scene.state, NOW, failure="the watching stopped: no route")
    assert "NOT WATCHING" in plain(verdict_lines(seen, None, 100)[0])
