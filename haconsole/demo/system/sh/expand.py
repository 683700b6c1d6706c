"""Word expansion: parameters, commands, arithmetic, fields, paths (POSIX.1-2017, 2.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..files import Files
from ..nodes import Caller
from . import patterns
from .arith import Arithmetic, ArithmeticError_
from .braces import braced
from .state import ShellError, State
from .syntax import Arith, CmdSub, Lit, Param, Part, Script, Word

_SPECIAL = frozenset("@*#?$!-")
_WHITE = " \t\n"


class Piece:
    """A run of expanded characters. ``split``: field splitting applies; ``cut``: a field ends."""

    __slots__ = ("cut", "quoted", "split", "text")

    def __init__(self, text: str, *, quoted: bool, split: bool = False, cut: bool = False) -> None:
        self.text, self.quoted, self.split, self.cut = text, quoted, split, cut


class Expander:
    """Expands the words of one shell. ``substitute`` runs a command and returns its output."""

    def __init__(
        self,
        state: State,
        files: Files,
        caller: Callable[[], Caller],
        home_of: Callable[[str], str | None],
        substitute: Callable[[Script], Awaitable[str]],
    ) -> None:
        self._state = state
        self._files = files
        self._caller = caller
        self._home_of = home_of
        self._substitute = substitute

    async def fields(self, words: tuple[Word, ...]) -> list[str]:
        """Expand words to arguments."""
        result: list[str] = []
        for word in braced(words) if self._state.bash else words:
            if word.plain is not None:
                result.append(word.plain)
            else:
                self._glob(self._split(await self._pieces(word)), result)
        return result

    async def text(self, word: Word, *, assigned: bool = False) -> str:
        """Expand a word to one string: no splitting, no paths."""
        if word.plain is not None:
            return word.plain
        pieces = await self._pieces(word, assigned=assigned)
        ifs = self._ifs()
        return "".join(ifs[:1] if piece.cut else piece.text for piece in pieces)

    async def pattern(self, word: Word) -> patterns.Segments:
        """Expand a word to a pattern."""
        pieces = await self._pieces(word)
        return tuple((piece.text, piece.quoted) for piece in pieces if piece.text)

    def _ifs(self) -> str:
        return self._state.variables.values.get("IFS", _WHITE)

    # --- parts ---

    async def _pieces(self, word: Word, *, assigned: bool = False) -> list[Piece]:
        out: list[Piece] = []
        for index, part in enumerate(word.parts):
            if isinstance(part, Lit):
                text = part.text
                if not part.quoted and "~" in text:
                    alone = index + 1 == len(word.parts)
                    out += self._tilde(text, first=index == 0, assigned=assigned, alone=alone)
                else:
                    out.append(Piece(text, quoted=part.quoted))
            else:
                out += await self._part(part)
        return out

    def _tilde(self, text: str, *, first: bool, assigned: bool, alone: bool) -> list[Piece]:
        out: list[Piece] = []
        chunks = text.split(":") if assigned else [text]
        for index, chunk in enumerate(chunks):
            if index:
                out.append(Piece(":", quoted=False))
            if chunk.startswith("~") and (first or index):
                user, slash, rest = chunk[1:].partition("/")
                ends = bool(slash) or index + 1 < len(chunks) or alone
                home = self._home(user) if ends else None
                if home is not None:
                    out += [Piece(home, quoted=True), Piece(slash + rest, quoted=False)]
                    continue
            out.append(Piece(chunk, quoted=False))
        return out

    def _home(self, user: str) -> str | None:
        return self._home_of(user) if user else self._state.variables.values.get("HOME")

    async def _part(self, part: Part) -> list[Piece]:
        if isinstance(part, Lit):
            return [Piece(part.text, quoted=part.quoted)]
        if isinstance(part, CmdSub):
            text = (await self._substitute(part.script)).rstrip("\n")
            return [Piece(text, quoted=part.quoted, split=not part.quoted)]
        if isinstance(part, Arith):
            text = await self._arithmetic(part)
            return [Piece(text, quoted=part.quoted, split=not part.quoted)]
        if part.op:
            return await self._modified(part)
        return self._parameter(part)

    async def _arithmetic(self, part: Arith) -> str:
        text = await self.text(Word(part.parts))
        variables = self._state.variables
        try:
            return str(Arithmetic(text, self._number_text, variables.set).value())
        except ArithmeticError_ as error:
            raise ShellError(str(error)) from None

    def _number_text(self, name: str) -> str:
        value = self._state.variables.values.get(name)
        if value is None and "u" in self._state.options:
            raise ShellError(f"{name}: parameter not set")
        return value or ""

    def _parameter(self, part: Param) -> list[Piece]:
        if part.name in ("@", "*"):
            return self._all(part)
        value = self.value(part.name)
        if value is None:
            self._check_set(part.name)
            value = ""
        return [Piece(value, quoted=part.quoted, split=not part.quoted)]

    def _check_set(self, name: str) -> None:
        if "u" in self._state.options:
            raise ShellExitError(f"{name}: parameter not set")

    def _all(self, part: Param) -> list[Piece]:
        words = self._state.positional
        if part.quoted and part.name == "*":
            return [Piece(self._ifs()[:1].join(words), quoted=True)]
        out: list[Piece] = []
        for index, word in enumerate(words):
            if index:
                out.append(Piece("", quoted=part.quoted, cut=True))
            out.append(Piece(word, quoted=part.quoted, split=not part.quoted))
        return out

    def value(self, name: str) -> str | None:
        """Return a parameter's value; ``None`` where it is not set."""
        state = self._state
        if name in _SPECIAL:
            return {
                "#": str(len(state.positional)),
                "?": str(state.status),
                "$": str(state.pid),
                "!": str(state.background) if state.background else "",
                "-": "".join(sorted(state.options)),
            }.get(name) or (self._ifs()[:1].join(state.positional) if name in "@*" else "")
        if name.isdigit():
            number = int(name)
            if number == 0:
                return state.arg0
            return state.positional[number - 1] if number <= len(state.positional) else None
        if name == "LINENO":
            return str(state.line)
        return state.variables.values.get(name)

    async def _modified(self, part: Param) -> list[Piece]:
        name, op = part.name, part.op
        if op == "bad":
            raise ShellExitError("Bad substitution")
        value: str | None = self.value(name)
        if op == "#name":
            if value is None:
                self._check_set(name)
            count = len(self._state.positional) if name in "@*" else len(value or "")
            return [Piece(str(count), quoted=part.quoted, split=not part.quoted)]
        assert part.word is not None  # noqa: S101 - the parser's contract
        if op[0] in "#%":
            if value is None:
                self._check_set(name)
            pattern = await self.pattern(part.word)
            cut = patterns.cut_prefix if op[0] == "#" else patterns.cut_suffix
            text = cut(value or "", pattern, longest=len(op) == 2)
            return [Piece(text, quoted=part.quoted, split=not part.quoted)]
        if name in ("@", "*"):
            value = value if self._state.positional else None
        missing = value is None or (op[0] == ":" and value == "")
        return await self._default(part, op[-1], missing=missing)

    async def _default(self, part: Param, op: str, *, missing: bool) -> list[Piece]:
        assert part.word is not None  # noqa: S101 - the parser's contract
        if op == "+":
            return [] if missing else await self._word_pieces(part)
        if not missing:
            return self._parameter(Param(part.name, "", None, part.quoted))
        if op == "-":
            return await self._word_pieces(part)
        text = await self.text(part.word)
        if op == "=":
            if not (part.name[0].isalpha() or part.name[0] == "_"):
                raise ShellExitError(f"{part.name}: bad variable name")
            self._state.variables.set(part.name, text)
            return [Piece(text, quoted=part.quoted, split=not part.quoted)]
        default = "parameter not set" + (" or null" if part.op[0] == ":" else "")
        raise ShellExitError(f"{part.name}: {text or default}")

    async def _word_pieces(self, part: Param) -> list[Piece]:
        assert part.word is not None  # noqa: S101 - the parser's contract
        pieces = await self._pieces(part.word)
        if part.quoted:
            for piece in pieces:
                piece.quoted = True
                piece.split = False
        else:
            for piece in pieces:
                piece.split = piece.split or not piece.quoted
        return pieces

    # --- fields ---

    def _split(self, pieces: list[Piece]) -> list[list[tuple[str, bool]]]:
        """Cut pieces into fields of (text, quoted)."""
        splitter = _Splitter(self._ifs())
        for piece in pieces:
            if piece.cut:
                splitter.cut(quoted=piece.quoted)
            elif piece.split:
                splitter.split(piece.text)
            elif piece.text or piece.quoted:
                splitter.add(piece.text, quoted=piece.quoted)
        return splitter.done()

    def _glob(self, fields: list[list[tuple[str, bool]]], result: list[str]) -> None:
        off = "f" in self._state.options
        for field in fields:
            segments = tuple(field)
            if not off and patterns.has_magic(segments):
                found = patterns.expand_path(self._files, self._caller(), segments)
                if found:
                    result.extend(found)
                    continue
            result.append("".join(text for text, _ in field))


