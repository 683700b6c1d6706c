"""The command line of dnf and yum, and the tables that they print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .catalogue import Package

_FLAGS = {
    "-y": "yes", "--assumeyes": "yes", "--assumeno": "no", "-q": "quiet", "--quiet": "quiet",
    "-C": "cache", "--cacheonly": "cache", "--nogpgcheck": "nogpg", "--nobest": "nobest",
    "--best": "best", "--allowerasing": "allow", "--skip-broken": "skip", "--refresh": "refresh",
    "-v": "verbose", "--verbose": "verbose", "--noplugins": "noplugins", "--installed":
    "installed", "--available": "available", "--showduplicates": "duplicates", "--all": "all",
    "--downloadonly": "download", "--noautoremove": "keep", "--requires": "requires",
    "--provides": "provides", "--whatprovides": "whatprovides", "-l": "files", "--list": "files",
    "--latest-limit": "latest", "-b": "best", "--version": "version", "-x": "exclude",
    "--upgrades": "upgrades", "--deplist": "deplist", "-i": "info", "--info": "info",
}  # fmt: skip
_VALUED = {"--setopt": "setopt", "--disablerepo": "disable", "--enablerepo": "enable",
           "--repo": "repo", "--repoid": "repo", "--qf": "format", "--queryformat": "format",
           "-e": "error", "-d": "debug", "-c": "config", "--exclude": "exclude",
           "--releasever": "release", "--installroot": "root"}  # fmt: skip
WIDTH = 80


class UnknownOptionError(Exception):
    """An option that dnf does not know; the text is what it says."""


@dataclass
class DnfWords:
    """A command line, taken apart. ``options``: what ``--setopt`` set."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags

    def turned_on(self, option: str, *, default: bool) -> bool:
        """Whether an option is set to something true."""
        text = self.options.get(option)
        return default if text is None else text.lower() in ("1", "true", "yes")

    @classmethod
    def parse(cls, args: list[str]) -> DnfWords:
        """Read a command line; raises ``UnknownOptionError``."""
        found, rest = cls(), list(args)
        while rest:
            word = rest.pop(0)
            key, equals, value = word.partition("=")
            if not word.startswith("-"):
                found.words.append(word)
            elif key in _VALUED:
                text = value if equals else rest.pop(0) if rest else ""
                found.values[_VALUED[key]] = text
                if _VALUED[key] == "setopt":
                    name, _, setting = text.partition("=")
                    found.options[name.rpartition(".")[2]] = setting
            elif word in _FLAGS:
                found.flags.add(_FLAGS[word])
            elif len(word) > 2 and word[1] != "-" and all(f"-{c}" in _FLAGS for c in word[1:]):
                found.flags |= {_FLAGS[f"-{c}"] for c in word[1:]}
            else:
                raise UnknownOptionError(f"dnf: error: unrecognized arguments: {word}")
        return found


def size_words(size: float) -> str:
    """Return ``451 k``: bytes in dnf's words (``dnf.cli.format.format_number``)."""
    step, unit = 0, ["", "k", "M", "G"]
    while size > 999 and step < 3:
        size, step = size / 1024, step + 1
    digits = 1 if step and size < 9.95 else 0
    return f"{size:.{digits}f} {unit[step]}" if step else f"{size:.0f}  "


def listing(rows: Sequence[tuple[Package, str]]) -> str:
    """Return packages as ``dnf list`` shows them: name, version and repository."""
    names = [(f"{p.name}.{p.arch}", p.evr, where) for p, where in rows]
    widths = [max(len(row[column]) for row in names) for column in range(3)]
    # What is left of 80 columns is shared out among the first two.
    room = max(0, WIDTH - 2 - sum(widths))
    widths[0], widths[1] = widths[0] + room // 2 + room % 2, widths[1] + room // 2
    return "".join(
        f"{name:<{widths[0]}} {evr:<{widths[1]}} {where:<{widths[2]}}".rstrip() + "\n"
        for name, evr, where in names
    )


def transaction(groups: Sequence[tuple[str, Sequence[tuple[Package, str]]]], what: str) -> str:
    """Return the table of a transaction. ``what``: ``Install`` or ``Remove``."""
    rule, erased = "=" * WIDTH, what == "Remove"
    everything = [(p, where) for _, rows in groups for p, where in rows]
    name_width = max(21, *(len(p.name) for p, _ in everything))
    evr_width = max(26, *(len(p.evr) for p, _ in everything))
    heads = f" {'Package':<{name_width}}  {'Arch':<10} {'Version':<{evr_width}} {'Repo':<8} Size"
    lines = ["Dependencies resolved.", rule, heads, rule]
    for title, rows in groups:
        if rows:
            lines.append(f"{title}:")
        for p, where in rows:
            size = size_words(p.installed if erased else p.size)
            lines.append(
                f" {p.name:<{name_width}}  {p.arch:<10} {p.evr:<{evr_width}} {where:<8} {size:>6}"
            )
    count = len(everything)
    noun = "Package" if count == 1 else "Packages"
    lines += ["", "Transaction Summary", rule, f"{what}  {count} {noun}", ""]
    installed = size_words(sum(p.installed for p, _ in everything))
    if erased:
        lines.append(f"Freed space: {installed}")
    else:
        lines.append(f"Total download size: {size_words(sum(p.size for p, _ in everything))}")
        lines.append(f"Installed size: {installed}")
    return "\n".join(lines) + "\n"


def columns(names: Sequence[str]) -> str:
    """Return names in columns, as the end of a transaction lists them."""
    width = max((len(name) for name in names), default=0) + 2
    many = max(1, (WIDTH - 2) // width)
    rows = [names[at : at + many] for at in range(0, len(names), many)]
    return "".join("  " + "".join(f"{name:<{width}}" for name in row) + "\n" for row in rows)
