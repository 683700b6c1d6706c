"""Random configurations of words that no keepalived knows, for keepalived itself to read.

It names the first word of every line that it does not know: so it tells which lines it made of
the file, with all conditions decided and all definitions put in.
"""

from __future__ import annotations

import re
from random import Random

from haconsole.parsers.conf import lexer
from haconsole.parsers.conf.expand import Expander
from haconsole.parsers.conf.reading import Reading

_TOLD = re.compile(
    r"(?m)^\([^\n]*?: Line (\d+)\) (?:Unknown keyword '(.*)'|Unexpected '(\{)' - ignoring)$"
)
_WORDS = ["ka", "kb", "kc", "k1", "k$X", "k${X}k", "k${Y}", "$X", "$Y", "$M", '"q r"', 'k"q #"', "k\\#", "k\\!z", "'k", "k,$X", "${_HASH}k", "$U", "k\\\\"]  # fmt: skip
_SEQUENCES = ["s${I}", "~SEQ(J,1,2) s${I}${J}", "$M", "s $I"]
_NUMBERS = ["1,3", "3", "-2", "5,2", "0x8,1,0x0b", "1,1", "2,-1", "3,-2,-4", "01,010,030"]
_LISTS = ["~LST(A,1,2) l${A}", "~LST({A,B},{1,2},{3}) l${A}${B}", "~LST(A,{1},{2}) l${A}", "~LST( A , x ,y ) ~SEQ(I,1,2) l${A}${I}"]  # fmt: skip
_INNER = ["m1", "m2 $X", "# c", "m3 { ", "}", "@main m4", "@other m5", "~SEQ(I,1,2) m${I}", "", "m6 # c"]  # fmt: skip
#: So that no name is without a value: keepalived takes the braces of such a name for a block.
_HEAD = "$X=x0\n$Y=y0\n$I=i0\n$J=j0\n$A=\n$B=b0\n"


def random_text(random: Random, lines: int = 40) -> str:
    text = _HEAD + "\n".join(_line(random) for _ in range(lines)) + "\n"
    return text.replace("\n", random.choice(["\n", "\r\n"]))


def _line(random: Random) -> str:
    pick = random.choice
    indent, comment = pick(["", "  ", "\t"]), pick([""] * 5 + [" # c", " ! d", ' # "', "#x"])
    start = indent + pick([""] * 6 + ["@main ", "@^main ", "@other\t", "@^other  "])
    kind = random.random()
    if kind < 0.5:
        words = [pick(_WORDS) for _ in range(random.randint(1, 3))]
        return start + pick([" ", "  ", "\t"]).join(words) + comment
    if kind < 0.6:
        return f"{start}${pick('XY')}={pick(['', 'a', 'a b', ' c', 'x$X1'])}{comment}"
    if kind < 0.68:
        lines = [indent + pick(_INNER) + pick([" \\", "\\"]) for _ in range(random.randint(0, 3))]
        head = f"{start}$M={pick([' ', '', 'z '])}\\"
        return "\n".join([head, *lines, pick(["", "mz", "mz # c"])])
    if kind < 0.75:
        return f"{start}{pick(['~SEQ', '~SEQx'])}({pick('IJ')},{pick(_NUMBERS)}) {pick(_SEQUENCES)}"
    if kind < 0.8:
        return indent + pick(_LISTS)
    if kind < 0.9:
        return start + pick(["k { a }", "k{a b", "}", "k {", "{ k", "a } b"]) + comment
    return pick(["", "   ", "# c", "! d"])


def told_by_keepalived(output: str) -> list[tuple[int, str]]:
    """The lines and first words; each of three processes tells them once."""
    told = [(int(m[1]), m[3] or m[2]) for m in _TOLD.finditer(output)]
    third = len(told) // 3
    assert told == told[:third] * 3, "the processes differ"
    return told[:third]


def told_by_us(text: str, reading: Reading) -> list[tuple[int, str]]:
    told: list[tuple[int, str]] = []
    for line in Expander(text, "k.conf", reading).lines():
        first = True
        for piece in _as_keepalived(line.pieces()):
            if piece.kind in (lexer.Kind.OPEN, lexer.Kind.CLOSE):
                told.append((line.number, piece.text))
            elif first and piece.kind is not lexer.Kind.UNCLOSED:
                told.append((line.number, piece.value))
            first = piece.kind in (lexer.Kind.OPEN, lexer.Kind.CLOSE)
    return told


def _as_keepalived(pieces):
    """A name without a value is one word to us, with a problem, and a block to keepalived."""
    for piece in pieces:
        if piece.kind is lexer.Kind.WORD and "${" in piece.text:
            for part in re.findall(r"[^{} ]+|[{}]", piece.text):
                yield lexer.Piece(
                    {"{": lexer.Kind.OPEN, "}": lexer.Kind.CLOSE}.get(part, lexer.Kind.WORD),
                    part,
                    0,
                )
        else:
            yield piece
