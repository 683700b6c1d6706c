"""Text → tree: the grammar of POSIX.1-2017, Shell Command Language, 2.10."""

from __future__ import annotations

import re
from functools import lru_cache

from .lexer import Lexer
from .syntax import (
    AndOr,
    Case,
    For,
    Function,
    Group,
    HereDoc,
    If,
    IncompleteError,
    Lit,
    Node,
    Pipeline,
    Redirect,
    Redirected,
    Script,
    ShellSyntaxError,
    Simple,
    Subshell,
    While,
    Word,
)

_OPERATOR = re.compile(r"&&|\|\||;;|<<-|<<|>>|<&|>&|<>|>\||[;&|()<>\n]")
_IO_NUMBER = re.compile(r"(\d+)(?=[<>])")
_ASSIGN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CLOSING = frozenset(("then", "else", "elif", "fi", "do", "done", "esac", "}"))
_COMPOUND = frozenset(("if", "while", "until", "for", "case", "{"))
_REDIRECTS = frozenset(("<", ">", ">>", "<<", "<<-", "<&", ">&", "<>", ">|"))


class Parser(Lexer):
    """A recursive descent over one text."""

    def line_of_commands(self) -> Script | None:
        """Parse up to the end of a line (further where a command goes on); ``None`` at the end."""
        self.newlines()
        if self.i >= len(self.text):
            return None
        script = self._list(frozenset(), one_line=True)
        if self.i < len(self.text):
            if self.operator() != "\n":
                raise self._unexpected()
            self.newline()
        elif self.heres:
            if not self.at_end_of_input:
                raise self.incomplete("Here-document")
            self.heres.clear()
        return script

    # --- tokens ---

    def operator(self) -> str:
        """Return the operator that stands here, or ``""``."""
        self.skip_blanks()
        match = _OPERATOR.match(self.text, self.i)
        return match[0] if match else ""

    def newlines(self) -> None:
        """Pass blanks, comments and newlines."""
        while self.operator() == "\n":
            self.newline()

    def reserved(self) -> str:
        """Return the unquoted word that stands here, without moving, or ``""``."""
        self.skip_blanks()
        match = re.compile(r"[a-z]+|[{}!]").match(self.text, self.i)
        if not match:
            return ""
        following = self.text[match.end() : match.end() + 1]
        return match[0] if not following or following in " \t\n|&;<>()" else ""

    def expect(self, word: str) -> None:
        """Pass a reserved word, or complain."""
        self.newlines()
        if self.reserved() != word:
            raise self._unexpected(word)
        self.i += len(word)

    def _unexpected(self, expecting: str = "") -> ShellSyntaxError:
        suffix = f' (expecting "{expecting}")' if expecting else ""
        self.skip_blanks()
        if self.i >= len(self.text):
            return self.incomplete(f"end of file unexpected{suffix}")
        operator = self.operator()
        if operator == "\n":
            return self.wrong(f"newline unexpected{suffix}")
        if operator:
            return self.wrong(f'"{operator}" unexpected{suffix}')
        start = self.i
        word = self.word()
        shown = self.text[start : self.i]
        keyword = word is not None and word.bare in _CLOSING | _COMPOUND | {"in", "!"}
        if keyword or not suffix:
            return self.wrong(f'"{shown}" unexpected{suffix}')
        return self.wrong(f"word unexpected{suffix}")

    # --- lists ---

    def nested(self, end: str) -> Script:
        """Parse commands up to an operator that ends them, and pass that."""
        heres, self.heres = self.heres, []
        script = self._list(frozenset((end,)))
        if self.operator() != end:
            raise self._unexpected(end)
        self.i += len(end)
        self.heres = heres
        return script

    def script(self, text: str) -> Script:
        """Parse another text."""
        return parse(text)

    def _list(self, ends: frozenset[str], *, one_line: bool = False) -> Script:
        """Parse commands until an operator or reserved word that cannot begin one."""
        items: list[tuple[Node, bool]] = []
        while True:
            if not one_line:
                self.newlines()
            operator = self.operator()
            if self.i >= len(self.text) or operator in ends or operator in (";;", "\n"):
                break
            if self.reserved() in _CLOSING:
                if one_line:
                    raise self._unexpected()
                break
            node = self._and_or()
            operator = self.operator()
            items.append((node, operator == "&"))
            if operator in (";", "&"):
                self.i += 1
            elif operator != "\n" or one_line:
                break
        return Script(tuple(items))

    def _body(self, *ends: str) -> Script:
        """Parse what a compound command holds: at least one command."""
        script = self._list(frozenset())
        self.skip_blanks()
        if self.i >= len(self.text):
            raise self._unexpected(ends[0] if len(ends) == 1 else "")
        if not script.items or self.reserved() not in ends:
            raise self._unexpected(ends[0] if len(ends) == 1 and script.items else "")
        return script

    def _and_or(self) -> Node:
        first = self._pipeline()
        rest: list[tuple[str, Node]] = []
        while (operator := self.operator()) in ("&&", "||"):
            self.i += 2
            self.newlines()
            rest.append((operator, self._pipeline()))
        return AndOr(first, tuple(rest)) if rest else first

    def _pipeline(self) -> Node:
        negate = False
        while self.reserved() == "!":
            self.i += 1
            negate = not negate
        commands = [self._command()]
        while self.operator() == "|":
            self.i += 1
            self.newlines()
            commands.append(self._command())
        if len(commands) == 1 and not negate:
            return commands[0]
        return Pipeline(tuple(commands), negate)

    # --- commands ---

    def _command(self) -> Node:
        word = self.reserved()
        operator = self.operator()
        node: Node
        if operator == "(":
            self.i += 1
            body = self._list(frozenset(")"))
            if self.operator() != ")" or not body.items:
                raise self._unexpected(")" if body.items else "")
            self.i += 1
            node = Subshell(body)
        elif word in _COMPOUND:
            self.i += len(word)
            node = self._compound(word)
        elif word in _CLOSING:
            raise self._unexpected()
        else:
            return self._simple()
        redirects = []
        while redirect := self._redirect():
            redirects.append(redirect)
        return Redirected(node, tuple(redirects)) if redirects else node

    def _compound(self, word: str) -> Node:
        if word == "{":
            body = self._body("}")
            self.expect("}")
            return Group(body)
        if word == "if":
            return self._if()
        if word in ("while", "until"):
            condition = self._body("do")
            return While(condition, self._do_group(), word == "until")
        return self._for() if word == "for" else self._case()

    def _do_group(self) -> Script:
        self.expect("do")
        body = self._body("done")
        self.expect("done")
        return body

    def _if(self) -> If:
        branches = []
        while True:
            condition = self._body("then")
            self.expect("then")
            branches.append((condition, self._body("elif", "else", "fi")))
            word = self.reserved()
            self.i += len(word)
            if word == "fi":
                return If(tuple(branches), None)
            if word == "else":
                otherwise = self._body("fi")
                self.expect("fi")
                return If(tuple(branches), otherwise)

    def _for(self) -> For:
        self.skip_blanks()
        name = self.word()
        if name is None or name.bare is None or not _NAME.match(name.bare):
            if self.i >= len(self.text):
                raise self._unexpected()
            raise self.wrong("Bad for loop variable")
        self.newlines()
        words: tuple[Word, ...] | None = None
        if self.reserved() == "in":
            self.i += 2
            found = []
            self.skip_blanks()
            while word := self.word():
                found.append(word)
                self.skip_blanks()
            words = tuple(found)
            if self.operator() not in (";", "\n"):
                raise self._unexpected()
            if self.operator() == ";":
                self.i += 1
        elif self.operator() == ";":
            self.i += 1
        return For(name.bare, words, self._do_group())

    def _case(self) -> Case:
        self.skip_blanks()
        subject = self.word()
        if subject is None:
            raise self._unexpected()
        self.expect("in")
        items: list[tuple[tuple[Word, ...], Script]] = []
        while True:
            self.newlines()
            if self.reserved() == "esac":
                self.i += 4
                return Case(subject, tuple(items))
            if self.operator() == "(":
                self.i += 1
            patterns = [self._pattern()]
            while self.operator() == "|":
                self.i += 1
                patterns.append(self._pattern())
            if self.operator() != ")":
                raise self._unexpected(")")
            self.i += 1
            items.append((tuple(patterns), self._list(frozenset())))
            self.newlines()
            if self.operator() == ";;":
                self.i += 2
            elif self.reserved() != "esac":
                raise self._unexpected(";;")

    def _pattern(self) -> Word:
        self.skip_blanks()
        word = self.word()
        if word is None:
            raise self._unexpected()
        return word

    def _simple(self) -> Node:
        self.skip_blanks()
        line = self.line
        assigns: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.skip_blanks()
            if redirect := self._redirect():
                redirects.append(redirect)
                continue
            word = self.word()
            if word is None:
                break
            if not words and (assign := _assignment(word)):
                assigns.append(assign)
            elif not word.parts:
                continue
            else:
                words.append(word)
                if len(words) == 1 and not assigns and self.operator() == "(":
                    return self._function(word)
        if not assigns and not words and not redirects:
            raise self._unexpected()
        return Simple(tuple(assigns), tuple(words), tuple(redirects), line)

    def _function(self, name: Word) -> Node:
        self.i += 1
        if self.operator() != ")":
            raise self._unexpected(")")
        self.i += 1
        if name.bare is None or not _NAME.match(name.bare):
            raise self.wrong("Bad function name")
        self.newlines()
        return Function(name.bare, self._command())

    def _redirect(self) -> Redirect | None:
        self.skip_blanks()
        start = self.i
        number = _IO_NUMBER.match(self.text, self.i)
        if number:
            self.i = number.end()
        operator = self.operator()
        if operator not in _REDIRECTS:
            self.i = start
            return None
        self.i += len(operator)
        fd = int(number[1]) if number else 0 if operator[0] == "<" else 1
        self.skip_blanks()
        target = self.word()
        if target is None:
            raise self._unexpected()
        if not operator.startswith("<<"):
            return Redirect(fd, operator, target)
        delimiter = "".join(part.text for part in target.parts if isinstance(part, Lit))
        literal = any(isinstance(part, Lit) and part.quoted for part in target.parts)
        here = HereDoc(delimiter, literal, operator == "<<-")
        self.heres.append(here)
        return Redirect(fd, "<<", target, here)


