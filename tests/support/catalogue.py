"""The Chinese catalogue: ``python -m tests.support.catalogue`` builds its .mo from its .po.

It tells how much of each part of the product is translated; ``--missing PART`` prints what is not,
``--prune`` takes out of the .po what the code does not say any more.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from functools import lru_cache
from inspect import cleandoc
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "haconsole"
FOLDER = PRODUCT / "locale" / "zh" / "LC_MESSAGES"
PO, MO = FOLDER / "haconsole.po", FOLDER / "haconsole.mo"
#: What argparse says on a command line (Python 3.11 to 3.14): it looks it up itself.
ARGPARSE = (
    "positional arguments",
    "options",
    "show this help message and exit",
    "%(prog)s: error: %(message)s\n",
    "argument %(argument_name)s: %(message)s",
    "unrecognized arguments: %s",
    "ambiguous option: %(option)s could match %(matches)s",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "invalid %(type)s value: %(value)r",
    "expected one argument",
    "expected at least one argument",
    "ignored explicit argument %r",
    "not allowed with argument %s",
    "one of the arguments %s is required",
    "the following arguments are required: %s",
)
#: Functions whose first texts are message ids, and how many of them.
_MARKS = {"t": 1, "note": 1, "Note": 1, "tn": 2}
#: Parts whose functions and methods make a note of the sentence among their arguments.
_TELLERS = ("parsers", "transport")
_TELL = ("failure", "_problem", "_report", "report", "_once")
#: What a constant with such a sentence is called.
_TEMPLATES = ("template", "READ_ONLY")


def read() -> Catalog:
    """Return the .po's catalogue."""
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN", abort_invalid=True)


def built(catalogue: Catalog) -> bytes:
    """Return what the .mo has to be."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


@lru_cache(maxsize=1)
def _trees() -> dict[Path, ast.Module]:
    files = sorted(PRODUCT.rglob("*.py"))
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in files}


@lru_cache(maxsize=1)
def texts() -> set[str]:
    """Return every text that stands in the product's code, docstrings as they are shown too."""
    found = set(ARGPARSE)
    for tree in _trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
                if "\n" in node.value:
                    found.add(" ".join(cleandoc(node.value).split()))
    return found


def marked() -> dict[str, set[str]]:
    """Return the message ids that the code marks as such, by part of the product."""
    found = {"argparse": set(ARGPARSE)}
    for file, tree in _trees().items():
        where = file.relative_to(PRODUCT)
        part = str(Path(*where.parts[: min(2, len(where.parts) - 1)])) if where.parts[1:] else "."
        ids = found.setdefault(part, set())
        for node in ast.walk(tree):
            ids.update(_marked(node))
            if where.parts[0] in _TELLERS:
                ids.update(_told(node))
            if part == "ui/commands" and isinstance(node, ast.ClassDef):
                ids.update(_command(node))
    return {part: told for part, ids in found.items() if (told := {one for one in ids if one})}


def _marked(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MARKS:
        for argument in node.args[: _MARKS[node.func.id]]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _told(node: ast.AST) -> Iterator[str]:
    """Yield what is not handed to ``note`` itself, but to what does so."""
    found: list[ast.expr] = []
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        found = node.args if name in _TELL else []
    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _TEMPLATES:
        found = [node.value]
    for one in found:
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
            yield one.value


def _command(node: ast.ClassDef) -> Iterator[str]:
    """Yield a command's name and what it does."""
    for line in node.body:
        if not isinstance(line, ast.Assign) or not isinstance(line.value, ast.Constant):
            continue
        target = line.targets[0]
        if isinstance(target, ast.Name) and target.id == "name":
            yield str(line.value.value)
            yield " ".join((ast.get_docstring(node) or "").split())


def ids_of(message: Message) -> tuple[str, ...]:
    """Return a message's id, and that of its plural."""
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def written(catalogue: Catalog) -> bytes:
    """Return a .po of the catalogue, by the order of its ids."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, no_location=True)
    return out.getvalue()


def prune(catalogue: Catalog) -> None:
    """Take out what the code does not say any more."""
    said = texts()
    for one in list(catalogue):
        if one.id and not set(ids_of(one)) <= said:
            print(f"no longer said: {ids_of(one)[0]!r}")
            catalogue.delete(one.id)
    PO.write_bytes(written(catalogue))


def main() -> None:
    """Build the .mo, or print what is missing."""
    catalogue = read()
    if sys.argv[1:] == ["--prune"]:
        prune(catalogue)
    known = {each for one in catalogue if one.id and one.string for each in ids_of(one)}
    if sys.argv[1:2] == ["--missing"]:
        for part, ids in marked().items():
            if part.startswith(tuple(sys.argv[2:])):
                for one in sorted(ids - known):
                    print(repr(one))
        return
    MO.write_bytes(built(catalogue))
    every = marked()
    for part, ids in every.items():
        print(f"{part:24} {len(ids & known):5} of {len(ids):5}")
    ids = set().union(*every.values())
    print(f"{'together':24} {len(ids & known):5} of {len(ids):5}, and {len(known - ids)} of tables")


if __name__ == "__main__":
    main()
