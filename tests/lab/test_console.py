"""What a console needs of a lab to break it: found by its inventory, made by its own command."""

from __future__ import annotations

from pathlib import Path

import pytest

from haconsole.commandline.console import _lab_faults
from haconsole.inventory import load
from haconsole.lab import api
from haconsole.lab.console import faults_of
from haconsole.lab.faults import FAULTS
from haconsole.lab.topology import INTERFACE
from haconsole.monitor.feed import FeedError
from tests.support.terminal import Terminal

pytestmark = pytest.mark.lab


def test_a_lab_is_found_by_its_inventory_alone(lab: api.LabHandle, tmp_path: Path) -> None:
    found = faults_of(lab.inventory)
    assert found is not None
    assert found.name == lab.name
    assert [kind.name for kind in found.names()] == list(FAULTS)
    link = tmp_path / "link.yaml"
    link.symlink_to(lab.inventory)
    assert faults_of(link) is not None
    copy = tmp_path / "copy.yaml"
    copy.write_text(lab.inventory.read_text())
    assert faults_of(copy) is None


def test_a_site_that_is_no_lab_is_never_broken(lab: api.LabHandle) -> None:
    site = load(lab.inventory)
    assert _lab_faults(lab.inventory, site) is not None
    text = lab.inventory.read_text()
    try:
        lab.inventory.write_text(text.replace("lab: true\n", ""))
        assert _lab_faults(lab.inventory, load(lab.inventory)) is None
    finally:
        lab.inventory.write_text(text)


async def test_faults_are_made_and_healed(healed: api.LabHandle) -> None:
    faults = faults_of(healed.inventory)
    assert faults is not None
    assert await faults.make("nginx-stop", "web01") == "nginx-stop on web01: made."
    assert healed.exec("web01", ["systemctl", "is-active", "nginx"]).stdout == "inactive\n"
    assert await faults.heal() == f"The lab '{healed.name}' is healthy."
    assert healed.exec("web01", ["systemctl", "is-active", "nginx"]).stdout == "active\n"
    with pytest.raises(FeedError, match="did you mean 'crash'"):
        await faults.make("crsh")
    with pytest.raises(FeedError, match="cannot be made on 'bastion'"):
        await faults.make("crash", "bastion")
    shown = healed.exec("lb01", ["ip", "-o", "link", "show", INTERFACE]).stdout
    assert "LOWER_UP" in shown


@pytest.mark.parametrize("write", [True, False])
def test_the_console_offers_them_where_it_may_write(healed: api.LabHandle, write: bool) -> None:
    terminal = Terminal.console(str(healed.inventory), *(["--write"] if write else []))
    try:
        terminal.until(r"\bSERVING\b", 30)
        assert ("fault crash" in terminal.text) is write
        terminal.type(":")
        terminal.until("Search")
        terminal.type("fault nginx-stop")
        if not write:
            terminal.until("No matches found")
            return
        terminal.until("fault: nginx-stop on lb01")
        terminal.type("\r")
        terminal.until("nginx-stop on lb01: made")
        assert healed.exec("lb01", ["systemctl", "is-active", "nginx"]).stdout == "inactive\n"
    finally:
        terminal.close()
