"""``dnf install``, ``remove`` and their kin: a transaction, told as dnf tells it."""

from __future__ import annotations

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation
from haconsole.demo.system.process import Exit

from .archives import unpacked
from .catalogue import Package
from .database import Record
from .dnf_metadata import MetadataError, Offer, curl_words, refreshed
from .dnf_show import matches
from .dnfwords import DnfWords, columns, size_words, transaction
from .managing import RPM_LOCK, Packages, by_evr
from .placing import PlacingError, unpack
from .solving import MissingError, Solver
from .sources import FetchError, Repository, fetch

_RULE = "-" * 80
#: dnf exits with it when a lock is held and it may not wait (``exit_on_lock``).
_LOCKED = 200


async def install(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``install``, ``reinstall`` and ``downgrade``."""
    await _wait_for_lock(packages, call, words)
    offers = await refreshed(packages, call, words)
    wanted = await _chosen(packages, call, words, offers)
    return await _put_in(packages, call, words, wanted, offers)


async def upgrade(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``upgrade``: what is installed and offered in a better version."""
    await _wait_for_lock(packages, call, words)
    offers, wanted = await refreshed(packages, call, words), dict[str, Package]()
    for package, _ in offers:
        record = packages.database.installed(package.name)
        named = not words.words or any(matches(package, word) for word in words.words)
        if record is not None and named and by_evr(package, record.package) > 0:
            wanted.setdefault(package.name, package)
    return await _put_in(packages, call, words, list(wanted.values()), offers)


async def _chosen(
    packages: Packages, call: Invocation, words: DnfWords, offers: list[Offer]
) -> list[Package]:
    """Return what the words of a command line mean; ends the program where one means nothing."""
    found: list[Package] = []
    missing: list[str] = []
    going_down = words.values["verb"] == "downgrade"
    for word in words.words:
        fitting = [package for package, _ in offers if matches(package, word)]
        fitting = fitting or [package for package, _ in offers if word in package.gives()]
        there = [r.package for r in packages.database.all_installed() if matches(r.package, word)]
        if going_down:
            fitting = [p for p in fitting if (r := packages.database.installed(p.name))
                       and by_evr(p, r.package) < 0]  # fmt: skip
            if not fitting:
                await _say(call, words, f"Package {word} of lowest version already installed, "
                           "cannot downgrade it.")  # fmt: skip
                continue
        if not fitting and not there:
            await _say(call, words, f"No match for argument: {word}")
            missing.append(word)
            continue
        best = fitting[0] if fitting else there[0]
        record = packages.database.installed(best.name)
        reinstall = words.values["verb"] == "reinstall"
        exact = any(matches(p, word) for p in there) and word != best.name
        if record is not None and not reinstall and not going_down:
            same = by_evr(best, record.package) == 0
            if same or exact or (word == best.name and "best" not in words):
                record.automatic = False
                await _say(call, words, f"Package {record.package.nevra} is already installed.")
                continue
        found.append(best)
    if missing:
        await call.stderr.write(f"Error: Unable to find a match: {' '.join(missing)}\n")
        raise Exit(1)
    return found


async def _put_in(
    packages: Packages, call: Invocation, words: DnfWords, wanted: list[Package],
    offers: list[Offer],
) -> int:  # fmt: skip
    solver = Solver(packages.database, [package for package, _ in offers])
    try:
        fresh = solver.closure(wanted)
    except MissingError as error:
        await call.stderr.write(
            f"Error: \n Problem: conflicting requests\n  - nothing provides {error.clause.text} "
            f"needed by {error.package.nevra} from lab\n"
        )
        return 1
    if not fresh:
        await _say(call, words, "Dependencies resolved.\nNothing to do.\nComplete!")
        return 0
    named = {package.name for package in wanted}
    where = {package.nevra: repository for package, repository in offers}
    by_name = sorted(fresh, key=lambda package: package.name)
    groups = [
        ("Installing", [(p, where[p.nevra].ident) for p in by_name if p.name in named]),
        ("Installing dependencies",
         [(p, where[p.nevra].ident) for p in by_name if p.name not in named]),
    ]  # fmt: skip
    await _agree(call, words, transaction(groups, "Install"))
    await _say(call, words, "Downloading Packages:")
    archives = await _download(packages, call, words, [(p, where[p.nevra]) for p in fresh])
    _test_room(packages, fresh)
    await _wait_for_lock(packages, call, words)
    await _intro(packages, call, words)
    for number, package in enumerate(archives, 1):
        before = packages.database.installed(package.name)
        await _step(call, words, "Installing", package, number, len(fresh))
        await call.sleep(packages.pace_s)
        try:
            record = unpack(packages.database, package, where[package.nevra].ident)
        except PlacingError as error:
            await call.stderr.write(
                f"Error unpacking rpm package {package.nevra}\nerror: unpacking of archive failed "
                f"on file {error.path}: cpio: open failed - {words_of(error.error)}\n"
                f"error: {package.nevra}: install failed\nError: Transaction failed\n"
            )
            return 1
        record.automatic = before.automatic if before else package.name not in named
        await packages.scripts.set_up(package.name, call.print, first=before is None)
        await _step(call, words, "Running scriptlet", package, number, len(fresh))
    for number, package in enumerate(by_name, 1):
        await _step(call, words, "Verifying", package, number, len(fresh))
    await call.stdout.write(f"\nInstalled:\n{columns([p.nevra for p in by_name])}\n")
    await _say(call, words, "Complete!")
    return 0


async def remove(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``remove``: packages, what needs them, and what nobody needs any more."""
    await _wait_for_lock(packages, call, words)
    database, named = packages.database, list[Record]()
    for word in words.words:
        fitting = [r for r in database.all_installed() if matches(r.package, word)]
        if not fitting:
            await _say(call, words, f"No match for argument: {word}")
        named += fitting
    if not named and words.words:
        if "quiet" not in words:
            await call.stderr.write("No packages marked for removal.\n")
        await _say(call, words, "Dependencies resolved.\nNothing to do.\nComplete!")
        return 0
    gone = {record.package.name for record in named}
    dependants: set[str] = set()
    while more := database.dependants(gone | dependants):
        dependants |= more
    keeps = words.turned_on("clean_requirements_on_remove", default=True)
    unneeded = database.unneeded(gone | dependants) if keeps and "keep" not in words else []
    groups = [
        ("Removing", sorted(gone)),
        ("Removing dependent packages", sorted(dependants)),
        ("Removing unused dependencies", [record.package.name for record in unneeded]),
    ]
    return await _take_out(packages, call, words, groups)


async def autoremove(packages: Packages, call: Invocation, words: DnfWords) -> int:
    """``autoremove``: what came for another and nobody needs any more."""
    await _wait_for_lock(packages, call, words)
    names = [record.package.name for record in packages.database.unneeded()]
    if not names:
        await _say(call, words, "Dependencies resolved.\nNothing to do.\nComplete!")
        return 0
    return await _take_out(packages, call, words, [("Removing unused dependencies", names)])


async def _take_out(
    packages: Packages, call: Invocation, words: DnfWords, groups: list[tuple[str, list[str]]]
) -> int:
    records = packages.database.records
    rows = [
        (title, [(records[n].package, f"@{records[n].repository or 'System'}") for n in names])
        for title, names in groups
    ]
    await _agree(call, words, transaction(rows, "Remove"))
    packages.take(RPM_LOCK, call.process)
    try:
        call.files.store.may_change()
    except OSError as error:
        raise MetadataError(f"cannot write to the RPM database: {words_of(error)}") from None
    await _intro(packages, call, words)
    everything = [records[name] for _, names in groups for name in names]
    for number, record in enumerate(everything, 1):
        await _step(call, words, "Erasing", record.package, number, len(everything))
        await packages.scripts.before_removal(record.package.name)
        await call.sleep(packages.pace_s)
        for warning in packages.erase(record):
            await _say(call, words, f"{warning}\n")
        packages.scripts.after_removal(record.package.name, purge=False)
    for number, record in enumerate(everything, 1):
        await _step(call, words, "Verifying", record.package, number, len(everything))
    names_ = sorted(record.package.nevra for record in everything)
    await call.stdout.write(f"\nRemoved:\n{columns(names_)}\n")
    await _say(call, words, "Complete!")
    return 0


async def _download(
    packages: Packages, call: Invocation, words: DnfWords, todo: list[tuple[Package, Repository]]
) -> list[Package]:
    found: list[Package] = []
    total = len(todo)
    for number, (package, repository) in enumerate(todo, 1):
        address = f"{repository.uri}/{package.filename.replace('+', '%2b')}"
        try:
            answer = await fetch(call.files, packages.stack, address)
            found.append(unpacked(answer.body))
            call.files.store.may_change()
        except FetchError as error:
            await call.stderr.write(
                f"Error: Error downloading packages:\n  {package.nevra}: Cannot download, all "
                "mirrors were already tried without success\n"
                if error.cause is None or error.cause.errno else
                f"Error: Error downloading packages:\n  {curl_words(error, address)}\n"
            )  # fmt: skip
            raise Exit(1) from None
        except OSError as error:
            await call.stderr.write(
                f"Error: Error downloading packages:\n  {package.nevra}: Download failed: "
                f"{words_of(error)}\n"
            )
            raise Exit(1) from None
        count = f"({number}/{total}): " if total > 1 else ""
        label = f"{count}{package.filename}"[:47]
        await _say(call, words, f"{label:<47} 12 MB/s | {_tight(package.size):>7}     00:00    ")
    size = _tight(sum(package.size for package, _ in todo))
    await _say(call, words, f"{_RULE}\n{'Total':<47} 90 MB/s | {size:>7}     00:00     ")
    return found


def _tight(size: int) -> str:
    return f"{size_words(size).strip()}B"


def _test_room(packages: Packages, fresh: list[Package]) -> None:
    store = packages.machine.files.store
    lacking = sum(package.installed for package in fresh) - (store.capacity - store.used)
    if lacking <= 0:
        return
    megabytes = -(-lacking // (1 << 20))
    worst = max(fresh, key=lambda package: package.installed)
    raise MetadataError(
        f"Transaction test error:\n  installing package {worst.nevra} needs {megabytes}MB more "
        "space on the / filesystem\n\nError Summary\n-------------\nDisk Requirements:\n"
        f"   At least {megabytes}MB more space needed on the / filesystem.\n"
    )


async def _wait_for_lock(packages: Packages, call: Invocation, words: DnfWords) -> None:
    """Wait until nobody else has the lock; or end with what dnf says of it."""
    told = False
    while True:
        inode = call.files.find(RPM_LOCK).inode
        holder = packages.machine.locks.holder(inode)
        if holder is None or holder is call.process:
            return
        if words.turned_on("exit_on_lock", default=False):
            await call.stderr.write(f"RPMDB already locked by {holder.pid}\n")
            raise Exit(_LOCKED)
        if not told:
            told = True
            await _say(call, words, f"Waiting for process with pid {holder.pid} to finish.")
        await call.sleep(1)


async def _agree(call: Invocation, words: DnfWords, table: str) -> None:
    """Show what will be done, and ask; ends the program unless that is all right."""
    if "quiet" not in words or not words.flags & {"yes", "no"}:
        await call.stdout.write(f"{table}")
    if "no" in words:
        await call.stderr.write("Operation aborted.\n")
        raise Exit(1)
    if "yes" in words:
        return
    await call.stdout.write("Is this ok [y/N]: ")
    if (await call.stdin.readline()).strip().lower() not in (b"y", b"yes"):
        await call.stderr.write("Operation aborted.\n")
        raise Exit(1)


async def _intro(packages: Packages, call: Invocation, words: DnfWords) -> None:
    """Take the lock and begin."""
    packages.take(RPM_LOCK, call.process)
    await _say(
        call, words,
        "Running transaction check\nTransaction check succeeded.\nRunning transaction test\n"
        "Transaction test succeeded.\nRunning transaction\n"
        f"  {'Preparing':<17}: {'':<52}{'1/1':>6} ",
    )  # fmt: skip


async def _step(
    call: Invocation, words: DnfWords, verb: str, package: Package, number: int, total: int
) -> None:
    count = f"{number}/{total}"
    await _say(call, words, f"  {verb:<17}: {package.nevra:<{57 - len(count)}} {count} ")


async def _say(call: Invocation, words: DnfWords, text: str) -> None:
    if "quiet" not in words:
        await call.print(text)
