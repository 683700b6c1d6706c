"""Inventories as text, and what is wrong with them."""

from pathlib import Path

from haconsole.domain.model import Site
from haconsole.inventory import InventoryError, Problem, parse

BASE = Path("/base")

GOOD = """\
site: shop
defaults: {user: ops}
jumps:
  bastion: 203.0.113.7
  inner: {address: 10.0.0.5, via: bastion}
clusters:
  pair:
    via: inner
    vips:
      - 10.0.0.100
    lbs:
      lb01: 10.0.0.10
      lb02: 10.0.0.11
    webs:
      web01: 10.0.0.51
"""


def site(text: str) -> Site:
    """Return the site that the text describes."""
    return parse(text, "shop.yaml", BASE)


def problems(text: str | bytes) -> tuple[Problem, ...]:
    """Return what is wrong with the text; at least one thing is."""
    try:
        parse(text, "shop.yaml", BASE)
    except InventoryError as error:
        assert error.problems
        assert str(error) == "\n".join(str(problem) for problem in error.problems)
        return error.problems
    raise AssertionError("this inventory loads")


def changed(old: str, new: str) -> str:
    """Return the good inventory with one place changed."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def printed(text: str | bytes) -> list[str]:
    """Return the problems as they are printed."""
    return [str(problem) for problem in problems(text)]
