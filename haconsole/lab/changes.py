"""What faults do to a configuration, on the text alone: the lab's and the demo's are the same."""

from __future__ import annotations

from collections.abc import Callable

from haconsole.parsers.conf import ConfEditError, Editor, parse
from haconsole.words import t

from .errors import LabError


def drop_last_brace(text: str) -> str:
    """Return the text without its last closing brace."""
    head, _, tail = text.rpartition("}")
    return head + tail


def other_vrid(text: str) -> str:
    """Return a keepalived.conf with another virtual_router_id."""
    return _with_value(text, "virtual_router_id", lambda vrid: f"{int(vrid) % 255 + 1}")


def other_advert_int(text: str) -> str:
    """Return a keepalived.conf with an advert_int two seconds longer."""
    return _with_value(text, "advert_int", lambda seconds: f"{float(seconds) + 2:g}")


def other_vips(text: str) -> str:
    """Return a keepalived.conf with one VIP more."""

    def change(editor: Editor) -> None:
        editor.append([_INSTANCE, "virtual_ipaddress"], "10.0.0.101")

    return _edited(text, change)


def other_password(text: str) -> str:
    """Return a keepalived.conf with another password, or with one where there was none."""

    def change(editor: Editor) -> None:
        authentication = [_INSTANCE, "authentication"]
        if editor.find(_INSTANCE) is not None and editor.find(authentication) is None:
            editor.ensure_block(authentication)
            editor.set([*authentication, "auth_type"], "PASS")
        editor.set([*authentication, "auth_pass"], "another1")

    return _edited(text, change)


_INSTANCE = "vrrp_instance"


def _with_value(text: str, key: str, other: Callable[[str], str]) -> str:
    def change(editor: Editor) -> None:
        before = editor.value([_INSTANCE, key])
        if before is None:
            raise _nothing()
        editor.set([_INSTANCE, key], other(before))

    return _edited(text, change)


def _edited(text: str, change: Callable[[Editor], None]) -> str:
    try:
        editor = Editor(parse(text))
        change(editor)
    except (ConfEditError, ValueError) as error:
        raise _nothing() from error
    return str(editor.document)


def _nothing() -> LabError:
    return LabError(t("The keepalived.conf has nothing that this fault could change."))


CHANGES: dict[str, Callable[[str], str]] = {
    "advert_int": other_advert_int,
    "brace": drop_last_brace,
    "password": other_password,
    "vips": other_vips,
    "vrid": other_vrid,
}
