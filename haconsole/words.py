"""The one place that user-facing text goes through.

English stands in the code as the message id, with ``{named}`` fields; a translation is a
gettext catalogue under ``haconsole/locale/LANG/LC_MESSAGES/haconsole.mo``.
"""

from __future__ import annotations

import gettext as _gettext
import os
from pathlib import Path

_DOMAIN = "haconsole"
_LOCALE_DIR = Path(__file__).parent / "locale"
_translations: _gettext.NullTranslations = _gettext.NullTranslations()
_language = "en"


def set_language(language: str | None) -> None:
    """Use ``language`` (``zh``, ``zh_CN``, ``en``, …) from now on; ``None``: that of the locale.

    What there is no catalogue for is English; for English none is looked for.
    """
    global _translations  # noqa: PLW0603 - the language is one setting of the process
    global _language  # noqa: PLW0603 - likewise
    _language = (language or locale_language()).replace("-", "_")
    if _language.partition("_")[0] == "en":
        _translations = _gettext.NullTranslations()
        _gettext.textdomain("messages")
        return
    _translations = _gettext.translation(_DOMAIN, _LOCALE_DIR, [_language], fallback=True)
    # What argparse says itself ("usage: ") is looked up in the process's own domain.
    _gettext.bindtextdomain(_DOMAIN, str(_LOCALE_DIR))
    _gettext.textdomain(_DOMAIN)


def locale_language() -> str:
    """Return the language of messages by the environment (locale(7)): ``zh_CN``; else ``en``.

    The first of LC_ALL, LC_MESSAGES and LANG that is set says it, as ``zh_CN.UTF-8``.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            bare = value.partition(".")[0].partition("@")[0]
            return "en" if bare in ("C", "POSIX") else bare or "en"
    return "en"


def language() -> str:
    """Return the language in use, as it was asked for: ``en``, ``zh``, ``zh_CN``."""
    return _language


def locale_for_children() -> dict[str, str]:
    """Return the variable that makes a process of ours speak the language in use."""
    english = _language.partition("_")[0] == "en"
    return {"LC_ALL": "C.UTF-8" if english else f"{_language}.UTF-8"}


def t(text: str, /, **values: object) -> str:
    """Translate ``text`` and fill its ``{named}`` fields; the values are never translated."""
    translated = _translations.gettext(text)
    return translated.format(**values) if values else translated


def tn(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate with the plural form that ``count`` asks for; ``{count}`` is filled in."""
    return _translations.ngettext(one, many, count).format(count=count, **values)
