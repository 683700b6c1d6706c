"""Files for the linter: read with limits, with what they include and the scripts beside them."""

from __future__ import annotations

import glob
import posixpath
import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from haconsole.domain.lint.findings import Finding, Place
from haconsole.domain.lint.scripts import script_path
from haconsole.domain.lint.source import Source, found
from haconsole.domain.notes import Note, note
from haconsole.parsers.conf.document import decoded
from haconsole.parsers.conf.parse import MAX_TEXT
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.keepalived_conf import extract, parse_conf
from haconsole.parsers.keepalived_version import Version

#: Stands for standard input.
STDIN = "-"
#: Bytes of a script that are read.
_MOST_SCRIPT = 256 * 1024
_MANY_CONTROLS = 0.1
#: ``@HOST`` before a line: it counts for this config id alone.
_FOR_HOST = re.compile(r"^[ \t]*@([^\s^]\S*)", re.MULTILINE)
#: Hosts of one file that it is read as.
_MOST_HOSTS = 8
_CONTROLS = bytes({*range(32)} - {9, 10, 12, 13})


class _DiskFiles:
    """Included files as they are on this machine.

    What a copied configuration includes by its path on the host is also looked for beside it.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def match(self, pattern: str) -> Sequence[str]:
        """Return the files that a name or pattern stands for, sorted."""
        # Not Path.glob: names may have any number of patterns and lead anywhere.
        matches = sorted(glob.glob(pattern))  # noqa: PTH207
        if not matches and posixpath.isabs(pattern):
            beside = posixpath.join(self._folder, posixpath.basename(pattern))
            matches = sorted(glob.glob(beside))  # noqa: PTH207
        return matches

    def read(self, path: str) -> str | None:
        """Return a file's text; ``None`` where it cannot be read."""
        data = _bytes(path)
        return None if isinstance(data, Note) else decoded(data)


def read(
    file: str, host: str | None, version: Version | None, scripts: Sequence[str], *, alone: bool
) -> tuple[list[Source], list[Finding]]:
    """Read a file, or say in one sentence why not.

    ``host``: whom it is for; the first part of the name is then the config id. A file with lines
    for hosts and no host is read as each of them where it is ``alone``, else as the first.
    ``scripts``: files that stand for the scripts of the same names.
    """
    shown = "stdin" if file == STDIN else file
    data = _bytes(file)
    if isinstance(data, Note):
        return [], [found("unreadable", Place(shown), data)]
    text = decoded(data)
    ids = [] if host else list(dict.fromkeys(_FOR_HOST.findall(text)))[:_MOST_HOSTS]
    if not ids:
        return [_source(text, shown, host, version, scripts)], []
    names = ids if alone else ids[:1]
    line = text.count("\n", 0, next(_FOR_HOST.finditer(text)).start(1)) + 1
    said = note(
        "there are lines for {ids} only: judged as {names}; --as HOST=FILE says who it is for",
        ids=", ".join(ids),
        names=", ".join(names),
    )
    sources = [_source(text, shown, name, version, scripts) for name in names]
    return sources, [found("unknown-condition", Place(shown, line), said)]


def _source(
    text: str, shown: str, host: str | None, version: Version | None, scripts: Sequence[str]
) -> Source:
    folder = posixpath.dirname(shown)
    reading = Reading(host.partition(".")[0] if host else None, version, _DiskFiles(folder))
    tree = parse_conf(text, shown, reading)
    conf = extract(tree)
    paths = {path for one in conf.scripts if (path := script_path(one))}
    return Source(
        name=host or conf.router_id or shown,
        conf=conf,
        statements=tree.statements,
        problems=tree.problems,
        version=version,
        scripts={path: body for path in paths if (body := _script(path, folder, scripts))},
    )


def _bytes(file: str, most: int = MAX_TEXT) -> bytes | Note:
    """Read a file that can be a configuration; the sentence when it cannot."""
    try:
        data = _opened(file, most)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return note("cannot be read: {reason}", reason=reason or str(error))
    if isinstance(data, Note):
        return data
    if len(data) > most:
        return note("is longer than {n} bytes: a keepalived.conf has a few thousand", n=most)
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        return note("is no text file: there is a NUL byte in line {line}", line=line)
    if len(data) - len(data.translate(None, _CONTROLS)) > _MANY_CONTROLS * len(data):
        return note("is no text file: it is full of control characters")
    return data


def _opened(file: str, most: int) -> bytes | Note:
    """Read one byte more than is allowed at most; pipes too (``<(ssh host cat …)``)."""
    if file == STDIN:
        return sys.stdin.buffer.read(most + 1)
    mode = Path(file).stat().st_mode
    if stat.S_ISDIR(mode):
        return note("is a folder; name the files in it")
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        return note("is no file")
    with Path(file).open("rb") as opened:
        return opened.read(most + 1)


def _script(path: str, folder: str, given: Sequence[str]) -> str | None:
    """Return a script's text: of a file that was given for it, or of one beside the file."""
    name = posixpath.basename(path)
    candidates = [file for file in given if posixpath.basename(file) == name]
    for file in (*candidates, posixpath.join(folder, name)):
        if Path(file).is_file():
            data = _bytes(file, _MOST_SCRIPT)
            return None if isinstance(data, Note) else decoded(data)
    return None
