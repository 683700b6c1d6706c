"""``test`` and ``[`` (POSIX.1-2017, "test"), with dash's words for mistakes."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Mapping

from ..nodes import Caller
from ..streams import OpenFile
from ..tree import R, Tree, W, X
from ..tty import tty_of

_KINDS = {"f": stat.S_IFREG, "d": stat.S_IFDIR, "L": stat.S_IFLNK, "h": stat.S_IFLNK,
          "p": stat.S_IFIFO, "S": stat.S_IFSOCK, "b": stat.S_IFBLK, "c": stat.S_IFCHR}  # fmt: skip
_BITS = {"u": 0o4000, "g": 0o2000, "k": 0o1000}
_RIGHTS = {"r": R, "w": W, "x": X}
_UNARY = frozenset(f"-{c}" for c in "bcdefghkLnOGprsStuwxz")


def number(text: str) -> int:
    """Return an integer, or raise ``ValueError`` in dash's words."""
    if not re.fullmatch(r"\s*[-+]?\d+\s*", text):
        raise ValueError(f"Illegal number: {text}")
    return int(text)


_BINARY: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "-eq": lambda a, b: number(a) == number(b),
    "-ne": lambda a, b: number(a) != number(b),
    "-lt": lambda a, b: number(a) < number(b),
    "-le": lambda a, b: number(a) <= number(b),
    "-gt": lambda a, b: number(a) > number(b),
    "-ge": lambda a, b: number(a) >= number(b),
}
_FILES = frozenset(("-nt", "-ot", "-ef"))


def evaluate(
    words: list[str], files: Tree, caller: Caller, fds: Mapping[int, OpenFile] | None = None
) -> bool:
    """Return what the expression says; raises ``ValueError`` with what is wrong with it.

    ``fds``: the descriptors of whoever asks, of which ``-t`` tells whether they are terminals.
    """
    return _Test(words, files, caller, fds or {}).run()


class _Test:
    def __init__(
        self, words: list[str], files: Tree, caller: Caller, fds: Mapping[int, OpenFile]
    ) -> None:
        self._words, self._files, self._caller, self._fds = words, files, caller, fds
        self._i = 0

    def run(self) -> bool:
        words = self._words
        # POSIX tells by the number of words what they are, before any grammar.
        if not words:
            return False
        if len(words) == 1:
            return words[0] != ""
        if len(words) == 3 and self._is_binary(words[1]):
            return self._binary(*words)
        if len(words) == 2 and words[0] == "!":
            return words[1] == ""
        if len(words) == 4 and words[0] == "!" and self._is_binary(words[2]):
            return not self._binary(*words[1:])
        value = self._or()
        if self._i < len(words):
            raise ValueError(f"{words[self._i]}: unexpected operator")
        return value

    @staticmethod
    def _is_binary(word: str) -> bool:
        return word in _BINARY or word in _FILES

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._i + ahead
        return self._words[at] if at < len(self._words) else None

    def _or(self) -> bool:
        value = self._and()
        while self._peek() == "-o":
            self._i += 1
            value = self._and() or value
        return value

    def _and(self) -> bool:
        value = self._not()
        while self._peek() == "-a":
            self._i += 1
            value = self._not() and value
        return value

    def _not(self) -> bool:
        if self._peek() == "!" and self._peek(1) is not None:
            self._i += 1
            return not self._not()
        return self._primary()

    def _primary(self) -> bool:
        word = self._peek()
        if word is None:
            raise ValueError("argument expected")
        operator = self._peek(1)
        if operator is not None and self._is_binary(operator) and self._peek(2) is not None:
            self._i += 3
            return self._binary(word, operator, self._words[self._i - 1])
        if word == "(":
            self._i += 1
            value = self._or()
            if self._peek() != ")":
                raise ValueError("closing paren expected")
            self._i += 1
            return value
        if word in _UNARY:
            if operator is None:
                raise ValueError(f"{word}: argument expected")
            self._i += 2
            return self._unary(word[1], operator)
        self._i += 1
        if operator is not None and operator not in ("-a", "-o", ")"):
            raise ValueError(f"{word}: unexpected operator")
        return word != ""

    def _binary(self, left: str, operator: str, right: str) -> bool:
        if operator in _BINARY:
            return _BINARY[operator](left, right)
        files, caller = self._files, self._caller
        one = files.stat(left, caller) if files.exists(left, caller) else None
        two = files.stat(right, caller) if files.exists(right, caller) else None
        if operator == "-ef":
            return one is not None and two is not None and one.inode == two.inode
        if operator == "-nt":
            return one is not None and (two is None or one.mtime_ns > two.mtime_ns)
        return two is not None and (one is None or one.mtime_ns < two.mtime_ns)

    def _unary(self, kind: str, operand: str) -> bool:
        if kind in "nz":
            return (operand != "") == (kind == "n")
        if kind == "t":
            return operand.isdigit() and tty_of(self._fds.get(int(operand))) is not None
        return self._of_file(kind, operand)

    def _of_file(self, kind: str, operand: str) -> bool:
        files, caller, follow = self._files, self._caller, kind not in "Lh"
        if not files.exists(operand, caller, follow=follow):
            return False
        node = files.find(operand, caller, follow=follow)
        if kind in _KINDS:
            return node.kind == _KINDS[kind]
        if kind in _RIGHTS:
            return node.allows(caller, _RIGHTS[kind])
        if kind in _BITS:
            return bool(node.mode & _BITS[kind])
        facts = {"s": node.size > 0, "O": node.uid == caller.uid, "G": node.gid == caller.gid}
        return facts.get(kind, True)
