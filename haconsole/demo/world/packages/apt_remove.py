"""``apt-get remove``, ``purge`` and ``autoremove``."""

from __future__ import annotations

from haconsole.demo.system.invocation import Invocation

from .apt_install import AptError, agreed, intro
from .apt_locks import FAILED, locked
from .aptwords import AptWords, wrapped
from .database import Record, State
from .dpkg_run import Dpkg
from .managing import Packages
from .solving import size_words


async def remove(packages: Packages, call: Invocation, words: AptWords) -> int:
    """Remove packages; their configuration files stay."""
    return await _guarded(packages, call, words, automatic=False)


async def purge(packages: Packages, call: Invocation, words: AptWords) -> int:
    """Remove packages and their configuration files."""
    words.flags["purge"] = 1
    return await _guarded(packages, call, words, automatic=False)


async def autoremove(packages: Packages, call: Invocation, words: AptWords) -> int:
    """Remove what nobody needs any more."""
    return await _guarded(packages, call, words, automatic=True)


async def _guarded(
    packages: Packages, call: Invocation, words: AptWords, *, automatic: bool
) -> int:
    async with locked(packages, call, words) as refused:
        if refused:
            return refused
        await intro(call, words)
        try:
            return await _remove(packages, call, words, automatic=automatic)
        except AptError as error:
            await call.stderr.write(f"E: {error}\n")
            return FAILED


async def _remove(packages: Packages, call: Invocation, words: AptWords, *, automatic: bool) -> int:
    database, purging = packages.database, "purge" in words
    named = await _named(packages, call, words)
    gone = {record.package.name for record in named}
    more = database.dependants(gone)
    while more:
        gone |= more
        more = database.dependants(gone)
    unneeded = database.unneeded(gone)
    if automatic or "autoremove" in words:
        gone |= {record.package.name for record in unneeded}
        unneeded = []
    if unneeded and not words.quiet:
        await _tell_unneeded(call, [record.package.name for record in unneeded])
    records = [database.records[name] for name in sorted(gone)]
    await _tell(call, words, records, purging=purging)
    if any(r.held for r in records) and words.yes and "held" not in words:
        raise AptError(
            "Held packages were changed and -y was used without --allow-change-held-packages."
        )
    if "simulate" in words:
        for record in records:
            word = "Purg" if purging else "Remv"
            await call.print(f"{word} {record.package.name} [{record.package.version}]")
        return 0
    if not records:
        return 0
    freed = sum(r.package.installed for r in records if r.state is not State.CONFIG_FILES)
    if not words.quiet:
        await call.print(
            f"After this operation, {size_words(freed)} disk space will be freed." if freed else
            "After this operation, 0 B of additional disk space will be used."
        )  # fmt: skip
    if not await agreed(call, words):
        return 1
    status = await Dpkg(packages, call).remove(records, purge=purging)
    if status:
        raise AptError(f"Sub-process /usr/bin/dpkg returned an error code ({status})")
    return 0


async def _named(packages: Packages, call: Invocation, words: AptWords) -> list[Record]:
    database, found = packages.database, list[Record]()
    known = {package.name for package in packages.listed()}
    for word in words.words:
        name = word.partition(":")[0].partition("=")[0].removesuffix("-")
        record = database.get(name)
        if record is None and name not in known:
            raise AptError(f"Unable to locate package {name}")
        if record is None or (record.state is State.CONFIG_FILES and "purge" not in words):
            await call.print(f"Package '{name}' is not installed, so not removed")
            continue
        found.append(record)
    return found


async def _tell_unneeded(call: Invocation, names: list[str]) -> None:
    one = len(names) == 1
    await call.print(
        "The following package was automatically installed and is no longer required:" if one else
        "The following packages were automatically installed and are no longer required:"
    )  # fmt: skip
    await call.stdout.write(wrapped(names))
    await call.print(f"Use 'apt autoremove' to remove {'it' if one else 'them'}.")


async def _tell(call: Invocation, words: AptWords, records: list[Record], *, purging: bool) -> None:
    if words.quiet:
        return
    star = "*" if purging else ""
    if records:
        names = [f"{record.package.name}{star}" for record in records]
        await call.stdout.write(f"The following packages will be REMOVED:\n{wrapped(names)}")
    held = [record.package.name for record in records if record.held]
    if held:
        await call.stdout.write(f"The following held packages will be changed:\n{wrapped(held)}")
    await call.print(f"0 upgraded, 0 newly installed, {len(records)} to remove and 0 not upgraded.")