class _Splitter:
    """Field splitting (POSIX.1-2017, 2.6.5)."""

    def __init__(self, ifs: str) -> None:
        self._ifs = ifs
        self._white = "".join(c for c in ifs if c in _WHITE)
        self._fields: list[list[tuple[str, bool]]] = []
        self._current: list[tuple[str, bool]] | None = None
        # Whether white space just ended a field: one hard delimiter after it ends the same one.
        self._just_ended = False

    def done(self) -> list[list[tuple[str, bool]]]:
        """Return the fields."""
        if self._current is not None:
            self._fields.append(self._current)
        return self._fields

    def add(self, text: str, *, quoted: bool) -> None:
        """Take characters that do not split."""
        if self._current is None:
            self._current = []
        self._current.append((text, quoted))
        self._just_ended = False

    def cut(self, *, quoted: bool) -> None:
        """End a field between two words of ``$@``."""
        if self._current is not None or quoted:
            self._fields.append(self._current or [])
        self._current = None

    def split(self, text: str) -> None:
        """Take characters that the separators split."""
        start = 0
        for at, c in enumerate(text):
            if c not in self._ifs:
                continue
            if at > start:
                self.add(text[start:at], quoted=False)
            start = at + 1
            self._delimiter(white=c in self._white)
        if start < len(text):
            self.add(text[start:], quoted=False)

    def _delimiter(self, *, white: bool) -> None:
        if self._current is not None:
            self._fields.append(self._current)
            self._current, self._just_ended = None, white
        elif not white:
            if self._just_ended:
                self._just_ended = False
            else:
                self._fields.append([])


class ShellExitError(ShellError):
    """An expansion error: it ends a shell that is not interactive."""
