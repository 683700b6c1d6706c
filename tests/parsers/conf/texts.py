"""keepalived configurations to read: samples, generated ones, and ones that nobody writes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

SAMPLES = Path(__file__).parents[2] / "data" / "keepalived-conf"


def sample(name: str) -> str:
    return (SAMPLES / name).read_bytes().decode("utf-8", "surrogateescape")


#: Everything that means something to a reader of this language, and what might confuse it.
FRAGMENTS = (
    *("{", "}", '"', "'", "\\", "#", "!", "$", "@", "~", "=", ";", "\n", "\r\n", "\r", "\t", " "),
    *(
        "@main ",
        "@^main ",
        "@main\n",
        "$X=",
        "$X=a b\n",
        "$M= \\\n",
        " \\\n",
        "${X}",
        "$X",
        "${_PWD}",
    ),
    *(
        "~SEQ(I, 1, 3) ",
        "~LST({A, B}, {1, 2}) ",
        "include x\n",
        "include\n",
        "\\#",
        '\\"',
        "# c",
        "! c",
    ),
    *(
        "vrrp_instance V {\n",
        "priority 150\n",
        "auth_pass x\n",
        "virtual_ipaddress {",
        "a {",
        "\n{\n",
    ),
    *("\0", "\ufeff", "\xa0", "é", "\x85", "\u2028", "\x1c", "\f", "\v", "\udc80", "\x1b[2J"),
)
anything = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)

_blank = st.sampled_from(["", " ", "    ", "\t", "  \t"])
_gap = st.sampled_from([" ", "  ", "\t", " \t "])
_end = st.sampled_from(["\n", "\n", "\n", "\r\n"])
_comment = st.sampled_from(["", "", "", " # c", " ! d { }", "#", '\t# "q', " # \\"])
_word = st.one_of(
    st.text("abcxyz019_.:/-+*é", min_size=1, max_size=8),
    st.sampled_from(
        ['"a # b"', '"{ }"', '""', "$X", "${X}", "a${X}b", "\\#", "a\\!b", "'a", "10.0.0.1/24"]
    ),
)
_condition = st.sampled_from(["", "", "", "@main ", "@^main\t", "@other  "])


@st.composite
def _entry(draw: st.DrawFn) -> str:
    words = draw(_gap).join(draw(st.lists(_word, min_size=1, max_size=4)))
    return f"{draw(_blank)}{draw(_condition)}{words}{draw(_comment)}{draw(_end)}"


@st.composite
def _definition(draw: st.DrawFn) -> str:
    head = f"{draw(_blank)}{draw(_condition)}${draw(st.sampled_from(['X', 'Y', 'LONG_1']))}="
    more = draw(
        st.lists(st.sampled_from([" a {", " }", " b c", " # c", "", " @main d"]), max_size=4)
    )
    lines = "".join(line + " \\\n" for line in more)
    return f"{head}{draw(_blank)}{lines}last{draw(_end)}"


_sequence = st.sampled_from(["~SEQ(I,1,3) a ${I}\n", "  ~LST({A,B},{1,2}) x${A}\n", "~SEQ(\n"])
_trivia = st.one_of(st.builds("".join, st.tuples(_blank, _comment, _end)), st.just("\n\n"))


@st.composite
def _block(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    head = draw(_gap).join(draw(st.lists(_word, min_size=1, max_size=2)))
    opening = draw(st.sampled_from([" {", "{", "\n{", " # c\n\n # d\n  {"]))
    body = draw(st.one_of(inner, st.just(" a b "), st.just(""), st.just(" b { c }")))
    return f"{draw(_blank)}{head}{opening}{draw(_comment)}\n{body}{draw(_blank)}}}{draw(_comment)}{draw(_end)}"


def _several(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(part, max_size=5).map("".join)


#: Files as people could write them: balanced, with everything that the language has.
files = st.recursive(
    _several(st.one_of(_entry(), _definition(), _sequence, _trivia)),
    lambda inner: _several(st.one_of(_entry(), _block(inner), _trivia)),
    max_leaves=8,
)
