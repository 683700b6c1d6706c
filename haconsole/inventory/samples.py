"""The sample inventories that come with the product."""

from __future__ import annotations

from pathlib import Path

from haconsole.resources import directory
from haconsole.words import t

_SUFFIX = ".yaml"


def samples() -> tuple[str, ...]:
    """Return the names of all samples, sorted."""
    return tuple(sorted(path.stem for path in directory("sample-inventories").glob(f"*{_SUFFIX}")))


def sample(name: str) -> Path:
    """Return the path of a sample; ``KeyError`` with a sentence when there is none."""
    if name not in samples():
        raise KeyError(
            t(
                "there is no sample inventory {name}; there are {names}",
                name=repr(name),
                names=", ".join(samples()),
            )
        )
    return directory("sample-inventories") / f"{name}{_SUFFIX}"
