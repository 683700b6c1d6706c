"""The console end to end on replayed scenes: every key on every screen."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from haconsole.domain.model import Host
from haconsole.domain.state import Moment
from haconsole.ui.presentation.ink import Line
from haconsole.ui.screens.base import ConsoleScreen
from haconsole.ui.widgets.hitlog import HitLog
from haconsole.ui.widgets.rows import RowList
from haconsole.ui.widgets.stream import StreamView
from tests.support.states import all_scenes, healthy, hits, many, pair_site, two_clusters
from tests.ui.helpers import console, rows, text_of, until

SCENES = all_scenes()


def under_cursor(table: RowList[Host]) -> str:
    assert table.current is not None
    return table.current.name


def severity_at(moments: RowList[Moment]) -> str:
    assert moments.current is not None
    return moments.current.severity


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, (80, 24)) for name in SCENES]
    + [(name, size) for name in ("split-brain", "many") for size in ((60, 12), (200, 60), (20, 5))],
)
async def test_every_scene_shows_on_every_size(name: str, size: tuple[int, int]) -> None:
    async with console(SCENES[name], size=size) as (app, _, pilot):
        for mode in ("home", "node", "hits", "timeline", "help"):
            app.go(mode)
            await pilot.pause()
            assert len(rows(app.screen)) == size[1]


@pytest.mark.parametrize(
    ("key", "mode"),
    [("2", "node"), ("3", "hits"), ("4", "timeline"), ("question_mark", "help"), ("f1", "help")],
)
async def test_number_keys_show_screens_and_escape_comes_home(key: str, mode: str) -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press(key)
        assert app.current_mode == mode
        await pilot.press("escape")
        assert app.current_mode == "home"


async def test_home_answers_without_a_key() -> None:
    async with console(healthy()) as (app, _, _):
        text = text_of(app.screen)
        for part in (
            "READ-ONLY",
            "LAB",
            "● SERVING",
            "10.0.0.100 on lb01",
            "57.1 %",
            "▶ following",
        ):
            assert part in text


async def test_letters_move_the_cursor() -> None:
    async with console(healthy()) as (app, _, pilot):
        table = app.screen.query_one("#nodes", RowList)
        await pilot.press("j", "j")
        assert under_cursor(table) == "web01"
        await pilot.press("k")
        assert under_cursor(table) == "lb02"
        await pilot.press("G")
        assert under_cursor(table) == "web02"
        await pilot.press("g")
        assert under_cursor(table) == "lb01"


async def test_enter_opens_the_node_and_n_the_next() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("j", "enter")
        assert app.current_mode == "node"
        assert "○ BACKUP" in text_of(app.screen)
        await pilot.press("n")
        assert app.session.node.name == "web01"
        await pilot.press("N", "N")
        assert app.session.node.name == "lb01"


async def test_tabs_of_a_node() -> None:
    async with console(healthy(), size=(120, 40)) as (app, _, pilot):
        await pilot.press("2")
        assert "KEEPALIVED, AS IT SEES ITSELF" in text_of(app.screen)
        await pilot.press("tab")
        assert "script_security not enabled" in text_of(app.screen)
        await pilot.press("tab")
        await until(pilot, lambda: "virtual_router_id 50" in text_of(app.screen))
        assert "/etc/keepalived/keepalived.conf, read 0 s ago" in text_of(app.screen)
        await pilot.press("tab")
        await until(pilot, lambda: "no such file" in text_of(app.screen))
        await pilot.press("shift+tab", "h", "h")
        assert "SERVICES" in text_of(app.screen)


async def test_another_file_is_read_by_its_path() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("2", "o")
        await pilot.press(*["backspace"] * 40)
        await pilot.press(*"nothing", "enter")
        assert "A path begins with /" in next(iter(app._notifications)).message
        await pilot.press("o", *["backspace"] * 40)
        await pilot.press(*"/etc/hosts", "enter")
        await until(pilot, lambda: "lb01: /etc/hosts: no such file" in text_of(app.screen))


async def test_the_filter_filters_nodes_and_escape_takes_it_back() -> None:
    async with console(healthy()) as (app, _, pilot):
        table = app.screen.query_one("#nodes", RowList)
        await pilot.press("slash", *"web", "enter")
        assert [host.name for host in table.rows] == ["web01", "web02"]
        await pilot.press("j")
        assert under_cursor(table) == "web02"
        await pilot.press("escape")
        assert len(table.rows) == 4
        await pilot.press("slash", *"zzz", "enter")
        assert "No node matches." in text_of(app.screen)


async def test_typing_a_filter_runs_no_command() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("slash", *"q1:?")
        assert app.is_running
        assert app.current_mode == "home"
        assert isinstance(app.screen, ConsoleScreen)
        assert app.screen.search.text == "q1:?"


async def test_faults_only() -> None:
    async with console(SCENES["link-lost"]) as (app, _, pilot):
        await pilot.press("exclamation_mark")
        table = app.screen.query_one("#nodes", RowList)
        assert [host.name for host in table.rows] == ["web02"]
        log = app.screen.query_one(HitLog)
        assert log.count
        assert all(hit.is_error for hit in log._rows)
        await pilot.press("4")
        assert app.screen.query_one("#moments", RowList).count > 3
        await pilot.press("exclamation_mark")
        assert {m.severity for m in app.screen.query_one("#moments", RowList).rows} == {
            "warning",
            "error",
        }


async def test_marks_are_refreshed_and_copied() -> None:
    async with console(healthy()) as (app, feed, pilot):
        await pilot.press("space", "space")
        assert app.session.marked == {"lb01", "lb02"}
        await pilot.press("r")
        await until(pilot, lambda: feed.refreshed == ["lb01", "lb02"])
        await pilot.press("c")
        assert app.clipboard.splitlines()[0].startswith("lb01 ● up ● MASTER 150")
        await pilot.press("g", "space", "space")
        assert app.session.marked == set()
        await pilot.press("r")
        await until(pilot, lambda: feed.refreshed[-1] is None)


async def test_jumping_through_errors_of_the_hits() -> None:
    async with console(healthy(), size=(120, 40)) as (app, _, pilot):
        await pilot.press("3")
        log = app.screen.query_one(HitLog)
        await pilot.press("E")
        first = log.cursor
        assert not log.following
        assert log._rows[first].status == 502
        await pilot.press("E")
        assert log.cursor < first
        assert log._rows[log.cursor].is_error
        await pilot.press("e")
        assert log.cursor == first
        await pilot.press("e")
        assert "No further one" in str([n.message for n in app._notifications])
        await pilot.press("W")
        assert log._rows[log.cursor].status >= 400
        await pilot.press("c")
        assert "GET" in app.clipboard
        await pilot.press("f")
        assert log.following


async def test_jumping_through_the_time_line() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("4", "W")
        moments = app.screen.query_one("#moments", RowList)
        assert severity_at(moments) == "error"
        assert not moments.following
        await pilot.press("W")
        assert severity_at(moments) == "warning"
        await pilot.press("e")
        assert severity_at(moments) == "error"
        await pilot.press("t")
        assert "NODE'S CLOCK" in text_of(app.screen)
        await pilot.press("enter")
        assert app.current_mode == "node"
        assert app.session.node.name == "lb01"


async def test_jumping_through_the_journal() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("2", "w")
        journal = app.screen.query_one("#journal", StreamView)
        assert journal.display
        await pilot.press("W")
        assert journal._rows[journal.cursor].priority <= 4


async def test_the_time_line_waits_while_it_is_paused() -> None:
    async with console(healthy()) as (app, feed, pilot):
        await pilot.press("4", "p")
        count = app.screen.query_one("#moments", RowList).count
        feed.play(*SCENES["jump-lost"].events[-5:])
        app.paint()
        await pilot.pause()
        assert app.screen.query_one("#moments", RowList).count == count
        assert "5 new wait" in text_of(app.screen)
        await pilot.press("p")
        assert app.screen.query_one("#moments", RowList).count == count + 5


async def test_clusters_are_chosen_by_brackets_and_enter() -> None:
    async with console(two_clusters()) as (app, _, pilot):
        assert app.session.cluster is None
        assert "1 of 2 clusters in trouble" in text_of(app.screen)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert "✖ SPLIT BRAIN" in text_of(app.screen)
        assert "c01-lb2" in text_of(app.screen)
        await pilot.press("right_square_bracket")
        assert app.session.cluster is None
        clusters = app.screen.query_one("#clusters", RowList)
        app.screen.set_focus(clusters)
        await pilot.press("j", "enter")
        assert app.session.cluster is not None
        assert app.session.cluster.name == "c01"
        await pilot.press("left_square_bracket")
        assert app.session.cluster.name == "c00"


async def test_two_hundred_hosts_make_only_the_rows_on_show() -> None:
    async with console(many(50)) as (app, _, pilot):
        table = app.screen.query_one("#nodes", RowList)
        assert table.count == 200
        made: list[str] = []
        plain = table._line_of

        def noted(host: Host) -> Line:
            made.append(host.name)
            return plain(host)

        table._line_of = noted
        await pilot.press("G")
        assert "c49-web1" in text_of(app.screen)
        assert len(set(made)) <= 2 * table.size.height


async def test_the_palette_offers_commands_nodes_and_themes() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("colon")
        await pilot.press(*"node web02")
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "node")
        assert app.session.node.name == "web02"
        await pilot.press("ctrl+p")
        await pilot.press(*"theme light")
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count)
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "haconsole-light")


async def test_a_click_on_a_web_node_opens_it() -> None:
    async with console(healthy()) as (app, _, pilot):
        x = rows(app.screen)[5].index("web02")
        await pilot.click(offset=(x + 1, 5))
        await pilot.pause()
        assert app.current_mode == "node"
        assert app.session.node.name == "web02"


async def test_the_wheel_moves_the_log_and_holds_it() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("3")
        log = app.screen.query_one(HitLog)
        before = log.first_row
        log.scroll_rows(-3)
        await pilot.pause()
        assert log.first_row == before - 3
        assert not log.following


async def test_no_mark_is_left_behind_when_a_list_fits_again() -> None:
    async with console(healthy(), size=(80, 24)) as (app, _, pilot):
        await pilot.press("2")
        assert "┃" in text_of(app.screen)
        await pilot.resize_terminal(130, 50)
        await pilot.pause()
        await pilot.pause()
        assert "┃" not in text_of(app.screen)
        assert "│ " in text_of(app.screen)


async def test_v_shows_a_long_row_whole() -> None:
    async with console(healthy()) as (app, _, pilot):
        await pilot.press("4", "W", "W")
        assert "security not enabled" not in text_of(app.screen)
        await pilot.press("v")
        await until(pilot, lambda: "security not enabled" in text_of(app.screen))
        await pilot.press("escape")
        assert isinstance(app.screen, ConsoleScreen)
        await pilot.press("slash", *"zzz", "enter", "v")
        assert isinstance(app.screen, ConsoleScreen)


async def test_a_log_that_cannot_be_watched_follows_nothing() -> None:
    async with console(SCENES["jump-lost"]) as (app, _, pilot):
        assert "◌ waiting" in text_of(app.screen)
        assert "following" not in text_of(app.screen)
        await pilot.press("3")
        assert "◌ waiting" in text_of(app.screen)


async def test_a_feed_that_fails_is_one_sentence() -> None:
    async with console(healthy()) as (app, feed, pilot):
        await until(pilot, lambda: feed.running)
        feed.fail(OSError("no route to host"))
        await until(pilot, lambda: "NOT WATCHING" in text_of(app.screen))
        assert "the watching stopped: no route to host" in text_of(app.screen)
        await pilot.press("j", "2", "1")
        assert app.is_running


async def test_q_leaves_and_ends_the_watching() -> None:
    async with console(healthy()) as (app, feed, pilot):
        await until(pilot, lambda: feed.running)
        await pilot.press("q")
    assert not feed.running
    assert app.return_code == 0


async def test_write_mode_is_loud() -> None:
    from haconsole.ui.app import ConsoleApp
    from tests.ui.helpers import feed_of

    app = ConsoleApp(feed_of(healthy(pair_site(lab=False)), writable=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = text_of(app.screen)
        assert " WRITE " in text
        assert "READ-ONLY" not in text
        assert "LAB" not in text


async def test_hits_are_filtered_while_they_flow() -> None:
    from haconsole.domain.events import HitsSeen

    scene = healthy()
    async with console(scene) as (app, feed, pilot):
        await pilot.press("3", "slash", *"5xx", "enter")
        log = app.screen.query_one(HitLog)
        before = log.count
        assert before == 5
        batch = tuple(hits(scene.site.clusters[0], scene.now, 20))
        feed.play(HitsSeen(at=scene.now, host="lb01", hits=batch))
        wanted = sum(hit.status == 502 for hit in batch)
        assert wanted
        await until(pilot, lambda: log.count == before + wanted)
