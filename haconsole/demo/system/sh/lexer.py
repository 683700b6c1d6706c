"""Reading words: quotes, expansions, here-documents."""

from __future__ import annotations

import re

from .syntax import (
    Arith,
    CmdSub,
    HereDoc,
    IncompleteError,
    Lit,
    Param,
    Part,
    Script,
    ShellSyntaxError,
    Word,
)

_PLAIN = re.compile(r"[^ \t\n\"'\\$`|&;<>()]+")
_IN_QUOTES = re.compile(r'[^"\\$`]+')
_IN_HERE = re.compile(r"[^\\$`]+")
_IN_BRACES = re.compile(r"[^\"'\\$`}]+")
_IN_QUOTED_BRACES = re.compile(r"[^\"\\$`}]+")
_IN_ARITH = re.compile(r"[^\\$`()\"]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OP = re.compile(r":?[-=?+]|%%?|##?")
_ENDS = " \t\n|&;<>()"


class Lexer:
    """A position in a text, and how to read words there. Lines count from 1."""

    def __init__(self, text: str, line: int = 1) -> None:
        self.text = text
        self.i = 0
        self.line = line
        self.heres: list[HereDoc] = []

    def incomplete(self, message: str) -> IncompleteError:
        """Return the error for a text that ends too early."""
        return IncompleteError(message, self.line)

    def wrong(self, message: str) -> ShellSyntaxError:
        """Return the error for what stands here."""
        return ShellSyntaxError(message, self.line)

    def skip_blanks(self) -> None:
        """Pass blanks, continued lines and a comment."""
        text, n = self.text, len(self.text)
        while self.i < n:
            c = text[self.i]
            if c in " \t":
                self.i += 1
            elif c == "\\" and text.startswith("\n", self.i + 1):
                self.i += 2
                self.line += 1
            elif c == "#":
                end = text.find("\n", self.i)
                self.i = n if end < 0 else end
                return
            else:
                return

    def word(self) -> Word | None:
        """Read the word that stands here; ``None`` where there is none."""
        text, n = self.text, len(self.text)
        parts: list[Part] = []
        start = self.i
        while self.i < n:
            match = _PLAIN.match(text, self.i)
            if match:
                self.i = match.end()
                _add(parts, match[0], quoted=False)
                continue
            c = text[self.i]
            if c in _ENDS:
                break
            if c == "'":
                self._single(parts)
            elif c == '"':
                self._double(parts)
            elif c == "\\":
                self._backslash(parts)
            else:
                self._expansion(parts, quoted=False)
        return Word.of(parts) if self.i > start and (parts or self.i > start) else None

    def _single(self, parts: list[Part]) -> None:
        end = self.text.find("'", self.i + 1)
        if end < 0:
            raise self.incomplete("Unterminated quoted string")
        body = self.text[self.i + 1 : end]
        self.line += body.count("\n")
        self.i = end + 1
        parts.append(Lit(body, True))

    def _backslash(self, parts: list[Part]) -> None:
        following = self.text[self.i + 1 : self.i + 2]
        if following == "\n":
            self.line += 1
        else:
            _add(parts, following or "\\", quoted=True)
        self.i += 2

    def _double(self, parts: list[Part]) -> None:
        self.i += 1
        before = len(parts)
        parts.append(Lit("", True))
        while True:
            match = _IN_QUOTES.match(self.text, self.i)
            if match:
                self.i = match.end()
                self.line += match[0].count("\n")
                _add(parts, match[0], quoted=True)
            if self.i >= len(self.text):
                raise self.incomplete("Unterminated quoted string")
            c = self.text[self.i]
            if c == '"':
                self.i += 1
                break
            if c == "\\":
                self._escape(parts, '$`"\\')
            else:
                self._expansion(parts, quoted=True)
        # "$@" without arguments is no field, so the empty quote must not make one.
        all_words = any(isinstance(p, Param) and p.name == "@" for p in parts[before:])
        if all_words and parts[before] == Lit("", True):
            del parts[before]

    def _escape(self, parts: list[Part], special: str) -> None:
        following = self.text[self.i + 1 : self.i + 2]
        if following == "\n":
            self.line += 1
        elif following and following in special:
            _add(parts, following, quoted=True)
        else:
            _add(parts, f"\\{following}", quoted=True)
        self.i += 2

    def _expansion(self, parts: list[Part], *, quoted: bool) -> None:
        if self.text[self.i] == "`":
            parts.append(self._backquote(quoted=quoted))
            return
        part = self._dollar(quoted=quoted)
        if isinstance(part, Lit):
            _add(parts, part.text, quoted=quoted)
        else:
            parts.append(part)

    def _dollar(self, *, quoted: bool) -> Part:
        text, at = self.text, self.i + 1
        c = text[at : at + 1]
        if c == "(":
            if text.startswith("((", at):
                return self._arith(quoted=quoted)
            self.i = at + 1
            return CmdSub(self.nested(")"), quoted)
        if c == "{":
            self.i = at + 1
            return self._braced(quoted=quoted)
        if match := _NAME.match(text, at):
            self.i = match.end()
            return Param(match[0], "", None, quoted)
        if c and c in "@*#?$!-0123456789":
            self.i = at + 1
            return Param(c, "", None, quoted)
        self.i = at
        return Lit("$", quoted)

    def nested(self, end: str) -> Script:
        """Read commands up to ``end``; the parser knows how."""
        raise NotImplementedError

    def script(self, text: str) -> Script:
        """Parse another text; the parser knows how."""
        raise NotImplementedError

    def _arith(self, *, quoted: bool) -> Arith:
        """Read ``$((…))``; as dash does, it is never taken for a subshell in ``$(…)``."""
        depth = 0
        self.i += 3
        parts: list[Part] = []
        while True:
            if match := _IN_ARITH.match(self.text, self.i):
                self.i = match.end()
                self.line += match[0].count("\n")
                _add(parts, match[0], quoted=True)
            if self.i >= len(self.text):
                raise self.incomplete("Missing '))'")
            c = self.text[self.i]
            if c in "()":
                if c == ")" and depth == 0 and self.text.startswith("))", self.i):
                    self.i += 2
                    return Arith(tuple(parts), quoted)
                depth = max(0, depth + (1 if c == "(" else -1))
                _add(parts, c, quoted=True)
                self.i += 1
            elif c == "\\":
                self._escape(parts, "$`\\")
            elif c == '"':
                self.i += 1
            else:
                self._expansion(parts, quoted=True)

    def _braced(self, *, quoted: bool) -> Part:
        text = self.text
        length = (
            text.startswith("#", self.i)
            and not text.startswith("#}", self.i)
            and re.match(r"#(?:[A-Za-z_]\w*|\d+|[@*#?$!-])\}", text[self.i : self.i + 256])
            is not None
        )
        if length:
            self.i += 1
        if match := re.compile(r"[A-Za-z_]\w*|\d+|[@*#?$!-]", re.ASCII).match(text, self.i):
            name = match[0]
            self.i = match.end()
        else:
            name = ""
        if length:
            self.i += 1
            return Param(name, "#name", None, quoted)
        if text.startswith("}", self.i) and name:
            self.i += 1
            return Param(name, "", None, quoted)
        operator = _OP.match(text, self.i) if name else None
        if operator:
            self.i = operator.end()
        word = self._brace_word(quoted=quoted, pattern=bool(operator and operator[0][0] in "#%"))
        return Param(name, operator[0] if operator else "bad", word, quoted)

    def _brace_word(self, *, quoted: bool, pattern: bool) -> Word:
        """Read the word of ``${name op word}`` and the brace that ends it."""
        inside = quoted and not pattern
        plain = _IN_QUOTED_BRACES if inside else _IN_BRACES
        parts: list[Part] = []
        while True:
            if match := plain.match(self.text, self.i):
                self.i = match.end()
                self.line += match[0].count("\n")
                _add(parts, match[0], quoted=inside)
            if self.i >= len(self.text):
                raise self.incomplete("Missing '}'")
            c = self.text[self.i]
            if c == "}":
                self.i += 1
                return Word.of(parts)
            if c == "'":
                self._single(parts)
            elif c == '"':
                self._double(parts)
            elif c == "\\":
                if inside:
                    self._escape(parts, '$`"\\}')
                else:
                    self._backslash(parts)
            else:
                self._expansion(parts, quoted=inside)

    def _backquote(self, *, quoted: bool) -> CmdSub:
        special = '$`\\"' if quoted else "$`\\"
        inner: list[str] = []
        at = self.i + 1
        while True:
            c = self.text[at : at + 1]
            if not c:
                raise self.incomplete("EOF in backquote substitution")
            if c == "`":
                break
            following = self.text[at + 1 : at + 2]
            if c == "\\" and following and following in special:
                c = following
                at += 1
            inner.append(c)
            at += 1
        self.i = at + 1
        body = "".join(inner)
        self.line += body.count("\n")
        return CmdSub(self.script(body), quoted)

    # --- here-documents ---

    def newline(self) -> None:
        """Pass the newline that stands here, and the here-documents that follow it."""
        self.i += 1
        self.line += 1
        heres, self.heres = self.heres, []
        for here in heres:
            self._here(here)

    def _here(self, here: HereDoc) -> None:
        lines: list[str] = []
        while True:
            if self.i >= len(self.text):
                if not self.at_end_of_input:
                    raise self.incomplete("Here-document")
                break
            end = self.text.find("\n", self.i)
            if end < 0 and not self.at_end_of_input:
                raise self.incomplete("Here-document")
            stop = len(self.text) if end < 0 else end + 1
            line = self.text[self.i : stop]
            self.i = stop
            self.line += 1
            if here.strip:
                line = line.lstrip("\t")
            if line.removesuffix("\n") == here.delimiter:
                break
            lines.append(line)
        body = "".join(lines)
        if here.literal:
            here.body = Word.of([Lit(body, True)])
        else:
            here.body = type(self)(body).here_word()

    #: Whether nothing can follow the text, so that it must do as it is.
    at_end_of_input = True

    def here_word(self) -> Word:
        """Read the whole text as the body of a here-document."""
        parts: list[Part] = []
        while self.i < len(self.text):
            if match := _IN_HERE.match(self.text, self.i):
                self.i = match.end()
                _add(parts, match[0], quoted=True)
            elif self.text[self.i] == "\\":
                self._escape(parts, "$`\\")
            else:
                self._expansion(parts, quoted=True)
        return Word.of(parts)


def _add(parts: list[Part], text: str, *, quoted: bool) -> None:
    """Add characters, to the part before where that is alike."""
    if parts and isinstance(parts[-1], Lit) and parts[-1].quoted == quoted:
        parts[-1] = Lit(parts[-1].text + text, quoted)
    else:
        parts.append(Lit(text, quoted))
