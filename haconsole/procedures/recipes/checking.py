"""A check put into a keepalived.conf that somebody else wrote: the rest stays byte for byte."""

from __future__ import annotations

from haconsole.parsers.conf import parse
from haconsole.parsers.conf.edit import Editor, Written
from haconsole.parsers.keepalived_conf import read_conf

from .pair import CheckSettings


def with_check(text: str, check: CheckSettings, script_user: str) -> str:
    """Return the file with the check, tracked by every instance; the same text if it has it.

    Raises ``ConfEditError`` where that cannot be said without guessing (conditions for config
    ids, a file that is too long).
    """
    document = parse(text)
    editor = Editor(document)
    editor.ensure_block("global_defs")
    if editor.find("global_defs / enable_script_security") is None:
        editor.append("global_defs", "enable_script_security")
    editor.set("global_defs / script_user", script_user)
    block = f"vrrp_script {check.name}"
    editor.ensure_block(block)
    if editor.value(f"{block} / script") != check.script:
        editor.set(f"{block} / script", Written(f'"{check.script}"'))
    for key, value in (
        ("interval", check.interval_s),
        ("timeout", check.timeout_s),
        ("weight", check.weight),
        ("fall", check.fall),
        ("rise", check.rise),
    ):
        editor.set(f"{block} / {key}", value)
    for instance in read_conf(text).instances:
        # An own weight of the tracking would win over the script's (keepalived.conf(5)).
        editor.add_to_list(f"vrrp_instance {instance.name} / track_script", check.name)
    return str(document)
