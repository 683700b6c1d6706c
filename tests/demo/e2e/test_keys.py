"""What a user does with the keys, on live hosts; and what the screen then says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .live import Console, Hosts, console

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("still")]

WHOLE = ("● SERVING  10.0.0.100 on lb01", r"lb02 +● up +○ BACKUP", r"web02 +● up +● active")
HIT = r"^ \d\d:\d\d:\d\d\.\d{3} (\d{3}) "


def hits(screen: Console) -> list[str]:
    """Return the rows of the hit log on show, without their scroll bar."""
    return [row.rstrip(" │┃") for row in screen.rows if re.match(HIT, row)]


async def test_home_moves_marks_filters_and_opens(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger, size=(120, 40)) as screen:
        await screen.until(*WHOLE)
        await screen.press("j", "space")
        await screen.until(r"^▎lb02 ")
        await screen.press("slash")
        await screen.type("web")
        await screen.until("web01 +● up", without=r"^[ ▎]lb02 +● up")
        await screen.press("escape")
        await screen.until(r"^▎lb02 +● up")
        await screen.press("exclamation_mark")
        await screen.until("faults only", without=r"lb01 +● up")
        await screen.press("escape")
        await screen.until(*WHOLE[:1], r"^ lb01 +● up", without="faults only")
        await screen.press("G", "enter")
        await screen.until("› web02", "ops@10.0.0.52")
        await screen.press("N")
        await screen.until("› web01", "ops@10.0.0.51")
        await screen.press("n", "n")
        await screen.until("› lb01", "KEEPALIVED, AS IT SEES ITSELF")
        await screen.press("escape")
        await screen.until("NODE +LINK")


async def test_the_tabs_of_a_node_and_another_file(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger, size=(120, 40)) as screen:
        await screen.until(*WHOLE)
        await screen.press("2")
        await screen.until("SERVICES", "● MASTER for")
        await screen.press("tab")
        await screen.until("Entering MASTER STATE", "▶ following")
        await screen.press("p")
        await screen.until("paused")
        await screen.press("f")
        await screen.until("▶ following")
        await screen.press("tab")
        text = await screen.until(r"vrrp_instance VI_1", r"read \d+ s ago")
        assert "auth_pass" not in text or "auth_pass ******" in text
        await screen.press("tab")
        await screen.until("worker_connections")
        await screen.press("o")
        await screen.until("/etc/nginx/conf.d/")
        await screen.press(*["backspace"] * len("/etc/nginx/conf.d/"))
        await screen.type("/etc/shadow")
        await screen.press("enter")
        await screen.until("/etc/shadow is not a file that this console shows")
        await screen.press("shift+tab")
        await screen.until("worker_connections")


async def test_hits_are_followed_held_paused_filtered_and_jumped_in(
    demo: Hosts, ledger: Path
) -> None:
    async with console(demo, ledger, size=(120, 40)) as screen:
        await screen.until(*WHOLE)
        await screen.press("3")
        await screen.until("4xx", f"(?s)({HIT}.*\n){{5}}", "▶ following")
        await screen.press("p")
        await screen.until("paused", r"\d+ new wait")
        stood = hits(screen)
        await screen.until(r"[1-9]\d new wait")
        assert hits(screen) == stood, "a paused log stands still"
        await screen.press("p")
        await screen.until("▶ following")
        await screen.press("W")
        await screen.until("○ held")
        await screen.press("v")
        await screen.until("Esc closes", r"GET /(favicon|robots)\S+ 404")
        await screen.press("escape")
        await screen.press("slash")
        await screen.type("4xx web01")
        await screen.press("enter")
        await screen.until(r"/4xx web01")
        await screen.until(HIT, without=HIT.replace(r"\d{3}) $", "200)") + ".*web02")
        assert all(" 404 web01 " in row for row in hits(screen))
        await screen.press("escape", "escape")
        await screen.until("NODE +LINK")


async def test_the_time_line_shows_both_clocks_and_opens_a_node(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger, size=(120, 40)) as screen:
        await screen.until(*WHOLE)
        await screen.press("4")
        await screen.until("clock offsets .*lb01.*", "TIMELINE", "link up", without="NODE'S CLOCK")
        await screen.press("t")
        await screen.until("NODE'S CLOCK")
        await screen.press("slash")
        await screen.type("VI_1 master")
        await screen.press("enter")
        await screen.until("VI_1 → MASTER", without="link up")
        await screen.press("enter")
        await screen.until("› lb01", "SERVICES")


async def test_help_tells_the_keys_of_every_screen(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger, size=(120, 40)) as screen:
        await screen.until(*WHOLE)
        await screen.press("question_mark")
        await screen.until("ON EVERY SCREEN", "Show the keys, the marks and the words")
        await screen.press("G")
        await screen.until("split brain|SPLIT BRAIN|ghost", without="ON EVERY SCREEN")
        await screen.press("slash")
        await screen.type("ghost")
        await screen.until("(?i)ghost", without="IN LISTS")
        await screen.press("escape", "escape")
        await screen.until("NODE +LINK")


async def test_the_palette_finds_nodes_and_themes_and_makes_faults(
    demo: Hosts, ledger: Path
) -> None:
    async with console(demo, ledger, size=(120, 40), notices=True) as screen:
        await screen.until(*WHOLE)
        await screen.choose("node web01", "node web01")
        await screen.until("› web01")
        await screen.choose("theme light", "theme light")
        await screen.press("1")
        await screen.choose("fault nginx-stop", "fault: nginx-stop on lb01")
        await screen.until("nginx-stop on lb01: made")
        await screen.until("● SERVING  10.0.0.100 on lb02", "lb01: nginx does not run", "✖ FAULT")
        await screen.choose("heal", "Undo every fault")
        await screen.until("The demo is healthy", *WHOLE)
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert {entry["host"] for entry in entries} >= {"lb01", "lb02", "web01", "web02"}
    assert not [entry for entry in entries if entry.get("effect") == "changes"], (
        "faults are the demo's doing, not the console's"
    )


async def test_read_only_there_are_no_faults(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger, write=False) as screen:
        await screen.until("READ-ONLY", *WHOLE)
        await screen.press("colon")
        await screen.until("Search for commands")
        await screen.type("fault crash")
        await screen.until("No matches")


async def test_a_full_reading_is_taken_when_asked_for(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger, size=(120, 40), notices=True) as screen:
        await screen.until(*WHOLE, r"lb01 .* [3-9] s  ")
        await screen.press("r")
        await screen.until("Reading every node again", r"lb01 .* [01] s  ")


async def test_a_lost_bastion_comes_back_without_a_restart(demo: Hosts, ledger: Path) -> None:
    async with console(demo, ledger) as screen:
        await screen.until(*WHOLE)
        await screen.choose("fault sshd-stop", "fault: sshd-stop on bastion")
        text = await screen.until("◌ JUMP LOST  bastion", "lb01 +◌ jump lost")
        assert "SERVING" not in text
        assert "✖" not in "\n".join(screen.rows[:5]), "what cannot be seen is not called bad"
        await screen.until(r"JUMP LOST  bastion, ([3-9]|\d\d) s ago")
        await demo.faults.heal()
        await screen.until(*WHOLE, without="jump lost")
