"""Where the data files that come with the product are: in a wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

from haconsole.words import t

_PACKAGE = Path(__file__).resolve().parent


class MissingResourceError(Exception):
    """The product was installed without one of its data directories."""


def directory(name: str) -> Path:
    """Return the directory of data files called ``name`` (``themes``, ``sample-inventories``).

    A wheel carries it as ``haconsole/data/NAME``; in a checkout it stands beside the package.
    Raises :class:`MissingResourceError` when it is in neither place.
    """
    for candidate in (_PACKAGE / "data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise MissingResourceError(
        t(
            "{package}: the data directory {name} is missing; install haconsole again",
            package=_PACKAGE,
            name=repr(name),
        )
    )
