"""What can be said against a call of ``haconsole drill`` before anything is connected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from haconsole.cli import main
from tests.support.parts import VIP

INVENTORY = f"""\
site: shop
clusters:
  pair:
    vips: [{VIP}/24, 10.0.0.101/24]
    lbs: {{lb01: 127.0.0.1, lb02: 127.0.0.2}}
    webs: {{web01: 127.0.0.3}}
"""


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY)
    return str(file)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stpo"], "There is no drill stpo. Did you mean stop? There are: stop, crash"),
        (["all", "--target", "lb01"], "--target is for one drill"),
        (["stop", "--undo", "--write"], "say no scenario with it"),
        (["--undo"], "--undo changes hosts: say --write as well"),
        (["stop", "--limit", "5"], "--limit is 10 to 600 seconds, not 5"),
        (["stop"], "There are several VIPs; say which: --vip 10.0.0.100, 10.0.0.101"),
        (["stop", "--vip", "10.0.0.7"], "pair has no VIP 10.0.0.7. There are: 10.0.0.100"),
        (["stop", "--cluster", "other"], "There is no cluster other"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(
    inventory: str, words: Sequence[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drill", inventory, *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--repeat", "0"], ["--repeat", "x"], ["--rate", "0"], ["--rate", "5000"]]
)
def test_numbers_are_held_to_their_bounds(
    inventory: str, words: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["drill", inventory, "stop", *words])
    assert ended.value.code == 2
    assert words[1] in capsys.readouterr().err
