"""Comparing versions as dpkg does (deb-version(7)) and as rpm does (rpm-version(7))."""

from __future__ import annotations

import re
from functools import total_ordering
from itertools import zip_longest

_RPM_PARTS = re.compile(r"\d+|[A-Za-z]+|~|\^")


@total_ordering
class DebianVersion:
    """``[epoch:]upstream[-revision]``, ordered as dpkg orders."""

    def __init__(self, text: str) -> None:
        epoch, colon, rest = text.partition(":")
        upstream, _, revision = (rest if colon else text).rpartition("-")
        self.epoch = int(epoch) if colon and epoch.isdigit() else 0
        self.upstream, self.revision = (upstream, revision) if upstream else (revision, "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DebianVersion) and self._compare(other) == 0

    def __lt__(self, other: DebianVersion) -> bool:
        return self._compare(other) < 0

    def __hash__(self) -> int:
        return hash(self.epoch)

    def _compare(self, other: DebianVersion) -> int:
        if self.epoch != other.epoch:
            return self.epoch - other.epoch
        return _part(self.upstream, other.upstream) or _part(self.revision, other.revision)


def _weight(char: str) -> int:
    """Order of a character: ``~`` before the end, letters before everything else."""
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256


def _part(left: str, right: str) -> int:
    while left or right:
        text, more = re.match(r"\D*", left), re.match(r"\D*", right)
        mine, theirs = (text[0] if text else ""), (more[0] if more else "")
        for one, two in zip_longest(mine, theirs):
            difference = (_weight(one) if one else 0) - (_weight(two) if two else 0)
            if difference:
                return difference
        left, right = left[len(mine) :], right[len(theirs) :]
        one_digits, two_digits = re.match(r"\d*", left), re.match(r"\d*", right)
        mine, theirs = (
            one_digits[0] if one_digits else "",
            two_digits[0] if two_digits else "",
        )
        if int(mine or 0) != int(theirs or 0):
            return int(mine or 0) - int(theirs or 0)
        left, right = left[len(mine) :], right[len(theirs) :]
    return 0


def compare_rpm(left: str, right: str) -> int:
    """Return a number below, at or above 0, as ``rpmvercmp`` does for one part of a version."""
    ones, twos = _RPM_PARTS.findall(left), _RPM_PARTS.findall(right)
    for one, two in zip_longest(ones, twos):
        if one == two:
            continue
        for mark in ("~", "^"):
            if mark in (one, two):
                first = one == mark
                # A tilde comes before everything, a caret after the end alone.
                before = first if mark == "~" or (two if first else one) is not None else not first
                return -1 if before else 1
        if one is None or two is None:
            return -1 if one is None else 1
        if one.isdigit() and two.isdigit():
            if int(one) != int(two):
                return int(one) - int(two)
            continue
        if one.isdigit() is not two.isdigit():
            return 1 if one.isdigit() else -1
        return -1 if one < two else 1
    return 0