class Feed(Parser):
    """A parser of a text that may go on: what is incomplete now may be completed."""

    at_end_of_input = False

    def next(self) -> Script | None:
        """Parse one line of commands; raises ``IncompleteError`` unless its newline is there."""
        script = self.line_of_commands()
        if script is not None and not self.text[: self.i].endswith("\n"):
            raise self.incomplete("newline")
        if self.text[: self.i].endswith("\\\n") and script is None:
            raise self.incomplete("line")
        return script


def _assignment(word: Word) -> tuple[str, Word] | None:
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Lit) or first.quoted:
        return None
    match = _ASSIGN.match(first.text)
    if not match:
        return None
    rest = first.text[match.end() :]
    return match[0][:-1], Word.of([*([Lit(rest, False)] if rest else []), *word.parts[1:]])


@lru_cache(maxsize=512)
def parse(text: str) -> Script:
    """Parse a whole text. A mistake is kept in the result, behind the commands before it."""
    return script_of(Parser(text))


def script_of(parser: Parser) -> Script:
    """Return what a parser has left; a mistake is kept in the result."""
    items: list[tuple[Node, bool]] = []
    try:
        while (line := parser.line_of_commands()) is not None:
            items.extend(line.items)
    except ShellSyntaxError as error:
        return Script(tuple(items), error)
    return Script(tuple(items))


__all__ = ["Feed", "IncompleteError", "Parser", "parse", "script_of"]
