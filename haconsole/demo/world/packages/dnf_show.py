"""What dnf lists and tells: packages, repositories, who provides a file."""

from __future__ import annotations

import fnmatch
import re

from haconsole.demo.system.invocation import Invocation

from .catalogue import Package
from .dnf_metadata import Offer, refreshed
from .dnfwords import DnfWords, listing, size_words
from .managing import Packages, by_evr
from .sources import yum_repositories

_TAG = re.compile(r"%\{(\w+)\}")


def matches(package: Package, pattern: str) -> bool:
    """Whether a word means a package: a name, with version, release or architecture or not."""
    p = package
    forms = (p.name, f"{p.name}.{p.arch}", f"{p.name}-{p.version}", f"{p.name}-{p.evr}", p.nevra)
    return any(fnmatch.fnmatchcase(form, pattern) for form in forms)


def _newest(offers: list[Offer]) -> list[Offer]:
    found: dict[str, Offer] = {}
    for offer in offers:
        found.setdefault(offer[0].name, offer)
    return list(found.values())


async def list_(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``dnf list [installed | available] [--showduplicates] [NAME…]``."""
    scope = ""
    if words.words and words.words[0] in ("installed", "available", "all", "updates", "upgrades"):
        scope = words.words.pop(0)
    scope = scope or next((s for s in ("installed", "available") if s in words), "")
    installed = [
        (record.package, f"@{record.repository or 'System'}")
        for record in packages.database.all_installed()
        if not words.words or any(matches(record.package, word) for word in words.words)
    ]
    offers = [] if scope == "installed" else await refreshed(packages, call, words)
    offers = [
        offer
        for offer in offers
        if not words.words or any(matches(offer[0], word) for word in words.words)
    ]
    if "duplicates" not in words:
        here = {package.name: package for package, _ in installed}
        offers = [
            (package, repository)
            for package, repository in _newest(offers)
            if package.name not in here or by_evr(package, here[package.name]) > 0
        ]
    available = sorted(
        ((package, repository.ident) for package, repository in offers),
        key=lambda row: row[0].name,
    )
    groups = [
        ("Installed Packages", installed if scope != "available" else []),
        ("Available Packages", available),
    ]
    for title, rows in groups:
        if rows:
            await call.stdout.write(f"{title}\n{listing(rows)}")
    if any(rows for _, rows in groups):
        return 0
    await call.stderr.write("Error: No matching Packages to list\n")
    return 1


async def repoquery(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``dnf repoquery [--installed] [--qf FORMAT] [--requires | -l | --provides] [NAME…]``."""
    if "installed" in words:
        found = [record.package for record in packages.database.all_installed()]
    else:
        offers = await refreshed(packages, call, words)
        chosen = offers if "duplicates" in words else _newest(offers)
        found = [package for package, _ in chosen]
    if words.words and "whatprovides" not in words:
        found = [p for p in found if any(matches(p, word) for word in words.words)]
    elif words.words:
        found = [p for p in found if _provides(p, words.words[0])]
    lines: list[str] = []
    for package in found:
        lines += _told(package, words)
    for text in dict.fromkeys(lines):
        await call.print(text)
    return 0


def _told(package: Package, words: DnfWords) -> list[str]:
    if "requires" in words:
        return ["/bin/sh", *(clause.text for clause in package.needs())]
    if "files" in words:
        return [entry.path for entry in package.entries]
    if "provides" in words:
        return sorted(f"{name} = {package.evr}" for name in package.gives())
    form = words.values.get("format")
    if form is None:
        return [f"{package.name}-0:{package.evr}.{package.arch}"]
    values = {"name": package.name, "version": package.version, "release": package.release,
              "arch": package.arch, "epoch": "0", "evr": package.evr, "summary": package.summary,
              "reponame": "lab", "repoid": "lab", "size": str(package.size),
              "installsize": str(package.installed)}  # fmt: skip
    text = _TAG.sub(lambda match: values.get(match[1].lower(), match[0]), form)
    return [text.replace("\\n", "\n").removesuffix("\n")]


def _provides(package: Package, word: str) -> bool:
    return word in package.gives() or any(entry.path == word for entry in package.entries)


async def provides(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``dnf provides FILE``."""
    offers = await refreshed(packages, call, words)
    status = 1
    for word in words.words:
        for package, repository in offers:
            if _provides(package, word):
                status = 0
                await call.print(
                    f"{package.nevra} : {package.summary}\nRepo        : {repository.ident}\n"
                    f"Matched from:\nFilename    : {word}\n"
                )
    if status:
        await call.stderr.write("Error: No matches found.\n")
    return status


async def info(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``dnf info NAME…``."""
    offers = [o for o in _newest(await refreshed(packages, call, words))
              if any(matches(o[0], word) for word in words.words)]  # fmt: skip
    if not offers:
        await call.stderr.write("Error: No matching Packages to list\n")
        return 1
    for package, repository in offers:
        record = packages.database.installed(package.name)
        await call.print(
            f"{'Installed' if record else 'Available'} Packages\n"
            f"Name         : {package.name}\nVersion      : {package.version}\n"
            f"Release      : {package.release}\nArchitecture : {package.arch}\n"
            f"Size         : {size_words(package.size)}\nRepository   : {repository.ident}\n"
            f"Summary      : {package.summary}\n"
        )
    return 0


async def repolist(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``dnf repolist``."""
    rows = [(r.ident, r.name) for r in yum_repositories(call.files) if r.enabled]
    if rows:
        await call.print(f"{'repo id':<42}repo name")
    for ident, name in rows:
        await call.print(f"{ident:<42}{name}")
    return 0


async def check_update(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``dnf check-update``: status 100 where something newer is offered."""
    rows = []
    for package, repository in _newest(await refreshed(packages, call, words)):
        record = packages.database.installed(package.name)
        if record is not None and by_evr(package, record.package) > 0:
            rows.append((package, repository.ident))
    if rows:
        await call.stdout.write(f"\n{listing(rows)}")
    return 100 if rows else 0
