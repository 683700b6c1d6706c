"""The files of a pair side by side, before they are written."""

from __future__ import annotations

from collections.abc import Mapping

from haconsole.domain.lint.differences import Row, Rule
from haconsole.domain.lint.differences import differences as differences_of
from haconsole.parsers.keepalived_conf import read_conf

__all__ = ["Row", "Rule", "differences"]


def differences(texts: Mapping[str, str]) -> tuple[Row, ...]:
    """Compare keepalived.conf texts, host → text; one row a setting, instance by instance.

    Never raises: what cannot be understood in a text is not said there.
    """
    return differences_of({host: read_conf(text) for host, text in texts.items()})
