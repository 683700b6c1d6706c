"""The command line of apt's tools."""

from __future__ import annotations

from dataclasses import dataclass, field

_FLAGS = {
    "-y": "yes", "--yes": "yes", "--assume-yes": "yes", "--assume-no": "no", "-q": "quiet",
    "--quiet": "quiet", "-s": "simulate", "--simulate": "simulate", "--dry-run": "simulate",
    "--just-print": "simulate", "--no-act": "simulate", "--recon": "simulate",
    "-d": "download", "--download-only": "download", "-f": "fix", "--fix-broken": "fix",
    "-m": "missing", "--fix-missing": "missing", "--no-install-recommends": "norecommends",
    "--install-recommends": "recommends", "--install-suggests": "suggests",
    "--allow-downgrades": "downgrades", "--allow-change-held-packages": "held",
    "--allow-unauthenticated": "unauthenticated", "--allow-remove-essential": "essential",
    "--reinstall": "reinstall", "--purge": "purge", "--no-upgrade": "noupgrade",
    "--only-upgrade": "onlyupgrade", "--auto-remove": "autoremove", "--autoremove": "autoremove",
    "--force-yes": "downgrades", "--no-remove": "noremove", "--show-progress": "progress",
    "-V": "verbose", "--verbose-versions": "verbose", "-v": "version", "--version": "version",
    "--no-all-versions": "one", "-a": "all", "--all-versions": "all", "--installed": "installed",
    "-h": "help", "--help": "help", "--print-uris": "uris", "-u": "upgraded", "--no-list-cleanup":
    "cleanup", "--upgradable": "upgradable",
}  # fmt: skip
_VALUED = {"-o": "option", "--option": "option", "-t": "release", "--target-release": "release",
           "--default-release": "release", "-c": "config", "--config-file": "config"}  # fmt: skip


class UnknownOptionError(Exception):
    """An option that apt does not know; the text is what it says."""


@dataclass
class AptWords:
    """A command line, taken apart. ``options``: what ``-o NAME=VALUE`` set, by lower-case name."""

    flags: dict[str, int] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def __contains__(self, flag: str) -> bool:
        return flag in self.flags

    @property
    def quiet(self) -> bool:
        """Whether only errors are told (``-qq``)."""
        return self.flags.get("quiet", 0) > 1

    @property
    def yes(self) -> bool:
        """Whether nothing is asked: ``-y``, and ``-qq`` means it too."""
        return "yes" in self or self.quiet

    @property
    def recommends(self) -> bool:
        """Whether what is recommended is installed too: apt's default."""
        option = self.options.get("apt::install-recommends", "true").lower()
        return "norecommends" not in self and option not in ("0", "false", "no", "off")

    @property
    def timeout_s(self) -> float:
        """How long a lock is waited for; below 0: for ever."""
        return float(self.options.get("dpkg::lock::timeout", "0"))

    @classmethod
    def parse(cls, args: list[str]) -> AptWords:
        """Read a command line; raises ``UnknownOptionError``."""
        found, rest = cls(), list(args)
        while rest:
            word = rest.pop(0)
            if word == "--":
                found.words += rest
                break
            if not word.startswith("-") or word == "-":
                found.words.append(word)
            elif word.startswith("--"):
                found._long(word, rest)
            else:
                found._short(word, rest)
        return found

    def _long(self, word: str, rest: list[str]) -> None:
        key, equals, value = word.partition("=")
        if key in _VALUED:
            self._set(_VALUED[key], value if equals else rest.pop(0) if rest else "")
        elif key in _FLAGS:
            self._count(_FLAGS[key], int(value) if value.isdigit() else 1)
        else:
            raise UnknownOptionError(
                f"Command line option {word} is not understood in combination with the other "
                "options"
            )

    def _short(self, word: str, rest: list[str]) -> None:
        letters = word[1:]
        while letters:
            key, letters = f"-{letters[0]}", letters[1:]
            if key in _VALUED:
                self._set(_VALUED[key], letters.removeprefix("=") or (rest.pop(0) if rest else ""))
                return
            if key == "-q" and letters.startswith("="):
                self._count("quiet", int(letters[1:] or 1))
                return
            if key not in _FLAGS:
                raise UnknownOptionError(
                    f"Command line option '{key[1]}' [from {word}] is not understood in "
                    "combination with the other options."
                )
            self._count(_FLAGS[key], 1)

    def _count(self, flag: str, more: int) -> None:
        self.flags[flag] = self.flags.get(flag, 0) + more

    def _set(self, kind: str, value: str) -> None:
        if kind == "option":
            name, _, text = value.partition("=")
            self.options[name.lower()] = text
        else:
            self.options[kind] = value


def wrapped(names: list[str], width: int = 80) -> str:
    """Return names in lines of two spaces and at most ``width`` columns, as apt prints them."""
    lines, line = list[str](), " "
    for name in names:
        if len(line) + 1 + len(name) >= width:
            lines.append(line)
            line = " "
        line += f" {name}"
    return "".join(f"{text}\n" for text in [*lines, line])
