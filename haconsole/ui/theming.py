"""Themes are YAML files: those that come with the product, and the user's own.

A file names the theme, Textual's base ``colors``, and a colour for each of our ``tones``. A bad
file is one problem to be shown, never a reason not to start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml
from platformdirs import user_config_dir
from textual.color import Color, ColorParseError
from textual.theme import Theme

from haconsole.resources import MissingResourceError, directory
from haconsole.ui.presentation.ink import Tone
from haconsole.words import t

DEFAULT_THEME = "dark"
#: Put before our names, so that a file called ``nord`` does not hide Textual's theme.
PREFIX = "haconsole-"
_VARIABLE = "tone-"
_COLORS = (
    "primary",
    "secondary",
    "accent",
    "success",
    "warning",
    "error",
    "foreground",
    "background",
    "surface",
    "panel",
)
GROUNDS = ("badge-ground", "badge-warning-ground", "match-ground", "cursor-ground")
_TONES = tuple(tone.value for tone in Tone) + GROUNDS
_MAX_BYTES = 64 * 1024
#: What a theme of Textual's own stands in for our tones with.
_FALLBACK = {
    Tone.OK: "success",
    Tone.WARNING: "warning",
    Tone.CRITICAL: "error",
    Tone.ACCENT: "accent",
    Tone.KEY: "primary",
    Tone.INFO: "primary",
    Tone.HEAD: "secondary",
    Tone.UNKNOWN: "accent",
}


class ThemeError(Exception):
    """A theme file cannot be used; the message names the file, the key and what is expected."""


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme as its file says it. Colours are ``#rrggbb``."""

    name: str
    description: str
    dark: bool
    colors: dict[str, str]
    tones: dict[str, str]

    @property
    def theme(self) -> Theme:
        """The theme for Textual; tones are variables of it."""
        variables = {_VARIABLE + name: color for name, color in self.tones.items()}
        variables |= {
            "block-cursor-background": self.tones["cursor-ground"],
            "block-cursor-foreground": self.tones["strong"],
            "input-cursor-background": self.tones["text"],
            "border": self.tones["line"],
            "scrollbar": self.tones["line"],
        }
        colors = self.colors
        return Theme(
            name=PREFIX + self.name,
            dark=self.dark,
            variables=variables,
            primary=colors["primary"],
            secondary=colors["secondary"],
            accent=colors["accent"],
            success=colors["success"],
            warning=colors["warning"],
            error=colors["error"],
            foreground=colors["foreground"],
            background=colors["background"],
            surface=colors["surface"],
            panel=colors["panel"],
        )


def parse_theme(text: str, source: str) -> ThemeFile:
    """Return the theme that a YAML text describes; ``source`` names it in ``ThemeError``."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{source}:{mark.line + 1}" if mark else source
        raise ThemeError(t("{where}: this is not YAML", where=where)) from error
    except RecursionError as error:
        raise ThemeError(t("{where}: this is nested too deeply", where=source)) from error
    root = _mapping(data, source, "")
    _known(root, ("name", "description", "dark", "colors", "tones"), source, "")
    name = root.get("name")
    if not isinstance(name, str) or not name.replace("-", "").replace("_", "").isalnum():
        raise ThemeError(t("{where}: name: expected a word, such as dark", where=source))
    dark = root.get("dark", True)
    if not isinstance(dark, bool):
        raise ThemeError(t("{where}: dark: expected true or false", where=source))
    colors = _colors(root.get("colors"), _COLORS, source, "colors")
    tones = _colors(root.get("tones"), _TONES, source, "tones")
    return ThemeFile(name, str(root.get("description", "")), dark, colors, tones)


def _mapping(data: object, source: str, path: str) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        what = f"{path}: " if path else ""
        raise ThemeError(t("{where}: {what}expected keys and values", where=source, what=what))
    return {str(key): value for key, value in data.items()}


def _known(data: dict[str, object], known: Iterable[str], source: str, path: str) -> None:
    known = tuple(known)
    for key in data:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = t("; did you mean {near}?", near=near[0]) if near else ""
            what = t("{where}: {path}{key}: unknown key", where=source, path=path, key=key)
            raise ThemeError(what + hint)


def _colors(data: object, keys: tuple[str, ...], source: str, path: str) -> dict[str, str]:
    mapping = _mapping(data, source, path)
    _known(mapping, keys, source, f"{path}.")
    for key in keys:
        if key not in mapping:
            raise ThemeError(t("{where}: {path}.{key}: missing", where=source, path=path, key=key))
    return {key: _color(mapping[key], source, f"{path}.{key}") for key in keys}


def _color(value: object, source: str, path: str) -> str:
    expected = t('{where}: {path}: expected a colour such as "#7ccf7c"', where=source, path=path)
    if not isinstance(value, str):
        raise ThemeError(expected)
    try:
        return Color.parse(value).hex6
    except ColorParseError as error:
        raise ThemeError(expected) from error


def user_themes() -> Path:
    """Return the folder of the user's own themes (it need not exist)."""
    return Path(user_config_dir("haconsole", appauthor=False)) / "themes"


def load_themes(folders: Iterable[Path] | None = None) -> tuple[list[ThemeFile], list[str]]:
    """Return every good theme, later folders over earlier ones, and a sentence per bad file."""
    problems: list[str] = []
    if folders is None:
        try:
            folders = (directory("themes"), user_themes())
        except MissingResourceError as error:
            problems.append(str(error))
            folders = (user_themes(),)
    found: dict[str, ThemeFile] = {}
    for folder in folders:
        for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
            try:
                theme = _read(path)
            except ThemeError as error:
                problems.append(str(error))
            else:
                found[theme.name] = theme
    return list(found.values()), problems


def _read(path: Path) -> ThemeFile:
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise ThemeError(t("{where}: larger than a theme can be (64 KiB)", where=path))
        return parse_theme(raw.decode("utf-8"), str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThemeError(t("{where}: {reason}", where=path, reason=reason)) from error
    except UnicodeDecodeError as error:
        raise ThemeError(t("{where}: this is not UTF-8", where=path)) from error


def tone_colors(variables: dict[str, str]) -> dict[str, str]:
    """Return a colour for every tone and ground out of a running theme's CSS variables."""
    text = variables.get("foreground", "#ffffff")
    back = variables.get("background", "#000000")
    colors = dict.fromkeys(_TONES, text)
    colors |= {tone.value: variables.get(base, text) for tone, base in _FALLBACK.items()}
    for badge in ("badge", "badge-warning", "match"):
        colors[badge] = back
        colors[f"{badge}-ground"] = variables.get(
            "warning" if badge != "badge" else "primary", text
        )
    colors["cursor-ground"] = variables.get("panel", back)
    colors |= {
        name: variables[_VARIABLE + name] for name in _TONES if _VARIABLE + name in variables
    }
    return colors
