"""nginx's files put together: includes resolved, and every directive checked by crossplane."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crossplane.analyzer import analyze, enter_block_ctx
from crossplane.errors import NgxParserDirectiveContextError, NgxParserDirectiveError

from haconsole.domain.conf import ConfProblem
from haconsole.domain.notes import note

from .conf.reading import MemoryFiles, has_wildcard
from .nginx_text import MAX_DEPTH, Directive, read_directives

MAX_FILES = 500
MAX_DIRECTIVES = 50_000
_MAX_PROBLEMS = 100
_DUMPED = re.compile(r"^# configuration file (/[^\n]*):$", re.MULTILINE)
#: What crossplane says of a directive, and how it is said here.
_SAID = (
    ("no opening", note("{name} needs a block")),
    ("not terminated", note("{name} has a block and should have none")),
    ("must be", note("{name} must be on or off")),
    ("", note("{name} has a wrong number of arguments")),
)


@dataclass(slots=True)
class NginxTree:
    """All directives, those of included files in the place of the ``include``."""

    file: str
    directives: tuple[Directive, ...] = ()
    problems: list[ConfProblem] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def split_dump(text: str) -> dict[str, str]:
    """Return the files of what ``nginx -T`` prints, the main one first; none when it failed."""
    parts = _DUMPED.split(text)
    # Behind every file nginx prints an empty line of its own.
    return {path: body[1:].removesuffix("\n") for path, body in zip(parts[1::2], parts[2::2])}  # noqa: B905 - always pairs


def read_tree(files: Mapping[str, str | bytes], main: str, *, check: bool = True) -> NginxTree:
    """Put files together, beginning with ``main``. Never raises.

    ``files`` are by absolute path; ``check``: also say what crossplane's tables (nginx 1.23)
    find wrong with a directive's place and number of arguments.
    """
    return _Joiner(files, main, check=check).read()


class _Joiner:
    def __init__(self, files: Mapping[str, str | bytes], main: str, *, check: bool) -> None:
        self._files = MemoryFiles(files)
        self._tree = NginxTree(main)
        self._check = check
        self._parsed: dict[str, tuple[Directive, ...]] = {}
        self._count = 0

    def read(self) -> NginxTree:
        tree = self._tree
        if self._files.read(tree.file) is None:
            self._problem(tree.file, 1, "the file was not given")
            return tree
        tree.directives = self._joined(self._file(tree.file), (), (posixpath.normpath(tree.file),))
        if self._count > MAX_DIRECTIVES:
            cut = note("there are more than {n} directives; the rest is not read", n=MAX_DIRECTIVES)
            tree.problems.append(ConfProblem(tree.file, 1, cut))
        return tree

    def _problem(self, file: str, line: int, template: str, **values: str | int) -> None:
        if len(self._tree.problems) < _MAX_PROBLEMS:
            self._tree.problems.append(ConfProblem(file, line, note(template, **values)))

    def _file(self, path: str) -> tuple[Directive, ...]:
        if path not in self._parsed:

            def report(line: int, template: str, **values: str | int) -> None:
                self._problem(path, line, template, **values)

            self._tree.files.append(path)
            self._parsed[path] = read_directives(self._files.read(path) or "", path, report)
        return self._parsed[path]

    def _joined(
        self,
        directives: tuple[Directive, ...],
        context: tuple[str, ...],
        chain: tuple[str, ...],
        depth: int = 0,
    ) -> tuple[Directive, ...]:
        """Return directives with the included ones among them, checked. Depth is bounded."""
        joined: list[Directive] = []
        for one in directives:
            self._count += 1
            if self._count > MAX_DIRECTIVES:
                break
            inner = self._analyzed(one, context)
            if one.name == "include" and one.block is None and len(one.args) == 1:
                joined += self._included(one, context, chain, depth)
                continue
            if one.block is not None:
                if depth >= MAX_DEPTH:
                    template = "blocks are nested deeper than {n} levels"
                    self._problem(one.file, one.line, template, n=MAX_DEPTH)
                    continue
                block = self._joined(one.block, inner, chain, depth + 1)
                one = Directive(one.name, one.args, block, one.file, one.line)  # noqa: PLW2901
            joined.append(one)
        return tuple(joined)

    def _analyzed(self, one: Directive, context: tuple[str, ...]) -> tuple[str, ...]:
        """Check a directive; returns the context of its block."""
        statement = {"directive": one.name, "line": one.line, "args": list(one.args)}
        if self._check:
            try:
                analyze(one.file, statement, ";" if one.block is None else "{", context)
            except NgxParserDirectiveContextError:
                self._problem(one.file, one.line, "{name} is not allowed here", name=one.name[:60])
            except NgxParserDirectiveError as error:
                template = next(one.template for said, one in _SAID if said in error.strerror)
                self._problem(one.file, one.line, template, name=one.name[:60])
        return context if one.block is None else tuple(enter_block_ctx(statement, context))

    def _included(
        self, one: Directive, context: tuple[str, ...], chain: tuple[str, ...], depth: int
    ) -> tuple[Directive, ...]:
        """Return what an include brings; a relative name is beside the main file (nginx.org)."""
        name = one.args[0]
        self._tree.includes.append(name)
        pattern = posixpath.join(posixpath.dirname(self._tree.file), name)
        paths = self._files.match(pattern)
        shown = name[:200]
        if not paths:
            self._tree.missing.append(pattern)
            if not has_wildcard(name):
                self._problem(one.file, one.line, "there is no file {name}", name=shown)
        joined: list[Directive] = []
        for path in paths:
            if path in chain:
                self._problem(one.file, one.line, "{name} includes itself", name=shown)
            elif depth >= MAX_DEPTH or len(self._parsed) >= MAX_FILES:
                template = "too many files are included, or too deeply: {name} is not read"
                self._problem(one.file, one.line, template, name=shown)
            else:
                directives = self._file(path)
                joined += self._joined(directives, context, (*chain, path), depth + 1)
        return tuple(joined)
