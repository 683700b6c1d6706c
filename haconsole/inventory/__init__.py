"""YAML inventories: what a site is made of, and the way to its hosts. Errors name the line."""

from .loading import load, parse
from .problems import InventoryError, Problem
from .samples import sample, samples
from .schema import schema

__all__ = ["InventoryError", "Problem", "load", "parse", "sample", "samples", "schema"]
