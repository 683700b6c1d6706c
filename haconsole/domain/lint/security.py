"""Scripts that somebody else than root could make run as root.

Source: keepalived.conf(5), ``enable_script_security`` and ``script_user``; ``check_script_secure``
of keepalived's ``lib/notify.c``.
"""

from __future__ import annotations

from collections.abc import Iterator

from haconsole.domain.notes import note

from .checks import scripts_of
from .findings import Finding
from .source import Source, Statement, found, last, place

#: Where anybody may put a file, or a user of his own.
_OPEN = ("/tmp/", "/var/tmp/", "/dev/shm/", "/home/")  # noqa: S108 - looked for, not used


def security(source: Source) -> Iterator[Finding]:
    """Find scripts that are run without care for who could change them."""
    scripts = list(scripts_of(source))
    if not scripts:
        return
    where = place(next(source.blocks("global_defs"), None), scripts[0][1])
    if not source.conf.script_security:
        said = note(
            "scripts run, and enable_script_security is not said: keepalived also runs those that "
            "others than root may change"
        )
        yield found("script-security", where, said)
    if source.conf.script_user is None and not all(one.user for one in source.conf.scripts):
        said = note(
            "no script_user: scripts run as keepalived_script where there is such a user, else as "
            "root"
        )
        yield found("script-user", where, said)
    for user, statement in _users(source):
        if user == "root":
            said = note(
                "scripts run as root; a user without rights is enough to ask nginx how it is"
            )
            yield found("script-root", place(statement), said)
    for path, statement in scripts:
        if path.startswith(_OPEN):
            said = note(
                "{path} lies where others than root may put it: keepalived does not run it with "
                "script security",
                path=path[:200],
            )
            yield found("script-place", place(statement), said)
        elif not path.startswith(("/", "$")):
            said = note(
                "{path} is no absolute path: keepalived looks for it where its PATH says",
                path=path[:200],
            )
            yield found("script-path", place(statement), said)


def _users(source: Source) -> Iterator[tuple[str, Statement]]:
    for block in source.blocks("global_defs"):
        if (said := last(block, "script_user")) is not None and said.values:
            yield said.values[0], said
    for block in source.blocks("vrrp_script"):
        if (said := last(block, "user")) is not None and said.values:
            yield said.values[0], said
