"""``dnf`` and ``yum``: what they say, do, and how they exit (dnf 4.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from haconsole.demo.system.invocation import Invocation, Program

from .dnf_change import autoremove, install, remove, upgrade
from .dnf_metadata import MetadataError, refreshed
from .dnf_show import check_update, info, list_, provides, repolist, repoquery
from .dnfwords import DnfWords, UnknownOptionError
from .managing import Packages

_Command = Callable[[Packages, Invocation, DnfWords], Awaitable[int]]
_NEEDS_ROOT = frozenset(
    ("install", "remove", "erase", "autoremove", "upgrade", "update", "downgrade", "reinstall",
     "localinstall", "clean")
)  # fmt: skip


def dnf(packages: Packages) -> Program:
    """Return the program for a host; ``yum`` is another name of it."""

    async def run(call: Invocation) -> int:
        try:
            words = DnfWords.parse(call.args)
        except UnknownOptionError as error:
            await call.stderr.write(f"{error}\n")
            return 2
        if not words.words:
            await call.print("4.14.0" if "version" in words else "usage: dnf [options] COMMAND")
            return int("version" not in words)
        verb = words.words.pop(0)
        command = _COMMANDS.get(verb)
        if command is None:
            await call.stderr.write(
                f"No such command: {verb}. Please use /usr/bin/dnf --help\n"
                f"It could be a DNF plugin command, try: \"dnf install 'dnf-command({verb})'\"\n"
            )
            return 1
        if call.uid != 0 and verb in _NEEDS_ROOT and "no" not in words:
            await call.stderr.write(
                "Error: This command has to be run with superuser privileges (under the root user "
                "on most systems).\n"
            )
            return 1
        words.values["verb"] = verb
        try:
            return await command(packages, call, words)
        except MetadataError as error:
            await call.stderr.write(f"Error: {error}\n")
            return error.status

    return run


async def _makecache(packages: Packages, call: Invocation, words: DnfWords) -> int:
    words.flags.add("refresh")
    await refreshed(packages, call, words)
    if "quiet" not in words:
        await call.print("Metadata cache created.")
    return 0


async def _clean(packages: Packages, call: Invocation, words: DnfWords) -> int:
    count = 0
    for name in call.files.listdir("/var/cache/dnf"):
        call.files.remove_tree(f"/var/cache/dnf/{name}")
        count += 1
    await call.print(f"{count} files removed")
    return 0


_COMMANDS: dict[str, _Command] = {
    "install": install, "reinstall": install, "downgrade": install, "upgrade": upgrade,
    "update": upgrade, "remove": remove, "erase": remove, "autoremove": autoremove,
    "list": list_, "repoquery": repoquery, "info": info, "provides": provides,
    "whatprovides": provides, "repolist": repolist, "check-update": check_update,
    "makecache": _makecache, "clean": _clean,
}  # fmt: skip
