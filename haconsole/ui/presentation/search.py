"""What is typed after ``/``: words that all must be there, ``!word`` that must not.

On hits also ``5xx`` (a status class), ``>50ms`` or ``>1.5s`` (slower than).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from haconsole.domain.hits import Hit

_CLASS = re.compile(r"([1-5])xx")
_SLOWER = re.compile(r">(\d+(?:\.\d+)?)(ms|s)?")


@dataclass(frozen=True, slots=True)
class Query:
    """A filter, understood. An empty one lets everything pass."""

    text: str = ""
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Query:
        """Understand what was typed."""
        words, without = [], []
        for word in text.casefold().split():
            if word.startswith("!") and len(word) > 1:
                without.append(word[1:])
            elif word != "!":
                words.append(word)
        return cls(text.strip(), tuple(words), tuple(without))

    def __bool__(self) -> bool:
        """Whether it filters at all."""
        return bool(self.words or self.without)

    def matches(self, text: str) -> bool:
        """Whether a text passes."""
        text = text.casefold()
        return all(word in text for word in self.words) and not any(
            word in text for word in self.without
        )


def hit_filter(query: Query, label: Callable[[str], str]) -> Callable[[Hit], bool]:
    """Return the test of a query on hits; ``label`` names the backend as the screen does."""
    tests: list[Callable[[Hit], bool]] = []
    plain: list[str] = []
    for word in query.words:
        if found := _CLASS.fullmatch(word):
            tests.append(_in_class(int(found[1])))
        elif found := _SLOWER.fullmatch(word):
            limit = float(found[1]) / (1 if found[2] == "s" else 1000)
            tests.append(_slower(limit))
        else:
            plain.append(word)
    words = Query(query.text, tuple(plain), query.without)

    def passes(hit: Hit) -> bool:
        return all(test(hit) for test in tests) and (
            not words
            or words.matches(
                f"{hit.client} {hit.method} {hit.path} {hit.status} "
                f"{hit.backend} {label(hit.backend)} {hit.node}"
            )
        )

    return passes


def _in_class(number: int) -> Callable[[Hit], bool]:
    return lambda hit: hit.status // 100 == number


def _slower(limit_s: float) -> Callable[[Hit], bool]:
    return lambda hit: hit.seconds > limit_s
