"""Arithmetic expansion: C's integer expressions in 64 bits (POSIX.1-2017, 2.6.4)."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)"
    r"|(<<=|>>=|\|\||&&|<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%&|^!~<>=?:(),]))"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="),
    ("<<", ">>"), ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
_ASSIGNS = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="))


class ArithmeticError_(Exception):  # noqa: N801, N818 - the builtin's name is taken
    """An expression that means nothing; the text is dash's."""


def wrap(value: int) -> int:
    """Return the value in 64 bits with sign."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


class Arithmetic:
    """Evaluates one expression; ``get`` and ``set_`` reach the shell's variables."""

    def __init__(
        self, text: str, get: Callable[[str], str], set_: Callable[[str, str], None]
    ) -> None:
        self._text, self._get, self._set = text, get, set_
        self._tokens = self._scan()
        self._i = 0
        #: Below 1 what is evaluated has no effect (the other half of ``&&``, ``||``, ``?:``).
        self._live = 1

    def value(self) -> int:
        """Return the expression's value; raises ``ArithmeticError_``."""
        if not self._tokens:
            return 0
        result = self._comma()
        if self._i < len(self._tokens):
            raise self._wrong()
        return result

    def _scan(self) -> list[str]:
        tokens, at = [], 0
        text = self._text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                raise self._wrong()
            tokens.append(match[0].strip())
            at = match.end()
        return tokens

    def _wrong(self, what: str = "") -> ArithmeticError_:
        if not what:
            index = getattr(self, "_i", 0)
            done = index >= len(getattr(self, "_tokens", [""] * (index + 1)))
            what = "expecting primary" if done else "expecting EOF"
        return ArithmeticError_(f'arithmetic expression: {what}: "{self._text}"')

    def _peek(self) -> str:
        return self._tokens[self._i] if self._i < len(self._tokens) else ""

    def _comma(self) -> int:
        value = self._assign()
        while self._peek() == ",":
            self._i += 1
            value = self._assign()
        return value

    def _assign(self) -> int:
        name = self._peek()
        operator = self._tokens[self._i + 1] if self._i + 1 < len(self._tokens) else ""
        if not (name[:1].isalpha() or name[:1] == "_") or operator not in _ASSIGNS:
            return self._ternary()
        self._i += 2
        value = self._assign()
        if operator != "=":
            value = self._apply(operator[:-1], self._variable(name), value)
        if self._live > 0:
            self._set(name, str(value))
        return value

    def _ternary(self) -> int:
        condition = self._binary(0)
        if self._peek() != "?":
            return condition
        self._i += 1
        first = self._skipping(self._comma, live=condition != 0)
        if self._peek() != ":":
            raise self._wrong("expecting ':'")
        self._i += 1
        second = self._skipping(self._ternary, live=condition == 0)
        return first if condition else second

    def _skipping(self, evaluate: Callable[[], int], *, live: bool) -> int:
        self._live -= not live
        value = evaluate()
        self._live += not live
        return value

    def _binary(self, level: int) -> int:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while (operator := self._peek()) in _LEVELS[level]:
            self._i += 1
            if level < 2:
                live = (left == 0) if level == 0 else (left != 0)
                right = self._skipping(lambda: self._binary(level + 1), live=live)
                left = int(bool(left or right) if level == 0 else bool(left and right))
            else:
                left = self._apply(operator, left, self._binary(level + 1))
        return left

    def _apply(self, operator: str, a: int, b: int) -> int:
        if operator in ("/", "%"):
            if b == 0:
                if self._live < 1:
                    return 0
                raise self._wrong("division by zero")
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return wrap(quotient if operator == "/" else a - quotient * b)
        return wrap(_OPERATIONS[operator](a, b))

    def _unary(self) -> int:
        token = self._peek()
        self._i += 1
        if token == "(":  # noqa: S105 - no password
            value = self._comma()
            if self._peek() != ")":
                raise self._wrong("expecting ')'")
            self._i += 1
            return value
        if token in ("-", "+", "!", "~"):
            value = self._unary()
            return wrap({"-": -value, "+": value, "!": int(not value), "~": ~value}[token])
        if token[:1].isdigit():
            return self._number(token)
        if token[:1].isalpha() or token[:1] == "_":
            return self._variable(token)
        self._i = len(self._tokens)
        raise self._wrong("expecting primary")

    def _number(self, token: str) -> int:
        octal = len(token) > 1 and token[0] == "0" and token[1] not in "xX"
        try:
            return wrap(int(token, 8 if octal else 0))
        except ValueError:
            raise self._wrong("expecting EOF") from None

    def _variable(self, name: str) -> int:
        text = self._get(name).strip()
        if not text:
            return 0
        match = re.fullmatch(r"([-+]?)(0[xX][0-9a-fA-F]+|\d+)", text)
        if not match:
            raise ArithmeticError_(f"Illegal number: {text}")
        return -self._number(match[2]) if match[1] == "-" else self._number(match[2])


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
