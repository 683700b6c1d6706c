"""``apt-get``: what it says, does, and how it exits (apt 2.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from haconsole.demo.system.invocation import Invocation, Program

from .apt_install import install
from .apt_locks import locked
from .apt_remove import autoremove, purge, remove
from .apt_update import update
from .aptwords import AptWords, UnknownOptionError
from .managing import Packages

#: How apt exits when anything went wrong.
FAILED = 100
_Command = Callable[[Packages, Invocation, AptWords], Awaitable[int]]


def apt_get(packages: Packages) -> Program:
    """Return the program for a host; as ``apt`` it warns of its own interface."""

    async def run(call: Invocation) -> int:
        try:
            words = AptWords.parse(call.args)
        except UnknownOptionError as error:
            await call.stderr.write(f"E: {error}\n")
            return FAILED
        if "version" in words:
            await call.print("apt 2.6.2 (amd64)")
            return 0
        if not words.words:
            await call.print("apt 2.6.2 (amd64)\nUsage: apt-get [options] command")
            return int("help" not in words)
        if call.name == "apt":
            await call.stderr.write(
                "\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts."
                "\n\n"
            )
        verb = words.words.pop(0)
        command = _COMMANDS.get(verb)
        if command is None:
            await call.stderr.write(f"E: Invalid operation {verb}\n")
            return FAILED
        return await command(packages, call, words)

    return run


async def _clean(packages: Packages, call: Invocation, words: AptWords) -> int:
    async with locked(packages, call, words) as refused:
        if refused:
            return refused
        folder = "/var/cache/apt/archives"
        for name in call.files.listdir(folder):
            if name.endswith(".deb"):
                call.files.unlink(f"{folder}/{name}")
        return 0


async def _upgrade(packages: Packages, call: Invocation, words: AptWords) -> int:
    words.words = [record.package.name for record in packages.database.all_installed()
                   if not record.held]  # fmt: skip
    words.flags["onlyupgrade"] = 1
    return await install(packages, call, words)


async def _list(packages: Packages, call: Invocation, words: AptWords) -> int:
    await call.print("Listing...")
    known = {package.name: package for package in reversed(packages.listed())}
    for there in packages.database.all_installed():
        known.setdefault(there.package.name, there.package)
    for name, package in sorted(known.items()):
        record = packages.database.installed(name)
        if (words.words and name not in words.words) or ("installed" in words and not record):
            continue
        shown = record.package if record else package
        automatic = ",automatic" if record and record.automatic else ""
        mark = f" [installed{automatic}]" if record else ""
        now = ",now" if record else ""
        await call.print(f"{name}/unknown{now} {shown.version} {shown.arch}{mark}")
    return 0


_COMMANDS: dict[str, _Command] = {
    "update": update,
    "install": install,
    "reinstall": install,
    "remove": remove,
    "purge": purge,
    "autoremove": autoremove,
    "upgrade": _upgrade,
    "dist-upgrade": _upgrade,
    "clean": _clean,
    "list": _list,
}
