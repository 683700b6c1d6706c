"""The cache of images: keys, one builder at a time, and what a killed build leaves."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.lab import images, layers
from haconsole.lab.errors import LabError
from haconsole.lab.layers import Recipe
from tests.lab.looks import until

PROBE = Recipe("probe", "echo made > /probe\nhead -c 8 /dev/urandom > /seed\n", (images.BASE,))


@pytest.fixture
def cache(lab_possible: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own that borrows the bootstrapped layer from the real one."""
    base = layers.ensure(images.BASE)
    monkeypatch.setenv("HACONSOLE_CACHE", str(tmp_path))
    (tmp_path / base.name).symlink_to(base)
    return tmp_path


def test_a_changed_recipe_has_another_key() -> None:
    base = images.BASE
    keys = {
        recipe.key
        for recipe in (
            PROBE,
            replace(PROBE, script="true"),
            replace(PROBE, files=(("/a", "b"),)),
            replace(PROBE, parents=(replace(base, script="false"),)),
            replace(PROBE, parents=(replace(base, bootstrap=("systemd",)),)),
        )
    }
    assert len(keys) == 5
    assert PROBE.key == replace(PROBE, about_s=99).key


@pytest.mark.lab
def test_a_layer_is_built_once(cache: Path) -> None:
    built = layers.ensure(PROBE)
    assert built.parent == cache
    assert (built / "probe").read_text() == "made\n"
    seed = (built / "seed").read_bytes()
    assert (layers.ensure(PROBE) / "seed").read_bytes() == seed
    assert sorted(path.name for path in built.iterdir()) == ["probe", "seed", "usr"]
    assert not list((built / "usr").rglob("policy-rc.d"))


@pytest.mark.lab
def test_a_build_that_fails_says_why_and_leaves_nothing(cache: Path) -> None:
    broken = replace(PROBE, script="echo 'E: the disk is made of cheese'\nexit 3\n")
    with pytest.raises(LabError, match=r"'probe' failed: E: the disk is made of cheese \(all of"):
        layers.ensure(broken)
    assert not list(cache.glob("building-*"))
    assert not broken.directory.exists()


@pytest.mark.lab
def test_what_a_killed_build_left_is_removed_by_the_next(cache: Path) -> None:
    before = Path("/proc/self/mountinfo").read_text().count(str(cache))
    marker = f"6{time.time_ns() % 10**7}"
    slow = f"Recipe('probe', 'sleep {marker}', (images.BASE,))"
    code = f"from haconsole.lab import images, layers\nfrom haconsole.lab.layers import Recipe\nlayers.ensure({slow})"
    builder = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    assert until(lambda: _runs(f"sleep\0{marker}"))
    builder.kill()
    builder.wait()
    assert until(lambda: not _runs(f"sleep\0{marker}")), "the build outlived its builder"
    assert list(cache.glob("building-probe-*"))
    layers.ensure(PROBE)
    assert not list(cache.glob("building-*"))
    assert Path("/proc/self/mountinfo").read_text().count(str(cache)) == before


@pytest.mark.lab
def test_two_builders_build_one_layer(cache: Path) -> None:
    code = (
        "from tests.lab.test_layers import PROBE\n"
        "from haconsole.lab import layers\n"
        "print((layers.ensure(PROBE) / 'seed').read_bytes().hex())"
    )
    builders = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    seeds = {builder.communicate(timeout=60)[0] for builder in builders}
    assert len(seeds) == 1
    assert all(builder.returncode == 0 for builder in builders)


def _runs(words: str) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if words in (process / "cmdline").read_text():
                return True
        except OSError:
            continue
    return False
