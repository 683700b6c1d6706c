"""``diff`` and ``cmp``: where files differ."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator

from ..errors import words_of
from ..invocation import Invocation, Program
from .options import Options, options
from .times import format_date

_LONG = (
    *("brief:q", "label=:L", "recursive:r", "new-file:N", "report-identical-files:s", "text:a"),
    *("ignore-all-space:w", "ignore-space-change:b", "color=:K", "unified-lines=:U"),
)
_NO_NEWLINE = "\\ No newline at end of file\n"


async def diff(inv: Invocation) -> int:
    """``diff [-u | -U N] [-qrNs] [--label NAME] OLD NEW``."""
    args = ["-u" if word == "--unified" else word for word in inv.args]
    labels = [word.partition("=")[2] or args[at + 1] for at, word in enumerate(args)
              if word.startswith("--label")]  # fmt: skip
    inv.argv = [inv.argv[0], *args]
    given = await options(inv, "uqrNsawbdi", "UL", long=_LONG)
    if len(given.words) != 2:
        await inv.error(f"missing operand after '{inv.args[-1] if inv.args else 'diff'}'")
        return 2
    old, new = given.words
    if inv.files.is_dir(old) and inv.files.is_dir(new):
        return await _folders(inv, given, old, new)
    if inv.files.is_dir(new):
        new = posixpath.join(new, posixpath.basename(old))
    return await _files(inv, given, old, new, labels or [])


async def _folders(inv: Invocation, given: Options, old: str, new: str) -> int:
    status, files = 0, inv.files
    for name in sorted({*files.listdir(old), *files.listdir(new)}):
        left, right = posixpath.join(old, name), posixpath.join(new, name)
        for here, there in ((left, right), (right, left)):
            if not files.exists(there, follow=False):
                await inv.print(f"Only in {posixpath.dirname(here)}: {name}")
                status = 1
        if files.is_file(left) and files.is_file(right):
            status = max(status, await _files(inv, given, left, right, []))
        elif "r" in given and files.is_dir(left) and files.is_dir(right):
            status = max(status, await _folders(inv, given, left, right))
    return status


async def _read(inv: Invocation, given: Options, path: str) -> bytes | None:
    if path == "-":
        return await inv.stdin.read_all()
    try:
        return inv.files.read(path, inv.process.caller)
    except FileNotFoundError:
        if "N" in given:
            return b""
        await inv.error(f"{path}: No such file or directory")
    except OSError as error:
        await inv.error(f"{path}: {words_of(error)}")
    return None


async def _files(inv: Invocation, given: Options, old: str, new: str, labels: list[str]) -> int:
    before, after = await _read(inv, given, old), await _read(inv, given, new)
    if before is None or after is None:
        return 2
    if before == after:
        if "s" in given:
            await inv.print(f"Files {old} and {new} are identical")
        return 0
    if "q" in given:
        await inv.print(f"Files {old} and {new} differ")
        return 1
    one = before.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    two = after.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    if "u" in given or "U" in given:
        context = int(given.values.get("U", "3"))
        heads = [labels[n] if n < len(labels) else _stamped(inv, path)
                 for n, path in enumerate((old, new))]  # fmt: skip
        lines = list(difflib.unified_diff(one, two, heads[0], heads[1], n=context))
        text = "".join(_ended(line) for line in lines)
    else:
        text = "".join(_normal(one, two))
    await inv.stdout.write(text)
    return 1


def _stamped(inv: Invocation, path: str) -> str:
    at = 0
    if path != "-" and inv.files.exists(path):
        at = inv.files.stat(path).mtime_ns
    return f"{path}\t{format_date('%F %T.%N %z', at)}"


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"


def _normal(one: list[str], two: list[str]) -> Iterator[str]:
    """Yield ``2c2``, ``< old``, ``---``, ``> new``: POSIX's default form."""
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        left, right = _span(i1, i2), _span(j1, j2)
        yield f"{left}{ {'replace': 'c', 'delete': 'd', 'insert': 'a'}[tag] }{right}\n"
        for text in one[i1:i2]:
            yield f"< {_ended(text)}"
        if tag == "replace":
            yield "---\n"
        for text in two[j1:j2]:
            yield f"> {_ended(text)}"


def _span(start: int, end: int) -> str:
    if end - start <= 1:
        return str(end if end > start else start)
    return f"{start + 1},{end}"


async def cmp(inv: Invocation) -> int:
    """``cmp [-s] ONE TWO``."""
    given = await options(inv, "slb", long=("silent:s", "quiet:s"))
    if len(given.words) != 2:
        return await inv.error("missing operand", 2)
    one, two = [await _read(inv, given, path) for path in given.words]
    if one is None or two is None:
        return 2
    if one == two:
        return 0
    at = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
    if "s" in given:
        return 1
    if at is None:
        short = given.words[0] if len(one) < len(two) else given.words[1]
        await inv.error(f"EOF on {short} after byte {min(len(one), len(two))}")
        return 1
    row = one[:at].count(b"\n") + 1
    await inv.print(f"{given.words[0]} {given.words[1]} differ: char {at + 1}, line {row}")
    return 1


PROGRAMS: dict[str, Program] = {"diff": diff, "cmp": cmp}
