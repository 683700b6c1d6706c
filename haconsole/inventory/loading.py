"""From a file to a site, or to everything that is wrong with the file."""

from __future__ import annotations

from pathlib import Path

from haconsole.domain.model import Site
from haconsole.words import t

from . import fields, references
from .nodes import Node, Plain, Scalar, read_tree
from .problems import WHOLE, InventoryError, Report
from .shapes import Record
from .sites import Builder, places
from .source import decode, read_text
from .ways import Ways


def load(path: str | Path) -> Site:
    """Return the site that the inventory at ``path`` describes.

    Raises :class:`~haconsole.inventory.InventoryError` with all problems found. Relative paths
    in the file start at the file's own directory.
    """
    file = Path(path)
    report = Report(str(path))
    text = read_text(file, report)
    return _site(text, report, file.absolute().parent)


def parse(source: str | bytes, file: str, base: Path) -> Site:
    """Return the site that an inventory's text describes.

    ``file`` is the name that errors show; relative paths start at ``base``. Raises as
    :func:`load` does.
    """
    report = Report(file)
    text = decode(source, report) if isinstance(source, bytes) else source
    return _site(text, report, base)


def _site(text: str | None, report: Report, base: Path) -> Site:
    tree = None if text is None else read_tree(text, report)
    if _nothing(tree) and not report:
        expected = t("a mapping with the keys site and clusters")
        report.refuse(1, WHOLE, t("this file is empty"), expected)
    # After a failed reading there is no tree, and the report says why.
    record = None if tree is None or _nothing(tree) else fields.SITE.read(tree, "", report)
    if not isinstance(record, Record):
        raise InventoryError(report.problems)
    hosts = tuple(places(record))
    chains = Ways(hosts, report).chains()
    references.check(record, hosts, chains, report)
    report.raise_if_any()
    return Builder(record, chains, base).site()


def _nothing(tree: Node | None) -> bool:
    return tree is None or (isinstance(tree, Scalar) and tree.kind is Plain.NULL)
