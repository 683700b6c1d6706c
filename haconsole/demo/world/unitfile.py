"""Unit files: where they are, what they say, with their drop-ins (systemd.unit(5))."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import dataclass, field

from haconsole.demo.system.files import Files

#: Where units are looked for, first one first.
PLACES = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
)
WANTS = "/etc/systemd/system/multi-user.target.wants"


@dataclass(frozen=True, slots=True)
class UnitFile:
    """What a service's files say. Every setting is a list of values, the last one counts."""

    name: str
    path: str
    drop_ins: tuple[str, ...]
    settings: dict[str, list[str]] = field(default_factory=dict)
    #: Of a transient unit: the exact words to run.
    argv: tuple[str, ...] = ()
    masked: bool = False

    def last(self, key: str, default: str = "") -> str:
        """Return a setting's last value."""
        values = self.settings.get(key)
        return values[-1] if values else default

    def all(self, key: str) -> list[str]:
        """Return every value of a setting."""
        return self.settings.get(key, [])

    @property
    def description(self) -> str:
        """What it is called."""
        return self.last("Description", self.name)

    @property
    def title(self) -> str:
        """``keepalived.service - Keepalive Daemon``: as systemd's messages name it (≥ 250)."""
        return self.name if self.description == self.name else f"{self.name} - {self.description}"


def full_name(name: str) -> str:
    """``nginx`` → ``nginx.service``."""
    suffixes = (".service", ".timer", ".target", ".socket", ".scope", ".slice", ".mount")
    return name if name.endswith(suffixes) else f"{name}.service"


def load(files: Files, name: str) -> UnitFile | None:
    """Read a unit and its drop-ins; ``None`` when there is none."""
    path = next((p for place in PLACES if files.exists(p := f"{place}/{name}")), None)
    if path is None:
        return None
    if files.realpath(path) == "/dev/null":
        return UnitFile(name, path, (), masked=True)
    settings: dict[str, list[str]] = {}
    _read(files, path, settings)
    drop_ins: dict[str, str] = {}
    for place in reversed(PLACES):
        folder = f"{place}/{name}.d"
        if files.is_dir(folder):
            drop_ins |= {f: f"{folder}/{f}" for f in files.listdir(folder) if f.endswith(".conf")}
    ordered = tuple(drop_ins[key] for key in sorted(drop_ins))
    for drop_in in ordered:
        _read(files, drop_in, settings)
    return UnitFile(name, path, ordered, settings)


def _read(files: Files, path: str, settings: dict[str, list[str]]) -> None:
    text = files.read(path).decode("utf-8", "replace").replace("\\\n", " ")
    for raw in text.splitlines():
        line = raw.strip()
        key, equals, value = line.partition("=")
        if not equals or line.startswith(("#", ";", "[")):
            continue
        if value.strip():
            settings.setdefault(key.strip(), []).append(value.strip())
        else:
            settings[key.strip()] = []


def is_enabled(files: Files, unit: UnitFile) -> str:
    """Return the unit file's state: ``enabled``, ``disabled``, ``static``, ``transient``."""
    if unit.masked:
        return "masked"
    if unit.path.startswith("/run/"):
        return "transient"
    if files.exists(f"{WANTS}/{unit.name}", follow=False):
        return "enabled"
    return "disabled" if unit.all("WantedBy") else "static"


def enable(files: Files, unit: UnitFile) -> str | None:
    """Make the link; returns what systemctl says about it, ``None`` when it was there."""
    link = f"{WANTS}/{unit.name}"
    if files.exists(link, follow=False) or not unit.all("WantedBy"):
        return None
    files.mkdir(posixpath.dirname(link), parents=True)
    files.symlink(unit.path, link)
    return f"Created symlink {link} \u2192 {unit.path}."


def disable(files: Files, name: str) -> str | None:
    """Remove the link; returns what systemctl says about it."""
    link = f"{WANTS}/{name}"
    if not files.exists(link, follow=False):
        return None
    files.unlink(link)
    return f'Removed "{link}".'


def environment(files: Files, unit: UnitFile) -> dict[str, str]:
    """Return what ``Environment=`` and ``EnvironmentFile=`` set."""
    found: dict[str, str] = {}
    for value in unit.all("Environment"):
        found |= dict(word.split("=", 1) for word in shlex.split(value) if "=" in word)
    for value in unit.all("EnvironmentFile"):
        path = value.removeprefix("-")
        if not files.exists(path):
            continue
        for raw in files.read(path).decode("utf-8", "replace").splitlines():
            key, equals, text = raw.strip().partition("=")
            if equals and not key.startswith("#"):
                found[key] = " ".join(shlex.split(text))
    return found


def words(command: str, variables: dict[str, str]) -> tuple[list[str], bool]:
    """Split an ``Exec…=`` line; returns its words and whether a failure is to be ignored.

    ``$NAME`` as a word of its own becomes its words, ``${NAME}`` one word (systemd.service(5)).
    """
    ignore = command.startswith("-")
    found: list[str] = []
    for word in shlex.split(command.lstrip("-@+!:")):
        if word.startswith("$") and not word.startswith("${"):
            found += variables.get(word[1:], "").split()
            continue
        for key, value in variables.items():
            word = word.replace(f"${{{key}}}", value)  # noqa: PLW2901 - one word's own text
        found.append(word)
    return found, ignore


def seconds(text: str, default: float) -> float:
    """Read ``1``, ``100ms``, ``1min 30s`` (systemd.time(7)) as seconds."""
    units = {"us": 1e-6, "ms": 1e-3, "": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0,
             "h": 3600.0, "hr": 3600.0, "d": 86400.0}  # fmt: skip
    total, seen = 0.0, False
    number = unit = ""
    for char in f"{text.strip()} ":
        if char.isdigit() or char == ".":
            if unit:
                total, number, unit = total + float(number) * units.get(unit, 1.0), "", ""
            number, seen = number + char, True
        elif char.isalpha():
            unit += char
        elif number:
            total, number, unit = total + float(number) * units.get(unit, 1.0), "", ""
    return total if seen else default


def span(value: float) -> str:
    """Write seconds as systemd does: ``7h 3min 33.526536s`` (systemd.time(7))."""
    micros = round(value * 1e6)
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        count, micros = divmod(micros, size * 1_000_000)
        parts += [f"{count}{unit}"] if count else []
    if micros >= 1_000_000 or not parts:
        text = f"{micros / 1e6:.6f}".rstrip("0").rstrip(".")
        parts.append(f"{text}s" if micros >= 1_000_000 or not micros else f"{micros / 1e3:g}ms")
    return " ".join(parts)
